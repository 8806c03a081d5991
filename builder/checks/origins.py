"""RDS instances that come from another: what their backup or source brings, and how a source elsewhere is named.

Source: CloudFormation, AWS::RDS::DBInstance, and the handlers of that type (CreateHandler, UpdateHandler).
"""

from __future__ import annotations

from collections.abc import Iterator

from builder.checks.check import Check, Finding, at
from builder.checks.lookup import ARN
from builder.render import Rendered

# RestoreDBInstanceFromDBSnapshot takes none of these.
_NOT_WITH_SNAPSHOT = (
    "CharacterSetName",
    "DBName",
    "KmsKeyId",
    "MasterUsername",
    "MasterUserPassword",
    "SourceDBInstanceIdentifier",
    "SourceRegion",
    "StorageEncrypted",
    "Timezone",
)
_POINTS_IN_TIME = ("SourceDbiResourceId", "SourceDBInstanceAutomatedBackupsArn")


def restored(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in rendered.of_type("AWS::RDS::DBInstance"):
        if properties.get("DBSnapshotIdentifier"):
            for name in _NOT_WITH_SNAPSHOT:
                if name in properties:
                    what = "cannot be given with DBSnapshotIdentifier: the snapshot has it"
                    yield Finding(path=at(logical_id, name), what=what, fix=f"leave {name} out while restoring")
        name = "SourceDBInstanceIdentifier"
        for moment in _POINTS_IN_TIME:
            if properties.get(moment) and properties.get(name):
                what = f"beside {moment} makes a replica of it, and a promotion of taking it out"
                yield Finding(path=at(logical_id, name), what=what, fix=f"leave {name} out")


def followed(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in rendered.of_type("AWS::RDS::DBInstance"):
        name = "SourceDBInstanceIdentifier"
        source = ARN.fullmatch(str(properties.get(name, "")))
        if source is None or source["region"] == rendered.place.region:
            continue
        if properties.get("SourceRegion") != source["region"]:
            what = f"is in {source['region']}, which SourceRegion does not say: an encrypted source may be refused"
            yield Finding(path=at(logical_id, name), what=what, fix=f"set SourceRegion to {source['region']}")


CHECKS = (
    Check(
        id="E9136",
        reason="a restored instance takes some settings from its backup alone",
        source="CloudFormation, AWS::RDS::DBInstance: DBSnapshotIdentifier, SourceDBInstanceIdentifier",
        find=restored,
    ),
    Check(
        id="E9143",
        reason="a replica names the Region of a source that is in another",
        source="CloudFormation, AWS::RDS::DBInstance: SourceDBInstanceIdentifier, SourceRegion",
        find=followed,
    ),
)
