"""Names: short enough at the longest values that the parameters admit, and exports that do not collide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from builder import schemas
from builder.checks.check import Check, Finding
from builder.checks.reads import names_read
from builder.evaluate import Evaluation, EvaluationError
from builder.evaluate.declarations import Declaration, declare
from builder.evaluate.nodes import is_function, scalar_text
from builder.render import Rendered
from builder.render.samples import longest

# Service limits that the registry schemas do not state: the API reference of each service.
_LIMITS: Mapping[tuple[str, str], int] = {
    ("AWS::Backup::BackupPlan", "BackupPlanName"): 50,
    ("AWS::Backup::BackupSelection", "SelectionName"): 50,
    ("AWS::Backup::BackupVault", "BackupVaultName"): 50,
    ("AWS::CloudWatch::Alarm", "AlarmName"): 255,
    ("AWS::EC2::SecurityGroup", "GroupDescription"): 255,
    ("AWS::EC2::SecurityGroup", "GroupName"): 255,
    ("AWS::Events::Rule", "Name"): 64,
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"): 128,
    ("AWS::IAM::Role", "RoleName"): 64,
    ("AWS::KMS::Alias", "AliasName"): 256,
    ("AWS::Lambda::Function", "FunctionName"): 64,
    ("AWS::Logs::LogGroup", "LogGroupName"): 512,
    ("AWS::RDS::DBCluster", "DBClusterIdentifier"): 63,
    ("AWS::RDS::DBInstance", "DBInstanceIdentifier"): 63,
    ("AWS::RDS::DBInstance", "DBName"): 63,
    ("AWS::RDS::DBInstance", "MasterUsername"): 63,
    ("AWS::RDS::DBParameterGroup", "DBParameterGroupName"): 255,
    ("AWS::RDS::DBSubnetGroup", "DBSubnetGroupName"): 255,
    ("AWS::S3::Bucket", "BucketName"): 63,
    ("AWS::SNS::Topic", "TopicName"): 256,
    ("AWS::StepFunctions::StateMachine", "StateMachineName"): 80,
}
_EXPORT = 255
_NAMES = ("Name", "Identifier")


class _Known:
    """The placeholders of a rendered template, for another evaluation of it."""

    def __init__(self, rendered: Rendered) -> None:
        self._evaluation = rendered.evaluation

    def ref(self, logical_id: str) -> object:
        return self._evaluation.value({"Ref": logical_id}, f"Resources.{logical_id}")

    def get_att(self, logical_id: str, attribute: str) -> object:
        return self._evaluation.value({"Fn::GetAtt": [logical_id, attribute]}, f"Resources.{logical_id}")


def too_long(rendered: Rendered) -> Iterator[Finding]:
    declared = rendered.template.get("Parameters", {})
    together: dict[frozenset[str], list[_Named]] = {}
    for each in _named(rendered):
        # Not through conditions: what decides a condition is no part of a name.
        read = frozenset(names_read(each.node, {}) & declared.keys() & rendered.parameters.keys())
        together.setdefault(read, []).append(each)
    for read, group in together.items():
        values = {**rendered.parameters, **{name: _longest(declared[name], rendered.parameters[name]) for name in read}}
        widest = Evaluation(rendered.template, values, rendered.place, _Known(rendered))
        for each in group:
            try:
                text = scalar_text(widest.value(each.node, ".".join(map(str, each.path))))
            except EvaluationError:
                continue  # at other values it may not stand at all
            if text is not None and len(text) > each.limit:
                what = f"is {len(text)} characters at the longest parameters ({text[:40]}...), over {each.limit}"
                fix = "limit the parameters (MaxLength), or shorten what stands around them"
                yield Finding(path=each.path, what=what, fix=fix)


@dataclass(frozen=True, kw_only=True)
class _Named:
    """A node that gives a name, as the template declares it, and how long the name may be."""

    path: tuple[str | int, ...]
    node: Any
    limit: int


def _named(rendered: Rendered) -> Iterator[_Named]:
    for logical_id, resource in rendered.resources.items():
        type_name = resource["Type"]
        schema = schemas.schema(type_name, rendered.place.region)
        for path, node in _nodes(rendered.evaluation.declared(logical_id).get("Properties", {})):
            limit = _LIMITS.get((type_name, path[-1]))
            shape = schema.shape(path) if schema and limit is None and path[-1].endswith(_NAMES) else None
            limit = shape.get("maxLength") if shape is not None else limit
            if limit is not None:
                yield _Named(path=("Resources", logical_id, "Properties", *path), node=node, limit=limit)
    for name in rendered.outputs:
        export = rendered.template["Outputs"].get(name, {}).get("Export")
        if isinstance(export, Mapping):
            yield _Named(path=("Outputs", name, "Export", "Name"), node=export.get("Name"), limit=_EXPORT)


def _nodes(properties: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Path and node of every property that may hold a name, one level of objects deep."""
    for name, node in properties.items():
        if isinstance(node, Mapping) and not path and not is_function(node):
            yield from _nodes(node, (name,))
        elif isinstance(node, (str, Mapping)):
            yield (*path, name), node


