"""Shell completion: commands and options by click, stacks and environments by this project's folders."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VARIABLE = "_BUILD_PY_COMPLETE"
NAME = "build.py"


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes SHELL complete commands, options, stacks and environments.

    It defines build.py as a command of that shell, which runs this project's from any folder. To switch it on, here
    or, with whole paths, where the shell starts:

    \b
      eval "$(.venv/bin/python build.py completion bash)"    or zsh
      .venv/bin/python build.py completion fish | source
    """
    from click.shell_completion import get_completion_class

    root: Path = ctx.obj
    known = get_completion_class(shell)
    assert known is not None
    script = known(ctx.find_root().command, {}, NAME, VARIABLE).source()
    click.echo(_own(script, shell, shlex.join([sys.executable, str(root / NAME)])))


def completed(command: click.Command) -> click.Command:
    """A command whose parameters for stacks and environments complete; what they mean goes by their names."""
    for parameter in command.params:
        if parameter.name in _MEANINGS:
            parameter.shell_complete = _MEANINGS[parameter.name]  # type: ignore[assignment]
    return command


def _own(script: str, shell: str, run: str) -> str:
    """Click's script, for a command that is not on the PATH but a function of the shell."""
    script = re.sub(r"^.*\$\+commands\[.*\n", "", script, flags=re.MULTILINE)  # zsh looks for it there
    script = re.sub(rf"(_complete(?: COMP_\w+=\([^)]*\))*) (?:\$1|{re.escape(NAME)})\)", rf"\1 {run})", script)
    if shell == "fish":
        return f"function {NAME}; {run} $argv; end\n{script}"
    return f'{NAME}() {{ {run} "$@"; }}\n{script}'


def _stacks(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from builder.load import discover

    return [CompletionItem(name) for name in discover(ctx.obj) if name.startswith(incomplete)]


def _templates(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Stacks, or any file."""
    from click.shell_completion import CompletionItem

    return [*_stacks(ctx, incomplete), CompletionItem(incomplete, type="file")]


def _environments(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Those of the stack that is named already, else of any."""
    from click.shell_completion import CompletionItem

    # An option that still lacks its value keeps click from sorting the words: they are all in `args` then.
    words = {str(word) for word in (*ctx.params.values(), *ctx.args)}
    known = {path.name for path in (ctx.obj / "params").glob("[!.]*")}
    stack = min(words & known, default="*")
    names = sorted({path.stem for path in (ctx.obj / "params").glob(f"{stack}/[!.]*.json")})
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


_MEANINGS: Mapping[str | None, Callable[[click.Context, str], list[CompletionItem]]] = {
    "env": _environments,
    "environment": _environments,
    "stack": _stacks,
    "stacks": _stacks,
    "template": _templates,
    "templates": _templates,
}
