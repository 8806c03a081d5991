"""Which IAM actions there are, and on which resources.

From the Service Authorization Reference inside the installed cfn-lint, read by path: importing cfn-lint takes seconds.
Names of actions and resource types are in lower case, as IAM compares them; an ARN's format ends at its first variable
part, as `.*`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Allowed on `*`: editions of the reference differ on whether some take a topic, and a template is summed up before
# there is a stack, so that AWS allows that on `*`, too. (managed policy AWSServiceCatalogEndUserFullAccess) Composite
# alarms are made, and described, only by who may on `*`. (CloudWatch API reference, PutCompositeAlarm, DescribeAlarms)
ON_EVERYTHING = frozenset(
    {
        "cloudformation:gettemplatesummary",
        "cloudwatch:describealarms",
        "cloudwatch:putcompositealarm",
        "sns:getsubscriptionattributes",
        "sns:setsubscriptionattributes",
        "sns:unsubscribe",
    }
)


@cache
def reference() -> Mapping[str, Any]:
    """Service -> its actions and resource types, as cfn-lint ships them."""
    spec = find_spec("cfnlint")
    assert spec is not None and spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "data" / "AdditionalSpecs" / "Policies.json"
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def service_of(action: str) -> str:
    """`rds` of `rds:CreateDBInstance`."""
    return action.partition(":")[0].lower()


def exists(action: str) -> bool:
    """Whether there is an action of this name."""
    return _entry(action) is not None


@cache
def resource_types(action: str) -> tuple[str, ...]:
    """The resource types of its service that an action takes; none for one that takes only `*`, or is unknown."""
    listed = (_entry(action) or {}).get("Resources", [])
    return tuple(sorted(each.lower() for each in ([listed] if isinstance(listed, str) else listed)))


def arn_formats(service: str, resource_type: str) -> tuple[str, ...]:
    """The ARNs of a resource type of a service, with `${Partition}`, `${Region}` and `${Account}` to be filled in."""
    return tuple(reference()[service]["Resources"].get(resource_type, {}).get("ARNFormats", ()))


def matching(pattern: str) -> Iterator[str]:
    """Every action, in lower case, that one with wildcards stands for (`rds:*`)."""
    service, _, name = pattern.lower().partition(":")
    for known in reference().get(service, {}).get("Actions", {}):
        if fnmatchcase(known, name):
            yield f"{service}:{known}"


@cache
def _entry(action: str) -> Mapping[str, Any] | None:
    service, _, name = action.lower().partition(":")
    entry: Mapping[str, Any] | None = reference().get(service, {}).get("Actions", {}).get(name)
    return entry
