"""The command `permissions`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from builder.permissions.derive import Permissions

NOTE = "A starting superset: handlers list what any property of their type may need. Deploy once, then compare."
_FORMATS = ("table", "json")


@click.command()
@click.argument("templates", nargs=-1, metavar="TEMPLATE...")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True)
@click.option("--check", is_flag=True, help="Write nothing; fail when what is committed for launch roles is stale.")
@click.option("--region", metavar="R", default="us-east-1", show_default=True, help="Where the stacks are deployed.")
@click.option("--account", metavar="ID", default="*", help="The account they are deployed in; by default any.")
@click.option("--stack-name", "stack", metavar="NAME", help="Their name, * for any characters; by default SC-*.")
@click.pass_obj
def permissions(
    root: Path, templates: tuple[str, ...], form: str, check: bool, region: str, account: str, stack: str | None
) -> None:
    """Show which permissions deploying TEMPLATE takes: a stack of this project, or any template file, JSON or YAML.

    Each action with who asks for it and what it is allowed on, or as policies in JSON. Where a resource has no name of
    its own it is known by the stack's, which Service Catalog begins with SC-. The result is a starting superset.
    """
    if check:
        from builder.permissions import stale

        click.echo(stale.fail_if_stale(root, templates))
        return
    if not templates:
        raise click.UsageError("Give a TEMPLATE, or --check.")
    from builder.permissions.derive import derive
    from builder.permissions.files import LAUNCHED
    from builder.render.sources import place, source

    shown: list[dict[str, Any]] = []
    for name in templates:
        chosen = source(root, name)
        where = place(chosen, region)
        found = derive(
            chosen.template,
            file=chosen.file,
            region=region,
            stack=stack or LAUNCHED,
            local_templates=chosen.local_templates,
        )
        shown.append(_document(found, chosen.file, partition=where.partition, region=region, account=account))
    if form == "json":
        click.echo(json.dumps({"note": NOTE, "templates": shown}, indent=1))
        return
    for one in shown:
        _show(one)


def _document(found: Permissions, file: str, *, partition: str, region: str, account: str) -> dict[str, Any]:
    """Permissions as they are shown: the policies, and for each action who asks for it and what it is allowed on."""
    from builder.permissions.policies import document, in_place, placed, policies

    where = {"partition": partition, "region": region, "account": account}
    asked: dict[str, list[dict[str, str]]] = {}
    for need in found.needs:
        asked.setdefault(need.action.lower(), []).append(
            {"resource": need.resource, "type": need.type, "handler": need.handler}
        )
    return {
        "template": file,
        "policies": [document(in_place(policy, **where)) for policy in policies(found, file)],
        "actions": [
            {
                "action": grant.action,
                "resources": placed(list(grant.resources), **where),
                "condition": placed(grant.condition, **where),
                "asked_by": asked[grant.action.lower()],
            }
            for grant in found.grants
        ],
    }


def _show(one: dict[str, Any]) -> None:
    actions = one["actions"]
    width = max(len(each["action"]) for each in actions)
    everything = sum(1 for each in actions if each["resources"] == ["*"])
    click.echo(f"{one['template']}: {len(actions)} actions, {everything} of which take only *;")
    click.echo(f"as managed policies: {len(one['policies'])}. {NOTE}\n")
    for each in actions:
        indent = " " * (width + 2)
        click.echo(f"{each['action']:<{width}}  {_asked(each['asked_by'])}")
        for arn in each["resources"]:
            click.echo(f"{indent}on {arn}")
        if each["condition"]:
            click.echo(f"{indent}where {json.dumps(each['condition'])}")


def _asked(by: list[dict[str, str]]) -> str:
    """Who asks: `Database (create, update), Topic (read)`."""
    handlers: dict[str, list[str]] = {}
    for each in by:
        handlers.setdefault(each["resource"], []).append(each["handler"])
    return ", ".join(f"{resource} ({', '.join(names)})" for resource, names in handlers.items())
