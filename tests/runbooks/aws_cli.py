"""The pinned AWS CLI in this process: parses and validates commands, and runs those that the simulator can serve."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import awscli
import pytest
from awscli.botocore.validate import ParamValidator
from awscli.clidriver import CLIDriver, CLIOperationCaller, create_clidriver
from awscli.customizations.waiters import WaiterCaller


@dataclass(frozen=True)
class Done:
    """How a command ended: what it printed, and what it complained of."""

    code: int
    out: str
    err: str


@dataclass
class AwsCli:
    """The CLI's own driver. `serves` says of a service, an operation and the words whether to call it at `endpoint`.

    `asked` are the operations that commands were for, as `service Operation`.
    """

    driver: CLIDriver
    endpoint: str
    region: str
    serves: Callable[[str, str, Sequence[str]], bool]
    words: Sequence[str] = ()
    asked: set[str] = field(default_factory=set)

    def run(self, words: Sequence[str]) -> Done:
        """A command, without its leading `aws`. What is wrong with it makes its code another than 0."""
        self.words = words
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                # The driver keeps the Region of the command before.
                region = [] if "--region" in words else ["--region", self.region]
                code = self.driver.main([*words, *region, "--endpoint-url", self.endpoint])  # type: ignore[no-untyped-call]
            except SystemExit as ending:  # what argparse does with an unknown option
                code = int(ending.code or 0)
        return Done(int(code or 0), out.getvalue(), err.getvalue())

    def takes(self, service: str, operation: str, parameters: Any) -> bool:
        """Whether an operation is to be called. Raises what the CLI raises for parameters that do not fit its model."""
        shape = self.driver.session.get_service_model(service).operation_model(operation).input_shape
        if shape is not None:
            report = ParamValidator().validate(parameters, shape)  # type: ignore[no-untyped-call]
            assert not report.has_errors(), report.generate_report()
        self.asked.add(f"{service} {operation}")
        return self.serves(service, operation, self.words)


@contextmanager
def in_process(endpoint: str, region: str, serves: Callable[[str, str, Sequence[str]], bool]) -> Iterator[AwsCli]:
    """The AWS CLI, whose calls go to an endpoint, or nowhere."""

    def guarded(original: Callable[..., int]) -> Callable[..., int]:
        def invoke(self: Any, service: str, operation: str, parameters: Any, parsed: Any) -> int:
            if not cli.takes(service, operation, parameters):
                return 0
            return original(self, service, operation, parameters, parsed)

        return invoke

    with pytest.MonkeyPatch.context() as patch:
        # Set when awscli is imported, and taken away by whatever clears AWS's variables.
        patch.setenv("AWS_DATA_PATH", str(Path(awscli.__file__).with_name("data")))
        cli = AwsCli(create_clidriver(), endpoint, region, serves)  # type: ignore[no-untyped-call]
        for name in ("awscli.clidriver", "awscli.arguments", "awscli.formatter"):
            patch.setattr(logging.getLogger(name), "disabled", True)
        for caller in (CLIOperationCaller, WaiterCaller):
            patch.setattr(caller, "invoke", guarded(caller.invoke))
        yield cli
