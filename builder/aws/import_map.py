"""Adopting a database that is there already: what a change set of type IMPORT needs, written and never executed here.

An import does nothing but import: its template holds the imported resources only, each with a DeletionPolicy and an
identifier, and no outputs. What the template says otherwise than the resource is, the import applies (RDS resource
handlers). So everything is stated as it is, and the ordinary deployment that follows makes the rest of the stack; what
that one would do to what was imported is judged here beforehand, as `diff` judges it.
(CloudFormation user guide, "Import AWS resources into a CloudFormation stack")

Not proven: no account has seen it. That a type can be imported is read from the registry's schemas: those with a read
and a list handler. The master user's secret is RDS's own resource, and never a stack's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from builder import layout, schemas
from builder.aws import access_lost, checks, import_differences, live, release, states
from builder.aws.account import Account
from builder.aws.aws_cli import advice
from builder.aws.counterparts import INSTANCE, Left, counterparts, instance_of
from builder.aws.import_differences import Change
from builder.aws.import_template import LiveAttributes, import_template
from builder.aws.live import Live
from builder.aws.recreate import decided
from builder.aws.release import Release, Wish
from builder.aws.tables import table
from builder.build import fail_if_wrong
from builder.cli import counted
from builder.diff.model import Effect
from builder.evaluate import Evaluation, EvaluationError, Place, parameter_values
from builder.problems import ExitCode, Failure, Problem
from builder.write import write

TEMPLATE = "template.json"
RESOURCES = "resources.json"
_CHANGE_SET = "adopt"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is imported, what stays outside, what the deployment afterwards changes, and what forbids all of it."""

    imported: Mapping[str, Live]
    left: tuple[Left, ...]
    template: Mapping[str, Any]
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]


def import_map(root: Path, account: Account, wish: Wish, instance: str, out: str = "") -> None:
    """Writes the template and the resources to import into `out`, and prints the commands that use them.

    Raises Failure with ExitCode.STATEFUL_CHANGE_BLOCKED, nothing written, while anything speaks against it.
    """
    adopted = _release(root, account, wish)
    try:
        plan = prepare(account, adopted, instance)
    except EvaluationError as error:
        problem = Problem(file=adopted.product.file, key=error.path, what=error.what, fix="correct it")
        raise Failure([problem]) from error
    _show(plan)
    if plan.problems:
        raise Failure(plan.problems, ExitCode.STATEFUL_CHANGE_BLOCKED)
    folder = out or f".cache/import-map/{wish.stack}-{wish.environment}"
    files = {f"{folder}/{TEMPLATE}": layout.text(plan.template), f"{folder}/{RESOURCES}": _resources(account, plan)}
    write(root, files)
    for file in files:
        click.echo(f"written  {file}")
    click.echo("\n".join(["", "Import, look at the change set before executing it, then complete the stack:"]))
    for command in commands(account, wish, folder):
        click.echo(f"  {command}")


def prepare(account: Account, release: Release, instance: str) -> Plan:
    """Everything about adopting an instance that can be told without doing it.

    Raises Failure if there is none, EvaluationError for what cannot be told of a template before resources exist.
    """
    shown = live.instance(account, instance)
    scene = checks.look(account, release.wish.stack_name)
    parts = checks.unfold(scene, release)
    place = Place(
        region=account.region,
        account=account.number,
        stack_name=release.wish.stack_name,
        exports={name: exported for name, (exported, _) in scene.exports.items()},
    )
    found, left = _found(account, release, place, shown)
    while True:
        template = import_template(release.product.template, found, _evaluation(release, place, found), account.region)
        differences = import_differences.compared(release, template, place)
        anew = import_differences.replaced(differences, found)
        if not anew:
            break
        for change in anew:
            gone = found.pop(change.logical_id)
            final = ", ".join(each.path for each in change.properties if each.effect is not Effect.UPDATE)
            why = f"differs in what cannot be changed ({final})"
            left.append(Left(logical_id=gone.logical_id, type=gone.type, id=gone.id, why=why))
    against = [] if scene.stack is None else list(_existing(release, scene.stack.status))
    against += [*checks.problems(scene, release, parts), *live.obstacles(shown)]
    against += import_differences.problems(release, differences, found)
    (database,) = (each for each in found.values() if each.type == INSTANCE)
    admit = import_differences.admitting(release, database.logical_id)
    against += access_lost.problems(account, _evaluation(release, place, found), database, admit)
    return Plan(
        imported=found,
        left=tuple(left),
        template=template,
        changes=tuple(import_differences.changes(release, differences, found)),
        problems=tuple(dict.fromkeys(against)),
    )


