"""Cloud Control's GetResource, for what a database is made of: what moto holds, in CloudFormation's own properties.

By a table: which call shows a resource, and where in its answer a property is found when it is not under its own name.
Only GetResource; what a read handler of AWS's leaves out (write-only properties) is left out here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from jmespath import search  # type: ignore[import-untyped]
from werkzeug.wrappers import Request, Response

from builder.schemas import Schema, schema
from simulator.clients import Clients
from simulator.handlers.base import is_not_found
from simulator.handlers.ec2_security import rules_of

_PAIRS = "[].{Key: Key, Value: Value}"


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """How a type is read: `found` gives the answer about one resource; `elsewhere` says by JMESPath where properties
    are in it that are not under their own names, `apart` gives those that other calls show.
    """

    found: Callable[[Any, str], Mapping[str, Any]]
    service: str
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    apart: Callable[[Any, str], Mapping[str, Any]] = lambda client, identifier: {}


def readable(of_type: str) -> bool:
    """Whether `read` knows a type."""
    return of_type in _READERS


def read(clients: Clients, region: str, of_type: str, identifier: str) -> dict[str, Any]:
    """The properties of a resource of a readable type, whoever made it. Raises LookupError if there is none."""
    reader = _READERS[of_type]
    try:
        return _properties(reader, clients.get(reader.service, region), identifier, _schema(of_type, region))
    except ClientError as error:
        if is_not_found(error):
            raise LookupError(f"{of_type} {identifier} was not found") from error
        raise


def respond(clients: Clients, region: str, request: Request) -> Response:
    """The answer to one request of the Cloud Control API, in its JSON protocol."""
    action = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    asked = json.loads(request.get_data())
    of_type, identifier = asked.get("TypeName", ""), asked.get("Identifier", "")
    if action != "GetResource" or not readable(of_type):
        return _refusal("UnsupportedActionException", f"The simulator does not read {of_type} by {action}.")
    try:
        properties = read(clients, region, of_type, identifier)
    except LookupError as error:
        return _refusal("ResourceNotFoundException", str(error))
    answer = {"Identifier": identifier, "Properties": json.dumps(properties, default=str)}
    return _json({"TypeName": of_type, "ResourceDescription": answer}, 200)


def _properties(reader: _Reader, client: Any, identifier: str, facts: Schema) -> dict[str, Any]:
    found = reader.found(client, identifier)
    known = {name: found.get(name) for name in facts.document["properties"]}
    known |= {name: search(path, found) for name, path in reader.elsewhere.items()}
    known |= reader.apart(client, identifier)
    hidden = {path[0] for path in facts.write_only if len(path) == 1}
    return {name: value for name, value in known.items() if name not in hidden and value not in (None, "", [], {})}


def _instance(rds: Any, identifier: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
    return found


def _subnet_group(rds: Any, identifier: str) -> Mapping[str, Any]:
    found = rds.describe_db_subnet_groups(DBSubnetGroupName=identifier)["DBSubnetGroups"][0]
    return {**found, "TagList": rds.list_tags_for_resource(ResourceName=found["DBSubnetGroupArn"])["TagList"]}


def _parameter_group(rds: Any, identifier: str) -> Mapping[str, Any]:
    found = rds.describe_db_parameter_groups(DBParameterGroupName=identifier)["DBParameterGroups"][0]
    return {**found, "TagList": rds.list_tags_for_resource(ResourceName=found["DBParameterGroupArn"])["TagList"]}


def _parameters(rds: Any, identifier: str) -> Mapping[str, Any]:
    pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName=identifier, Source="user")
    set_here = [each for page in pages for each in page["Parameters"] if "ParameterValue" in each]
    return {"Parameters": {each["ParameterName"]: each["ParameterValue"] for each in set_here}}


def _security_group(ec2: Any, identifier: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = ec2.describe_security_groups(GroupIds=[identifier])["SecurityGroups"][0]
    return found


def _rules(ec2: Any, identifier: str) -> Mapping[str, Any]:
    found = _security_group(ec2, identifier)
    return {
        "SecurityGroupIngress": rules_of(found["IpPermissions"], "Source"),
        "SecurityGroupEgress": rules_of(found["IpPermissionsEgress"], "Destination"),
    }


def _key(kms: Any, identifier: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = kms.describe_key(KeyId=identifier)["KeyMetadata"]
    return found


def _key_settings(kms: Any, identifier: str) -> Mapping[str, Any]:
    tags = kms.list_resource_tags(KeyId=identifier)["Tags"]
    return {
        "EnableKeyRotation": kms.get_key_rotation_status(KeyId=identifier)["KeyRotationEnabled"],
        "KeyPolicy": json.loads(kms.get_key_policy(KeyId=identifier, PolicyName="default")["Policy"]),
        "Tags": [{"Key": tag["TagKey"], "Value": tag["TagValue"]} for tag in tags],
    }


def _log_group(logs: Any, identifier: str) -> Mapping[str, Any]:
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=identifier):
        for group in page["logGroups"]:
            if group["logGroupName"] == identifier:
                return dict(group)
    raise LookupError(f"log group {identifier} was not found")


def _log_group_tags(logs: Any, identifier: str) -> Mapping[str, Any]:
    tags = logs.list_tags_log_group(logGroupName=identifier)["tags"]
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


_READERS: Mapping[str, _Reader] = {
    "AWS::EC2::SecurityGroup": _Reader(
        service="ec2",
        found=_security_group,
        elsewhere={"GroupDescription": "Description", "Id": "GroupId", "Tags": f"Tags{_PAIRS}"},
        apart=_rules,
    ),
    "AWS::KMS::Key": _Reader(service="kms", found=_key, apart=_key_settings),
    "AWS::Logs::LogGroup": _Reader(
        service="logs",
        found=_log_group,
        elsewhere={
            "Arn": "arn",
            "KmsKeyId": "kmsKeyId",
            "LogGroupClass": "logGroupClass",
            "LogGroupName": "logGroupName",
            "RetentionInDays": "retentionInDays",
        },
        apart=_log_group_tags,
    ),
    "AWS::RDS::DBInstance": _Reader(
        service="rds",
        found=_instance,
        elsewhere={
            "DBParameterGroupName": "DBParameterGroups[0].DBParameterGroupName",
            "DBSubnetGroupName": "DBSubnetGroup.DBSubnetGroupName",
            "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
            "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
            "EnablePerformanceInsights": "PerformanceInsightsEnabled",
            "MasterUserSecret": "MasterUserSecret.{KmsKeyId: KmsKeyId, SecretArn: SecretArn}",
            "Port": "Endpoint.Port",
            "Tags": f"TagList{_PAIRS}",
            "VPCSecurityGroups": "VpcSecurityGroups[].VpcSecurityGroupId",
        },
    ),
    "AWS::RDS::DBParameterGroup": _Reader(
        service="rds",
        found=_parameter_group,
        elsewhere={"Family": "DBParameterGroupFamily", "Tags": f"TagList{_PAIRS}"},
        apart=_parameters,
    ),
    "AWS::RDS::DBSubnetGroup": _Reader(
        service="rds",
        found=_subnet_group,
        elsewhere={"SubnetIds": "Subnets[].SubnetIdentifier", "Tags": f"TagList{_PAIRS}"},
    ),
}


def _schema(of_type: str, region: str) -> Schema:
    found = schema(of_type, region)
    assert found is not None, of_type
    return found


def _refusal(code: str, message: str) -> Response:
    return _json({"__type": code, "Message": message}, 400)


def _json(content: Mapping[str, Any], status: int) -> Response:
    return Response(json.dumps(content), status, mimetype="application/x-amz-json-1.0")
