"""Dynamic references: what `{{resolve:...}}` in a property stands for when an API is called with it.

CloudFormation keeps the reference and resolves it anew with each call that sends the property. (CloudFormation user
guide, "Get values stored in other services using dynamic references")
"""

from __future__ import annotations

import json
import re
from typing import Any

from simulator.clients import Clients
from simulator.engine.model import ResourceFailure

_REFERENCE = re.compile(r"\{\{resolve:(?P<service>secretsmanager|ssm|ssm-secure):(?P<rest>[^{}]+)\}\}")
# A secret is named by its name or its ARN; a key of its JSON and a stage or version may follow.
_SECRET = re.compile(
    r"(?P<id>arn:[^:]+:secretsmanager:[^:]*:\d*:secret:[^:]+|[^:]+)"
    r"(:SecretString)?(:(?P<key>[^:]*))?(:(?P<stage>[^:]*))?(:(?P<version>[^:]*))?"
)


def resolved(clients: Clients, region: str, node: Any) -> Any:
    """A value of any depth with its dynamic references replaced. Raises ResourceFailure or the service's error."""
    if isinstance(node, dict):
        return {name: resolved(clients, region, value) for name, value in node.items()}
    if isinstance(node, list):
        return [resolved(clients, region, value) for value in node]
    if isinstance(node, str):
        return _REFERENCE.sub(lambda found: _value(clients, region, found["service"], found["rest"]), node)
    return node


def _value(clients: Clients, region: str, service: str, rest: str) -> str:
    if service != "secretsmanager":
        found = clients.get("ssm", region).get_parameter(Name=rest, WithDecryption=service == "ssm-secure")
        return str(found["Parameter"]["Value"])
    parts = _SECRET.fullmatch(rest)
    if parts is None:
        raise ResourceFailure(f"Invalid dynamic reference: secretsmanager:{rest}")
    wanted = {"VersionStage": parts["stage"], "VersionId": parts["version"]}
    asked = {name: value for name, value in wanted.items() if value}
    text = str(clients.get("secretsmanager", region).get_secret_value(SecretId=parts["id"], **asked)["SecretString"])
    if not parts["key"]:
        return text
    values = json.loads(text)
    if parts["key"] not in values:
        raise ResourceFailure(f"Could not find a value associated with JSONKey {parts['key']} in SecretString")
    return str(values[parts["key"]])
