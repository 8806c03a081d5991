"""An example or more of each command, shown by its --help. The tests read every one with the command itself."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "build": ("build", "build rds-high-availability", "build --check"),
    "lint": ("lint", "lint tap-stack"),
    "params": ("params", "params rds-high-availability"),
    "deploy": (
        "deploy rds-high-availability-existing-vpc --env prod",
        "deploy rds-high-availability --env dev --bucket my-artifacts --set InstanceClass=db.t4g.medium",
    ),
    "destroy": ("destroy rds-high-availability-disposable --env dev",),
    "outputs": (
        "outputs rds-high-availability --env prod",
        "outputs rds-high-availability --env prod --format json",
    ),
    "package": ("package tap-stack --bucket my-artifacts",),
    "recreate": (
        "recreate rds-high-availability --env prod --dry-run",
        "recreate rds-high-availability --env prod",
    ),
    "render": (
        "render rds-high-availability --env prod",
        "render some-template.yaml --set Stage=test --format yaml",
    ),
    "diff": (
        "diff git:main:dist/tap-stack.json dist/tap-stack.json --env prod",
        "diff --base origin/main --format markdown",
    ),
    "permissions": (
        "permissions rds-high-availability",
        "permissions some-template.yaml --stack-name app-* --region eu-west-1 --format json",
        "permissions --check",
    ),
    "docs": (
        "docs",
        "docs --check",
        "docs some-template.yaml --params its-values.json --out .",
    ),
    "completion": ("completion bash",),
}


def epilog(command: str, program: str) -> str:
    """The examples of a command as the end of its help; empty for one that has none."""
    lines = [f"  {program} {line}" for line in EXAMPLES.get(command, ())]
    return "\n".join(["\b", "Examples:", *lines]) if lines else ""
