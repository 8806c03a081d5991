"""`destroy`: what is disposable goes, what is protected stays and says what protects it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import WaiterError
from botocore.waiter import Waiter

from builder.aws.destroy import _GUARDED
from tests.builder.aws.conftest import LOG_GROUP, TOPIC, Site
from tests.conftest import Outcome

DATABASE = """
    from troposphere.rds import DBInstance
    template.add_resource(
        DBInstance(
            "Database", DBInstanceIdentifier="data", Engine="postgres", DBInstanceClass="db.t4g.micro",
            AllocatedStorage="20", MasterUsername="someone", ManageMasterUserPassword=True, DeletionProtection=True,
        )
    )
"""
DISPOSABLE = DATABASE.replace("DeletionProtection=True", 'DeletionProtection=True, DeletionPolicy="Delete"')


def destroy(site: Site, stack: str = "small", *options: str) -> Outcome:
    return site.run("destroy", stack, "--env", "dev", *options)


def test_a_disposable_stack_is_deleted(site: Site) -> None:
    site.built("small", TOPIC)
    site.create("small")
    done = destroy(site)
    assert (done.code, done.err) == (0, "")
    assert "$ aws cloudformation delete-stack --stack-name small-dev --region us-east-1" in done.out
    assert done.out.endswith("small-dev is deleted.\n")
    assert site.aws.client("sns").list_topics()["Topics"] == []


def test_what_does_not_exist_is_told_with_where_it_was_looked_for(site: Site) -> None:
    done = destroy(site)
    assert done.code == 5
    assert "error: small-dev: does not exist in us-east-1 of account 123456789012; fix: check STACK" in done.err


def test_a_shell_without_resources_is_deleted(site: Site) -> None:
    site.cloudformation.create_change_set(
        StackName="small-dev",
        ChangeSetName="c",
        ChangeSetType="CREATE",
        TemplateBody='{"Resources":{"T":{"Type":"AWS::SNS::Topic"}}}',
    )
    assert destroy(site).code == 0


def test_a_stack_that_keeps_something_is_left_alone(site: Site) -> None:
    site.built("kept", LOG_GROUP, TOPIC, DATABASE)
    site.create("kept")
    site.protect("kept-dev")
    done = destroy(site, "kept")
    assert done.code == 3
    assert site.status("kept-dev") == "CREATE_COMPLETE"
    rows = [line.split("  ")[0] for line in done.out.splitlines()]
    assert rows == ["Deleting kept-dev would leave behind, and go on costing:", "Logical ID", "Records", "Database"]
    assert "a final snapshot" in done.out
    protection, database, itself, count = done.err.splitlines()
    lift = "aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name kept-dev"
    assert protection == f"error: kept-dev: has termination protection; fix: {lift} --region us-east-1"
    modify = "aws rds modify-db-instance --db-instance-identifier data --no-deletion-protection --apply-immediately"
    assert database == f"error: data: Database: has deletion protection; fix: {modify} --region us-east-1"
    delete = "lift what is named above, then aws cloudformation delete-stack --stack-name kept-dev --region us-east-1"
    assert itself == f"error: kept-dev: keeps what it holds, and is not deleted from here; fix: {delete}"
    assert count == "3 errors"


def test_lifting_what_is_named_makes_a_stack_deletable(site: Site) -> None:
    site.built("kept", LOG_GROUP, DATABASE)
    site.create("kept")
    site.protect("kept-dev")
    for problem in destroy(site, "kept").err.splitlines()[:2]:
        command = problem.partition("; fix: aws ")[2]
        assert site.aws.cli(command.split()).returncode == 0
    done = destroy(site, "kept")
    assert done.code == 3
    delete = "fix: if it must go, then aws cloudformation delete-stack --stack-name kept-dev --region us-east-1"
    assert done.err.splitlines() == [
        f"error: kept-dev: keeps what it holds, and is not deleted from here; {delete}",
        "1 error",
    ]
    assert site.aws.cli(delete.partition(" aws ")[2].split()).returncode == 0
    snapshots = site.aws.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert len(snapshots) == 1


def test_termination_protection_alone_protects(site: Site) -> None:
    site.built("small", TOPIC)
    site.create("small")
    site.protect("small-dev")
    done = destroy(site)
    assert (done.code, done.out) == (3, "")
    assert "small-dev: has termination protection" in done.err


def test_a_protected_database_in_a_disposable_stack_is_found_in_what_it_nests(site: Site) -> None:
    site.built("inner", DISPOSABLE)
    site.built("outer", 'template.add_resource(Stack("Inner", TemplateURL="./inner.json"))')
    site.create("outer")
    done = destroy(site, "outer")
    assert (done.code, done.out) == (3, "")
    assert "error: data: Database: has deletion protection; fix: aws rds modify-db-instance" in done.err


def test_a_nested_stack_that_is_retained_is_kept_whole(site: Site) -> None:
    site.built("inner", DATABASE.replace("DeletionProtection=True", "DeletionProtection=False"))
    nested = 'Stack("Inner", TemplateURL="./inner.json", DeletionPolicy="Retain", UpdateReplacePolicy="Retain")'
    site.built("outer", f"template.add_resource({nested})")
    site.create("outer")
    done = destroy(site, "outer")
    assert done.code == 3
    (row,) = [line for line in done.out.splitlines() if line.startswith("Inner")]
    assert row.endswith("it stays, with all that it nests")


@pytest.mark.parametrize("kind", _GUARDED)
def test_the_api_has_what_databases_are_asked_by(kind: str) -> None:
    guarded, rds = _GUARDED[kind], botocore.session.get_session().get_service_model("rds")
    operations = {xform_name(name): rds.operation_model(name) for name in rds.operation_names}
    describe: Any = operations[guarded.describe]
    modify: Any = operations[guarded.modify.replace("-", "_")]
    assert "DeletionProtection" in describe.output_shape.members[guarded.found].member.members
    assert guarded.identifier in describe.input_shape.members
    assert "--" + xform_name(guarded.identifier, "-") == guarded.option
    assert {"ApplyImmediately", "DeletionProtection", guarded.identifier} <= modify.input_shape.members.keys()
    assert guarded.missing in [shape.metadata["error"]["code"] for shape in describe.error_shapes]


def test_a_database_that_stays_needs_no_lifting(site: Site) -> None:
    site.built("kept", DISPOSABLE.replace('DeletionPolicy="Delete"', 'DeletionPolicy="Retain"'))
    site.create("kept")
    assert "deletion protection" not in destroy(site, "kept").err


def test_a_database_that_is_gone_protects_nothing(site: Site) -> None:
    site.built("small", DISPOSABLE)
    site.create("small")
    site.aws.client("rds").modify_db_instance(DBInstanceIdentifier="data", DeletionProtection=False)
    site.aws.client("rds").delete_db_instance(DBInstanceIdentifier="data", SkipFinalSnapshot=True)
    assert destroy(site).code == 0


def test_access_denied_to_a_database_is_not_taken_for_its_absence(site: Site, refuse: Callable[..., None]) -> None:
    site.built("small", DISPOSABLE)
    site.create("small")
    refuse("DescribeDBInstances", "AccessDenied")
    done = destroy(site)
    assert (done.code, "DescribeDBInstances: access is denied" in done.err) == (5, True)


def test_what_resists_a_deletion_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    site.built(
        "small", 'from troposphere.s3 import Bucket; template.add_resource(Bucket("Papers", BucketName="papers"))'
    )
    site.create("small")
    site.aws.client("s3").put_object(Bucket="papers", Key="k", Body=b"v")
    done = destroy(site)
    assert done.code == 5
    assert "error: small-dev: Papers: AWS::S3::Bucket is DELETE_FAILED: " in done.err
    assert "fix: put right what resisted, then destroy it again" in done.err
    site.aws.client("s3").delete_object(Bucket="papers", Key="k")
    assert destroy(site).code == 0


def test_what_an_earlier_attempt_deleted_is_not_counted(site: Site) -> None:
    site.built("small", DATABASE)
    site.create("small")
    site.aws.resources("small-dev")["Database"].status = "DELETE_COMPLETE"
    assert "would leave behind" not in destroy(site).out


def test_access_denied_to_a_stack_is_not_taken_for_its_absence(site: Site, refuse: Callable[..., None]) -> None:
    refuse("DescribeStacks", "AccessDenied")
    done = destroy(site)
    assert (done.code, "DescribeStacks: access is denied" in done.err) == (5, True)


def test_a_deletion_that_takes_too_long_is_told_how_to_go_on_waiting(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.built("small", TOPIC)
    site.create("small")

    def wait(self: Waiter, **_: object) -> None:
        site.aws.stack(stack_id).status = "DELETE_IN_PROGRESS"
        raise WaiterError(name=self.name, reason="Max attempts exceeded", last_response={})

    stack_id = site.aws.stack("small-dev").id
    monkeypatch.setattr(Waiter, "wait", wait)
    done = destroy(site)
    assert done.code == 5
    assert (
        "small-dev: is still DELETE_IN_PROGRESS; fix: go on waiting (aws cloudformation wait stack-delete" in done.err
    )


def test_a_deletion_that_an_importer_stops_is_told_by_the_reason_of_the_stack(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    exporting = 'template.add_output(Output("O", Value="x", Export=Export("shared")))'
    site.built("small", TOPIC, "from troposphere import Export", exporting)
    site.create("small")
    user = '{"Resources":{"T":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":{"Fn::ImportValue":"shared"}}}}}'
    site.cloudformation.create_stack(StackName="user", TemplateBody=user)
    done = destroy(site)
    assert done.code == 5
    assert "small-dev: is DELETE_FAILED: Export shared cannot be deleted as it is in use by user" in done.err
