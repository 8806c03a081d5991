"""Values that only a deployed resource has, as stable placeholders of the type and shape that the registry states.

The same resource of the same stack always gets the same ones. An attribute that is an input property of the resource
is no placeholder: it is that property.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from builder.evaluate import Evaluation, Place
from builder.evaluate.nodes import scalar_text
from builder.render import arns, shapes
from builder.render.seeds import Seed
from builder.schemas import PropertyPath, Schema, schema

STACK = "AWS::CloudFormation::Stack"
_CUSTOM = "AWS::CloudFormation::CustomResource"

# What Ref gives where it is not the registry's primary identifier; from the "Return values" of each type's page.
_REF: Mapping[str, PropertyPath] = {
    "AWS::ApiGateway::Deployment": ("DeploymentId",),
    "AWS::ApiGateway::Resource": ("ResourceId",),
    "AWS::ApiGateway::Stage": ("StageName",),
    "AWS::EC2::EIP": ("PublicIp",),
    "AWS::ECS::Service": ("ServiceArn",),
    "AWS::Events::Rule": ("Name",),
    "AWS::Lambda::Permission": ("Id",),
}

# Attributes that equal an input property of another name.
_SAME: Mapping[tuple[str, str], str] = {
    ("AWS::EC2::Route", "CidrBlock"): "DestinationCidrBlock",
    ("AWS::Events::Rule", "RuleName"): "Name",
    ("AWS::RDS::DBCluster", "Endpoint.Port"): "Port",
    ("AWS::RDS::DBInstance", "Endpoint.Port"): "Port",
    ("AWS::ServiceCatalog::CloudFormationProduct", "ProductName"): "Name",
    ("AWS::ServiceCatalog::Portfolio", "PortfolioName"): "DisplayName",
    ("AWS::StepFunctions::StateMachine", "Name"): "StateMachineName",
}
# Attributes that are one thing under two names.
_ALIASES: Mapping[tuple[str, str], str] = {
    ("AWS::Backup::BackupSelection", "SelectionId"): "Id",
    ("AWS::EC2::SecurityGroup", "GroupId"): "Id",
}
# Attributes that hold an ID, with this beginning, for each member of an input list, joined by commas.
_ONE_FOR_EACH: Mapping[tuple[str, str], tuple[str, str]] = {
    ("AWS::ServiceCatalog::CloudFormationProduct", "ProvisioningArtifactIds"): ("ProvisioningArtifactParameters", "pa-")
}
# RDS user guide, CreateDBInstance, `Port`: the default of each engine.
_PORTS = {"postgres": "5432", "mysql": "3306", "mariadb": "3306", "oracle": "1521", "sqlserver": "1433", "db2": "50000"}


class Placeholders:
    """Answers, for one evaluation, what AWS would say of its resources. A LookupError says that AWS would not.

    `nested_output` gives an output of a nested stack by its logical ID and name; None when its template is not known.
    """

    def __init__(self, place: Place, nested_output: Callable[[str, str], str | None]) -> None:
        self._place = place
        self._nested_output = nested_output
        self._known: dict[tuple[str, str | None], object] = {}
        self._asking: list[tuple[str, str]] = []
        self.evaluation: Evaluation | None = None

    def ref(self, logical_id: str) -> object:
        """What Ref gives: mostly the primary identifier, several parts of one joined by `|`."""
        key = (logical_id, None)
        if key not in self._known:
            self._known[key] = self._ref(logical_id)
        return self._known[key]

    def get_att(self, logical_id: str, attribute: str) -> object:
        """What Fn::GetAtt gives, its type as in the registry."""
        key = (logical_id, attribute)
        if key not in self._known:
            self._known[key] = self._get_att(logical_id, attribute)
        return self._known[key]

    def _ref(self, logical_id: str) -> object:
        of = self._schema(logical_id)
        if self._is_custom(logical_id) or not of.primary_identifier:
            return self._generated_name(logical_id)
        if of.type_name == STACK:
            return self._arn(logical_id)
        identifier = of.primary_identifier
        if of.type_name in _REF:
            identifier = (_REF[of.type_name],)
        parts = [self._attribute(logical_id, of, path) for path in identifier]
        return parts[0] if len(parts) == 1 else "|".join(str(part) for part in parts)

    def _get_att(self, logical_id: str, attribute: str) -> object:
        of = self._schema(logical_id)
        path = tuple(attribute.split("."))
        if self._is_custom(logical_id):
            return f"{logical_id}-{attribute}-{self._seed(logical_id, attribute).hex(8)}"
        if of.type_name == STACK and path[0] == "Outputs" and len(path) > 1:
            value = self._nested_output(logical_id, ".".join(path[1:]))
            if value is None:
                value = f"{logical_id}-{path[-1]}-{self._seed(logical_id, attribute).hex(8)}"
            return value
        return self._attribute(logical_id, of, path)

    def _attribute(self, logical_id: str, of: Schema, path: PropertyPath) -> object:
        """The value of a property or attribute: the input where there is one, else what its shape allows."""
        attribute = ".".join(path)
        path = tuple(_ALIASES.get((of.type_name, attribute), attribute).split("."))
        given, value = self.given(logical_id, path)
        if given:
            return value
        if same := _SAME.get((of.type_name, attribute)):
            given, value = self.given(logical_id, (same,))
            if given:
                return value
            if (of.type_name.split("::")[1], attribute) == ("RDS", "Endpoint.Port"):
                return self._port(logical_id)
        if each := _ONE_FOR_EACH.get((of.type_name, attribute)):
            given, members = self.given(logical_id, each[:1])
            number = len(members) if isinstance(members, list) else 1
            return ",".join(each[1] + self._seed(logical_id, f"{attribute}/{index}").hex(13) for index in range(number))
        shape = of.shape(path)
        if shape is None:
            raise LookupError("the registry lists no such attribute")
        if arns.is_arn(path[-1], shape) or (path in of.primary_identifier and of.type_name in arns.IDENTIFIED_BY_ARN):
            return self._arn(logical_id, path, shape)
        if path in of.primary_identifier and path not in of.read_only:
            return self._generated_name(logical_id)
        return shapes.value(shape, path, of, self._seed(logical_id, ".".join(path)), self._place)

    def given(self, logical_id: str, path: PropertyPath) -> tuple[bool, object]:
        """Whether the template gives the property at `path`, and its value."""
        assert self.evaluation is not None
        where = f"Resources.{logical_id}.Properties"
        node: Any = self.evaluation.declared(logical_id).get("Properties", {})
        if path[0] not in node:
            return False, None
        with self._asked(logical_id, path[0]):
            evaluated: Any = self.evaluation.value({path[0]: node[path[0]]}, where)
        for name in path:
            if not isinstance(evaluated, dict) or name not in evaluated:
                return False, None
            evaluated = evaluated[name]
        return True, evaluated

    @contextmanager
    def _asked(self, logical_id: str, name: str) -> Iterator[None]:
        """A value that is asked for while it is being found depends on itself; the order of creation tells more."""
        if (logical_id, name) in self._asking:
            raise LookupError(f"{name} of {logical_id} depends on itself")
        self._asking.append((logical_id, name))
        try:
            yield
        finally:
            self._asking.pop()

    def _arn(self, logical_id: str, path: PropertyPath = ("Arn",), shape: Mapping[str, Any] | None = None) -> str:
        of = self._schema(logical_id)

        def named(name: str) -> str | None:
            given, value = self.given(logical_id, (name,))
            return scalar_text(value) if given else None

        return arns.arn(
            of,
            path,
            shape or {},
            self._place,
            self._seed(logical_id, ".".join(path)),
            named=named,
            generated=self._generated_name(logical_id),
            identifier=self._seed(logical_id, ".".join(of.primary_identifier[0])) if of.primary_identifier else None,
        )

    def _port(self, logical_id: str) -> str:
        """The default port of the engine; PostgreSQL's stands for one that only a source or a snapshot knows."""
        _, engine = self.given(logical_id, ("Engine",))
        return next((port for name, port in _PORTS.items() if name in str(engine).lower()), _PORTS["postgres"])

    def _generated_name(self, logical_id: str) -> str:
        """As CloudFormation makes names: most have the stack's, all the logical ID and twelve characters; in lower case
        where names are kept so."""
        of = self._schema(logical_id)
        shape = (of.shape(of.primary_identifier[0]) or {}) if of.primary_identifier else {}
        longest = min(shape.get("maxLength", 255), shapes.LONGEST_NAMES.get(of.type_name, 255))
        tail = self._seed(logical_id, "").text(12, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        first = logical_id if of.type_name in shapes.NAMED_WITHOUT_STACK else f"{self._place.stack_name}-{logical_id}"
        name = f"{first[: longest - 13].rstrip('-')}-{tail}"
        return shapes.as_kept(of.type_name, name)

    def _seed(self, logical_id: str, attribute: str) -> Seed:
        place = self._place
        return Seed(f"{place.account}/{place.region}/{place.stack_name}/{logical_id}/{attribute}")

    def _is_custom(self, logical_id: str) -> bool:
        return self._type(logical_id).startswith("Custom::") or self._type(logical_id) == _CUSTOM

    def _type(self, logical_id: str) -> str:
        assert self.evaluation is not None
        return str(self.evaluation.declared(logical_id)["Type"])

    def _schema(self, logical_id: str) -> Schema:
        found = schema(self._type(logical_id), self._place.region)
        if found is None:
            raise LookupError(f"{self._type(logical_id)} does not exist in {self._place.region}")
        return found
