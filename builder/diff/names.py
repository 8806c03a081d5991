"""Names that a template gives: a resource that has one can be neither replaced nor made beside another of that name.

Sources: CloudFormation user guide, "Name type" ("You can't perform an update that causes a custom-named resource to be
replaced"), and the registry's primary identifiers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from builder.diff.values import given
from builder.schemas import Schema

# Types whose primary identifier is an ARN, a URL or an ID: the property that names them, within what it is unique.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::SecurityGroup": ("GroupName", "VpcId"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("Name",),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("Name",),
    "AWS::Events::Rule": ("Name", "EventBusName"),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName",),
    "AWS::SNS::Topic": ("TopicName",),
    "AWS::SQS::Queue": ("QueueName",),
    "AWS::SecretsManager::Secret": ("Name",),
    "AWS::StepFunctions::StateMachine": ("StateMachineName",),
}


def name(schema: Schema | None, properties: Mapping[str, Any]) -> tuple[str, ...]:
    """The properties that identify a resource because the template gives them; empty if AWS names it."""
    if schema is None:
        return ()
    stated = _NAMES.get(schema.type_name)
    if stated is not None:
        return stated if given(properties, stated[0]) else ()
    paths = schema.primary_identifier
    inputs = all(len(path) == 1 and path not in schema.read_only for path in paths)
    return tuple(path[0] for path in paths) if inputs and all(given(properties, path[0]) for path in paths) else ()


def clash(schema: Schema | None, old: Mapping[str, Any], new: Mapping[str, Any], moving: Collection[str] = ()) -> str:
    """The property that gives a new resource the name of an old one, e.g. `DBInstanceIdentifier`; empty for none.

    `moving` are properties whose value will be another although both templates give the same.
    """
    names = name(schema, new)
    same = all(given(old, each) == given(new, each) and each not in moving for each in names)
    return names[0] if names and same else ""
