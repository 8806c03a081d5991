"""What a changed property does where the registry schemas are silent, vague or contradicted: the table, with sources.

A registry schema says only that some properties replace a resource conditionally. For RDS the handlers are public and
say when; other rows are from the template reference. Where two sources disagree the effect is MAY REPLACE and both are
named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from builder.diff.model import Effect
from builder.diff.values import given, is_true, normal

Properties: TypeAlias = Mapping[str, Any]

HANDLER = "RDS resource handlers, ImmutabilityHelper"
PAGE = "CloudFormation template reference, {}"
_SNAPSHOT = (
    "the page says that a new, empty instance takes its place, the handler (isDBSnapshotIdentifierMutable) permits it"
)


@dataclass(frozen=True, kw_only=True)
class Correction:
    """The effect of a property when it changes, by the old and the new properties of the resource, and who says so."""

    effect: Callable[[Properties, Properties], Effect]
    source: str


def _always(effect: Effect, source: str) -> Correction:
    return Correction(effect=lambda old, new: effect, source=source)


def _in_place(source: str) -> Correction:
    return _always(Effect.UPDATE, source)


def _origin(name: str, *, unset: Effect = Effect.UPDATE, source: str = "") -> Correction:
    """What a resource was made from: another origin makes another resource, none leaves it."""
    return Correction(
        effect=lambda old, new: Effect.REPLACE if given(new, name) else unset, source=source or f"{HANDLER}, {name}"
    )


def _engine(old: Properties, new: Properties) -> Effect:
    before, after = given(old, "Engine").lower(), given(new, "Engine").lower()
    moves = {
        ("aurora", "aurora-mysql"),
        ("oracle-se", "oracle-se2"),
        ("oracle-se1", "oracle-se2"),
        ("oracle-ee", "oracle-ee-cdb"),
        ("oracle-se2", "oracle-se2-cdb"),
    }
    return Effect.UPDATE if before == after or (before, after) in moves else Effect.REPLACE


def _cluster_engine(old: Properties, new: Properties) -> Effect:
    move = (given(old, "Engine"), given(new, "Engine")) == ("aurora", "aurora-mysql")
    return Effect.UPDATE if move else Effect.REPLACE


def _zone(old: Properties, new: Properties) -> Effect:
    """A Multi-AZ instance may drop its zone."""
    return Effect.UPDATE if not given(new, "AvailabilityZone") and is_true(new.get("MultiAZ")) else Effect.REPLACE


def _insights_key(old: Properties, new: Properties) -> Effect:
    return Effect.REPLACE if given(old, "PerformanceInsightsKMSKeyId") else Effect.UPDATE


def _latest(old: Properties, new: Properties) -> Effect:
    return Effect.REPLACE if is_true(new.get("UseLatestRestorableTime")) else Effect.UPDATE


def _global_cluster(old: Properties, new: Properties) -> Effect:
    return Effect.REPLACE if given(new, "GlobalClusterIdentifier") else Effect.UPDATE


def _attributes(old: Properties, new: Properties) -> Effect:
    """Editing the type of a table's attribute replaces it; adding or removing one does not."""
    before, after = (
        {
            str(each.get("AttributeName")): each
            for each in side.get("AttributeDefinitions", [])
            if isinstance(each, dict)
        }
        for side in (old, new)
    )
    edited = any(normal(before[name]) != normal(after[name]) for name in before if name in after)
    return Effect.MAY_REPLACE if edited else Effect.UPDATE


_KEY = PAGE.format('AWS::KMS::Key, "the update request fails"')
_VOLUME = PAGE.format('AWS::EC2::Volume, "Updates are not supported"')
_CUSTOM = PAGE.format('AWS::CloudFormation::CustomResource, ServiceToken, "Updates aren\'t supported"')

