"""The command `diff`."""

from __future__ import annotations

from pathlib import Path

import click

from builder.diff.options import FORMATS, consented


@click.command()
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--base", metavar="REV", help="Compare every stack, as committed at REV, with what would be built now.")
@click.option("--env", metavar="ENV", help="Take the parameters of params/<stack>/ENV.json.")
@click.option("--params-old", metavar="F", help="Take OLD's parameters of this file.")
@click.option("--params-new", metavar="F", help="Take NEW's parameters of this file; what it omits stays as in OLD.")
@click.option("--region", metavar="R", default="us-east-1", show_default=True, help="Compare for this Region.")
@consented
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.pass_obj
def diff(
    root: Path,
    old: str | None,
    new: str | None,
    base: str | None,
    env: str | None,
    params_old: str | None,
    params_new: str | None,
    region: str,
    consent: tuple[str, ...],
    strict: bool,
    form: str,
) -> None:
    """Show what a deployment of NEW over OLD would do, above all what it would destroy. No AWS account needed.

    OLD and NEW are template files, - for standard input, or git:REV:path. Exit code 3: something stateful would be lost
    without a snapshot or being retained, and nobody agreed; 1: the update would fail.
    """
    if (base is None) == (old is None) or (base is None) == (new is None):
        raise click.UsageError("Give OLD and NEW, or --base and neither.")
    if env is not None and (params_old or params_new):
        raise click.UsageError("Give --env, or --params-old and --params-new, not both.")
    if base is not None and (params_old or params_new):
        raise click.UsageError("--base takes --env, not parameter files.")
    if old == new == "-":
        raise click.UsageError("Standard input can be OLD or NEW, not both.")
    from builder.diff import runs

    options = runs.Options(region=region, consent=consent, strict=strict)
    if base is not None:
        from builder.diff.stacks import compare_all

        found = compare_all(root, base, env, options)
    else:
        assert old is not None and new is not None
        chosen = runs.Chosen(environment=env, old_file=params_old, new_file=params_new)
        found = [runs.compare_two(root, old, new, chosen, options)]
    runs.show(found, form)
    runs.end(found)
