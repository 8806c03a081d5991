"""A template's text: fetched, parsed, and checked as CloudFormation does at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.exceptions import ClientError

from builder.evaluate import Evaluation, EvaluationError, Place
from builder.evaluate.read import parse_template
from builder.limits import BODY, INLINE_BODY
from builder.problems import Failure
from builder.schemas import has_type
from simulator.clients import Clients
from simulator.engine.model import Refused


def fetch(clients: Clients, region: str, body: str, url: str) -> str:
    """The template's text from the call's TemplateBody or TemplateURL, within the size limit of each."""
    if bool(body) == bool(url):
        raise Refused("Either Template URL or Template Body must be specified.")
    if body:
        if len(body.encode()) > INLINE_BODY:
            raise Refused(
                "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                f"Member must have length less than or equal to {INLINE_BODY}"
            )
        return body
    text = from_s3(clients, region, url)
    if len(text.encode()) > BODY:
        raise Refused(f"Template may not exceed {BODY} bytes in size.")
    return text


def from_s3(clients: Clients, region: str, url: str) -> str:
    """The text behind a path-style or virtual-hosted URL, read from the simulator's own S3 whatever its host says."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", unquote(parts.path.lstrip("/"))
    bucket, marker, _ = host.partition(".s3")
    if parts.scheme not in ("http", "https"):
        raise Refused("TemplateURL must be a supported URL.")
    if not marker or host.startswith("s3"):
        bucket, _, path = path.partition("/")
    version = parse_qs(parts.query).get("versionId")
    try:
        extra = {"VersionId": version[0]} if version else {}
        found = clients.get("s3", region).get_object(Bucket=bucket, Key=path, **extra)
    except ClientError as error:
        raise Refused(f"S3 error: {error.response['Error'].get('Message', error)}") from error
    return cast(bytes, found["Body"].read()).decode()


def parse(text: str) -> dict[str, Any]:
    """The template of a JSON or YAML text; raises Refused for anything that is not one."""
    try:
        return parse_template(text, "template")
    except Failure as failure:
        raise Refused(f"Template format error: {failure.problems[0].what}") from failure


def check(template: Mapping[str, Any], region: str) -> None:
    """Refuse a template that is malformed, or that names resource types which AWS does not have in this Region."""
    try:
        Evaluation(template, {}, Place(region=region, stack_name="template"))
    except EvaluationError as error:
        raise Refused(f"Template format error: {error}") from error
    types = {each["Type"] for each in template["Resources"].values() if "Type" in each}  # Fn::ForEach has none
    if strange := sorted(each for each in types if not has_type(each, region)):
        raise Refused(f"Template format error: Unrecognized resource types: [{', '.join(strange)}]")


def transforms(template: Mapping[str, Any]) -> list[str]:
    """The names in the Transform section."""
    found = template.get("Transform", [])
    return [str(each) for each in (found if isinstance(found, list) else [found])]
