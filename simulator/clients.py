"""boto3 clients that can reach the local server and nothing else, whatever the caller's environment says."""

from __future__ import annotations

import os
from threading import Lock
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from simulator.account import ACCESS_KEY, SECRET_KEY
from simulator.shortcut import Wsgi, answers_from

# Logical names of botocore's session, cut off from environment variables and files: a profile, a proxy or an endpoint
# of the caller's must not decide where these requests go.
_NOTHING_FROM_OUTSIDE = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ca_bundle": (None, None, None, None),
}
_CONFIG = Config(
    proxies={},
    retries={"total_max_attempts": 1},
    use_dualstack_endpoint=False,
    use_fips_endpoint=False,
    max_pool_connections=20,
    user_agent="simulator",  # the default is put together anew for each request
)


class Clients:
    """Makes each client once; `endpoint` is the local server's URL.

    `application` is what that server serves, when it is of this process: requests then go to it directly.
    """

    def __init__(self, endpoint: str, application: Wsgi | None = None) -> None:
        self.endpoint = endpoint
        self._core = botocore.session.Session(session_vars=_NOTHING_FROM_OUTSIDE)
        if application:
            self._core.register("before-send", answers_from(application))
        self._session: Any = boto3.session.Session(  # Any: its stubs overload `client` once for every service
            aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY, botocore_session=self._core
        )
        self._made: dict[tuple[str, str], Any] = {}
        self._lock = Lock()  # making a client is not thread-safe in boto3, using one is

    def get(self, service: str, region: str) -> Any:
        """The client of `service` (boto3's name, e.g. "rds") in `region`."""
        with self._lock:
            key = (service, region)
            if key not in self._made:
                self._made[key] = self._session.client(
                    service, region_name=region, endpoint_url=self.endpoint, config=_CONFIG
                )
            return self._made[key]
