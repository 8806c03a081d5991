"""What whoever deploys a template must acknowledge to CloudFormation, derived from the template itself.

Source: "Acknowledging IAM resources in CloudFormation templates" in the CloudFormation user guide, and `Capabilities`
of CreateStack in its API reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

IAM = "CAPABILITY_IAM"
NAMED_IAM = "CAPABILITY_NAMED_IAM"
AUTO_EXPAND = "CAPABILITY_AUTO_EXPAND"

# The property that gives a resource a name of the author's choice. A Policy's name is not one: it is inline.
_NAMES = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}
_NO_VALUE = {"Ref": "AWS::NoValue"}


def capabilities(name: str, templates: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The capabilities of a stack and of all it nests, sorted; `templates` holds it and its nested ones by stack name.

    NAMED_IAM covers IAM, so that at most one of the two is returned. A nested template that is not among `templates`
    (a full URL) adds nothing: what it holds is not known here.
    """
    needed = {capability for nested in reachable(name, templates) for capability in _own(templates[nested])}
    return tuple(sorted(needed - {IAM} if NAMED_IAM in needed else needed))


def reachable(name: str, templates: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The stack itself, then every stack that it nests at any depth, each once."""
    found = [name]
    for stack in found:
        found += [child for _, child in nested(templates[stack]) if child in templates and child not in found]
    return tuple(found)


def nested(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Logical ID and stack name of each nested stack whose TemplateURL is a local path.

    A path that does not lead to a template beside this one is returned as it stands: no stack is called so.
    """
    for logical_id, resource in resources(template):
        url = resource.get("Properties", {}).get("TemplateURL")
        if resource["Type"] == "AWS::CloudFormation::Stack" and isinstance(url, str) and "://" not in url:
            path = PurePosixPath(url)
            yield logical_id, path.stem if path == PurePosixPath(f"{path.stem}.json") else url


def _own(template: Mapping[str, Any]) -> Iterator[str]:
    if "Transform" in template or _has_key(template, "Fn::Transform"):
        yield AUTO_EXPAND
    for _, resource in resources(template):
        if resource["Type"].startswith("AWS::IAM::"):
            properties = resource.get("Properties", {})
            own_name = properties.get(_NAMES.get(resource["Type"], ""), _NO_VALUE)
            yield NAMED_IAM if own_name != _NO_VALUE else IAM


def resources(template: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Logical ID and resource of each that a template declares; what a loop makes has no logical ID yet."""
    for logical_id, resource in template.get("Resources", {}).items():
        if isinstance(resource, dict) and "Type" in resource:
            yield logical_id, resource


def _has_key(node: object, key: str) -> bool:
    waiting = [node]
    for node in waiting:  # which grows
        if isinstance(node, dict):
            if key in node:
                return True
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return False
