"""Which resources of a template exist already, beside a database instance that does: what it was made of.

Found through the template itself: where a property of the instance names another resource of the stack, the same
property of the live instance names its counterpart. Log groups are found by the names that the template gives: RDS made
them when it first exported a log, and the stack could not make them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from builder import schemas
from builder.aws import live
from builder.aws.account import Account
from builder.aws.live import Live
from builder.evaluate import Evaluation
from builder.schemas import Schema

INSTANCE = "AWS::RDS::DBInstance"
_KEY = "AWS::KMS::Key"
_LOG_GROUP = "AWS::Logs::LogGroup"
# What CloudFormation needs of a type to import it.
_HANDLERS = frozenset({"read", "list"})


@dataclass(frozen=True, kw_only=True)
class Left:
    """A live resource that stays outside of the stack, which makes one of its own; `why` completes "it ..."."""

    logical_id: str
    type: str
    id: str
    why: str


def instance_of(evaluation: Evaluation) -> str:
    """The logical ID of the one database instance that a template makes; empty if it makes none, or several."""
    found = [name for name in evaluation.live() if evaluation.declared(name)["Type"] == INSTANCE]
    return found[0] if len(found) == 1 else ""


def counterparts(
    account: Account, evaluation: Evaluation, database: Live, declared: Mapping[str, Any]
) -> Iterator[Live | Left]:
    """What the live instance was made of, and its log groups.

    `declared` are its properties in the template, with each Fn::If replaced by the branch that is taken.
    """
    schema = _schema(account, INSTANCE)
    seen = {database.logical_id}
    # What cannot be changed later decides which resource is the counterpart, where several properties name one.
    for name in sorted(declared, key=lambda each: (each,) not in schema.create_only):
        for logical_id, value in _named(declared[name], database.properties.get(name)):
            if logical_id not in seen:
                seen.add(logical_id)
                yield from _counterpart(account, evaluation, logical_id, value)
    for logical_id in evaluation.live():
        if evaluation.declared(logical_id)["Type"] == _LOG_GROUP and logical_id not in seen:
            name = evaluation.declared(logical_id).get("Properties", {}).get("LogGroupName")
            path = f"Resources.{logical_id}.Properties.LogGroupName"
            found = live.read(account, logical_id, _LOG_GROUP, str(evaluation.value(name, path))) if name else None
            if found is not None:
                yield found


def _named(node: Any, value: Any) -> Iterator[tuple[str, str]]:
    """The resources that a property names whole, each with what the live property says in its place."""
    match node, value:
        case {"Ref": str() as logical_id}, str():
            yield logical_id, value
        case {"Fn::GetAtt": [str() as logical_id, _]}, str():
            yield logical_id, value.rpartition("/")[2]  # of the ARN of a key its ID, of an ID itself
        case [only], [str() as text]:
            yield from _named(only, text)
        case dict(), dict():
            for key in node.keys() & value.keys():
                yield from _named(node[key], value[key])


def _counterpart(account: Account, evaluation: Evaluation, logical_id: str, value: str) -> Iterator[Live | Left]:
    if logical_id not in evaluation.live():
        return  # a parameter
    of_type = str(evaluation.declared(logical_id)["Type"])
    if why := _foreign(account, of_type, value):
        yield Left(logical_id=logical_id, type=of_type, id=value, why=why)
        return
    if not _HANDLERS.issubset(_schema(account, of_type).permissions):
        why = "cannot be imported: its type has no handlers to be read and listed by"
        yield Left(logical_id=logical_id, type=of_type, id=value, why=why)
        return
    found = live.read(account, logical_id, of_type, value)
    if found is not None:
        yield found


def _foreign(account: Account, of_type: str, identifier: str) -> str:
    """Why something is AWS's own, or the account's, and no stack's to take; empty if it is not."""
    if of_type == "AWS::RDS::DBParameterGroup" and identifier.startswith("default."):
        return "is RDS's own default"
    if of_type == "AWS::IAM::Role":
        return "may serve other instances"
    if of_type == _KEY:
        manager = account.client("kms").describe_key(KeyId=identifier)["KeyMetadata"].get("KeyManager")
        return "is managed by AWS" if manager == "AWS" else ""
    return ""


def _schema(account: Account, of_type: str) -> Schema:
    found = schemas.schema(of_type, account.region)
    assert found is not None, of_type  # the template was linted for this Region
    return found
