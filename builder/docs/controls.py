"""AWS's security controls that a template can answer, each as a question to a template as read: one table.

The numbers are those of AWS Foundational Security Best Practices (Security Hub user guide, "Security Hub controls"),
and of CIS AWS Foundations Benchmark 5.0 where Security Hub maps the control to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from builder.docs.control_questions import access, database, network, storage
from builder.docs.reading import Reading

# Yields what was asked about: a logical ID and whether it meets the control. Nothing: the control does not apply.
Question: TypeAlias = Callable[[Reading], Iterator[tuple[str, bool]]]


@dataclass(frozen=True)
class Control:
    """A control. `property` is what satisfies it, in Markdown."""

    id: str
    title: str
    property: str
    question: Question
    cis: str = ""


CONTROLS: tuple[Control, ...] = (
    Control("RDS.2", "Instances are not public", "`PubliclyAccessible: false`", database.is_not_public, "2.2.3"),
    Control("RDS.3", "Instances are encrypted at rest", "`StorageEncrypted: true`", database.is_encrypted, "2.2.1"),
    Control("RDS.5", "Instances are in several zones", "`MultiAZ: true`", database.is_multi_az, "2.2.4"),
    Control("RDS.6", "Enhanced monitoring", "`MonitoringInterval`, `MonitoringRoleArn`", database.is_monitored),
    Control("RDS.7", "Deletion protection of clusters", "`DeletionProtection: true`", database.cluster_is_protected),
    Control("RDS.8", "Deletion protection", "`DeletionProtection: true`", database.is_protected),
    Control(
        "RDS.9", "Logs are published", "`EnableCloudwatchLogsExports: [postgresql, upgrade]`", database.exports_logs
    ),
    Control("RDS.10", "IAM authentication", "`EnableIAMDatabaseAuthentication: true`", database.admits_by_iam),
    Control("RDS.11", "Automated backups, 7 days or more", "`BackupRetentionPeriod`", database.is_backed_up),
    Control(
        "RDS.12",
        "IAM authentication of clusters",
        "`EnableIAMDatabaseAuthentication: true`",
        database.cluster_admits_by_iam,
    ),
    Control("RDS.13", "Minor versions follow", "`AutoMinorVersionUpgrade: true`", database.follows_minors, "2.2.2"),
    Control("RDS.15", "Clusters are in several zones", "members", database.cluster_is_in_zones, "2.2.4"),
    Control("RDS.16", "Clusters' snapshots take the tags", "`CopyTagsToSnapshot: true`", database.cluster_copies_tags),
    Control("RDS.17", "Snapshots take the tags", "`CopyTagsToSnapshot: true`", database.copies_tags),
    Control(
        "RDS.19", "Critical events of clusters are told", "`AWS::RDS::EventSubscription`", database.tells_of_clusters
    ),
    Control(
        "RDS.20", "Critical events of instances are told", "`AWS::RDS::EventSubscription`", database.tells_of_instances
    ),
    Control(
        "RDS.21", "Events of parameter groups are told", "`AWS::RDS::EventSubscription`", database.tells_of_parameters
    ),
    Control("RDS.22", "Events of security groups are told", "`AWS::RDS::EventSubscription`", database.tells_of_groups),
    Control("RDS.23", "Not the engine's default port", "`Port`", database.has_own_port),
    Control(
        "RDS.24",
        "A custom administrator's name of clusters",
        "`MasterUsername`",
        database.cluster_has_own_administrator,
    ),
    Control("RDS.25", "A custom administrator's name", "`MasterUsername`", database.has_own_administrator),
    Control("RDS.27", "Clusters are encrypted at rest", "`StorageEncrypted: true`", database.cluster_is_encrypted),
    Control(
        "RDS.35", "Clusters follow minor versions", "`AutoMinorVersionUpgrade: true`", database.cluster_follows_minors
    ),
    Control(
        "RDS.36",
        "PostgreSQL logs are published",
        "`EnableCloudwatchLogsExports: [postgresql]`",
        database.exports_postgresql,
    ),
    Control(
        "RDS.37",
        "Aurora PostgreSQL publishes its logs",
        "`EnableCloudwatchLogsExports: [postgresql]`",
        database.aurora_exports_postgresql,
    ),
    Control(
        "RDS.46", "No subnet with a route to an internet gateway", "`DBSubnetGroupName`, routes", database.is_inside
    ),
    Control(
        "SecretsManager.1",
        "Secrets are rotated",
        "`ManageMasterUserPassword: true`: RDS rotates it weekly",
        access.rotates,
    ),
    Control("Backup.1", "Recovery points are encrypted", "`EncryptionKeyArn`", storage.vault_is_encrypted),
    Control("S3.1", "Public access is blocked", "`PublicAccessBlockConfiguration`", storage.is_not_public, "2.1.4"),
    Control("S3.5", "TLS only", "a `Deny` on `aws:SecureTransport: false`", storage.demands_tls, "2.1.1"),
    Control(
        "S3.8",
        "Public access is blocked per bucket",
        "`PublicAccessBlockConfiguration`",
        storage.is_not_public,
        "2.1.4",
    ),
    Control("S3.9", "Access is logged", "`LoggingConfiguration`", storage.logs_access),
    Control("S3.12", "No ACLs", "`OwnershipControls: BucketOwnerEnforced`", storage.has_no_acls),
    Control("S3.13", "A lifecycle", "`LifecycleConfiguration`", storage.has_lifecycle),
    Control("SNS.4", "Topics are not public", "`AWS::SNS::TopicPolicy`", access.topic_is_not_public),
    Control("KMS.1", "No policy decrypts under every key", "`AWS::IAM::ManagedPolicy`", access.policies_decrypt_little),
    Control("KMS.2", "No role decrypts under every key", "`Policies` of `AWS::IAM::Role`", access.roles_decrypt_little),
    Control("KMS.4", "Keys rotate", "`EnableKeyRotation: true`", access.key_rotates, "3.6"),
    Control("KMS.5", "Keys are not public", "`KeyPolicy`", access.key_is_not_public),
    Control("IAM.1", "No administrator's policy", "no `*` on `*`", access.is_no_administrator, "1.15"),
    Control("IAM.21", "No policy with all of a service", "no `service:*` on `*`", access.is_no_wildcard),
    Control("EC2.6", "VPCs have flow logs", "`AWS::EC2::FlowLog`", network.has_flow_log, "3.7"),
    Control("EC2.15", "Subnets give no public addresses", "`MapPublicIpOnLaunch: false`", network.gives_no_addresses),
    Control("EC2.18", "Open to everybody only on permitted ports", "`SecurityGroupIngress`", network.is_closed_to_all),
    Control(
        "EC2.19",
        "High-risk ports are not open to everybody",
        "`SecurityGroupIngress`",
        network.is_closed_to_all,
        "5.3, 5.4",
    ),
    Control(
        "EC2.21",
        "Network ACLs do not admit everybody to 22 and 3389",
        "`AWS::EC2::NetworkAclEntry`",
        network.acl_is_closed,
        "5.2",
    ),
    Control("StepFunctions.1", "State machines log", "`LoggingConfiguration`", access.machine_logs),
)
