"""Where a stack stands: what its pseudo-parameters say, and what AWS would answer about its resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol
from uuid import NAMESPACE_URL, uuid5

# Region prefix -> (partition, DNS suffix), as in botocore/data/partitions.json; anything else is commercial.
_PARTITIONS = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
    "us-iso-": ("aws-iso", "c2s.ic.gov"),
    "us-isob-": ("aws-iso-b", "sc2s.sgov.gov"),
    "eu-isoe-": ("aws-iso-e", "cloud.adc-e.uk"),
    "us-isof-": ("aws-iso-f", "csp.hci.ic.gov"),
    "eusc-": ("aws-eusc", "amazonaws.eu"),
}


def partition_of(region: str) -> tuple[str, str]:
    """The partition and the DNS suffix of a Region, e.g. `("aws-cn", "amazonaws.com.cn")`."""
    for prefix, partition in _PARTITIONS.items():
        if region.startswith(prefix):
            return partition
    return "aws", "amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Place:
    """The Region, account and names that a stack sees.

    `zones` are the Availability Zones that Fn::GetAZs gives for `region`, in order; `exports` are the values that
    Fn::ImportValue finds there. `stack_id` is made from the name when it is not given.
    """

    region: str
    stack_name: str
    account: str = "123456789012"
    stack_id: str = ""
    notification_arns: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    exports: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def partition(self) -> str:
        return partition_of(self.region)[0]

    @property
    def url_suffix(self) -> str:
        return partition_of(self.region)[1]

    def pseudo_parameters(self) -> dict[str, str | list[str]]:
        """The value of every pseudo-parameter but AWS::NoValue."""
        arn = f"arn:{self.partition}:cloudformation:{self.region}:{self.account}:stack/{self.stack_name}"
        return {
            "AWS::AccountId": self.account,
            "AWS::NotificationARNs": list(self.notification_arns),
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackId": self.stack_id or f"{arn}/{uuid5(NAMESPACE_URL, arn)}",
            "AWS::StackName": self.stack_name,
            "AWS::URLSuffix": self.url_suffix,
        }


class Attributes(Protocol):
    """What is only known once resources exist; a LookupError says that there is no such attribute."""

    def ref(self, logical_id: str) -> object:
        """What Ref gives for a resource: its physical ID."""

    def get_att(self, logical_id: str, attribute: str) -> object:
        """What Fn::GetAtt gives: a string, a number, a boolean, a list or an object."""
