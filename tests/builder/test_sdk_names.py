"""AWS's APIs as Step Functions spells them."""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.sdk_names import (
    BOTOCORE_NAMES,
    IAM_ACTIONS,
    Mismatch,
    UnknownName,
    action,
    exception_name,
    iam_actions,
    member_name,
    service_name,
    states,
)

CALLED = (
    "athena:startQueryExecution",
    "backup:describeRestoreJob",
    "backup:listBackupJobs",
    "backup:putRestoreValidationResult",
    "cloudwatch:describeAlarms",
    "cloudwatch:putMetricData",
    "fis:getExperiment",
    "fis:startExperiment",
    "glue:createDatabase",
    "glue:createTable",
    "lambda:invoke",
    "rds:describeDBInstances",
    "rds:describeDBSnapshots",
    "rds:describeEvents",
    "rds:describeExportTasks",
    "rds:startExportTask",
    "resourcegroupstaggingapi:getResources",
    "s3:listObjectsV2",
    "sfn:startExecution",
    "sns:listSubscriptionsByTopic",
    "sns:publish",
)


def package(name: str) -> Path:
    spec = find_spec(name)
    assert spec and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


@pytest.mark.parametrize(
    ("model", "aws"),
    [
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("DBInstances", "DbInstances"),
        ("SourceDBInstanceIdentifier", "SourceDBInstanceIdentifier"),
        ("MultiAZ", "MultiAZ"),
        ("ETag", "ETag"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("IAMDatabaseAuthenticationEnabled", "IamDatabaseAuthenticationEnabled"),
        ("experimentTemplateId", "ExperimentTemplateId"),
        ("VpcId", "VpcId"),
        ("Equals", "EqualsValue"),
        ("Default", "DefaultValue"),
    ],
)
def test_only_the_leading_capitals_of_a_member_change(model: str, aws: str) -> None:
    assert member_name(model) == aws


@pytest.mark.parametrize(
    ("shape", "aws"),
    [
        ("DBInstanceNotFoundFault", "DbInstanceNotFoundException"),
        ("ExportTaskAlreadyExistsFault", "ExportTaskAlreadyExistsException"),
        ("ResourceNotFoundException", "ResourceNotFoundException"),
        ("BucketAlreadyExists", "BucketAlreadyExistsException"),
        ("KMSDisabledException", "KmsDisabledException"),
    ],
)
def test_an_error_ends_in_exception_whatever_its_shape_ends_in(shape: str, aws: str) -> None:
    assert exception_name(shape) == aws


@pytest.mark.parametrize(
    ("identifier", "aws"),
    [
        ("RDS", "Rds"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("ACM PCA", "AcmPca"),
        ("DynamoDB", "DynamoDb"),
        ("Config Service", "Config"),
        ("fis", "Fis"),
    ],
)
def test_a_service_is_named_after_its_id(identifier: str, aws: str) -> None:
    assert service_name(identifier) == aws


@given(st.text("ABCabc09", min_size=1).filter(lambda text: text[0].isalpha()))
def test_a_name_never_loses_a_letter(name: str) -> None:
    assert member_name(name).lower() == name.lower()


def test_every_service_that_botocore_names_otherwise_is_in_the_table() -> None:
    otherwise = {}
    for folder in (package("botocore") / "data").iterdir():
        models = sorted(folder.glob("*/service-2.json.gz"))
        if models:
            with gzip.open(models[-1]) as stream:
                identifier = re.search(rb'"serviceId" ?: ?"([^"]+)"', stream.read(4000))
            assert identifier, folder
            ours = service_name(identifier[1].decode()).lower()
            if ours != folder.name.replace("-", ""):
                otherwise[ours] = folder.name
    assert otherwise == BOTOCORE_NAMES


@pytest.mark.parametrize("name", CALLED)
def test_an_api_is_found_by_the_arn_of_its_state_and_named_the_same(name: str) -> None:
    assert action(name).name == name
    assert action(f"arn:aws-us-gov:states:::aws-sdk:{name}") is action(name)


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ("rds:describeDbInstances", "did you mean rds:describeDBInstances?"),
        ("rds:DescribeDBInstances", "did you mean rds:describeDBInstances?"),
        ("rdss:describeDBInstances", "did you mean rds?"),
        ("logs:putLogEvents", "no such service"),
        ("nowhere", "no such service"),
        ("arn:aws:states:::nothing", "is not the ARN of a service integration"),
        ("arn:aws:states:::aws-sdk:sfn:startExecution.waitForTaskToken", "waits for its task"),
        ("arn:aws:states:::sns:publish", "use aws-sdk:sns"),
    ],
)
def test_a_wrong_name_is_refused_and_the_nearest_told(resource: str, told: str) -> None:
    with pytest.raises(UnknownName, match=re.escape(told)):
        action(resource)


