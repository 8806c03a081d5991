"""Finds what a value names: the resource of this template behind an ARN, a Ref or an alias, and the policies on it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from builder.checks.check import at, entries, listed
from builder.checks.policies import Request, allows, statements
from builder.evaluate import EvaluationError
from builder.render import Rendered

ARN = re.compile(
    r"arn:(?P<partition>[a-z0-9-]+):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):(?P<account>[0-9]*|aws):(?P<rest>.+)",
    re.DOTALL,
)


def get_att(rendered: Rendered, logical_id: str, attribute: str) -> str:
    """What Fn::GetAtt gives for a live resource, as text."""
    return str(rendered.evaluation.value({"Fn::GetAtt": [logical_id, attribute]}, f"Resources.{logical_id}"))


def ref(rendered: Rendered, logical_id: str) -> str:
    """What Ref gives for a live resource, as text."""
    return str(rendered.evaluation.value({"Ref": logical_id}, f"Resources.{logical_id}"))


def types_named(rendered: Rendered, value: Any) -> frozenset[str]:
    """The types of the resources of this template whose Ref is `value`; none for a value that names no resource."""
    return _owners(rendered.evaluation, tuple(rendered.resources)).get(str(value), frozenset())


@lru_cache(maxsize=64)
def _owners(evaluation: Any, logical_ids: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    owners: dict[str, frozenset[str]] = {}
    for logical_id in logical_ids:
        try:
            name = str(evaluation.value({"Ref": logical_id}, f"Resources.{logical_id}"))
        except EvaluationError:
            continue
        owners[name] = owners.get(name, frozenset()) | {evaluation.declared(logical_id)["Type"]}
    return owners


def named(rendered: Rendered, type_name: str, value: Any, attribute: str | None = None) -> str | None:
    """The logical ID of the resource of a type that `value` names, by Ref or by an attribute such as Arn."""
    names = _names(rendered, type_name, attribute)
    return names.get(value) if isinstance(value, str) else None


# A Rendered cannot be hashed, and lives as long as its checks run: its evaluation stands for it.
@lru_cache(maxsize=64)
def _known(evaluation: Any, type_name: str, attribute: str | None, logical_ids: tuple[str, ...]) -> Mapping[str, str]:
    found = {}
    for logical_id in logical_ids:
        path = f"Resources.{logical_id}"
        found[str(evaluation.value({"Ref": logical_id}, path))] = logical_id
        if attribute:
            found[str(evaluation.value({"Fn::GetAtt": [logical_id, attribute]}, path))] = logical_id
    return found


def _names(rendered: Rendered, type_name: str, attribute: str | None) -> Mapping[str, str]:
    logical_ids = tuple(logical_id for logical_id, _ in rendered.of_type(type_name))
    return _known(rendered.evaluation, type_name, attribute, logical_ids)


def key(rendered: Rendered, value: Any) -> str | None:
    """The logical ID of the KMS key that a value names: its ID, its ARN, or an alias of it."""
    if found := named(rendered, "AWS::KMS::Key", value, "Arn"):
        return found
    for _, alias in rendered.of_type("AWS::KMS::Alias"):
        name = alias.get("AliasName")
        if isinstance(value, str) and name and (value == name or value.endswith(f":{name}")):
            return key(rendered, alias.get("TargetKeyId"))
    return None


def role(rendered: Rendered, value: Any) -> str | None:
    """The logical ID of the role that a value names by its ARN."""
    return named(rendered, "AWS::IAM::Role", value, "Arn")


def database(rendered: Rendered, value: Any) -> str | None:
    """The logical ID of the DB instance that a value names: its identifier or its ARN."""
    return named(rendered, "AWS::RDS::DBInstance", value, "DBInstanceArn")


def cluster(rendered: Rendered, value: Any) -> str | None:
    """The logical ID of the DB cluster that a value names: its identifier or its ARN."""
    return named(rendered, "AWS::RDS::DBCluster", value, "DBClusterArn")


def cluster_of(rendered: Rendered, properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of the cluster of this template that a DB instance is a member of; none for any other."""
    found = cluster(rendered, properties.get("DBClusterIdentifier"))
    return rendered.resources[found]["Properties"] if found else {}


