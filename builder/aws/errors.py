"""What AWS and botocore say when they refuse, as one line for a person and with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from builder.problems import ExitCode, Failure, Problem

_SIGN_IN = "sign in (aws configure, or aws sso login) or name a profile (AWS_PROFILE=...), then try again"
_WAIT = "wait a minute, then try again; nothing was lost"

# The first that matches counts. Classes are botocore's.
_KINDS: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    ((boto.NoCredentialsError,), "no credentials were found", _SIGN_IN),
    ((boto.ProfileNotFound, boto.ConfigParseError), "{error}", "correct AWS_PROFILE, or ~/.aws/config"),
    (
        (
            boto.PartialCredentialsError,
            boto.CredentialRetrievalError,
            boto.TokenRetrievalError,
            boto.NoAuthTokenError,
            boto.SSOError,
            boto.LoginError,
        ),
        "the credentials cannot be used: {error}",
        _SIGN_IN,
    ),
    (
        (boto.NoRegionError,),
        "no Region was given",
        "give --region, or set AWS_REGION or a Region in the profile",
    ),
    ((boto.InvalidRegionError,), "{error}", "give the name of a Region, such as eu-west-1"),
    (
        (boto.HTTPClientError, boto.ConnectionError),
        "AWS cannot be reached: {error}",
        "check the network, the proxy and the Region's name, then try again",
    ),
)

# Error codes of the services, as on the wire. ("Common error types" in the CloudFormation, STS and S3 API references)
_CODES: tuple[tuple[frozenset[str], str, str], ...] = (
    (
        frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"}),
        "the credentials have expired",
        _SIGN_IN,
    ),
    (
        frozenset(
            {
                "AuthFailure",
                "IncompleteSignature",
                "InvalidAccessKeyId",
                "InvalidClientTokenId",
                "SignatureDoesNotMatch",
                "UnrecognizedClientException",
            }
        ),
        "AWS does not know the credentials: {message}",
        _SIGN_IN,
    ),
    (
        frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess"}),
        "access is denied: {message}",
        "have that permission granted, or use another role (AWS_PROFILE=...)",
    ),
    (
        frozenset(
            {
                "LimitExceeded",
                "RequestLimitExceeded",
                "RequestThrottled",
                "SlowDown",
                "Throttling",
                "ThrottlingException",
                "TooManyRequestsException",
            }
        ),
        "AWS throttles the account: {message}",
        _WAIT,
    ),
    (
        frozenset({"InternalFailure", "InternalError", "ServiceUnavailable", "503", "500"}),
        "AWS has a fault of its own: {message}",
        _WAIT,
    ),
)


@contextmanager
def told() -> Iterator[None]:
    """Within the block, whatever boto3 raises becomes a Failure with ExitCode.AWS_REFUSED and one line."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Failure([problem(error)], ExitCode.AWS_REFUSED) from error


def problem(error: BotoCoreError | ClientError) -> Problem:
    """What an exception of boto3's means, in one line."""
    if isinstance(error, ClientError):
        return _refused(error)
    for kinds, what, fix in _KINDS:
        if isinstance(error, kinds):
            return Problem(file="AWS", what=what.format(error=one_line(error)), fix=fix)
    return Problem(file="AWS", what=one_line(error), fix="correct what it names, then try again")


def _refused(error: ClientError) -> Problem:
    code, message = code_of(error), one_line(error.response.get("Error", {}).get("Message") or error)
    for codes, what, fix in _CODES:
        if code in codes:
            return Problem(file="AWS", key=error.operation_name, what=what.format(message=message), fix=fix)
    return Problem(
        file="AWS",
        key=error.operation_name,
        what=f"is refused: {message} ({code})",
        fix="correct what it names, then try again",
    )


def code_of(error: ClientError) -> str:
    """The service's name for an error, such as `ValidationError`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def one_line(text: object) -> str:
    """A text without line breaks and without the full stop at its end, to go into a message."""
    return " ".join(str(text).split()).rstrip(".")
