"""The original design, resource for resource (54 in a nested stack), as an AWS CDK app: to be measured, not used."""

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

DESTROY = cdk.RemovalPolicy.DESTROY
days = cdk.Duration.days


class Infrastructure(cdk.NestedStack):
    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        database_key = kms.Key(self, "RdsKmsKey", enable_key_rotation=True, removal_policy=DESTROY)
        bucket_key = kms.Key(self, "S3KmsKey", enable_key_rotation=True, removal_policy=DESTROY)
        tiers = {
            "Public": ec2.SubnetType.PUBLIC,
            "Private": ec2.SubnetType.PRIVATE_WITH_EGRESS,
            "Database": ec2.SubnetType.PRIVATE_ISOLATED,
        }
        vpc = ec2.Vpc(
            self,
            "RdsVpc",
            max_azs=3,
            nat_gateways=2,
            subnet_configuration=[
                ec2.SubnetConfiguration(name=name, subnet_type=kind, cidr_mask=24) for name, kind in tiers.items()
            ],
        )
        moves = {
            30: s3.StorageClass.INFREQUENT_ACCESS,
            90: s3.StorageClass.GLACIER,
            365: s3.StorageClass.DEEP_ARCHIVE,
        }
        bucket = s3.Bucket(
            self,
            "BackupBucket",
            bucket_name="rds-backups-tap-dev",
            versioned=True,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=bucket_key,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            removal_policy=DESTROY,
            auto_delete_objects=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    transitions=[
                        s3.Transition(storage_class=kind, transition_after=days(after)) for after, kind in moves.items()
                    ],
                    expiration=days(2555),
                )
            ],
        )
        topic = sns.Topic(self, "NotificationTopic", topic_name="rds-alerts-dev")
        topic.add_subscription(subscriptions.EmailSubscription("admin@company.com"))

        def role(name: str, service: str, *policies: str) -> iam.Role:
            managed = [iam.ManagedPolicy.from_aws_managed_policy_name(f"service-role/{each}") for each in policies]
            return iam.Role(self, name, assumed_by=iam.ServicePrincipal(service), managed_policies=managed)

        monitoring_role = role("RdsMonitoringRole", "monitoring.rds.amazonaws.com", "AmazonRDSEnhancedMonitoringRole")
        backup_role = role(
            "BackupRole",
            "backup.amazonaws.com",
            "AWSBackupServiceRolePolicyForBackup",
            "AWSBackupServiceRolePolicyForRestores",
        )
        backup_role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
                resources=[bucket.bucket_arn, f"{bucket.bucket_arn}/*"],
            )
        )
        backup_role.add_to_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt*", "kms:CreateGrant"],
                resources=[database_key.key_arn, bucket_key.key_arn],
            )
        )
        subnet_group = rds.SubnetGroup(
            self,
            "DbSubnetGroup",
            description="Subnet group for RDS",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=vpc.isolated_subnets),
        )
        group = ec2.SecurityGroup(self, "DbSecurityGroup", vpc=vpc, allow_all_outbound=False)
        for subnet in vpc.private_subnets:
            group.add_ingress_rule(ec2.Peer.ipv4(subnet.ipv4_cidr_block), ec2.Port.tcp(5432))
        engine = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_15_4)
        parameters = rds.ParameterGroup(
            self,
            "DbParameterGroup",
            engine=engine,
            parameters={"log_statement": "all", "shared_preload_libraries": "pg_stat_statements"},
        )
        instance = rds.DatabaseInstance(
            self,
            "PostgresInstance",
            instance_identifier="postgres-tap-dev",
            engine=engine,
            instance_type=ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.MEDIUM),
            vpc=vpc,
            subnet_group=subnet_group,
            security_groups=[group],
            multi_az=True,
            storage_encrypted=True,
            storage_encryption_key=database_key,
            allocated_storage=100,
            max_allocated_storage=1000,
            storage_type=rds.StorageType.GP2,
            backup_retention=days(35),
            deletion_protection=False,
            parameter_group=parameters,
            monitoring_interval=cdk.Duration.seconds(60),
            monitoring_role=monitoring_role,
            enable_performance_insights=True,
            performance_insight_encryption_key=database_key,
            cloudwatch_logs_exports=["postgresql"],
            removal_policy=DESTROY,
        )
        watched = {
            "CpuUtilizationAlarm": (instance.metric_cpu_utilization(), 80),
            "FreeStorageSpaceAlarm": (instance.metric_free_storage_space(), 2e9),
            "DatabaseConnectionsAlarm": (instance.metric_database_connections(), 80),
        }
        for name, (metric, threshold) in watched.items():
            alarm = cloudwatch.Alarm(self, name, metric=metric, threshold=threshold, evaluation_periods=2)
            alarm.add_alarm_action(actions.SnsAction(topic))
        vault = backup.BackupVault(self, "BackupVault", encryption_key=database_key, removal_policy=DESTROY)
        plan = backup.BackupPlan(
            self,
            "BackupPlan",
            backup_plan_rules=[
                backup.BackupPlanRule(
                    backup_vault=vault,
                    rule_name=name,
                    schedule_expression=events.Schedule.cron(minute="0", hour=hour),
                    delete_after=days(kept),
                )
                for name, hour, kept in (("FrequentBackups", "*", 7), ("DailyBackups", "2", 35))
            ],
        )
        plan.add_selection(
            "BackupSelection",
            resources=[backup.BackupResource.from_rds_database_instance(instance)],
            role=backup_role,
        )
        outputs = {
            "RdsEndpoint": instance.instance_endpoint.hostname,
            "RdsPort": str(instance.instance_endpoint.port),
            "BackupBucketName": bucket.bucket_name,
            "NotificationTopicArn": topic.topic_arn,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value, export_name=f"{name}-dev")


app = cdk.App()
stack = cdk.Stack(app, "TapStack")
Infrastructure(stack, "RdsHighAvailabilityInfra")
for name, value in {"CostCenter": "engineering", "Environment": "dev", "Project": "tap"}.items():
    cdk.Tags.of(stack).add(name, value)
app.synth()
