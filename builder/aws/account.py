"""The caller's account in one Region, and boto3's clients for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import NoRegionError

from builder.aws import errors

# Retries with back-off on throttling. (botocore user guide, "Retries")
_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 5})


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account, as whoever the caller's credentials say they are, in a Region.

    `endpoint_url` is where AWS is to be found instead of its own addresses; empty for AWS itself.
    """

    session: boto3.session.Session
    region: str
    number: str
    endpoint_url: str = ""
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:
        """The client of a service, by boto3's name for it. Making one takes time, and is done once."""
        if service not in self._clients:
            self._clients[service] = _client(self.session, service, self.region, self.endpoint_url)
        return self._clients[service]

    @property
    def cli_options(self) -> tuple[str, ...]:
        """What makes a command of the AWS CLI work in the same Region, whatever the reader's own is."""
        return ("--region", self.region)


@contextmanager
def connected(region: str = "", endpoint_url: str = "") -> Iterator[Account]:
    """The account of the caller's credentials, asked of AWS; within the block, AWS's errors are told as Failures.

    The Region is the one given, else AWS_REGION, else what boto3 finds (AWS_DEFAULT_REGION, the profile).
    """
    with errors.told():
        session = boto3.session.Session()
        place = region or os.environ.get("AWS_REGION") or session.region_name
        if not place:
            raise NoRegionError()
        identity = _client(session, "sts", place, endpoint_url).get_caller_identity()
        yield Account(session=session, region=place, number=identity["Account"], endpoint_url=endpoint_url)


def _client(session: boto3.session.Session, service: str, region: str, endpoint_url: str) -> Any:
    made: Any = session.client(  # type: ignore[call-overload]
        service, region_name=region, endpoint_url=endpoint_url or None, config=_CONFIG
    )
    return made