def commands(account: Account, wish: Wish, folder: str) -> Sequence[str]:
    """The commands that import what was written into a folder, and complete the stack."""
    stack, change_set = ("--stack-name", wish.stack_name), ("--change-set-name", _CHANGE_SET)
    files = ("--template-body", f"file://{folder}/{TEMPLATE}", "--resources-to-import", f"file://{folder}/{RESOURCES}")

    def cloudformation(*arguments: str) -> str:
        return advice(account, "cloudformation", *arguments)

    return (
        cloudformation("create-change-set", *stack, *change_set, "--change-set-type", "IMPORT", *files),
        cloudformation("wait", "change-set-create-complete", *stack, *change_set),
        cloudformation("describe-change-set", *stack, *change_set),
        cloudformation("execute-change-set", *stack, *change_set),
        cloudformation("wait", "stack-import-complete", *stack),
        wish.command("deploy"),
    )


def _release(root: Path, account: Account, wish: Wish) -> Release:
    """What is to be deployed afterwards; a bucket, which that may need, is not asked for here. Raises Failure."""
    product = release.product(root, wish.stack)
    given = release.parameters(root, product, wish, account.region)
    fail_if_wrong(given.problems)
    return Release(wish=wish, product=product, parameters=given)


def _evaluation(release: Release, place: Place, found: Mapping[str, Live]) -> Evaluation:
    template = release.product.template
    values = parameter_values(template, release.parameters.values, file=release.parameters.file).values
    return Evaluation(template, values, place, LiveAttributes(found))


def _found(
    account: Account, release: Release, place: Place, shown: Mapping[str, Any]
) -> tuple[dict[str, Live], list[Left]]:
    """The instance and what it was made of, by the logical IDs that they are to have. Raises Failure."""
    evaluation = _evaluation(release, place, {})
    logical_id = instance_of(evaluation)
    if not logical_id:
        fix = "name an edition that makes one itself, such as rds-high-availability-existing-vpc"
        raise Failure([Problem(file=release.product.file, what="does not make one database instance", fix=fix)])
    instance = str(shown["DBInstanceIdentifier"])
    database = live.read(account, logical_id, INSTANCE, instance)
    if database is None:
        what = "is not known to Cloud Control, by which CloudFormation would import it"
        raise Failure([Problem(file=instance, what=what, fix="try again in a minute")], ExitCode.AWS_REFUSED)
    database = live.completed(database, shown)
    declared = decided(evaluation.declared(logical_id)["Properties"], evaluation)
    known = list(counterparts(account, evaluation, database, declared))
    found = {each.logical_id: each for each in (database, *known) if isinstance(each, Live)}
    return found, [each for each in known if isinstance(each, Left)]


def _existing(release: Release, status: str) -> Sequence[Problem]:
    if status == states.EMPTY:
        return ()
    what, fix = f"exists, and is {status}", "adopt into a stack of its own: give --stack-name, or another --env"
    return (Problem(file=release.wish.stack_name, what=what, fix=fix),)


def _resources(account: Account, plan: Plan) -> str:
    """What ResourcesToImport takes: of each resource its type, logical ID and primary identifier."""
    entries = []
    for each in plan.imported.values():
        schema = schemas.schema(each.type, account.region)
        assert schema is not None, each.type
        names = [".".join(path) for path in schema.primary_identifier]
        # Cloud Control joins the parts of an identifier by "|".
        identifier = dict(zip(names, each.id.split("|"), strict=True))
        entries.append(
            {"ResourceType": each.type, "LogicalResourceId": each.logical_id, "ResourceIdentifier": identifier}
        )
    return json.dumps(entries, indent=2) + "\n"


def _show(plan: Plan) -> None:
    """Prints what becomes of each live resource, then what the deployment afterwards changes in those imported."""
    rows = [(each.logical_id, each.type, each.id, "is imported as it is") for each in plan.imported.values()]
    rows += [(each.logical_id, each.type, each.id, f"is left: it {each.why}; one is made") for each in plan.left]
    table(("Logical ID", "Type", "ID", "What becomes of it"), rows)
    if plan.changes:
        click.echo(f"\nThe deployment after the import makes {counted(len(plan.changes), 'change')} to them:")
        table(
            ("Property", "Is", "Becomes", "When"),
            [(each.key, each.old, each.new, each.when) for each in plan.changes],
        )
        click.echo("")
