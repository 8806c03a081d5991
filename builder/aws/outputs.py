"""A stack's outputs: for people, for programs (JSON), for shells (NAME=value)."""

from __future__ import annotations

import json
import shlex

import click

from builder.aws import stacks
from builder.aws.account import Account
from builder.aws.tables import table

FORMATS = ("table", "json", "env")


def show(account: Account, name: str, form: str) -> None:
    """Prints the outputs of the stack of that name in a form of FORMATS. Raises Failure if there is no such stack."""
    found = sorted(stacks.require(account, name).outputs, key=lambda output: output.key)
    if form == "json":
        click.echo(json.dumps({output.key: output.value for output in found}, indent=2))
    elif form == "env":
        for output in found:
            click.echo(f"{output.key}={shlex.quote(output.value)}")
    else:
        table(("Output", "Value", "What it is"), [(each.key, each.value, each.description) for each in found])
