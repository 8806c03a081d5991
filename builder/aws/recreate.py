"""Making a protected stack anew over what the deleted one left: its retained resources are imported, the rest deployed.

CloudFormation's rules for a change set of type IMPORT (user guide, "Import AWS resources into a CloudFormation stack"):
it imports and does nothing else, so that the template holds the imported resources only; each has a DeletionPolicy and
an identifier, and belongs to no other stack. Outputs are left to the deployment that follows. DeletionPolicy is Retain
until then, so that nothing is deleted whatever goes wrong with the import.

Not proven: no account has seen it. That every type of the stacks here can be imported is read from the registry's
schemas; that a nested stack can be after its parent was deleted, from the user guide's "Nest an existing stack".
CloudFormation does not compare what it imports with the template: drift detection afterwards does. Whether an import
already applies the template's differences is not documented for every type; logging of buckets may pause meanwhile.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import WaiterError

from builder import capabilities, layout, schemas
from builder.aws import change_sets, checks, failures, protection, stacks, states
from builder.aws.account import Account
from builder.aws.aws_cli import advice
from builder.aws.errors import one_line
from builder.aws.package import package
from builder.aws.release import Release, Wish, load
from builder.aws.retained import Remains, Retained, remains
from builder.aws.tables import table
from builder.build import fail_if_wrong
from builder.cli import counted
from builder.evaluate import Evaluation
from builder.problems import ExitCode, Failure, Problem

# Properties that cannot be stated before something is there that only the deployment makes again: S3 lets a bucket log
# into another one whose policy admits that, and the policy went with the stack. (S3 user guide, "Enabling Amazon S3
# server access logging")
_LEFT_TO_DEPLOYMENT = {"AWS::S3::Bucket": ("LoggingConfiguration",)}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A deleted stack's remains, and those of them that a new stack takes over.

    The evaluation is of the template with nothing but types, conditions and properties in its resources.
    """

    release: Release
    remains: Remains
    imported: tuple[Retained, ...]
    evaluation: Evaluation


def recreate(root: Path, account: Account, wish: Wish, *, stack_id: str = "", dry_run: bool = False) -> None:
    """Imports what the deleted stack `stack_id`, or the last of the wished name, retained, into a new one of that name.

    Shows the plan first; with `dry_run` nothing else. Raises Failure with what speaks against it, or why it went wrong.
    """
    plan = prepare(account, load(root, wish, account.region), stack_id)
    _show(plan)
    fail_if_wrong(_problems(account, plan))
    if dry_run:
        return
    product = plan.release.product
    template = product.template
    if product.nests:
        template = json.loads((root / package(root, account, product, wish.bucket)).read_bytes())
    _import(account, plan, import_template(template, plan.imported, plan.evaluation))
    click.echo(f"{wish.stack_name} holds {counted(len(plan.imported), 'resource')} again. Complete it:")
    click.echo(f"  {wish.command('deploy')}")


def prepare(account: Account, release: Release, stack_id: str) -> Plan:
    """What was retained, and what of it would be imported. Raises Failure when there is nothing to do."""
    name = release.wish.stack_name
    scene = checks.look(account, name)
    if scene.stack is not None and scene.stack.status != states.EMPTY:
        way_out = states.way_out(account, scene.stack)
        fix = f"{way_out}, then try again" if way_out else f"complete it: {release.wish.command('deploy')}"
        raise Failure([Problem(file=name, what=f"exists, and is {scene.stack.status}", fix=fix)])
    found = remains(account, [stack_id] if stack_id else stacks.deleted(account, name))
    if not found.resources:
        what = f"retained nothing when {'it' if stack_id else 'a stack of that name'} was deleted, in the last 90 days"
        fix = f"make it: {release.wish.command('deploy')}, or give the ID of the deleted stack by --from"
        raise Failure([Problem(file=stack_id or name, what=what, fix=fix)])
    bare = {**release.product.templates, release.product.name: _bare(release.product.template)}
    evaluation = checks.unfold(scene, replace(release, product=replace(release.product, templates=bare)))[0].evaluation
    live = evaluation.live()
    imported = tuple(each for each in found.resources if each.logical_id in live and each.state == "there")
    return Plan(release=release, remains=found, imported=imported, evaluation=evaluation)


def import_template(
    template: Mapping[str, Any], imported: Iterable[Retained], evaluation: Evaluation
) -> dict[str, Any]:
    """A template of the imported resources only, all to be retained; conditions in them are decided."""
    resources = {}
    for each in imported:
        declared = template["Resources"][each.logical_id]
        resources[each.logical_id] = {
            "Type": declared["Type"],
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": decided(_properties(declared), evaluation),
        }
    sections = ("AWSTemplateFormatVersion", "Transform", "Description", "Parameters", "Mappings")
    return {key: template[key] for key in sections if key in template} | {"Resources": resources}


def _bare(template: Mapping[str, Any]) -> dict[str, Any]:
    """A template whose resources depend on each other only by those of their properties that an import states."""
    resources = {
        logical_id: {key: resource[key] for key in ("Type", "Condition") if key in resource}
        | {"Properties": _properties(resource)}
        for logical_id, resource in capabilities.resources(template)
    }
    return {**template, "Resources": resources}