CORRECTIONS: Mapping[str, Mapping[str, Correction]] = {
    "AWS::RDS::DBInstance": {
        "AutoMinorVersionUpgrade": _in_place(HANDLER),
        "AvailabilityZone": Correction(effect=_zone, source=f"{HANDLER}, isAvailabilityZoneChangeMutable"),
        "BackupRetentionPeriod": _in_place(HANDLER),
        "DBClusterSnapshotIdentifier": _origin(
            "DBClusterSnapshotIdentifier",
            unset=Effect.MAY_REPLACE,
            source=_SNAPSHOT.replace("DBSnapshot", "DBClusterSnapshot"),
        ),
        "DBParameterGroupName": _in_place(HANDLER),
        "DBSnapshotIdentifier": _origin("DBSnapshotIdentifier", unset=Effect.MAY_REPLACE, source=_SNAPSHOT),
        "Engine": Correction(effect=_engine, source=f"{HANDLER}, isEngineMutable"),
        "EngineLifecycleSupport": _always(
            Effect.FAIL, 'RDS resource handlers, UpdateHandler: "EngineLifecycleSupport cannot be modified."'
        ),
        "MultiAZ": _in_place(HANDLER),
        "PerformanceInsightsKMSKeyId": Correction(
            effect=_insights_key, source=f"{HANDLER}, isPerformanceInsightsKMSKeyIdMutable"
        ),
        "Port": _always(
            Effect.MAY_REPLACE,
            "the page says Replacement, the handler passes it to ModifyDBInstance as DBPortNumber",
        ),
        "PreferredMaintenanceWindow": _in_place(HANDLER),
        "RestoreTime": _origin("RestoreTime"),
        "SourceDBClusterIdentifier": _origin("SourceDBClusterIdentifier"),
        "SourceDBInstanceAutomatedBackupsArn": _origin("SourceDBInstanceAutomatedBackupsArn"),
        "SourceDBInstanceIdentifier": _origin("SourceDBInstanceIdentifier"),
        "SourceDbiResourceId": _origin("SourceDbiResourceId"),
        "StorageType": _always(
            Effect.MAY_REPLACE,
            "the handlers' own schema lists it as conditionally create-only, their code modifies it in place",
        ),
        "UseLatestRestorableTime": Correction(effect=_latest, source=f"{HANDLER}, isUseLatestRestorableTimeMutable"),
    },
    "AWS::RDS::DBCluster": {
        "Engine": Correction(effect=_cluster_engine, source=f"{HANDLER} of DBCluster, isEngineMutable"),
        "GlobalClusterIdentifier": Correction(
            effect=_global_cluster, source=f"{HANDLER} of DBCluster, isGlobalClusterMutable"
        ),
    },
    "AWS::KMS::Key": {name: _always(Effect.FAIL, _KEY) for name in ("KeySpec", "KeyUsage", "MultiRegion", "Origin")},
    "AWS::EC2::Volume": {
        name: _always(Effect.FAIL, _VOLUME) for name in ("AvailabilityZone", "Encrypted", "KmsKeyId", "SnapshotId")
    },
    "AWS::EC2::EIP": {
        "Domain": _always(Effect.MAY_REPLACE, "the page says Replacement, the schema does not list it as create-only")
    },
    "AWS::DynamoDB::Table": {
        "AttributeDefinitions": Correction(effect=_attributes, source=PAGE.format("AWS::DynamoDB::Table")),
        "KeySchema": _always(Effect.REPLACE, PAGE.format("AWS::DynamoDB::Table, KeySchema")),
    },
    "AWS::S3::Bucket": {
        "ObjectLockEnabled": _always(
            Effect.MAY_REPLACE, "the page said Replacement until 2023, the schema does not list it as create-only"
        )
    },
    "AWS::CloudFormation::CustomResource": {"ServiceToken": _always(Effect.FAIL, _CUSTOM)},
}


def correction(of_type: str, property_name: str) -> Correction | None:
    """The row for a property of a type; None where the schema is right."""
    of_type = "AWS::CloudFormation::CustomResource" if of_type.startswith("Custom::") else of_type
    return CORRECTIONS.get(of_type, {}).get(property_name)
