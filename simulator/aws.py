"""A running simulator, and what tests and people do with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from simulator.account import ACCOUNT
from simulator.environment import aws_variables, child_environment

if TYPE_CHECKING:
    from simulator.engine.engine import Engine
    from simulator.engine.model import Resource, Stack

# AWS's managed policies must exist to be attached; a thousand machine images need not.
_MOTO = {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}

_one_at_a_time = Lock()


@dataclass(frozen=True, kw_only=True)
class Aws:
    """A local AWS. `region` is where its clients and the CLI work unless told otherwise.

    `program` is the AWS CLI, that which is installed beside this Python.
    """

    endpoint: str
    region: str
    account: str
    engine: Engine
    home: Path
    program: Path

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client of a service, CloudFormation included."""
        return self.engine.clients.get(service, region or self.region)

    def cli(self, arguments: Sequence[str | Path], *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run the AWS CLI against the simulator. Its exit code is not judged."""
        command = [self.program, *arguments, "--endpoint-url", self.endpoint]
        environment = child_environment(self.endpoint, self.region, self.home)
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)

    def stack(self, name: str, region: str = "") -> Stack:
        """The engine's own view of a stack, by name or ID."""
        return self.engine.store.find(name, region or self.region)

    def resources(self, stack: str, region: str = "") -> Mapping[str, Resource]:
        """The resources of a stack by logical ID, with every API request that was made, or recorded, for each."""
        return self.stack(stack, region).resources

    def recorded(self, stack: str, logical_id: str, operation: str = "", region: str = "") -> Mapping[str, Any]:
        """The parameters of the last request for a resource that moto did not take; it was validated and kept instead.

        `operation` (boto3's name) chooses among several. Raises LookupError where moto took everything.
        """
        requests = [
            each
            for each in self.resources(stack, region)[logical_id].requests
            if not each.held and operation in ("", each.operation)
        ]
        if not requests:
            raise LookupError(f"nothing of {logical_id} is only recorded: read it through the service's own API")
        return requests[-1].parameters

    def reset(self) -> None:
        """Forget every stack and everything in every service."""
        from simulator.moto_mends import forget_everything

        self.engine.store.stacks.clear()
        forget_everything()


@contextmanager
def running(region: str = "us-east-1", *, settle: float = 45.0) -> Iterator[Aws]:
    """A simulator from here to the end of the block, on a free port of loopback. One at a time in a process.

    `settle` is how many seconds a call waits for the operation that it starts; 0 for none, as on AWS.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise RuntimeError("a simulator is running in this process already, and moto's state is the process's")
    with ExitStack() as ending:
        ending.callback(_one_at_a_time.release)
        ending.enter_context(_own_environment())
        # moto makes a boto3 session when it is imported, which fails under some settings of a caller's.
        from simulator.assembly import assemble

        home = Path(tempfile.mkdtemp(prefix="simulator-"))
        ending.callback(shutil.rmtree, home, ignore_errors=True)
        server, engine = assemble(settle)
        ending.callback(server.stop)
        os.environ.update(aws_variables(server.endpoint, region))
        program = Path(sys.executable).with_name("aws")
        aws = Aws(endpoint=server.endpoint, region=region, account=ACCOUNT, engine=engine, home=home, program=program)
        aws.reset()
        yield aws


@contextmanager
def _own_environment() -> Iterator[None]:
    """Nothing of the caller's AWS and moto settings: moto, and boto3 sessions that a test makes, read them too."""

    def ours() -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "MOTO_"))}

    before = ours()
    _exchange(before, _MOTO)
    try:
        yield
    finally:
        _exchange(ours(), before)


def _exchange(old: Mapping[str, str], new: Mapping[str, str]) -> None:
    for name in old:
        del os.environ[name]
    os.environ.update(new)