def _properties(declared: Mapping[str, Any]) -> dict[str, Any]:
    later = _LEFT_TO_DEPLOYMENT.get(declared["Type"], ())
    return {name: value for name, value in declared.get("Properties", {}).items() if name not in later}


def decided(node: Any, evaluation: Evaluation) -> Any:
    """A node with each Fn::If replaced by the branch that is taken: the other may name what is not imported."""
    if isinstance(node, list):
        return [decided(item, evaluation) for item in node]
    if not isinstance(node, dict):
        return node
    if node.keys() == {"Fn::If"}:
        condition, holds, otherwise = node["Fn::If"]
        return decided(holds if evaluation.condition(condition) else otherwise, evaluation)
    return {key: decided(value, evaluation) for key, value in node.items()}


def _show(plan: Plan) -> None:
    """Prints what becomes of everything that the deleted stack held and something was kept of."""
    template, live = plan.release.product.template, plan.evaluation.live()
    ends = {"there": "is imported", "gone": "is gone: made anew", "pending deletion": "is pending deletion"}
    rows = []
    for each in plan.remains.resources:
        end = ends[each.state] if each.logical_id in live else "is left as it is: the template has none such"
        rows.append((each.logical_id, each.type, each.id, end))
    for lost in plan.remains.deleted:
        declared = template["Resources"].get(lost.logical_id)
        if declared and protection.deletion_policy(declared) == "Snapshot":
            rows.append((lost.logical_id, lost.type, lost.id, "is made anew, EMPTY: its data is in its final snapshot"))
    click.echo(f"Left by {plan.remains.stack_id}:")
    table(("Logical ID", "Type", "ID", "What becomes of it"), rows)


def _problems(account: Account, plan: Plan) -> Iterator[Problem]:
    """Why the import would fail, or leave something useless."""
    live, taken = plan.evaluation.live(), {each.logical_id for each in plan.imported}
    for each in plan.remains.resources:
        if each.state == "pending deletion" and each.logical_id in live:
            steps = (advice(account, "kms", do, "--key-id", each.id) for do in ("cancel-key-deletion", "enable-key"))
            what = "is pending deletion, and what it encrypts would be lost with it"
            yield Problem(file=each.id, key=each.logical_id, what=what, fix=f"keep it: {', then '.join(steps)}")
    for each in plan.imported:
        schema = schemas.schema(each.type, account.region)
        if schema is None or "read" not in schema.permissions:
            what = f"cannot be imported: {each.type} has no read handler in the registry"
            yield Problem(file=each.id, key=each.logical_id, what=what, fix="delete it, or rename the new one")
        missing = [name for name in plan.evaluation.references(each.logical_id) if name not in taken]
        if missing:
            what = f"needs {', '.join(missing)}, which cannot be imported with it"
            yield Problem(file=each.id, key=each.logical_id, what=what, fix="restore that, or delete what needs it")
    if not plan.imported:
        what = "nothing that was retained is there to be imported"
        fix = f"make all of it: {plan.release.wish.command('deploy')}"
        yield Problem(file=plan.release.wish.stack_name, what=what, fix=fix)


def _import(account: Account, plan: Plan, template: Mapping[str, Any]) -> None:
    """Makes and executes the change set. Raises Failure telling why CloudFormation refused it, or failed."""
    cloudformation, name = account.client("cloudformation"), plan.release.wish.stack_name
    resources = [
        {"ResourceType": each.type, "LogicalResourceId": each.logical_id, "ResourceIdentifier": dict(each.identifier)}
        for each in plan.imported
    ]
    values = plan.release.parameters.values
    change_set = cloudformation.create_change_set(
        StackName=name,
        ChangeSetName=f"recreate-{int(time.time())}",
        ChangeSetType="IMPORT",
        Description="What a deleted stack retained",
        TemplateBody=layout.text(template),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        Capabilities=list(plan.release.product.capabilities),
        ResourcesToImport=resources,
    )["Id"]
    if refused := change_sets.wait(account, change_set):
        fix = "correct what it names, then try again; nothing was changed"
        raise Failure([Problem(file=name, what=f"cannot be imported into: {refused}", fix=fix)], ExitCode.AWS_REFUSED)
    cloudformation.execute_change_set(ChangeSetName=change_set)
    try:
        cloudformation.get_waiter("stack_import_complete").wait(StackName=name, WaiterConfig={"Delay": 15})
    except WaiterError as error:
        raise Failure(_why(account, name), ExitCode.AWS_REFUSED) from error


def _why(account: Account, name: str) -> tuple[Problem, ...]:
    stack = stacks.require(account, name)
    if states.in_progress(stack.status):
        fix = f"go on waiting ({states.waiting(account, stack)}), then deploy"
        return (Problem(file=name, what=f"is still {stack.status}", fix=fix),)
    way_out = states.way_out(account, stack)
    fix = f"correct it, {way_out}, then try again" if way_out else "correct it, then try again; nothing was deleted"
    found = failures.problems(account, stack.id, fix)
    return found or (Problem(file=name, what=f"is {stack.status}: {one_line(stack.reason)}", fix=fix),)
