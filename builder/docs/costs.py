"""What is billed for a template: kinds of charge by resource type, without prices.

Source: the pricing page of each service, named in the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from builder.docs.catalogue import kind_of, plural
from builder.docs.details import is_true
from builder.docs.reading import Reading, Resource


@dataclass(frozen=True)
class Charge:
    """What one kind of resource costs by. `page` is the service's pricing page below aws.amazon.com."""

    hour: str = ""
    amount: str = ""
    request: str = ""
    page: str = ""


_RDS = "rds/postgresql/pricing"
_VPC = "vpc/pricing"
_CLOUDWATCH = "cloudwatch/pricing"


def _instance(properties: Mapping[str, Any]) -> Charge:
    twice = ", twice: the standby too" if is_true(properties.get("MultiAZ")) else ""
    insights = ", Database Insights by vCPU" if properties.get("DatabaseInsightsMode") == "advanced" else ""
    amount = f"storage{twice}, IOPS and throughput above what it includes, backups beyond the size of the database"
    if properties.get("AutomaticBackupReplicationRegion"):
        amount += ", replicated backups and their transfer"
    return Charge(hour=f"the instance{twice}{insights}", amount=amount, page=_RDS)


def _endpoint(properties: Mapping[str, Any]) -> Charge:
    if properties.get("VpcEndpointType", "Gateway") == "Gateway":
        return Charge()
    return Charge(hour="each endpoint in each zone", amount="data processed", page="privatelink/pricing")


def _alarm(properties: Mapping[str, Any]) -> Charge:
    metrics = "each metric that an expression reads" if properties.get("Metrics") else "each alarm"
    return Charge(hour=f"{metrics}, by the month", page=_CLOUDWATCH)


def _always(charge: Charge) -> Callable[[Mapping[str, Any]], Charge]:
    return lambda properties: charge


_BUCKET = Charge(
    amount="objects by storage class, moves between classes, retrievals", request="puts, gets, lists", page="s3/pricing"
)
_CHARGES: Mapping[str, Callable[[Mapping[str, Any]], Charge]] = {
    "Athena::WorkGroup": _always(Charge(request="data that queries scan", page="athena/pricing")),
    "Backup::BackupPlan": _always(Charge(amount="copies to other Regions", page="backup/pricing")),
    "Backup::BackupVault": _always(Charge(amount="snapshots kept", page="backup/pricing")),
    "Backup::RestoreTestingPlan": _always(
        Charge(hour="each restored instance while it is tested", request="each test", page="backup/pricing")
    ),
    "CloudWatch::Alarm": _alarm,
    "CloudWatch::CompositeAlarm": _always(Charge(hour="each alarm, by the month", page=_CLOUDWATCH)),
    "CloudWatch::Dashboard": _always(Charge(hour="each beyond three, by the month", page=_CLOUDWATCH)),
    "DynamoDB::Table": _always(
        Charge(hour="provisioned capacity", amount="storage", request="reads and writes", page="dynamodb/pricing")
    ),
    "EC2::EIP": _always(Charge(hour="each public IPv4 address", page=_VPC)),
    "EC2::Instance": _always(Charge(hour="the instance", amount="volumes", page="ec2/pricing")),
    "EC2::FlowLog": _always(Charge(amount="vended logs", page=_CLOUDWATCH)),
    "EC2::NatGateway": _always(Charge(hour="each gateway", amount="data processed", page=_VPC)),
    "EC2::VPCEndpoint": _endpoint,
    "Events::Rule": _always(Charge()),
    "FIS::ExperimentTemplate": _always(Charge(hour="minutes of actions that run", page="fis/pricing")),
    "Glue::Crawler": _always(Charge(hour="capacity while it crawls", page="glue/pricing")),
    "Glue::Database": _always(Charge(request="objects and calls beyond the free million", page="glue/pricing")),
    "KMS::Key": _always(
        Charge(hour="each key, by the month", request="encryptions and decryptions", page="kms/pricing")
    ),
    "Lambda::Function": _always(Charge(request="invocations and their duration", page="lambda/pricing")),
    "Logs::LogGroup": _always(Charge(amount="logs taken in, and kept", page=_CLOUDWATCH)),
    "RDS::DBCluster": _always(Charge(hour="its instances", amount="storage, I/O, backups", page="rds/pricing")),
    "RDS::DBInstance": _instance,
    "RDS::DBProxy": _always(Charge(hour="vCPUs of the database behind it", page="rds/proxy/pricing")),
    "S3::Bucket": _always(_BUCKET),
    "SNS::Topic": _always(Charge(request="messages, by protocol", page="sns/pricing")),
    "SQS::Queue": _always(Charge(request="messages", page="sqs/pricing")),
    "Scheduler::Schedule": _always(Charge(request="invocations beyond the free ones", page="eventbridge/pricing")),
    "SecretsManager::Secret": _always(
        Charge(hour="each secret, by the month", request="calls", page="secrets-manager/pricing")
    ),
    "StepFunctions::StateMachine": _always(Charge(request="state transitions", page="step-functions/pricing")),
}
_SECRET = Charge(hour="the secret, by the month", request="calls", page="secrets-manager/pricing")


def charges(reading: Reading) -> Iterator[tuple[str, Charge]]:
    """What costs, in words (`3 NAT gateways`), with how; equal kinds that cost alike are one row."""
    found: dict[tuple[str, Charge], int] = {}
    for resource in reading.resources.values():
        for noun, charge in _of(resource):
            if charge != Charge():
                found[(noun, charge)] = found.get((noun, charge), 0) + 1
    for (noun, charge), number in found.items():
        yield plural(number, noun), charge


def _of(resource: Resource) -> Iterator[tuple[str, Charge]]:
    kind = resource.type.removeprefix("AWS::")
    if kind in _CHARGES:
        yield kind_of(resource.type).noun, _CHARGES[kind](resource.properties)
    if is_true(resource.properties.get("ManageMasterUserPassword")):
        yield "secret that RDS manages", _SECRET
