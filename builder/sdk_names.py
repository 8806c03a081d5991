"""AWS's APIs as Step Functions spells them: the one table behind running, checking and permitting state machines.

A state `arn:aws:states:::aws-sdk:rds:describeDBInstances` calls the AWS SDK for Java 2. Its names are derived from the
same service models that botocore carries, by the rules of that SDK's code generator (aws/aws-sdk-java-v2, codegen:
`DefaultNamingStrategy`, `Utils.unCapitalize`, `CodegenNamingUtils`), with a capital first letter (Step Functions
developer guide, "Learning to use AWS service SDK integrations"). Only a leading run of capitals is affected:
`DBInstanceIdentifier` becomes `DbInstanceIdentifier`, but `SourceDBInstanceIdentifier` and `MultiAZ` stay.

botocore is imported when the first name is looked up; its model files are read, no client is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from builder.problems import nearest

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape

# Services that botocore calls otherwise than by their service ID; the key is how Step Functions names them.
BOTOCORE_NAMES = {
    "applicationdiscovery": "discovery",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "costandusagereport": "cur",
    "costexplorer": "ce",
    "databasemigration": "dms",
    "directory": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuilding": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntimev2": "lexv2-runtime",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "pinpointsmsvoice": "sms-voice",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}

# Services whose IAM actions begin otherwise than their signatures. (service authorization reference)
IAM_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}

# Operations that IAM knows by other names than the API's. (service authorization reference; S3 user guide, "Required
# permissions for Amazon S3 API operations")
IAM_ACTIONS = {
    ("lambda", "Invoke"): {"lambda:InvokeFunction"},
    ("s3", "CopyObject"): {"s3:GetObject", "s3:PutObject"},
    ("s3", "DeleteObjects"): {"s3:DeleteObject"},
    ("s3", "GetBucketEncryption"): {"s3:GetEncryptionConfiguration"},
    ("s3", "GetBucketLifecycleConfiguration"): {"s3:GetLifecycleConfiguration"},
    ("s3", "HeadBucket"): {"s3:ListBucket"},
    ("s3", "HeadObject"): {"s3:GetObject"},
    ("s3", "ListBuckets"): {"s3:ListAllMyBuckets"},
    ("s3", "ListObjectVersions"): {"s3:ListBucketVersions"},
    ("s3", "ListObjects"): {"s3:ListBucket"},
    ("s3", "ListObjectsV2"): {"s3:ListBucket"},
    ("s3", "PutBucketLifecycleConfiguration"): {"s3:PutLifecycleConfiguration"},
}

# What an operation asks for beside its own action, whatever its arguments: who updates a crawler passes its role on,
# named or not. (service authorization reference, "API operations defined by AWS Glue")
ASKED_BESIDE = {("glue", "UpdateCrawler"): {"iam:PassRole"}}

# Java has words of its own; a member that is one of them gets the ending "Value". (DefaultNamingStrategy)
_JAVA_WORDS = frozenset(
    re.findall(
        r"\w+",
        "abstract assert boolean break byte case catch char class const continue default do double else enum "
        "extends false final finally float for goto if implements import instanceof int interface long native "
        "new null package private protected public return short static strictfp super switch synchronized "
        "this throw throws transient true try void volatile while equals finalize getClass hashCode notify "
        "notifyAll toString wait builder sdkFields toBuilder overrideConfiguration sdkHttpResponse",
    )
)

_RESOURCE = re.compile(
    r"arn:[^:]+:states:::(?P<sdk>aws-sdk:)?(?P<service>\w+):(?P<action>\w+)(?:\.(?P<pattern>[\w:]+))?"
)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


class UnknownName(Exception):
    """A resource of a state that names no API; the message says which name is wrong and what is near."""


class Mismatch(Exception):
    """Values that do not fit an operation's shape; the message lists every misfit, by the path of its member."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problems))


