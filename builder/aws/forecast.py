"""What the templates say of a deployment: the one that is deployed, as the account has it, against the one to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from builder.aws import stacks, states
from builder.aws.account import Account
from builder.aws.checks import Scene
from builder.aws.release import Product, Release
from builder.aws.stacks import GONE, STACK_TYPE, Stack
from builder.capabilities import nested
from builder.diff.model import Diff, Notice
from builder.diff.result import creation, diff
from builder.diff.sides import Given, Side, Valued, hidden_parameters, side, valued
from builder.diff.sources import Source
from builder.evaluate import Place
from builder.problems import Failure
from builder.render import LocalTemplates


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The comparison of the templates; None with the reason in `assumptions` where it cannot be made."""

    diff: Diff | None
    sides: tuple[Side, ...]
    assumptions: tuple[Notice, ...] = ()


def forecast(scene: Scene, release: Release, template: Mapping[str, Any]) -> Forecast:
    """Compares what is deployed with a release, whose `template` is as it will be deployed, packaged if need be."""
    stack = None if scene.stack is None or scene.stack.status == states.EMPTY else scene.stack
    place = Place(
        region=scene.account.region,
        account=scene.account.number,
        stack_name=release.wish.stack_name,
        stack_id=scene.stack.id if scene.stack else "",
        exports={name: value for name, (value, _) in scene.exports.items()},
    )
    given = Given(values=release.parameters.values, file=release.parameters.file)
    new = Source(
        label=release.product.file,
        stack=release.product.name,
        template=template,
        local_templates=_packaged(release.product, template),
    )
    try:
        if stack is None:
            will = valued(new, given)
            made = side(will, place, judged=True)
            return Forecast(diff=creation(made, will), sides=(made,))
        was = _deployed(scene.account, stack, given.values)
        will = valued(new, given, previous=was.texts)
        before, after = side(was, place, judged=False), side(will, place, judged=True)
    except Failure as failure:
        why = "; ".join(f"{problem.key or problem.file}: {problem.what}" for problem in failure.problems)
        notice = Notice(
            where=release.wish.stack_name, what=f"only AWS is asked: the templates cannot be compared: {why}"
        )
        return Forecast(diff=None, sides=(), assumptions=(notice,))
    return Forecast(diff=diff(before, after, (was, will)), sides=(before, after))


def _deployed(account: Account, stack: Stack, given: Mapping[str, str]) -> Valued:
    """The deployed template with the values that it has; one with NoEcho, which AWS hides, is taken to stay."""
    template, templates = _with_nested(account, stack.id)
    hidden = hidden_parameters(template)
    values = {name: value for name, value in stack.parameters.items() if name not in hidden}
    values |= {name: given[name] for name in hidden & given.keys()}
    source = Source(
        label=f"{stack.name} as deployed", stack=stack.name, template=template, local_templates=templates.get
    )
    found = valued(source, Given(values=values, file=source.label))
    what = "is hidden by AWS; its value is taken to stay as it is"
    notices = (Notice(where=name, what=what) for name in sorted(hidden & values.keys()))
    return replace(found, assumptions=(*found.assumptions, *notices))


def _with_nested(account: Account, stack_id: str) -> tuple[dict[str, Any], dict[str, Mapping[str, Any]]]:
    """The template of a stack, and by their URLs those of all that it nests."""
    template = stacks.template(account, stack_id)
    found: dict[str, Mapping[str, Any]] = {}
    for resource in stacks.resources(account, stack_id):
        if resource.type == STACK_TYPE and resource.id and resource.status != GONE:
            child, below = _with_nested(account, resource.id)
            declared = template.get("Resources", {}).get(resource.logical_id, {})
            url = declared.get("Properties", {}).get("TemplateURL")
            found |= below
            if isinstance(url, str):
                found[url] = child
    return template, found


def _packaged(product: Product, template: Mapping[str, Any]) -> LocalTemplates:
    """Finds the templates of a product by the URLs that they were uploaded to, or by the paths before that."""
    templates = {
        template["Resources"][logical_id]["Properties"]["TemplateURL"]: product.templates[name]
        for logical_id, name in nested(product.template)
        if name in product.templates
    }

    def find(url: str) -> Mapping[str, Any] | None:
        return templates.get(url) or (product.templates.get(Path(url).stem) if "://" not in url else None)

    return find
