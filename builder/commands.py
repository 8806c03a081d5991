"""The commands that need no AWS: build, lint, params."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from builder.cli import counted, show

if TYPE_CHECKING:
    from builder.build import Change

_stacks = click.argument("stacks", nargs=-1, metavar="[STACK]...")


@click.command()
@_stacks
@click.option("--check", is_flag=True, help="Write nothing; fail when dist/ is not what would be built.")
@click.option("--no-lint", is_flag=True, help="Leave cfn-lint out.")
@click.pass_obj
def build(root: Path, stacks: tuple[str, ...], check: bool, no_lint: bool) -> None:
    """Build the stacks, or all, into dist/, if all is right with them.

    Checked are the stack modules, CloudFormation's limits, resource types against the Regions declared, params/, and
    the templates by cfn-lint. A template known to be clean is not linted again.
    """
    from builder.build import build

    report = build(root, stacks, check=check, lint=not no_lint)
    width = max(len(change.file) for change in report.changes)
    for change in report.changes:
        click.echo(f"{change.kind:<9}  {change.file:<{width}}  {_size(change)}".rstrip())
    if not no_lint:
        click.echo(_linted(len(report.stacks), len(report.linted)))
    show(report.warnings)


@click.command()
@_stacks
@click.pass_obj
def lint(root: Path, stacks: tuple[str, ...]) -> None:
    """Lint the stacks, or all, as they would be built; write nothing.

    cfn-lint runs with its informational checks in every Region that a stack declares. A template known to be clean is
    not linted again.
    """
    from builder.assemble import assemble
    from builder.build import fail_if_wrong, lint_problems

    assembly = assemble(root, stacks)
    problems, linted = lint_problems(assembly)
    fail_if_wrong((*assembly.problems, *problems))
    click.echo(_linted(len(assembly.wanted), len(linted)))


@click.command()
@_stacks
@click.pass_obj
def params(root: Path, stacks: tuple[str, ...]) -> None:
    """Validate the parameter files of the stacks, or of all.

    They are checked against the templates as they would be built, in every Region that a stack declares.
    """
    from builder import parameter_files
    from builder.assemble import assemble
    from builder.build import fail_if_wrong

    assembly = assemble(root, stacks)
    problems = (*assembly.problems, *parameter_files.problems(assembly))
    fail_if_wrong(problems)
    number = sum(len(parameter_files.files(root, name)) for name in assembly.wanted)
    click.echo(f"{counted(number, 'parameter file')} valid.")
    show(problems)


def _size(change: Change) -> str:
    from builder.limits import needs_bucket

    before = f" (was {change.before:,})" if change.kind == "changed" else ""
    is_template = change.file.startswith("dist/")
    note = ", needs a bucket to deploy" if is_template and needs_bucket(change.after) else ""
    return f"{change.after:>9,} bytes{before}{note}" if change.after else ""


def _linted(templates: int, now: int) -> str:
    return f"{counted(templates, 'template')} clean: {now} linted, {templates - now} known from before."
