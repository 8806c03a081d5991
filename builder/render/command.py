"""The command `render`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from builder.render.rendered import Rendered

_HIDDEN = "****"


@click.command()
@click.argument("template")
@click.option("--env", metavar="ENV", help="Take the parameters of params/<template>/ENV.json.")
@click.option("--region", metavar="R", help="Render for this Region; by default us-east-1.", default="us-east-1")
@click.option("--set", "settings", metavar="K=V", multiple=True, help="Set one parameter; may be repeated.")
@click.option("--format", "form", type=click.Choice(("json", "yaml")), default="json", show_default=True)
@click.pass_obj
def render(root: Path, template: str, env: str | None, region: str, settings: tuple[str, ...], form: str) -> None:
    """Show what CloudFormation would see of TEMPLATE: a stack of this project, or any template file, JSON or YAML.

    Parameters, conditions, resources and outputs, every function resolved; what only AWS can tell is a stable
    placeholder of its type. Whatever cannot be resolved is an error that names its place.
    """
    from builder.render.sources import place, source, values

    chosen = source(root, template)
    given = values(root, chosen, env, settings)
    from builder.render.rendering import render

    rendered = render(
        chosen.template, given.values, place(chosen, region), file=chosen.file, local_templates=chosen.local_templates
    )
    document = _document(rendered)
    document["Parameters"] |= dict.fromkeys(given.hidden, _HIDDEN)
    document = _redacted(document, {str(given.values[name]) for name in given.hidden} - {""})
    if form == "yaml":
        import yaml

        click.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120), nl=False)
    else:
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))


def _document(rendered: Rendered) -> dict[str, Any]:
    """A rendered template as it is shown: the sections of a template, and what it nests under Nested."""
    document: dict[str, Any] = {
        "Parameters": dict(rendered.parameters),
        "Conditions": dict(rendered.conditions),
        "Resources": dict(rendered.resources),
        "Outputs": dict(rendered.outputs),
    }
    if rendered.nested:
        document["Nested"] = {name: _document(child) for name, child in rendered.nested.items()}
    return document


def _redacted(node: Any, secrets: set[str]) -> Any:
    """A node without the values of NoEcho parameters."""
    if isinstance(node, Mapping):
        return {key: _redacted(value, secrets) for key, value in node.items()}
    if isinstance(node, list):
        return [_redacted(item, secrets) for item in node]
    if isinstance(node, str):
        for secret in secrets:
            node = node.replace(secret, _HIDDEN)
    return node
