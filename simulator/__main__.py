"""`python -m simulator STACK [ENV]`: deploys a built template to a local AWS with the AWS CLI, and shows the result."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from builder import manifest, params
from builder.cli import run
from builder.problems import ExitCode, Failure, Problem

ROOT = Path(__file__).parents[1]


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="\b\nExamples:\n  python -m simulator rds-high-availability\n  python -m simulator tap-stack prod --keep",
)
@click.argument("stack")
@click.argument("env", default="dev")
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="A parameter, instead of the file's value."
)
@click.option("--region", default="us-east-1", show_default=True, help="The Region to deploy to.")
@click.option("--keep", is_flag=True, help="Keep the local AWS until Ctrl-C, to look at it with the AWS CLI.")
def simulate(stack: str, env: str, overrides: tuple[str, ...], region: str, keep: bool) -> int:
    """Deploy dist/STACK.json with params/STACK/ENV.json to a local AWS on this machine. No account is needed.

    Resources are held by moto's services, or recorded: validated against the AWS SDK's model and kept. A simulator
    is not AWS: that this works does not prove that AWS accepts it.
    """
    template, values, capabilities = _read(stack, env, overrides)

    # What is slow to import waits until the input is known to be good.
    from simulator import report
    from simulator.aws import running
    from simulator.deployment import deploy
    from simulator.standin_databases import stand_in_databases
    from simulator.standins import stand_in

    with running(region) as aws:
        values, made = stand_in(aws.client("ec2"), values)
        report.announce(stack, env, aws, {**made, **stand_in_databases(aws, values)})
        with report.working(f"Deploying {stack}"):
            deployed = deploy(aws, stack, template, values, capabilities=capabilities)
        if not deployed.ok:
            report.failure(aws, stack, deployed.log)
            return ExitCode.CHECK_FAILED
        report.success(aws, stack)
        if keep:
            report.wait(aws)
    return ExitCode.OK


def _read(stack: str, env: str, overrides: tuple[str, ...]) -> tuple[Path, Mapping[str, str], tuple[str, ...]]:
    """The template's file, the parameters, the capabilities. Raises Failure for what is missing or malformed."""
    template = ROOT / "dist" / f"{stack}.json"
    entry = manifest.read(ROOT).get(stack)
    problems = []
    if entry is None or not template.is_file():
        known = ", ".join(sorted(manifest.read(ROOT))) or "none"
        fix = f"run make build, or give one of the built stacks: {known}"
        problems.append(Problem(file=f"dist/{stack}.json", what="is not built", fix=fix))
    file = ROOT / "params" / stack / f"{env}.json"
    if not problems and not file.is_file():
        known = ", ".join(sorted(path.stem for path in file.parent.glob("*.json"))) or "none"
        fix = f"write it, or give one of the environments: {known}"
        problems.append(Problem(file=f"params/{stack}/{env}.json", what="does not exist", fix=fix))
    given = [each.partition("=") for each in overrides]
    for key, equals, _ in given:
        if not (key and equals):
            problems.append(Problem(file="--set", key=key, what="has no value", fix="write --set KEY=VALUE"))
    if problems:
        raise Failure(problems, ExitCode.USAGE)
    assert entry is not None
    return template, {**params.read(file), **{key: value for key, _, value in given}}, entry.capabilities


def main() -> int:
    """Runs the command line; see builder.cli.run."""
    return run(simulate, None, name="python -m simulator", root=ROOT)


if __name__ == "__main__":
    sys.exit(main())
