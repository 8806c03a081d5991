"""Whatever AWS answers, a person gets one line, and exit code 5."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from builder.aws import errors
from builder.aws.account import connected
from builder.problems import ExitCode, Failure
from tests.conftest import REPOSITORY, Outcome, Project


@pytest.fixture
def nowhere() -> str:
    """An address at which nobody answers."""
    return "http://127.0.0.1:9"


def outputs(project: Project, *options: str) -> Outcome:
    return project.run("outputs", "small", "--env", "dev", *options)


def only_line(done: Outcome) -> str:
    """The one error of a command that AWS refused."""
    assert done.code == ExitCode.AWS_REFUSED
    line, count = done.err.splitlines()
    assert count == "1 error"
    return line


def test_without_credentials(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    said = only_line(outputs(project))
    assert said.startswith("error: AWS: no credentials were found; fix: sign in (aws configure, or aws sso login)")


def test_with_half_of_the_credentials(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "the credentials cannot be used: Partial credentials found" in only_line(outputs(project))


def test_with_a_profile_that_does_not_exist(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    said = only_line(outputs(project))
    assert said == (
        "error: AWS: The config profile (nobody) could not be found; fix: correct AWS_PROFILE, or ~/.aws/config"
    )


def test_without_a_region(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    said = only_line(outputs(project))
    assert said == "error: AWS: no Region was given; fix: give --region, or set AWS_REGION or a Region in the profile"


def test_with_a_region_that_is_none(project: Project) -> None:
    assert "fix: give the name of a Region" in only_line(outputs(project, "--region", "eu west"))


def test_without_a_network(project: Project, nowhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    said = only_line(outputs(project, "--endpoint-url", nowhere))
    assert "AWS cannot be reached: Could not connect to the endpoint URL" in said


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ExpiredToken", "AWS: GetCallerIdentity: the credentials have expired; fix: sign in"),
        ("InvalidClientTokenId", "AWS: GetCallerIdentity: AWS does not know the credentials: Two lines; fix: sign in"),
        ("AccessDenied", "AWS: GetCallerIdentity: access is denied: Two lines; fix: have that permission granted"),
        ("Throttling", "AWS: GetCallerIdentity: AWS throttles the account: Two lines; fix: wait a minute"),
        ("ServiceUnavailable", "AWS: GetCallerIdentity: AWS has a fault of its own: Two lines; fix: wait a minute"),
        ("Novelty", "AWS: GetCallerIdentity: is refused: Two lines (Novelty); fix: correct what it names"),
    ],
)
def test_what_a_service_refuses(project: Project, refuse: Callable[..., None], code: str, expected: str) -> None:
    refuse("GetCallerIdentity", code, "Two\n  lines.")
    assert expected in only_line(outputs(project))


def test_an_answer_without_a_message_is_told_by_what_boto3_makes_of_it() -> None:
    said = errors.problem(ClientError({}, "DescribeStacks"))
    assert said.what.startswith("is refused: An error occurred (Unknown) when calling the DescribeStacks operation")


def test_an_error_of_botocore_that_nobody_foresaw_is_one_line_too() -> None:
    assert errors.problem(boto.ParamValidationError(report="Two\nlines")).what.endswith("Two lines")


def _classes(base: type[BotoCoreError]) -> Iterator[type[BotoCoreError]]:
    for each in base.__subclasses__():
        yield each
        yield from _classes(each)


def test_every_way_in_which_botocore_fails_to_sign_in_says_how_to() -> None:
    words = ("Credential", "Token", "SSO", "Login")
    found = {each for each in _classes(BotoCoreError) if each.__module__ == "botocore.exceptions"}
    about = [each for each in found if any(word in each.__name__ for word in words)]
    assert len(about) > 8
    for each in about:
        if (
            each is not boto.UnknownCredentialError and each is not boto.UnknownTokenProviderError
        ):  # a program's mistake
            assert any(issubclass(each, kinds) for kinds, _, fix in errors._KINDS if fix == errors._SIGN_IN), each


def test_the_region_that_is_given_counts_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.aws.account._client", lambda *_: _Identity())
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    for given, region in (("eu-west-1", "eu-west-1"), ("", "us-east-1")):
        with connected(given) as account:
            assert account.region == region
    monkeypatch.delenv("AWS_REGION")
    with connected() as account:
        assert account.region == "eu-central-1"


class _Identity:
    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}


def test_a_failure_that_is_none_of_aws_passes() -> None:
    with pytest.raises(ZeroDivisionError), errors.told():
        _ = 1 / 0
    with pytest.raises(Failure), errors.told():
        raise boto.NoCredentialsError()


def test_listing_the_commands_does_not_import_boto3() -> None:
    code = "from builder import cli; cli.main(Path(), ['--help']); print('boto3' in sys.modules)"
    code = f"import sys; from pathlib import Path; {code}"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
    assert "recreate" in done.stdout
