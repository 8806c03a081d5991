"""What the tests of the engine share: small templates, and boto3's calls with the waiting done."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from typing import Any

from botocore.exceptions import ClientError

from simulator import Aws


def trusting(service: str) -> dict[str, Any]:
    """A role that a service can assume, and that may do nothing."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    policy = {"Version": "2012-10-17", "Statement": statement}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": policy}}


ROLE = trusting("lambda.amazonaws.com")

# Costs nothing and fails never.
HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}

# A topic whose name is taken fails, as a bucket does.
TAKEN = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "taken"}}


def template(resources: Mapping[str, Any], **sections: Any) -> str:
    return dumps({"Resources": resources, **sections})


def topic(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SNS::Topic", "Properties": properties}


def group(name: str, **attributes: Any) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}, **attributes}


def take(aws: Aws) -> None:
    """Make the bucket that TAKEN wants, outside of any stack."""
    aws.client("s3").create_bucket(Bucket="taken")


def parameters(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def create(aws: Aws, body: str, name: str = "stack", given: Mapping[str, str] | None = None, **options: Any) -> str:
    """CreateStack; the status that it ends in."""
    aws.client("cloudformation").create_stack(
        StackName=name, TemplateBody=body, Parameters=parameters(given or {}), **options
    )
    return status(aws, name)


def update(aws: Aws, body: str, name: str = "stack", given: Mapping[str, str] | None = None, **options: Any) -> str:
    """UpdateStack; the status that it ends in."""
    aws.client("cloudformation").update_stack(
        StackName=name, TemplateBody=body, Parameters=parameters(given or {}), **options
    )
    return status(aws, name)


def delete(aws: Aws, name: str = "stack", **options: Any) -> str:
    """DeleteStack; the status that it ends in."""
    stack_id = described(aws, name)["StackId"]
    aws.client("cloudformation").delete_stack(StackName=name, **options)
    return status(aws, stack_id)


def described(aws: Aws, name: str = "stack") -> dict[str, Any]:
    return dict(aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0])


def status(aws: Aws, name: str = "stack") -> str:
    return str(described(aws, name)["StackStatus"])


def reason(aws: Aws, name: str = "stack") -> str:
    return str(described(aws, name).get("StackStatusReason", ""))


def events(aws: Aws, name: str = "stack") -> list[tuple[str, str]]:
    """Logical ID and status of every event, oldest first."""
    pages = aws.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=name)
    found = [event for page in pages for event in page["StackEvents"]]
    return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(found)]


def why(aws: Aws, logical_id: str, name: str = "stack") -> str:
    """The reason of the last failure of a resource."""
    pages = aws.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=name)
    return next(
        str(event["ResourceStatusReason"])
        for page in pages
        for event in page["StackEvents"]
        if event["LogicalResourceId"] == logical_id and event["ResourceStatus"].endswith("_FAILED")
    )


def physical_id(aws: Aws, logical_id: str, name: str = "stack") -> str:
    found = aws.client("cloudformation").describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def outputs(aws: Aws, name: str = "stack") -> dict[str, str]:
    return {each["OutputKey"]: each["OutputValue"] for each in described(aws, name).get("Outputs", [])}


def groups(aws: Aws) -> list[str]:
    """The names of all log groups."""
    return [each["logGroupName"] for each in aws.client("logs").describe_log_groups()["logGroups"]]


def refusal(error: ClientError) -> str:
    return str(error.response["Error"]["Message"])


def code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
