"""The repository's own stacks, in the life that they are made for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builder import layout, limits, params
from builder.aws import recreate
from builder.aws.expected import shared_tags, unfold
from builder.aws.retained import Retained
from builder.evaluate import Evaluation, Place, parameter_values
from tests.builder.aws.conftest import Site
from tests.templates.rendering import DATABASES, ENVIRONMENTS, PROTECTED, ROOT, STACKS, Unknown, built

KEPT = "rds-high-availability"
DISPOSABLE = "rds-high-availability-disposable"
PARENT = "tap-stack"


def delete(site: Site, name: str) -> None:
    """Deletes a protected stack as a person does who lifts its protection."""
    site.protect(name, False)
    rds = site.aws.client("rds")
    for instance in rds.describe_db_instances()["DBInstances"]:
        rds.modify_db_instance(DBInstanceIdentifier=instance["DBInstanceIdentifier"], DeletionProtection=False)
    site.cloudformation.delete_stack(StackName=name)


def names(site: Site, stack: str) -> dict[str, Any]:
    """Physical by logical IDs."""
    return {logical_id: resource.physical_id for logical_id, resource in site.aws.resources(stack).items()}


def test_a_protected_stack_is_deployed_deleted_and_recreated_over_what_it_retained(site: Site) -> None:
    site.real()
    bucket = site.bucket()
    first = site.deploy(KEPT, "--bucket", bucket)
    assert first.code == 0, first.err
    assert "--disable-rollback" in first.out
    (stack,) = site.cloudformation.describe_stacks(StackName=f"{KEPT}-dev")["Stacks"]
    assert {tag["Key"] for tag in stack["Tags"]} == {"CostCenter", "Environment", "ManagedBy", "Project"}

    refused = site.run("destroy", KEPT, "--env", "dev")
    assert refused.code == 3
    assert (
        "aws rds modify-db-instance --db-instance-identifier postgres-tap-dev --no-deletion-protection" in refused.err
    )

    before = names(site, f"{KEPT}-dev")
    site.aws.client("s3").put_object(Bucket=before["BackupBucket"], Key="export", Body=b"data")
    delete(site, f"{KEPT}-dev")
    assert "was deleted and left" in site.deploy(KEPT, "--bucket", bucket).err

    planned = site.run("plan", KEPT, "--env", "dev", "--bucket", bucket)
    assert planned.code == 5
    assert "was deleted and left" in planned.err

    recreated = site.run("recreate", KEPT, "--env", "dev", "--bucket", bucket)
    assert recreated.code == 0, recreated.err
    completed = site.deploy(KEPT, "--bucket", bucket)
    assert completed.code == 0, completed.err
    after = names(site, f"{KEPT}-dev")
    assert after.keys() == before.keys()
    imported = site.aws.stack(f"{KEPT}-dev").resources
    kept = {name for name, resource in imported.items() if resource.deletion_policy == "RetainExceptOnCreate"}
    assert len(kept) == 10
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    body = site.aws.client("s3").get_object(Bucket=after["BackupBucket"], Key="export")["Body"]
    assert body.read() == b"data"
    logging = site.aws.client("s3").get_bucket_logging(Bucket=after["BackupBucket"])["LoggingEnabled"]
    assert logging["TargetBucket"] == after["ArchiveLogBucket"]


def test_a_disposable_stack_leaves_nothing(site: Site) -> None:
    site.real()
    assert site.deploy(DISPOSABLE, "--bucket", site.bucket()).code == 0
    resources = names(site, f"{DISPOSABLE}-dev")
    s3 = site.aws.client("s3")
    s3.put_object(Bucket=resources["BackupBucket"], Key="export", Body=b"data")
    done = site.run("destroy", DISPOSABLE, "--env", "dev")
    assert done.code == 0, done.err
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["artifacts"]
    assert site.aws.client("rds").describe_db_instances()["DBInstances"] == []


def test_the_parent_protects_the_database_in_the_stack_that_it_nests(site: Site) -> None:
    site.real()
    done = site.deploy(PARENT, "--bucket", site.bucket())
    assert done.code == 0, done.err
    planned = site.run("plan", PARENT, "--env", "dev", "--bucket", "artifacts")
    assert "  nothing changes\n" in planned.out, planned.out + planned.err
    refused = site.run("plan", PARENT, "--env", "dev", "--bucket", "artifacts", "--set", "DatabaseName=other")
    assert refused.code == 1
    assert "WILL FAIL: DatabaseInOwnVpc/Database: it must be replaced but is named DBInstanceIdentifier" in refused.out
    assert "DatabaseInOwnVpc/Database: AWS says REPLACE, the templates WILL FAIL\n" in refused.out
    child = site.aws.resources(f"{PARENT}-dev")["DatabaseInOwnVpc"].physical_id
    denied = json.loads(site.cloudformation.get_stack_policy(StackName=child)["StackPolicyBody"])["Statement"][1]
    assert "LogicalResourceId/Database" in denied["Resource"]
    flipped = ["VpcId=vpc-0b123456789abcde1", *(f"DatabaseSubnet{n}=subnet-0b123456789abcd{n}0" for n in (1, 2))]
    options = [option for setting in flipped for option in ("--set", setting)]
    turned = site.deploy(PARENT, "--bucket", "artifacts", *options)
    assert turned.code == 5
    assert "DatabaseInOwnVpc: AWS::CloudFormation::Stack is UPDATE_FAILED: Action denied by stack policy" in turned.err
    refused = site.run("destroy", PARENT, "--env", "dev")
    assert refused.code == 3
    assert "it stays, with all that it nests" in refused.out
    other = site.deploy(KEPT, "--bucket", "artifacts")
    assert "exports BackupBucketName-dev, " in other.err
    assert other.err.startswith(f"error: {PARENT}-dev-DatabaseInOwnVpc-")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("stack", [*DATABASES, PARENT])
def test_exports_and_tags_of_every_environment_can_be_told_beforehand(stack: str, environment: str) -> None:
    given = params.read(ROOT / f"params/{stack}/{environment}.json")
    place = Place(region="eu-west-1", stack_name="s")
    parts = tuple(unfold(stack, {name: built(name) for name in STACKS}, given, place))
    assert shared_tags(parts[0].evaluation, "eu-west-1") == {
        "CostCenter": given["CostCenter"],
        "Environment": environment,
        "ManagedBy": "CloudFormation",
        "Project": given["Project"],
    }
    assert f"RdsEndpoint-{environment}" in frozenset().union(*(part.exports for part in parts))


@pytest.mark.parametrize("stack", PROTECTED)
def test_the_template_of_an_import_names_nothing_outside_and_needs_no_bucket(stack: str) -> None:
    place = Place(region="eu-west-1", stack_name="s")
    given = params.read(ROOT / f"params/{stack}/prod.json")
    templates = {stack: recreate._bare(built(stack))}
    (part,) = unfold(stack, templates, given, place)
    retained = tuple(
        Retained(logical_id=name, type=resource["Type"], id=name, state="there", identifier={})
        for name, resource in built(stack)["Resources"].items()
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate"
    )
    template = recreate.import_template(built(stack), retained, part.evaluation)
    assert len(template["Resources"]) == len(retained) >= 9
    values = parameter_values(template, given, file="prod.json").values
    assert Evaluation(template, values, place, Unknown()).errors() == ()
    assert not limits.needs_bucket(len(layout.text(template)))
