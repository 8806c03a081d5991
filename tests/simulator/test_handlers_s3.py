"""The handler of buckets: CloudFormation's forms of settings in S3's own, and back."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.stacks import create, delete, template, update, why

RULES = [
    {
        "Id": "first",
        "Status": "Enabled",
        "Prefix": "a/",
        "TagFilters": [{"Key": "k", "Value": "v"}],
        "Transition": {"StorageClass": "GLACIER", "TransitionInDays": 3},
        "NoncurrentVersionExpirationInDays": "9",
    },
    {"Status": "Disabled", "TagFilters": [{"Key": "k", "Value": "v"}], "ExpirationInDays": 5},
    {
        "Status": "Enabled",
        "NoncurrentVersionTransitions": [{"StorageClass": "GLACIER", "TransitionInDays": 4}],
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    },
]
SETTINGS: dict[str, Any] = {
    "AccelerateConfiguration": {"AccelerationStatus": "Enabled"},
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    },
    "CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
    "LifecycleConfiguration": {"Rules": RULES},
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "PublicAccessBlockConfiguration": {"BlockPublicAcls": "true", "RestrictPublicBuckets": True},
    "Tags": [{"Key": "A", "Value": "1"}],
    "VersioningConfiguration": {"Status": "Enabled"},
}


def bucket(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "mine", **properties}}


def test_every_setting_arrives(aws: Aws) -> None:
    assert create(aws, template({"Bucket": bucket(**SETTINGS)})) == "CREATE_COMPLETE", why(aws, "Bucket")

    s3 = aws.client("s3")
    first, second, third = s3.get_bucket_lifecycle_configuration(Bucket="mine")["Rules"]
    assert first["Filter"] == {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}}
    assert first["Transitions"] == [{"Days": 3, "StorageClass": "GLACIER"}]
    assert first["NoncurrentVersionExpiration"] == {"NoncurrentDays": 9}
    assert (second["Filter"], second["Expiration"]) == ({"Tag": {"Key": "k", "Value": "v"}}, {"Days": 5})
    assert third["NoncurrentVersionTransitions"] == [{"NoncurrentDays": 4, "StorageClass": "GLACIER"}]
    assert s3.get_bucket_versioning(Bucket="mine")["Status"] == "Enabled"
    assert s3.get_bucket_accelerate_configuration(Bucket="mine")["Status"] == "Enabled"
    assert s3.get_bucket_cors(Bucket="mine")["CORSRules"][0]["AllowedMethods"] == ["GET"]
    assert s3.get_bucket_tagging(Bucket="mine")["TagSet"] == [{"Key": "A", "Value": "1"}]
    block = s3.get_public_access_block(Bucket="mine")["PublicAccessBlockConfiguration"]
    assert (block["BlockPublicAcls"], block["BlockPublicPolicy"]) == (True, False)


def test_a_setting_that_is_dropped_is_taken_away(aws: Aws) -> None:
    create(aws, template({"Bucket": bucket(**SETTINGS)}))

    assert update(aws, template({"Bucket": bucket()})) == "UPDATE_COMPLETE", why(aws, "Bucket")

    s3 = aws.client("s3")
    assert s3.get_bucket_versioning(Bucket="mine")["Status"] == "Suspended"
    assert s3.get_bucket_accelerate_configuration(Bucket="mine")["Status"] == "Suspended"
    for gone in ("lifecycle_configuration", "cors", "tagging", "ownership_controls"):
        with pytest.raises(ClientError, match=r"NoSuch|NotFound"):
            getattr(s3, f"get_bucket_{gone}")(Bucket="mine")


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_bucket_that_exists_is_not_taken_over(aws: Aws, region: str) -> None:
    body = template({"Bucket": bucket()})
    cloudformation = aws.client("cloudformation", region)

    for name in ("first", "second"):
        cloudformation.create_stack(StackName=name, TemplateBody=body)

    assert cloudformation.describe_stacks(StackName="first")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert cloudformation.describe_stacks(StackName="second")["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"


def test_access_is_logged_only_where_the_target_admits_it(aws: Aws) -> None:
    logged = bucket(LoggingConfiguration={"DestinationBucketName": {"Ref": "Log"}, "LogFilePrefix": "a/"})
    log = {"Type": "AWS::S3::Bucket"}
    admit = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Log"},
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": ["logging.s3.amazonaws.com"]},
                        "Action": ["s3:PutObject"],
                        "Resource": [{"Fn::Sub": "${Log.Arn}/a/*"}],
                    }
                ],
            },
        },
    }

    assert create(aws, template({"Bucket": logged, "Log": log})) == "ROLLBACK_COMPLETE"
    assert "must either provide the necessary permissions" in why(aws, "Bucket")
    delete(aws)
    both = {"Bucket": {**logged, "DependsOn": "Admit"}, "Log": log, "Admit": admit}
    assert create(aws, template(both)) == "CREATE_COMPLETE", why(aws, "Bucket")


def test_a_policy_against_plain_http_lets_the_simulator_in(aws: Aws) -> None:
    """Nothing here has TLS: a condition on it counts as met, other statements hold."""
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Bucket"},
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": "arn:aws:s3:::mine/*",
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    },
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:PutObject",
                        "Resource": "arn:aws:s3:::mine/closed/*",
                    },
                ],
            },
        },
    }
    create(aws, template({"Bucket": bucket(), "Policy": policy}))

    aws.client("s3").put_object(Bucket="mine", Key="open/a", Body=b"")
    with pytest.raises(ClientError, match="Forbidden"):
        aws.client("s3").put_object(Bucket="mine", Key="closed/a", Body=b"")


def test_a_setting_that_is_not_known_is_refused(aws: Aws) -> None:
    create(aws, template({"Bucket": bucket(WebsiteConfiguration={"IndexDocument": "a"})}))

    assert "unsupported property WebsiteConfiguration" in why(aws, "Bucket")
