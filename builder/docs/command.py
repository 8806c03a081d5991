"""The command `docs`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("templates", nargs=-1, metavar="[STACK|FILE]...")
@click.option("--check", is_flag=True, help="Write nothing; fail when a page or a picture is stale. Needs no Graphviz.")
@click.option("--no-pictures", is_flag=True, help="Leave pictures as they are; then Graphviz is not needed.")
@click.option("--params", "parameter_files", metavar="F", multiple=True, help="Values for a FILE; may be repeated.")
@click.option("--out", metavar="DIR", default=".", show_default=True, help="Where the page of a FILE is written.")
@click.pass_obj
def docs(
    root: Path,
    templates: tuple[str, ...],
    check: bool,
    no_pictures: bool,
    parameter_files: tuple[str, ...],
    out: str,
) -> None:
    """Write the reference of the stacks, or of all, into docs/: a page and a picture each, and the control matrix.

    What people write around the generated parts of a page is kept. FILE may be any template: its page and picture are
    written to --out.
    """
    from builder.cli import counted
    from builder.docs.run import described, reference

    files = [name for name in templates if Path(name).suffix]
    if files and len(files) != len(templates):
        raise click.UsageError("A FILE is described alone: without stacks.")
    if (parameter_files or out != ".") and not files:
        raise click.UsageError("--params and --out are for a FILE.")
    if files:
        pages = described(files, parameter_files, out=Path(out), check=check, pictures=not no_pictures)
        for page in pages if not check else ():
            click.echo(f"written  {page}")
        if check:
            click.echo(f"{counted(len(pages), 'page')} up to date.")
        return
    found = reference(root, templates, check=check, pictures=not no_pictures)
    for file in found.files:
        click.echo(f"written  {file}")
    click.echo(f"{counted(found.pages, 'page')} up to date.")
