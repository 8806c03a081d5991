"""When a recovery point is restored, which one, and where: AWS Backup's plan for restore tests."""

from __future__ import annotations

from troposphere import GetAtt, Join, Ref, Split, Sub, Template
from troposphere.backup import RestoreTestingPlan, RestoreTestingRecoveryPointSelection, RestoreTestingSelection
from troposphere.iam import Role

from templates.operations import Operations
from templates.parameters import Group
from templates.policy import aws_policy, trust

# Names of restore testing take no hyphen. (botocore, backup CreateRestoreTestingPlan)
PLAN = "{}_restore_test"

START_WINDOW_HOURS = 1
VALIDATION_WINDOW_HOURS = 4
SELECTION_WINDOW_DAYS = 7


def add_restore_plan(t: Template, operations: Operations, group: Group) -> RestoreTestingPlan:
    """Add what is restored where: into the database's subnets, behind its closed group, with its parameters."""
    environment = operations.environment
    schedule = group.add(
        "RestoreTestSchedule",
        label="Restore test schedule (UTC)",
        description="When the newest recovery point of the last week is restored. The copy is deleted afterwards.",
        default="cron(0 8 ? * SAT *)",
        pattern=r"cron\([^()]+\)",
        otherwise="must be a cron expression",
    )
    vault = group.add(
        "BackupVaultArn",
        label="Vault",
        description="Whose recovery points are restored: output BackupVaultArn.",
        pattern=r"arn:[\w-]+:backup:[\w-]+:\d{12}:backup-vault:[\w-]{2,50}",
        otherwise="must be the ARN of a backup vault",
    )
    subnets = group.add(
        "DatabaseSubnetGroupName",
        label="Subnet group",
        description="Where it is restored: output DatabaseSubnetGroupName.",
        pattern="[A-Za-z0-9 ._-]{1,255}",
        otherwise="must be the name of a DB subnet group",
    )
    security_group = group.add(
        "DatabaseSecurityGroupId",
        label="Security group",
        description="What guards the copy: output DatabaseSecurityGroupId.",
        type="AWS::EC2::SecurityGroup::Id",
    )
    parameters = group.add(
        "DatabaseParameterGroupName",
        label="Parameter group",
        description="What the copy runs with: output DatabaseParameterGroupName.",
        pattern="[A-Za-z][A-Za-z0-9.-]{0,254}",
        otherwise="must be the name of a DB parameter group",
    )
    role = t.add_resource(
        Role(
            "RestoreTestRestoreRole",
            AssumeRolePolicyDocument=trust("backup.amazonaws.com"),
            ManagedPolicyArns=[aws_policy("AWSBackupServiceRolePolicyForRestores")],
            Tags=environment.tags(),
        )
    )
    plan = t.add_resource(
        RestoreTestingPlan(
            "RestoreTestPlan",
            RestoreTestingPlanName=Join("_", Split("-", environment.name(PLAN))),
            ScheduleExpression=Ref(schedule),
            StartWindowHours=START_WINDOW_HOURS,
            RecoveryPointSelection=RestoreTestingRecoveryPointSelection(
                Algorithm="LATEST_WITHIN_WINDOW",
                IncludeVaults=[Ref(vault)],
                RecoveryPointTypes=["CONTINUOUS", "SNAPSHOT"],
                SelectionWindowDays=SELECTION_WINDOW_DAYS,
            ),
            Tags=environment.tags(),
        )
    )
    t.add_resource(
        RestoreTestingSelection(
            "RestoreTestSelection",
            RestoreTestingPlanName=Ref(plan),
            RestoreTestingSelectionName="database",
            ProtectedResourceType="RDS",
            ProtectedResourceArns=[operations.instance_arn],
            IamRoleArn=GetAtt(role, "Arn"),
            ValidationWindowHours=VALIDATION_WINDOW_HOURS,
            RestoreMetadataOverrides={
                "dbParameterGroupName": Ref(parameters),
                "dbSubnetGroupName": Ref(subnets),
                # By it a function that checks the data logs in: whose password a copy has depends on when it was made.
                "enableIamDatabaseAuthentication": "true",
                "multiAz": "false",
                "publiclyAccessible": "false",
                # AWS Backup takes this list as text.
                "vpcSecurityGroupIds": Sub(f'["${{{security_group.title}}}"]'),
            },
        )
    )
    return plan
