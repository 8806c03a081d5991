"""moto's gaps are as the simulator's tables say: a newer moto that closes one fails here, and the table shrinks."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from simulator import Aws
from simulator.handlers.moto_gaps import FORGOTTEN, MISSING
from tests.simulator.stacks import ROLE, create, template, why

TOPIC = {"Type": "AWS::SNS::Topic"}


def anything(shape: Shape) -> Any:
    """The least that a shape takes."""
    if isinstance(shape, StructureShape):
        return {name: anything(shape.members[name]) for name in shape.required_members}
    if isinstance(shape, ListShape):
        return [anything(shape.member)]
    if isinstance(shape, MapShape):
        return {}
    if shape.type_name == "string":
        allowed: list[str] = getattr(shape, "enum", [])
        return allowed[0] if allowed else "x" * shape.metadata.get("min", 3)
    return {"boolean": True, "integer": 1, "long": 1}.get(shape.type_name)


@pytest.mark.parametrize(("service", "operation"), sorted(MISSING))
def test_a_missing_call_is_missing(aws: Aws, service: str, operation: str) -> None:
    client = aws.client(service)
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape

    with pytest.raises(ClientError) as refused:
        getattr(client, operation)(**anything(shape))

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 500)
    assert "ResourceNotFound" not in refused.value.response["Error"]["Code"]


FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Code": {"ZipFile": "pass"},
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "DeadLetterConfig": {"TargetArn": {"Ref": "Topic"}},
        "LoggingConfig": {"LogFormat": "JSON"},
    },
}


@pytest.mark.parametrize(
    ("resource", "operation", "read"),
    [
        (
            {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True, "RotationPeriodInDays": 180}},
            ("kms", "enable_key_rotation"),
            lambda aws, key: aws.client("kms").get_key_rotation_status(KeyId=key).get("RotationPeriodInDays"),
        ),
        (
            FUNCTION,
            ("lambda", "create_function"),
            lambda aws, name: aws.client("lambda").get_function_configuration(FunctionName=name).get("LoggingConfig"),
        ),
        (
            {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupClass": "INFREQUENT_ACCESS"}},
            ("logs", "create_log_group"),
            lambda aws, _: aws.client("logs").describe_log_groups()["logGroups"][0].get("logGroupClass"),
        ),
        (
            {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "LifecycleConfiguration": {
                        "Rules": [
                            {
                                "Status": "Enabled",
                                "ObjectSizeGreaterThan": 1,
                                "ExpirationInDays": 1,
                                "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 2},
                            }
                        ]
                    }
                },
            },
            ("s3", "put_bucket_lifecycle_configuration"),
            lambda aws, name: (
                aws.client("s3")
                .get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]["NoncurrentVersionExpiration"]
                .get("NewerNoncurrentVersions")
            ),
        ),
        (
            {
                "Type": "AWS::S3::Bucket",
                "Properties": {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}},
            },
            ("s3", "put_bucket_notification_configuration"),
            lambda aws, name: (
                aws.client("s3").get_bucket_notification_configuration(Bucket=name).get("EventBridgeConfiguration")
            ),
        ),
        (
            {"Type": "AWS::SNS::Topic", "Properties": {"SignatureVersion": "2", "TracingConfig": "Active"}},
            ("sns", "create_topic"),
            lambda aws, arn: aws.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"].get("TracingConfig"),
        ),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_a_forgotten_parameter_is_forgotten_and_noted(
    aws: Aws, resource: dict[str, Any], operation: tuple[str, str], read: Any
) -> None:
    body = template({"Thing": resource, "Role": ROLE, "Topic": TOPIC})
    assert create(aws, body, Capabilities=["CAPABILITY_IAM"]) == "CREATE_COMPLETE", why(aws, "Thing")

    thing = aws.resources("stack")["Thing"]
    (request,) = [each for each in thing.requests if (each.service, each.operation) == operation]

    assert thing.held
    assert request.unheld
    assert set(request.unheld) <= set(FORGOTTEN[operation])
    assert read(aws, thing.physical_id) is None
