"""`recreate`: what a deleted stack retained is taken over, and nothing else is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from botocore.waiter import Waiter

from builder.aws import recreate, retained
from tests.builder.aws.conftest import LOG_GROUP, TOPIC, Site
from tests.conftest import Outcome

ENCRYPTED = """
    from troposphere import GetAtt
    from troposphere.kms import Key
    from troposphere.s3 import Bucket, BucketEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionRule
    allow = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    key = template.add_resource(Key("Key", KeyPolicy={"Version": "2012-10-17", "Statement": [allow]}, **kept))
    by_key = ServerSideEncryptionByDefault(SSEAlgorithm="aws:kms", KMSMasterKeyID=GetAtt(key, "Arn"))
    encryption = BucketEncryption(
        ServerSideEncryptionConfiguration=[ServerSideEncryptionRule(ServerSideEncryptionByDefault=by_key)]
    )
    template.add_resource(
        Bucket("Papers", BucketName="papers", BucketEncryption=encryption, DependsOn="Alerts", **kept)
    )
"""


def run(site: Site, *options: str, stack: str = "kept") -> Outcome:
    return site.run("recreate", stack, "--env", "dev", *options)


def lost(site: Site, *parts: str, stack: str = "kept") -> str:
    """A stack of these parts is made and deleted; its ID."""
    site.built(stack, *parts)
    stack_id = site.create(stack)
    site.cloudformation.delete_stack(StackName=f"{stack}-dev")
    return stack_id


def ends(done: Outcome) -> dict[str, str]:
    """What the plan says becomes of each resource."""
    lines = [line.split("  ") for line in done.out.splitlines()]
    start = next(index for index, line in enumerate(lines) if line[0] == "Logical ID") + 1
    return {line[0].strip(): line[-1].strip() for line in lines[start:] if len(line) > 2}


def test_what_was_retained_is_imported_and_the_deployment_makes_the_rest(site: Site) -> None:
    lost(site, TOPIC, ENCRYPTED, LOG_GROUP)
    s3, logs = site.aws.client("s3"), site.aws.client("logs")
    s3.put_object(Bucket="papers", Key="k", Body=b"v")
    (key,) = site.aws.client("kms").list_keys()["Keys"]

    done = run(site)
    assert (done.code, done.err) == (0, "")
    assert ends(done) == {"Papers": "is imported", "Key": "is imported", "Records": "is imported"}
    assert "kept-dev holds 3 resources again. Complete it:\n  python build.py deploy kept --env dev\n" in done.out
    assert site.status("kept-dev") == "IMPORT_COMPLETE"
    assert set(site.aws.resources("kept-dev")) == {"Papers", "Key", "Records"}

    completed = site.deploy("kept")
    assert completed.code == 0, completed.err
    assert "--disable-rollback" in completed.out
    assert set(site.aws.resources("kept-dev")) == {"Papers", "Key", "Records", "Alerts"}
    assert s3.get_object(Bucket="papers", Key="k")["Body"].read() == b"v"
    assert [each["KeyId"] for each in site.aws.client("kms").list_keys()["Keys"]] == [key["KeyId"]]
    assert len(logs.describe_log_groups()["logGroups"]) == 1


def test_a_dry_run_shows_the_plan_and_does_nothing(site: Site) -> None:
    stack_id = lost(site, TOPIC, ENCRYPTED)
    done = run(site, "--dry-run")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Left by {stack_id}:\n")
    assert ends(done) == {"Papers": "is imported", "Key": "is imported"}
    assert site.cloudformation.describe_stacks()["Stacks"] == []


def test_a_database_is_said_to_be_made_anew_and_empty(site: Site) -> None:
    database = (
        'from troposphere.rds import DBInstance; template.add_resource(DBInstance("Database", Engine="postgres",'
        ' DBInstanceClass="db.t4g.micro", AllocatedStorage="20", MasterUsername="someone",'
        ' ManageMasterUserPassword=True, DeletionPolicy="Snapshot", UpdateReplacePolicy="Snapshot"))'
    )
    lost(site, database, LOG_GROUP)
    assert ends(run(site, "--dry-run")) == {
        "Records": "is imported",
        "Database": "is made anew, EMPTY: its data is in its final snapshot",
    }


def test_what_is_gone_meanwhile_is_made_anew(site: Site) -> None:
    lost(site, TOPIC, ENCRYPTED, LOG_GROUP)
    site.aws.client("logs").delete_log_group(logGroupName="/records/dev")
    site.aws.client("s3").delete_bucket(Bucket="papers")
    done = run(site)
    assert done.code == 0
    assert ends(done) == {"Papers": "is gone: made anew", "Key": "is imported", "Records": "is gone: made anew"}
    assert set(site.aws.resources("kept-dev")) == {"Key"}


def test_what_the_template_no_longer_has_is_left_as_it_is(site: Site) -> None:
    lost(site, TOPIC, ENCRYPTED, LOG_GROUP)
    site.built("kept", TOPIC, ENCRYPTED)
    done = run(site)
    assert ends(done)["Records"] == "is left as it is: the template has none such"
    assert set(site.aws.resources("kept-dev")) == {"Papers", "Key"}


def test_what_needs_something_that_is_gone_is_not_imported(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    lost(site, TOPIC, ENCRYPTED)
    monkeypatch.setitem(retained._CHECKS, "AWS::KMS::Key", lambda *_: "gone")
    done = run(site)
    assert done.code == 1
    assert "error: papers: Papers: needs Key, which cannot be imported with it; fix: restore that" in done.err


def test_a_key_that_is_pending_deletion_must_be_kept_first(site: Site) -> None:
    lost(site, TOPIC, ENCRYPTED)
    kms = site.aws.client("kms")
    key = kms.list_keys()["Keys"][0]["KeyId"]
    kms.schedule_key_deletion(KeyId=key)
    done = run(site)
    assert done.code == 1
    assert ends(done)["Key"] == "is pending deletion"
    (line,) = [line for line in done.err.splitlines() if f"error: {key}: Key: is pending deletion, " in line]
    steps = line.partition("fix: keep it: ")[2].split(", then ")
    assert len(steps) == 2
    for step in steps:
        assert site.aws.cli(step.removeprefix("aws ").split()).returncode == 0
    assert run(site).code == 0


def test_a_type_that_cannot_be_imported_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    lost(site, LOG_GROUP)
    monkeypatch.setattr(recreate, "schemas", _NoSchemas)
    done = run(site, "--dry-run")
    assert done.code == 1
    assert "Records: cannot be imported: AWS::Logs::LogGroup has no read handler in the registry" in done.err


class _NoSchemas:
    @staticmethod
    def schema(*_: str) -> None:
        return None


def test_when_everything_is_gone_there_is_nothing_to_import(site: Site) -> None:
    lost(site, LOG_GROUP)
    site.aws.client("logs").delete_log_group(logGroupName="/records/dev")
    done = run(site)
    assert done.code == 1
    assert (
        "kept-dev: nothing that was retained is there to be imported; fix: make all of it: python build.py" in done.err
    )


def test_when_nothing_was_retained_there_is_nothing_to_recreate(site: Site) -> None:
    stack_id = lost(site, TOPIC)
    done = run(site)
    assert done.code == 1
    assert "error: kept-dev: retained nothing when a stack of that name was deleted, in the last 90 days" in done.err
    assert f"error: {stack_id}: retained nothing when it was deleted" in run(site, "--from", stack_id).err


def test_of_several_deleted_stacks_the_last_that_retained_something_counts(site: Site) -> None:
    first = lost(site, LOG_GROUP)
    site.aws.client("logs").delete_log_group(logGroupName="/records/dev")
    second = lost(site, LOG_GROUP)
    lost(site, TOPIC)
    site.built("kept", LOG_GROUP)
    assert f"Left by {second}:" in run(site, "--dry-run").out
    assert f"Left by {first}:" in run(site, "--dry-run", "--from", first).out


def test_a_stack_that_exists_is_not_recreated(site: Site) -> None:
    lost(site, LOG_GROUP)
    run(site)
    done = run(site)
    assert done.code == 1
    assert "error: kept-dev: exists, and is IMPORT_COMPLETE; fix: complete it: python build.py deploy kept" in done.err


def test_an_import_that_fails_deletes_nothing_and_says_how_to_go_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost(site, TOPIC, ENCRYPTED)
    site.aws.client("s3").delete_bucket(Bucket="papers")
    with monkeypatch.context() as fooled:
        fooled.setitem(retained._CHECKS, "AWS::S3::Bucket", lambda *_: "there")
        done = run(site)
    assert done.code == 5
    assert "error: kept-dev: Papers: AWS::S3::Bucket is IMPORT_FAILED: " in done.err
    delete = "aws cloudformation delete-stack --stack-name kept-dev --region us-east-1"
    assert f"fix: correct it, delete it, nothing lives in it ({delete}), then try again" in done.err
    for again in (run(site), site.deploy("kept")):
        assert again.code == 1
        assert delete in again.err
    assert len(site.aws.client("kms").list_keys()["Keys"]) == 1
    assert site.aws.cli(delete.removeprefix("aws ").split()).returncode == 0
    assert run(site).code == 0


def test_an_import_that_cloudformation_refuses_is_told_by_its_reason(site: Site) -> None:
    unsupported = """
        from troposphere.s3 import BucketPolicy
        allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::theirs/*"}
        policy = {"Version": "2012-10-17", "Statement": [allow]}
        template.add_resource(BucketPolicy("Policy", Bucket="theirs", PolicyDocument=policy, DeletionPolicy="Retain"))
    """
    site.aws.client("s3").create_bucket(Bucket="theirs")
    lost(site, unsupported)
    done = run(site)
    assert done.code == 5
    assert (
        "error: AWS: CreateChangeSet: is refused: ResourceTypes [AWS::S3::BucketPolicy] are not supported" in done.err
    )


def test_a_change_set_that_fails_is_told_by_its_reason(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    lost(site, LOG_GROUP)

    def wait(self: Waiter, **_: object) -> None:
        raise WaiterError(name=self.name, reason="Terminal failure", last_response={"StatusReason": "No\n way."})

    monkeypatch.setattr(Waiter, "wait", wait)
    done = run(site)
    assert done.code == 5
    assert "error: kept-dev: cannot be imported into: No way; fix: correct what it names" in done.err


def test_an_import_that_takes_too_long_is_told_how_to_go_on_waiting(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost(site, LOG_GROUP)
    original = Waiter.wait

    def wait(self: Waiter, **arguments: Any) -> None:
        if self.name != "StackImportComplete":
            return original(self, **arguments)
        site.aws.stack("kept-dev").status = "IMPORT_IN_PROGRESS"
        raise WaiterError(name=self.name, reason="Max attempts exceeded", last_response={})

    monkeypatch.setattr(Waiter, "wait", wait)
    done = run(site)
    assert done.code == 5
    wait_for_it = "aws cloudformation wait stack-import-complete --stack-name kept-dev --region us-east-1"
    assert f"kept-dev: is still IMPORT_IN_PROGRESS; fix: go on waiting ({wait_for_it}), then deploy" in done.err


def test_an_import_that_fails_as_a_whole_is_told_by_the_reason_of_the_stack(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost(site, LOG_GROUP)
    monkeypatch.setattr("builder.aws.failures.problems", lambda *_: ())
    monkeypatch.setitem(retained._CHECKS, "AWS::Logs::LogGroup", lambda *_: "there")
    site.aws.client("logs").delete_log_group(logGroupName="/records/dev")
    assert "error: kept-dev: is IMPORT_ROLLBACK_COMPLETE: " in run(site).err


def test_a_nested_stack_that_outlived_its_parent_is_nested_again(site: Site) -> None:
    site.built("inner", LOG_GROUP)
    nested = (
        'Stack("Inner", TemplateURL="./inner.json", Parameters={"EnvironmentSuffix": Ref(suffix)},'
        ' DeletionPolicy="Retain", UpdateReplacePolicy="Retain")'
    )
    site.built("outer", f"template.add_resource({nested})", TOPIC)
    site.create("outer")
    bucket, child = "artifacts", site.aws.resources("outer-dev")["Inner"].physical_id
    site.cloudformation.delete_stack(StackName="outer-dev")
    assert "outer-dev: was deleted and left Inner behind" in site.deploy("outer", "--bucket", bucket).err

    assert "dist/outer.json: needs a bucket" in run(site, stack="outer").err
    done = run(site, "--bucket", bucket, stack="outer")
    assert done.code == 0, done.err
    assert "cloudformation package" in done.out
    assert site.deploy("outer", "--bucket", bucket).code == 0
    assert site.aws.resources("outer-dev")["Inner"].physical_id == child
    assert site.aws.stack(child).resources["Records"].status == "CREATE_COMPLETE"


def test_a_nested_stack_that_is_gone_too_is_made_anew(site: Site) -> None:
    site.built("inner", LOG_GROUP)
    nested = 'Stack("Inner", TemplateURL="./inner.json", DeletionPolicy="Retain", UpdateReplacePolicy="Retain")'
    site.built("outer", f"template.add_resource({nested})")
    site.create("outer")
    child = site.aws.resources("outer-dev")["Inner"].physical_id
    for stack in ("outer-dev", child):
        site.cloudformation.delete_stack(StackName=stack)
    assert ends(run(site, "--bucket", "artifacts", "--dry-run", stack="outer")) == {"Inner": "is gone: made anew"}


def test_what_cannot_be_looked_at_is_not_taken_for_gone(site: Site, refuse: Callable[..., None]) -> None:
    lost(site, TOPIC, ENCRYPTED)
    refuse("HeadBucket", "403", "Forbidden")
    done = run(site)
    assert (done.code, "AWS: HeadBucket: is refused: Forbidden (403)" in done.err) == (5, True)


def test_what_is_not_imported_is_not_named_by_the_template_of_an_import(site: Site) -> None:
    conditional = """
        from troposphere import Equals, If
        from troposphere.logs import LogGroup
        from troposphere.sns import Topic
        template.add_condition("Named", Equals(Ref(suffix), "prod"))
        other = template.add_resource(Topic("Other"))
        template.add_resource(
            LogGroup(
                "Records", LogGroupName=If("Named", Ref(other), "/records"),
                RetentionInDays=If("Named", Ref("AWS::NoValue"), 7), Metadata={"See": Ref(other)},
                DeletionPolicy="RetainExceptOnCreate", UpdateReplacePolicy="Retain",
            )
        )
    """
    lost(site, conditional)
    assert run(site).code == 0
    template = json.loads(site.aws.stack("kept-dev").source.body)  # type: ignore[union-attr]
    assert template["Resources"] == {
        "Records": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"LogGroupName": "/records", "RetentionInDays": 7},
        }
    }
    assert template.keys() == {"Parameters", "Resources", "Description"}