def multi_az_cluster(rendered: Rendered, member: Any) -> str | None:
    """The logical ID of the Multi-AZ DB cluster of which RDS makes a member of that name: `<cluster>-instance-1`."""
    name, joint, number = str(member).rpartition("-instance-")
    found = cluster(rendered, name) if joint and number in ("1", "2", "3") else None
    return found if found and "DBClusterInstanceClass" in rendered.resources[found]["Properties"] else None


def identity_documents(rendered: Rendered, role_id: str) -> Iterator[Any]:
    """The policy documents of a role that this template holds: its own, and those attached to it here."""
    properties = rendered.resources[role_id].get("Properties", {})
    for _, policy in entries(properties.get("Policies")):
        yield policy.get("PolicyDocument")
    names = {ref(rendered, role_id)}
    for _, policy in rendered.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"):
        if names & {str(each) for each in [*listed(policy.get("Roles")), policy.get("RoleName")]}:
            yield policy.get("PolicyDocument")
    attached = {str(each) for each in listed(properties.get("ManagedPolicyArns"))}
    for logical_id, policy in rendered.of_type("AWS::IAM::ManagedPolicy"):
        if ref(rendered, logical_id) in attached:
            yield policy.get("PolicyDocument")


def managed_elsewhere(rendered: Rendered, role_id: str) -> list[str]:
    """The managed policies of a role that are not of this template: what they allow is not known here."""
    arns = listed(rendered.resources[role_id].get("Properties", {}).get("ManagedPolicyArns"))
    own = {ref(rendered, logical_id) for logical_id, _ in rendered.of_type("AWS::IAM::ManagedPolicy")}
    return [str(arn) for arn in arns if str(arn) not in own]


def role_allows(rendered: Rendered, role_id: str, action: str, resource: str = "*") -> bool:
    """Whether the policies of a role that are known here allow an action, whatever their conditions ask."""
    request = Request(action=action, resource=resource)
    return any(allows(_unconditioned(document), request) for document in identity_documents(rendered, role_id))


def _unconditioned(document: Any) -> Any:
    """A document whose statements allow whatever their conditions say, and deny only what has none."""
    kept = [
        {name: part for name, part in statement.items() if name != "Condition"}
        for _, statement in statements(document)
        if statement.get("Effect") == "Allow" or "Condition" not in statement
    ]
    return {"Statement": kept}


def documents(rendered: Rendered) -> Iterator[tuple[str, tuple[str | int, ...], str, Any]]:
    """Every policy document of the template: the resource, its path, what kind it is, and the document.

    Kinds are "identity", "trust" and "resource".
    """
    for logical_id, resource in rendered.resources.items():
        properties = resource.get("Properties", {})
        for name, node in properties.items():
            if name == "AssumeRolePolicyDocument":
                yield logical_id, at(logical_id, name), "trust", node
            elif resource["Type"] == "AWS::IAM::Role" and name == "Policies":
                for index, policy in entries(node):
                    path = at(logical_id, name, index, "PolicyDocument")
                    yield logical_id, path, "identity", policy.get("PolicyDocument")
            elif isinstance(node, Mapping) and isinstance(node.get("Statement"), (list, Mapping)):
                kind = "identity" if resource["Type"].startswith("AWS::IAM::") else "resource"
                yield logical_id, at(logical_id, name), kind, node


def needs(rendered: Rendered, logical_id: str) -> set[str]:
    """Every resource that is created before this one, at any distance."""
    found: set[str] = set()
    due = [logical_id]
    for name in due:
        for other in rendered.evaluation.references(name):
            if other not in found:
                found.add(other)
                due.append(other)
    return found
