"""The command `roles`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from builder.problems import Problem
    from builder.roles.sql import Roles

_LONGEST_NAME = 63  # bytes; PostgreSQL cuts off what is longer (its documentation, "Identifiers and Key Words")


@click.command()
@click.argument("stack")
@click.option("--env", metavar="ENV", required=True, help="Take the parameters of params/<stack>/ENV.json.")
@click.option("--set", "settings", metavar="K=V", multiple=True, help="Set one parameter; may be repeated.")
@click.option("--region", metavar="R", help="Render for this Region; by default us-east-1.", default="us-east-1")
@click.option(
    "--connections", type=click.IntRange(1), metavar="N", help="max_connections, where no parameter group states it."
)
@click.option(
    "--statement-timeout",
    type=click.IntRange(0),
    metavar="S",
    default=30,
    show_default=True,
    help="Seconds that a statement of the application may take; 0 for ever.",
)
@click.pass_obj
def roles(
    root: Path,
    stack: str,
    env: str,
    settings: tuple[str, ...],
    region: str,
    connections: int | None,
    statement_timeout: int,
) -> None:
    """Print the SQL that makes the database roles of STACK: application, migrator and reader.

    They log in by IAM, as the stack's connect policies admit them, with a search path, timeouts and connection limits
    of their own. The owner of the database runs it once, and again after a change: nothing in it adds up.
    """
    from builder.parameter_files import PARAMS
    from builder.problems import Failure, Problem
    from builder.render.rendering import render
    from builder.render.sources import place, source, values
    from builder.roles import sql
    from builder.roles.facts import facts

    chosen = source(root, stack)
    given = values(root, chosen, env, settings)
    rendered = render(
        chosen.template, given.values, place(chosen, region), file=chosen.file, local_templates=chosen.local_templates
    )
    known = facts(rendered)
    most = known.connections if connections is None else connections
    if most is None:
        what, fix = "no parameter group states max_connections", "give --connections, by what the instance has"
        raise Failure([Problem(file=chosen.file, what=what, fix=fix)])
    made = sql.roles(known, connections=most, statement_timeout=statement_timeout * sql.SECOND)
    problems = tuple(_problems(made, f"{PARAMS}/{chosen.stack}/{env}.json"))
    if problems:
        raise Failure(problems)
    click.echo(sql.script(made, title=f"Database roles of {chosen.stack}, environment {env}."), nl=False)


def _problems(made: Roles, file: str) -> Iterator[Problem]:
    """What PostgreSQL or RDS would misunderstand, though every name is one."""
    from builder.problems import Problem

    if made.facts.master in made.names:
        what = f"{made.facts.master!r} is the master user: given rds_iam, its password would no longer work"
        yield Problem(file=file, what=what, fix="give the application another user")
    for name in (made.facts.database, made.facts.master, *made.names):
        if not name or not name.isprintable():
            yield Problem(file=file, what=f"{name!r} is no name to print", fix="leave out what cannot be printed")
        if len(name.encode()) > _LONGEST_NAME:
            what = f"{name!r} is {len(name.encode())} bytes long, and PostgreSQL's names end at {_LONGEST_NAME}"
            yield Problem(file=file, what=what, fix="shorten the name of the application's user")
