"""Which calls moto 5.2.5 lacks, and which parameters it takes and forgets; test_moto_gaps.py shows both.

A missing call is validated against botocore's model and kept in the simulator's record. A forgotten parameter is named
in the record of the call, which moto did take.
"""

from __future__ import annotations

from collections.abc import Mapping

MISSING: frozenset[tuple[str, str]] = frozenset(
    {
        ("athena", "update_work_group"),
        ("backup", "create_backup_selection"),
        ("backup", "delete_backup_selection"),
        ("backup", "delete_backup_vault_access_policy"),
        ("backup", "create_restore_testing_plan"),
        ("backup", "create_restore_testing_selection"),
        ("backup", "delete_backup_vault_notifications"),
        ("backup", "delete_restore_testing_plan"),
        ("backup", "delete_restore_testing_selection"),
        ("backup", "put_backup_vault_access_policy"),
        ("backup", "put_backup_vault_notifications"),
        ("backup", "update_backup_plan"),
        ("backup", "update_restore_testing_plan"),
        ("backup", "update_restore_testing_selection"),
        ("cloudwatch", "delete_alarm_mute_rule"),
        ("cloudwatch", "put_alarm_mute_rule"),
        ("cloudwatch", "put_composite_alarm"),
        ("glue", "update_crawler"),
        ("logs", "associate_kms_key"),
        ("logs", "disassociate_kms_key"),
        ("rds", "add_source_identifier_to_subscription"),
        ("rds", "modify_db_proxy"),
        ("rds", "modify_event_subscription"),
        ("rds", "remove_role_from_db_instance"),
        ("rds", "remove_source_identifier_from_subscription"),
        ("rds", "reset_db_cluster_parameter_group"),
        ("rds", "reset_db_parameter_group"),
        ("rds", "start_db_instance_automated_backups_replication"),
        ("rds", "stop_db_instance_automated_backups_replication"),
        ("servicecatalog", "associate_principal_with_portfolio"),
        ("servicecatalog", "associate_product_with_portfolio"),
        ("servicecatalog", "associate_service_action_with_provisioning_artifact"),
        ("servicecatalog", "associate_tag_option_with_resource"),
        ("servicecatalog", "create_constraint"),
        ("servicecatalog", "create_provisioning_artifact"),
        ("servicecatalog", "create_service_action"),
        ("servicecatalog", "create_tag_option"),
        ("servicecatalog", "delete_constraint"),
        ("servicecatalog", "delete_provisioning_artifact"),
        ("servicecatalog", "delete_service_action"),
        ("servicecatalog", "delete_tag_option"),
        ("servicecatalog", "disassociate_principal_from_portfolio"),
        ("servicecatalog", "disassociate_product_from_portfolio"),
        ("servicecatalog", "disassociate_service_action_from_provisioning_artifact"),
        ("servicecatalog", "disassociate_tag_option_from_resource"),
        ("servicecatalog", "update_constraint"),
        ("servicecatalog", "update_portfolio"),
        ("servicecatalog", "update_portfolio_share"),
        ("servicecatalog", "update_product"),
        ("servicecatalog", "update_provisioning_artifact"),
        ("servicecatalog", "update_service_action"),
        ("servicecatalog", "update_tag_option"),
        ("sns", "put_data_protection_policy"),
    }
)

_RULE = "LifecycleConfiguration.Rules[]"

# Parameters as JMESPath expressions over a request.
FORGOTTEN: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("kms", "enable_key_rotation"): ("RotationPeriodInDays",),
    ("lambda", "create_function"): ("DeadLetterConfig", "LoggingConfig"),
    ("lambda", "update_function_configuration"): ("DeadLetterConfig", "LoggingConfig"),
    ("logs", "create_log_group"): ("logGroupClass",),
    ("rds", "create_db_instance"): ("BackupTarget", "PromotionTier"),
    ("s3", "put_bucket_lifecycle_configuration"): (
        f"{_RULE}.Filter.ObjectSizeGreaterThan",
        f"{_RULE}.Filter.ObjectSizeLessThan",
        f"{_RULE}.Filter.And.ObjectSizeGreaterThan",
        f"{_RULE}.Filter.And.ObjectSizeLessThan",
        f"{_RULE}.NoncurrentVersionExpiration.NewerNoncurrentVersions",
    ),
    ("s3", "put_bucket_notification_configuration"): ("NotificationConfiguration.EventBridgeConfiguration",),
    ("sns", "create_topic"): (
        "Attributes.MaximumMessageSize",
        "Attributes.SignatureVersion",
        "Attributes.TracingConfig",
    ),
}
