"""An example or more of each command, shown by its --help. The tests read every one with the command itself."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "build": ("build", "build rds-high-availability", "build --check"),
    "lint": ("lint", "lint tap-stack"),
    "params": ("params", "params rds-high-availability"),
    "plan": (
        "plan rds-high-availability-existing-vpc --env prod",
        "plan tap-stack --env prod --bucket my-artifacts --drift --format markdown",
    ),
    "deploy": (
        "deploy rds-high-availability-existing-vpc --env prod",
        "deploy rds-high-availability --env dev --bucket my-artifacts --set InstanceClass=db.t4g.medium",
    ),
    "watch": ("watch rds-high-availability-existing-vpc --env prod", "watch some-stack --region eu-west-1"),
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
    "publish": (
        "publish rds-high-availability-existing-vpc --version 1.0.0 --bucket my-artifacts",
        "publish rds-high-availability-existing-vpc --keep-active 3 --retire 1.0.0",
        "publish rds-operations --version 1.0.0 --bucket my-artifacts --api --json",
    ),
    "import-map": (
        "import-map rds-high-availability-existing-vpc --instance postgres-orders-prod",
        "import-map rds-high-availability-existing-vpc --env staging --instance postgres-orders-staging --out .",
    ),
    "render": (
        "render rds-high-availability --env prod",
        "render some-template.yaml --set Stage=test --format yaml",
    ),
    "diff": (
        "diff git:main:dist/tap-stack.json dist/tap-stack.json --env prod",
        "diff --base origin/main --format markdown",
    ),
    "roles": (
        "roles rds-high-availability --env prod",
        "roles tap-stack --env dev --set ApplicationUser=orders --statement-timeout 10",
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