def _longest(node: Any, value: str | list[str]) -> str | list[str]:
    """The longest value that a parameter admits, as far as it can be told; the one it has where that is longer."""
    declaration = declare("P", node)
    if isinstance(value, list) or declaration.type.item != "String" or declaration.type.from_ssm:
        return value
    return max([value, *_candidates(declaration)], key=len)


def _candidates(declaration: Declaration) -> Iterator[str]:
    if declaration.allowed_values is not None:
        yield from declaration.allowed_values
    elif declaration.allowed_pattern is not None:
        found = longest(declaration.allowed_pattern, declaration.lengths[1])
        if found is not None and not list(declaration.violations(found)):
            yield found
    elif declaration.lengths[1] is not None:
        yield "x" * declaration.lengths[1]


def exports_collide(rendered: Rendered) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for path, where, name in _exports(rendered, (), ""):
        if name in seen:
            what = f"exports {name!r}, and so does {seen[name]}"
            yield Finding(
                path=path, what=what, fix="export a name once in an account and Region; parents repeat outputs"
            )
        seen.setdefault(name, where)


def _exports(rendered: Rendered, path: tuple[str, ...], prefix: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    for name, output in rendered.outputs.items():
        if isinstance(output.get("Export"), Mapping):
            where = path or ("Outputs", name, "Export")
            yield where, f"{prefix}{name}", str(output["Export"].get("Name"))
    for logical_id, child in rendered.nested.items():
        yield from _exports(child, path or ("Resources", logical_id), f"{prefix}{logical_id}.")


def duplicate_names(rendered: Rendered) -> Iterator[Finding]:
    """Two resources of one type under one name: the second cannot be created."""
    seen: dict[tuple[str, str], str] = {}
    for logical_id, resource in rendered.resources.items():
        schema = schemas.schema(resource["Type"], rendered.place.region)
        identifier = schema.primary_identifier if schema else ()
        if len(identifier) != 1 or schema is None or identifier[0] in schema.read_only:
            continue
        text = scalar_text(resource.get("Properties", {}).get(identifier[0][0]))
        if text is None or len(identifier[0]) > 1 or identifier[0] not in schema.create_only:
            continue
        key = (resource["Type"], text.lower())
        if key in seen:
            path = ("Resources", logical_id, "Properties", identifier[0][0])
            yield Finding(path=path, what=f"{text!r} is the name of {seen[key]} already", fix="give it another")
        seen.setdefault(key, logical_id)


CHECKS = (
    Check(
        id="W9261",
        reason="names keep to their service's limit at the longest parameters",
        source="the API reference of each service; registry schemas, maxLength",
        find=too_long,
    ),
    Check(
        id="E9262",
        reason="an export's name is unique in an account and Region",
        source="CloudFormation user guide, using-cfn-stack-exports",
        find=exports_collide,
    ),
    Check(
        id="E9263", reason="a name is given once", source="registry schemas, primaryIdentifier", find=duplicate_names
    ),
)
