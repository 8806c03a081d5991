"""The command line: finds a command's module when it is asked for, and tells people what went wrong."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from builder import examples
from builder.completion import VARIABLE, completed
from builder.problems import ExitCode, Failure, Problem

# Command -> the module and the name of its click command. A module is imported when its command is called, or listed:
# what is slow (boto3, troposphere) it imports inside its functions.
COMMANDS = {
    "build": "builder.commands:build",
    "lint": "builder.commands:lint",
    "params": "builder.commands:params",
    "plan": "builder.aws.commands:plan",
    "deploy": "builder.aws.commands:deploy",
    "watch": "builder.aws.commands:watch",
    "destroy": "builder.aws.commands:destroy",
    "outputs": "builder.aws.commands:outputs",
    "package": "builder.aws.commands:package",
    "recreate": "builder.aws.commands:recreate",
    "publish": "builder.aws.catalog.command:publish",
    "import-map": "builder.aws.commands:import_map",
    "render": "builder.render.command:render",
    "diff": "builder.diff.command:diff",
    "roles": "builder.roles.command:roles",
    "permissions": "builder.permissions.command:permissions",
    "docs": "builder.docs.command:docs",
    "completion": "builder.completion:completion",
}
PROGRAM = "python build.py"
DEFAULT = "build"


class _Commands(click.Group):
    """Looks commands up in COMMANDS; without a command it is DEFAULT that is meant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        if cmd_name not in COMMANDS:
            raise click.NoSuchCommand(cmd_name, possibilities=COMMANDS, ctx=ctx)
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        command.epilog = examples.epilog(cmd_name, PROGRAM)
        return completed(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each command with its first sentence, whole: click would cut it off at the end of the line."""
        rows = [(name, self.get_command(ctx, name).get_short_help_str(limit=1000)) for name in COMMANDS]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_none = not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)
        if is_none and not ctx.resilient_parsing:  # a shell that completes wants commands, not what they default to
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Builds, checks and deploys the CloudFormation templates of templates/stacks/.

    Without a command: build.
    """


def main(root: Path, arguments: Sequence[str] | None = None) -> int:
    """Runs the command line of the project at `root`; see `run`."""
    return run(cli, arguments, name=PROGRAM, root=root)


def run(command: click.Command, arguments: Sequence[str] | None, *, name: str, root: Path) -> int:
    """Runs a command, which finds `root` as its context's object, and tells whatever ends it without a traceback.

    Returns what the command returns, if that is a number, or an ExitCode, or 130 after an interrupt, as shells do.
    `arguments` are those of the process when None; `name` is what usage messages call the command.
    """
    try:
        result = command.main(args=arguments, prog_name=name, complete_var=VARIABLE, standalone_mode=False, obj=root)
    except Failure as failure:
        show(failure.problems)
        return failure.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return 130
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.CHECK_FAILED
    return result if isinstance(result, int) else ExitCode.OK


def show(problems: Iterable[Problem]) -> None:
    """Prints problems to standard error: errors, then warnings apart, then how many there are."""
    errors = [problem for problem in problems if problem.severity == "error"]
    warnings = [problem for problem in problems if problem.severity == "warning"]
    for problem in errors:
        click.echo(f"error: {problem}", err=True)
    for problem in warnings:
        click.echo(f"warning: {problem}", err=True)
    counts = [counted(len(kind), name) for kind, name in ((errors, "error"), (warnings, "warning")) if kind]
    if counts:
        click.echo(", ".join(counts), err=True)


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 error, 2 errors."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
