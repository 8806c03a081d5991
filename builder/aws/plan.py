"""What a deployment would do, told before it is done: a change set of AWS's, never executed, beside the templates."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from builder import layout, limits
from builder.aws import change_sets, checks, drift
from builder.aws.account import Account
from builder.aws.aws_cli import advice
from builder.aws.change_sets import Proposal, Request
from builder.aws.checks import Scene
from builder.aws.deploy import goes_without_rollback
from builder.aws.expected import shared_tags
from builder.aws.forecast import forecast
from builder.aws.interrupts import ending
from builder.aws.package import package, upload
from builder.aws.release import Release, Wish, load
from builder.aws.stacks import STACK_TYPE, Stack
from builder.build import fail_if_wrong
from builder.capabilities import resources
from builder.diff import runs
from builder.diff.agreement import agreed
from builder.diff.change_set import Conceal, described_stacks, live_changes
from builder.diff.concealment import concealing
from builder.diff.guard import affected, check_consent, judge
from builder.diff.model import Notice
from builder.diff.report import Compared
from builder.diff.runs import Options
from builder.problems import ExitCode


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What is asked for beside the stack: see the command's options."""

    form: str = "text"
    drift: bool = False
    keep: bool = False


def plan(root: Path, account: Account, wish: Wish, options: Options, choices: Choices) -> None:
    """Shows what deploying a stack would do, and the command that does it.

    Raises Failure: with everything that speaks against a deployment (ExitCode.AWS_REFUSED where it is the account that
    does), and as `builder.diff` does when something stateful would be lost, or the update fail.
    """
    with ExitStack() as stack:
        stack.enter_context(ending())
        stack.enter_context(redirect_stdout(sys.stderr))  # what is told on the way; the report alone is the output
        release = load(root, wish, account.region, refusal=ExitCode.AWS_REFUSED)
        scene = checks.look(account, wish.stack_name)
        parts = checks.unfold(scene, release)
        fail_if_wrong(checks.problems(scene, release, parts), ExitCode.AWS_REFUSED)
        template = _template(root, account, release)
        offline = forecast(scene, release, template)
        secrets = [release.parameters.values[name] for name in release.secrets]
        conceal = concealing(offline.sides, secrets, known=offline.diff is not None)
        drifted = _drift(scene, conceal) if choices.drift else ()
        tags = shared_tags(parts[0].evaluation, account.region)
        request = _request(account, release, template, scene.stack, tags)
        click.echo(f"Planning {wish.stack_name} in {account.region} of account {account.number}.")
        with change_sets.proposed(account, request, scene.stack, keep=choices.keep) as proposal:
            live = tuple(live_changes(proposal.content, conceal))
            told = set(described_stacks(proposal.content)) if live else None
            found = agreed(live, offline.diff, told)
            check_consent(options.consent, affected(found))
    found = replace(found, assumptions=(*found.assumptions, *offline.assumptions), drift=drifted)
    judgement = judge(found, options.consent, strict=options.strict)
    title = f"{wish.stack_name} in {account.region} of account {account.number}"
    compared = [Compared(title=title, environments=(wish.environment,), diff=found, judgement=judgement)]
    runs.show(compared, choices.form)
    kept = proposal if choices.keep and proposal.changes_something else None
    for line in _next(account, release, scene, kept, blocked=bool(judgement.exit_code)):
        click.echo(line, err=choices.form != "text")
    runs.end(compared)


def _template(root: Path, account: Account, release: Release) -> Mapping[str, Any]:
    """The template as it is deployed: what it nests is uploaded, as `deploy` does it."""
    product = release.product
    if not product.nests:
        return product.template
    packaged: Mapping[str, Any] = json.loads((root / package(root, account, product, release.wish.bucket)).read_bytes())
    return packaged


def _request(
    account: Account, release: Release, template: Mapping[str, Any], stack: Stack | None, tags: Mapping[str, str]
) -> Request:
    """What `aws cloudformation deploy` would ask for; parameters that are not given keep what they have."""
    product, values = release.product, release.parameters.values
    parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]
    kept = (stack.parameters.keys() if stack else set()) & template.get("Parameters", {}).keys() - values.keys()
    text = layout.text(template)
    large = limits.needs_bucket(len(text.encode()))
    return Request(
        stack_name=release.wish.stack_name,
        body="" if large else text,
        url=upload(account, product, release.wish.bucket, text) if large else "",
        parameters=[*parameters, *({"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept))],
        capabilities=product.capabilities,
        tags=tags,
        nests=any(resource["Type"] == STACK_TYPE for _, resource in resources(template)),
    )


def _drift(scene: Scene, conceal: Conceal) -> tuple[Notice, ...]:
    if scene.stack is None:
        return ()
    click.echo(f"Detecting the drift of {scene.stack.name}; this takes up to several minutes.")
    return tuple(drift.drift(scene.account, scene.stack.id, conceal))


def _next(account: Account, release: Release, scene: Scene, kept: Proposal | None, *, blocked: bool) -> Iterator[str]:
    """What a person does now: deploys; and what becomes of a change set that was kept."""
    wish = release.wish
    harmless = release.parameters.values.keys() - release.secrets
    place = ["--endpoint-url", account.endpoint_url] if account.endpoint_url else []
    if not blocked:
        yield ""
        yield f"To deploy it: {' '.join([wish.command('deploy', harmless=harmless), *map(shlex.quote, place)])}"
    if kept is not None:
        without = ("--disable-rollback",) if goes_without_rollback(release, scene.stack) else ()
        named = ("--change-set-name", kept.id)
        yield f"The change set is kept: {kept.id}"
        if not blocked:
            yield f"To execute it: {advice(account, 'cloudformation', 'execute-change-set', *named, *without)}"
            if release.product.is_protected:
                yield "Deploy afterwards as well: that protects what it keeps, which executing alone does not."
        yield f"To delete it: {advice(account, 'cloudformation', 'delete-change-set', *named)}"
        if scene.stack is None:
            shell = advice(account, "cloudformation", "delete-stack", "--stack-name", wish.stack_name)
            yield f"Then the empty stack that it made: {shell}"