def test_arguments_are_translated_at_every_depth() -> None:
    data = [
        {
            "MetricName": "Age",
            "Value": 1,
            "Timestamp": "2030-01-01T00:00:00Z",
            "Dimensions": [{"Name": "a", "Value": "b"}],
        }
    ]
    sent = action("cloudwatch:putMetricData").request({"Namespace": "N", "MetricData": data})
    assert sent["MetricData"][0]["Timestamp"] == datetime(2030, 1, 1, tzinfo=UTC)
    restored = action("rds:restoreDBInstanceToPointInTime").request(
        {
            "SourceDBInstanceIdentifier": "a",
            "TargetDBInstanceIdentifier": "b",
            "DbSubnetGroupName": "c",
            "MultiAZ": False,
        }
    )
    assert restored == {
        "SourceDBInstanceIdentifier": "a",
        "TargetDBInstanceIdentifier": "b",
        "DBSubnetGroupName": "c",
        "MultiAZ": False,
    }
    assert action("sqs:createQueue").request({"QueueName": "a", "Attributes": {"DelaySeconds": "1"}})["Attributes"] == {
        "DelaySeconds": "1"
    }


def test_a_token_for_idempotency_is_filled_in_as_the_sdk_does() -> None:
    sent = action("fis:startExperiment").request({"ExperimentTemplateId": "EXT1"})
    assert sent["experimentTemplateId"] == "EXT1"
    assert sent["clientToken"]


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("rds:describeDBInstances", {"DBInstanceIdentifier": "a"}, "did you mean DbInstanceIdentifier?"),
        ("rds:describeDBInstances", {"Unheard": "a"}, "Unheard: no such member"),
        ("rds:describeDBInstances", {"MaxRecords": "20"}, "Invalid type for parameter MaxRecords"),
        ("rds:describeDBInstances", {"MaxRecords": True}, "True is not a number"),
        ("rds:describeDBInstances", {"Filters": {"Name": "a"}}, "Invalid type for parameter Filters"),
        ("rds:describeDBInstances", "a", "Invalid type for parameter"),
        ("rds:startExportTask", {"ExportTaskIdentifier": "a"}, "Missing required parameter in input"),
        ("rds:describeEvents", {"StartTime": 1700000000}, "is not a timestamp"),
        ("rds:describeEvents", {"StartTime": "yesterday"}, "is not a timestamp"),
        ("rds:describeEvents", {"SourceType": "instance"}, "is none of db-instance"),
        ("backup:putRestoreValidationResult", {"RestoreJobId": "a", "ValidationStatus": "OK"}, "is none of FAILED"),
        ("sts:getCallerIdentity", {"A": 1}, "no such member"),
        ("s3:listDirectoryBuckets", {"MaxDirectoryBuckets": "1"}, "Invalid type"),
        ("backup:describeGlobalSettings", {"Region": "a"}, "no such member"),
        ("cloudtrail:nothing", {}, "no such action"),
    ],
)
def test_what_aws_would_refuse_is_refused(name: str, arguments: Any, told: str) -> None:
    with pytest.raises((Mismatch, UnknownName), match=re.escape(told)):
        action(name).request(arguments)


def test_an_api_without_input_takes_no_arguments() -> None:
    called = action("backup:getSupportedResourceTypes")
    assert called.request({}) == {}
    assert called.members == ()
    with pytest.raises(Mismatch, match="takes no arguments"):
        called.request({"A": 1})