@dataclass(frozen=True, eq=False)
class Action:
    """One API that a state calls; `optimized` when by Step Functions' own integration instead of the SDK's."""

    operation: OperationModel
    optimized: bool = False

    @property
    def service(self) -> str:
        """botocore's name of the service: "stepfunctions"."""
        return self.operation.service_model.service_name

    @property
    def name(self) -> str:
        """As in a state's resource: "rds:describeDBInstances"."""
        return f"{self.prefix.lower()}:{_uncapitalize(self.operation.name)}"

    @property
    def prefix(self) -> str:
        """What the service's errors begin with: "Rds"."""
        return service_name(str(self.operation.service_model.service_id))

    @cached_property
    def errors(self) -> frozenset[str]:
        """Every name that Catch and Retry can give to an error of this API, apart from those of Step Functions."""
        modelled = {f"{self.prefix}.{exception_name(shape.name)}" for shape in self.operation.error_shapes}
        return frozenset({*modelled, self.other_error})

    @property
    def other_error(self) -> str:
        """The name of an error that the service's model does not know, such as most throttling."""
        if self.optimized:
            return f"{self.prefix}.AWS{self.prefix}Exception"
        return f"{self.prefix}.{self.prefix}Exception"

    def error_name(self, code: str) -> str:
        """The name under which Catch and Retry see an error: `code` is on the wire, or the name of its shape."""
        for shape in self.operation.service_model.error_shapes:
            if code in (shape.name, shape.metadata.get("error", {}).get("code")):
                return f"{self.prefix}.{exception_name(shape.name)}"
        return self.other_error

    @property
    def members(self) -> tuple[str, ...]:
        """What Arguments may hold, in AWS's spelling."""
        shape = self.operation.input_shape
        return tuple(map(member_name, shape.members)) if shape else ()

    def request(self, arguments: object) -> dict[str, Any]:
        """The parameters in botocore's spelling and types; a token for idempotency is filled in, as the SDK does.

        Raises Mismatch for what AWS would refuse: unknown names, wrong types, missing members, values outside an enum.
        """
        from botocore.validate import ParamValidator

        shape = self.operation.input_shape
        if shape is None:
            if arguments:
                raise Mismatch([f"{self.name}: takes no arguments"])
            return {}
        problems: list[str] = []
        parameters = _to_botocore(shape, arguments, self.name, problems)
        if not problems:
            for member in self.operation.idempotent_members:
                parameters.setdefault(member, "00000000-0000-4000-8000-000000000000")
            report = ParamValidator().validate(parameters, shape)
            if report.has_errors():
                problems = [f"{self.name}: {line}" for line in report.generate_report().splitlines()]
        if problems:
            raise Mismatch(problems)
        return dict(parameters)

    def response(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """What the state gets: an answer of botocore's in AWS's spelling, timestamps as ISO 8601.

        Raises Mismatch where the answer is none that the API can give.
        """
        problems: list[str] = []
        given = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
        shape = self.operation.output_shape
        if shape is None:
            problems = [f"{self.name}: answers nothing"] if given else []
            result: dict[str, Any] = {}
        else:
            result = _from_botocore(shape, given, self.name, problems)
        if problems:
            raise Mismatch(problems)
        return result

    def iam_actions(self) -> set[str]:
        """The IAM actions that a caller needs for the operation, whatever its arguments."""
        key = (self.service, self.operation.name)
        signing = self.operation.service_model.signing_name
        own = IAM_ACTIONS.get(key) or {f"{IAM_PREFIXES.get(signing, signing)}:{self.operation.name}"}
        return own | ASKED_BESIDE.get(key, set())


def action(resource: str) -> Action:
    """The API that a task's resource names: the whole ARN, or `service:action` for short.

    Of the optimized integrations `lambda:invoke` is known, by its ARN. Raises UnknownName for all others, and for the
    patterns `.sync` and `.waitForTaskToken`.
    """
    if not resource.startswith("arn:"):
        service, _, name = resource.partition(":")
        return _action(service, name)
    match = _RESOURCE.fullmatch(resource)
    if match is None:
        raise UnknownName(f"{resource}: is not the ARN of a service integration")
    if match["pattern"]:
        raise UnknownName(f"{resource}: waits for its task (.{match['pattern']}), which is not supported here")
    if match["sdk"]:
        return _action(match["service"], match["action"])
    if (match["service"], match["action"]) != ("lambda", "invoke"):
        raise UnknownName(f"{resource}: is not an integration known here; use aws-sdk:{match['service']}")
    return Action(_action("lambda", "invoke").operation, optimized=True)


def states(definition: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every state of a definition with its path, e.g. `Each/Describe`; inside Map and Parallel too."""
    for name, state in definition.get("States", {}).items():
        yield f"{path}{name}", state
        for inner in (state.get("ItemProcessor", {}), *state.get("Branches", ())):
            yield from states(inner, f"{path}{name}/")


def iam_actions(definition: Mapping[str, Any]) -> set[str]:
    """The IAM actions that the calls of a state machine need.

    Whoever hands a role to a service must be allowed to: an argument `...RoleArn` needs `iam:PassRole`. (IAM user
    guide, "Granting a user permissions to pass a role to an AWS service")
    """
    needed: set[str] = set()
    for _, state in states(definition):
        if state.get("Type") == "Task":
            needed |= action(state["Resource"]).iam_actions()
            arguments = state.get("Arguments", {})
            if isinstance(arguments, Mapping) and any(name.endswith("RoleArn") for name in arguments):
                needed.add("iam:PassRole")
    return needed


def member_name(name: str) -> str:
    """A member of a request or response: `DBInstanceIdentifier` -> `DbInstanceIdentifier`, `ETag` stays."""
    java = _uncapitalize(name)
    if java in _JAVA_WORDS or java.lower() in _JAVA_WORDS:
        java += "Value"
    return java[0].upper() + java[1:]


def exception_name(shape: str) -> str:
    """An error: `DBInstanceNotFoundFault` -> `DbInstanceNotFoundException`."""
    return _pascal(shape.removesuffix("Fault").removesuffix("Exception")) + "Exception"


def service_name(service_id: str) -> str:
    """A service: `CloudWatch Logs` -> `CloudWatchLogs`, `RDS` -> `Rds`."""
    return _pascal(service_id).removeprefix("Amazon").removeprefix("Aws").removesuffix("Service")


@cache
def _action(service: str, name: str) -> Action:
    model = _model(service)
    operations = {_uncapitalize(operation): operation for operation in model.operation_names}
    if name not in operations:
        raise _no_such(f"{service}:{name}", f"action of {service}", tuple(f"{service}:{each}" for each in operations))
    return Action(model.operation_model(operations[name]))


@cache
def _model(service: str) -> ServiceModel:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    loader = Loader()
    available = {name.replace("-", ""): name for name in loader.list_available_services("service-2")}
    name = BOTOCORE_NAMES.get(service) or available.get(service)
    if name is not None:
        model = ServiceModel(loader.load_service_model(name, "service-2"), name)
        if service_name(str(model.service_id)).lower() == service:
            return model
    raise _no_such(service, "service", tuple({*available, *BOTOCORE_NAMES}))


def _no_such(name: str, kind: str, known: tuple[str, ...]) -> UnknownName:
    near = nearest(name, known)
    return UnknownName(f"{name}: no such {kind}" + (f"; did you mean {near}?" if near else ""))


def _uncapitalize(name: str) -> str:
    """Utils.unCapitalize: the leading capitals but the one that begins a word."""
    end = 1
    while end < len(name) and name[end].isupper() and not name[end + 1 : end + 2].islower():
        end += 1
    return name[:end].lower() + name[end:]


def _pascal(name: str) -> str:
    """CodegenNamingUtils.pascalCase: split into words, each with one capital."""
    for pattern, replacement in (
        (r"[^A-Za-z0-9]+", " "),
        (r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 "),
        (r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 "),
        (r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])", " "),
        (r"([A-Z]+)([A-Z][a-z])", r"\1 \2"),
        (r"([0-9])([a-zA-Z])", r"\1 \2"),
    ):
        name = re.sub(pattern, replacement, name)
    return "".join(word.capitalize() for word in name.split())


def _to_botocore(shape: Shape, value: Any, path: str, problems: list[str]) -> Any:
    """One value of a request; what only botocore's validator can say, such as what is required, is left to it."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        spelt = {member_name(name): name for name in shape.members}  # type: ignore[attr-defined]
        result = {}
        for key, each in value.items():
            if key in spelt:
                member = shape.members[spelt[key]]  # type: ignore[attr-defined]
                result[spelt[key]] = _to_botocore(member, each, f"{path}.{key}", problems)
            else:
                near = nearest(key.lower(), [name.lower() for name in spelt])
                hint = [name for name in spelt if near and name.lower() == near]
                problems.append(f"{path}.{key}: no such member" + (f"; did you mean {hint[0]}?" if hint else ""))
        return result
    if kind == "list" and isinstance(value, list):
        member = shape.member  # type: ignore[attr-defined]
        return [_to_botocore(member, each, f"{path}[{index}]", problems) for index, each in enumerate(value)]
    if kind == "map" and isinstance(value, Mapping):
        member = shape.value  # type: ignore[attr-defined]
        return {key: _to_botocore(member, each, f"{path}.{key}", problems) for key, each in value.items()}
    if kind == "timestamp":
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            return datetime.fromisoformat(value)
        problems.append(f"{path}: {value!r} is not a timestamp such as 2030-01-31T12:00:00Z")
    elif kind == "string" and isinstance(value, str) and shape.metadata.get("enum"):
        if value not in shape.metadata["enum"]:
            problems.append(f"{path}: {value!r} is none of {', '.join(shape.metadata['enum'])}")
    elif kind in ("integer", "long") and isinstance(value, bool):
        problems.append(f"{path}: {value!r} is not a number")
    return value


_PLAIN: dict[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "character": str,
    "double": (int, float),
    "float": (int, float),
    "integer": int,
    "list": list,
    "long": int,
    "map": Mapping,
    "string": str,
    "structure": Mapping,
}


def _from_botocore(shape: Shape, value: Any, path: str, problems: list[str]) -> Any:
    kind = shape.type_name
    if kind == "timestamp":
        return _instant(value, path, problems)
    if kind == "blob":
        content = value.read() if hasattr(value, "read") else value
        return content.decode() if isinstance(content, bytes) else content
    fits = isinstance(value, _PLAIN[kind]) and (kind == "boolean" or not isinstance(value, bool))
    if not fits:
        problems.append(f"{path}: {value!r} is no {kind}")
    elif kind == "structure":
        members: Mapping[str, Shape] = shape.members  # type: ignore[attr-defined]
        problems.extend(f"{path}.{name}: no such member of the answer" for name in value if name not in members)
        return {
            member_name(name): _from_botocore(members[name], each, f"{path}.{name}", problems)
            for name, each in value.items()
            if name in members and each is not None
        }
    elif kind == "list":
        member = shape.member  # type: ignore[attr-defined]
        return [_from_botocore(member, each, f"{path}[{index}]", problems) for index, each in enumerate(value)]
    elif kind == "map":
        member = shape.value  # type: ignore[attr-defined]
        return {key: _from_botocore(member, each, f"{path}.{key}", problems) for key, each in value.items()}
    return value


def _instant(value: Any, path: str, problems: list[str]) -> str:
    """As java.time.Instant prints it: in UTC, the fraction in thousandths or millionths and only where there is one."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime) or value.tzinfo is None:
        problems.append(f"{path}: {value!r} is no timestamp with a time zone")
        return ""
    moment = value.astimezone(UTC)
    precision = "seconds" if not moment.microsecond else "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return moment.isoformat(timespec=precision).removesuffix("+00:00") + "Z"
