"""Empties a bucket or a backup vault when the stack that owns it goes away: it can only be deleted empty."""

import time

import boto3
import cfnresponse
from botocore.exceptions import ClientError

RESERVE = 30_000  # ms that are left for the answer: without one CloudFormation would wait for its own time-out
GONE = ("NoSuchBucket", "ResourceNotFoundException")
GOING = ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")


def handler(event, context):
    status, reason = "SUCCESS", ""
    try:
        # An update may also send Delete, when this resource leaves a template whose buckets stay: they keep their data.
        if event["RequestType"] == "Delete" and stack_status(event["StackId"]) in GOING:
            emptied = event["ResourceProperties"]
            if "Bucket" in emptied:
                empty_bucket(emptied["Bucket"], context)
            if "BackupVault" in emptied:
                empty_vault(emptied["BackupVault"], context)
    except Exception as error:  # noqa: BLE001 - whatever went wrong must be answered
        status, reason = "FAILED", f"{error}; fix: delete the stack again to go on"
    # One identity for life: a changed one would have CloudFormation delete the old, and so empty what is in use.
    cfnresponse.send(event, context, status, {}, event["LogicalResourceId"], reason=reason)


def stack_status(stack):
    return boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]


def empty_bucket(name, context):
    s3 = boto3.client("s3")
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            check_time(context, name)
            found = page.get("Versions", []) + page.get("DeleteMarkers", [])
            keys = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
            answer = s3.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True}) if keys else {}
            for error in answer.get("Errors", []):
                raise RuntimeError(f"{name}/{error['Key']}: {error['Message']}")
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=name):
            for upload in page.get("Uploads", []):
                check_time(context, name)
                s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
    except ClientError as error:
        ignore_if_gone(error)


def empty_vault(name, context):
    backup = boto3.client("backup")
    asked = set()
    try:
        while True:  # deleting a recovery point takes a while: until none is listed
            pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=name)
            points = {point["RecoveryPointArn"] for page in pages for point in page["RecoveryPoints"]}
            if not points:
                return
            check_time(context, name)
            for point in sorted(points - asked):
                backup.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point)
            asked |= points
            time.sleep(5)
    except ClientError as error:
        ignore_if_gone(error)


def check_time(context, name):
    if context.get_remaining_time_in_millis() < RESERVE:
        raise TimeoutError(f"{name} holds more than could be deleted in one go")


def ignore_if_gone(error):
    if error.response["Error"]["Code"] not in GONE:
        raise error