def test_an_answer_is_translated_at_every_depth() -> None:
    moment = datetime(2030, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    got = action("rds:describeDBInstances").response(
        {
            "DBInstances": [{"LatestRestorableTime": moment, "MultiAZ": True, "DBName": None, "TagList": []}],
            "ResponseMetadata": {"RequestId": "a"},
        }
    )
    assert got == {"DbInstances": [{"LatestRestorableTime": "2030-01-01T00:00:00Z", "MultiAZ": True, "TagList": []}]}


def test_a_map_and_a_body_are_translated() -> None:
    got = action("s3:getObject").response({"Body": io.BytesIO(b"text"), "Metadata": {"DBName": "kept"}})
    assert got == {"Body": "text", "Metadata": {"DBName": "kept"}}


@pytest.mark.parametrize(
    ("microseconds", "text"), [(0, "00Z"), (5000, "00.005Z"), (123456, "00.123456Z"), (120000, "00.120Z")]
)
def test_a_timestamp_is_written_as_java_writes_it(microseconds: int, text: str) -> None:
    moment = datetime(2030, 1, 1, microsecond=microseconds, tzinfo=UTC)
    got = action("rds:describeEvents").response({"Events": [{"Date": moment}]})
    assert got == {"Events": [{"Date": f"2030-01-01T00:00:{text}"}]}
    assert action("rds:describeEvents").response({"Events": [{"Date": moment.isoformat()}]}) == got


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("rds:describeDBInstances", {"DbInstances": []}, "DbInstances: no such member of the answer"),
        ("rds:describeDBInstances", {"DBInstances": {}}, "is no list"),
        ("rds:describeDBInstances", {"DBInstances": ["a"]}, "DBInstances[0]: 'a' is no structure"),
        ("rds:describeDBInstances", {"DBInstances": [{"AllocatedStorage": True}]}, "True is no integer"),
        ("rds:describeEvents", {"Events": [{"Date": datetime(2030, 1, 1)}]}, "no timestamp with a time zone"),
        ("rds:describeEvents", {"Events": [{"Date": "now"}]}, "no timestamp with a time zone"),
        ("cloudwatch:putMetricData", {"A": 1}, "answers nothing"),
    ],
)
def test_an_answer_that_the_api_cannot_give_is_refused(name: str, answer: Any, told: str) -> None:
    with pytest.raises(Mismatch, match=re.escape(told)):
        action(name).response(answer)


def test_an_api_without_output_answers_with_an_empty_object() -> None:
    assert action("cloudwatch:putMetricData").response({"ResponseMetadata": {}}) == {}


def test_an_error_is_named_after_its_shape_by_its_code_too() -> None:
    called = action("rds:describeDBInstances")
    assert called.error_name("DBInstanceNotFound") == "Rds.DbInstanceNotFoundException"
    assert called.error_name("DBInstanceNotFoundFault") == "Rds.DbInstanceNotFoundException"
    assert called.error_name("Throttling") == "Rds.RdsException"
    assert called.errors == {"Rds.DbInstanceNotFoundException", "Rds.RdsException"}


def test_lambda_has_an_integration_of_its_own_and_its_own_last_error() -> None:
    called = action("arn:aws:states:::lambda:invoke")
    assert called.optimized
    assert called.other_error == "Lambda.AWSLambdaException"
    assert called.service == "lambda"


MACHINE = {
    "States": {
        "Export": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:rds:startExportTask",
            "Arguments": {"IamRoleArn": "arn"},
        },
        "Each": {
            "Type": "Map",
            "ItemProcessor": {
                "States": {"List": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:listObjectsV2"}}
            },
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {
                    "States": {
                        "Put": {
                            "Type": "Task",
                            "Resource": "arn:aws:states:::aws-sdk:cloudwatch:putMetricData",
                            "Arguments": "{% $all %}",
                        }
                    }
                },
                {"States": {"Invoke": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}}},
            ],
        },
    }
}


def test_states_within_others_are_found_by_path() -> None:
    assert [path for path, _ in states(MACHINE)] == ["Export", "Each", "Each/List", "Both", "Both/Put", "Both/Invoke"]


def test_permissions_follow_from_the_calls_and_the_roles_they_hand_over() -> None:
    assert iam_actions(MACHINE) == {
        "rds:StartExportTask",
        "iam:PassRole",
        "s3:ListBucket",
        "cloudwatch:PutMetricData",
        "lambda:InvokeFunction",
    }


def test_an_update_of_a_crawler_passes_its_role_on_though_no_argument_names_it() -> None:
    update = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:updateCrawler", "Arguments": {"Name": "c"}}
    assert iam_actions({"States": {"Aim": update}}) == {"glue:UpdateCrawler", "iam:PassRole"}


def test_every_derived_permission_exists_in_iam() -> None:
    known = json.loads((package("cfnlint") / "data/AdditionalSpecs/Policies.json").read_text())
    derived = {each for name in CALLED for each in action(name).iam_actions()}.union(*IAM_ACTIONS.values())
    for each in sorted(derived):
        prefix, _, name = each.partition(":")
        assert name.lower() in {known_name.lower() for known_name in known[prefix]["Actions"]}, each


def test_an_operation_that_iam_does_not_know_by_its_own_name_is_in_the_table() -> None:
    known = json.loads((package("cfnlint") / "data/AdditionalSpecs/Policies.json").read_text())
    for service, name in IAM_ACTIONS:
        if name not in ("CopyObject", "DeleteObjects"):
            assert name.lower() not in {each.lower() for each in known[service]["Actions"]}, name


def test_nothing_of_botocore_is_imported_before_a_name_is_looked_up() -> None:
    code = "import sys, builder.sdk_names; sys.exit(any(name.startswith('botocore') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
