"""IAM policies that do not mean what they say: actions on the wrong resource, keys that never match, lost conditions.

Which actions take which resources is read by builder.authorization; which condition keys exist from
data/condition_keys.json.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from builder import schemas
from builder.authorization import ON_EVERYTHING, reference
from builder.checks import lookup
from builder.checks.check import Check, Finding, Path, listed, table
from builder.checks.policies import conditions, like, services, statements
from builder.problems import nearest
from builder.render import Rendered

_OPERATOR = re.compile(
    r"(for(any|all)values?:)?((string(not)?(equals(ignorecase)?|like)|numeric(not)?equals|numeric(less|greater)than(equals)?"
    r"|date(not)?equals|date(less|greater)than(equals)?|bool|binaryequals|(not)?ipaddress|arn(not)?(equals|like))(ifexists)?|null)",
    re.IGNORECASE,
)
# "Set the ARN of its Resource line to use a * wildcard": CloudWatch Logs user guide, AWS-logs-infrastructure.
_ALL_LOG_GROUPS = frozenset({"describeloggroups", "describeresourcepolicies", "putresourcepolicy"})
_SOURCES = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")


def _statements(rendered: Rendered) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    """Path, kind of policy and statement, of every policy in the template."""
    for _, path, kind, document in lookup.documents(rendered):
        for index, statement in statements(document):
            yield (*path, "Statement", index), kind, statement


@cache
def _actions(action: str) -> list[tuple[str, str, list[str]]]:
    """Service, name and resource types of every action that one with wildcards stands for; none for an unknown."""
    service, _, name = action.lower().partition(":")
    known = reference().get(service, {}).get("Actions", {})
    names = (
        [each for each in known if like(name, each, fold=True)] if {"*", "?"} & set(name) else [name] * (name in known)
    )
    return [(service, each, [kind.lower() for kind in listed(known[each].get("Resources"))]) for each in names]


def wrong_resource(rendered: Rendered) -> Iterator[Finding]:
    for path, kind, statement in _statements(rendered):
        resources = [str(each) for each in listed(statement.get("Resource"))]
        if kind == "trust" or not resources or "*" in resources or not all(map(lookup.ARN.fullmatch, resources)):
            continue
        for action in listed(statement.get("Action")):
            meant = _actions(str(action))
            if meant and not any(_applies(each, resource) for each in meant for resource in resources):
                types = sorted({each for _, _, found in meant for each in found})
                wanted = f"a resource of type {', '.join(types)}" if types else 'only "*"'
                what = f"{action} takes {wanted}, and none of {', '.join(resources)} is one: it allows nothing"
                fix = 'put it in a statement of its own with Resource "*"' if not types else "name the right resource"
                yield Finding(path=(*path, "Action"), what=what, fix=fix)


def _applies(action: tuple[str, str, list[str]], resource: str) -> bool:
    """Whether an ARN, which may have wildcards, may be of one of the types that an action takes."""
    service, name, types = action
    if service == "logs" and name in _ALL_LOG_GROUPS:
        return resource.endswith(":*")
    known = reference()[service]["Resources"]
    return any(
        _is_of(form, service, kind, resource) for kind in types for form in known.get(kind, {}).get("ARNFormats", ())
    )


@cache  # a role for many products asks of the same again and again
def _is_of(form: str, service: str, kind: str, resource: str) -> bool:
    arn = lookup.ARN.fullmatch(resource)
    parts = form.split(":", 5)
    assert arn is not None  # the caller looks at ARNs only
    if parts[2] not in (arn["service"], "${Vendor}") and "*" not in arn["service"]:
        return False
    if service == "s3" and kind in ("bucket", "object"):  # the reference cuts both to the same beginning
        return ("/" in arn["rest"] or arn["rest"].endswith("*")) == (kind == "object") or arn["rest"].startswith("*")
    prefix = re.split(r"\.\*|\$\{", parts[5], maxsplit=1)[0]
    literal = re.split(r"[*?]", arn["rest"], maxsplit=1)[0]
    return arn["rest"].startswith(prefix) or (literal != arn["rest"] and prefix.startswith(literal))


def unknown_key(rendered: Rendered) -> Iterator[Finding]:
    known = table("condition_keys")["keys"]
    for path, _, statement in _statements(rendered):
        for operator, key, _ in conditions(statement):
            prefix, _, name = key.partition(":")
            here = (*path, "Condition", operator)
            if not _OPERATOR.fullmatch(operator):
                what = f"{operator!r} is no condition operator"
                yield Finding(path=here, what=what, fix="take one such as StringEquals or ArnLike")
            names = known.get(prefix) or known.get(prefix.lower())
            if names is None:
                continue
            patterns = [re.sub(r"\$\{[^}]*\}|<[^>]*>", "*", each) for each in names]
            if not any(like(pattern, name, fold=True) for pattern in patterns):
                near = nearest(name, names)
                what = f"there is no condition key {key!r}: the condition never holds"
                fix = f"did you mean {prefix}:{near}?" if near else "take one that the service knows"
                yield Finding(path=(*here, key), what=what, fix=fix)


def conditions_lost(rendered: Rendered) -> Iterator[Finding]:
    for path, _, statement in _statements(rendered):
        condition = statement.get("Condition")
        if condition is None:
            continue
        here = (*path, "Condition")
        if not isinstance(condition, Mapping):
            what = "is a list: of two conditions of one operator, one would be lost"
            yield Finding(path=here, what=what, fix="write one object, operator by operator, with all keys in it")
            continue
        operators = [str(name).lower() for name in condition]
        if len(set(operators)) < len(operators):
            what = f"names an operator twice ({', '.join(condition)}), of which one is lost"
            yield Finding(path=here, what=what, fix="put the keys under one")
        for operator, tests in condition.items():
            if not isinstance(tests, Mapping) or not tests:
                what = f"{operator} tests nothing"
                yield Finding(path=(*here, operator), what=what, fix="write {key: value} under it")
                continue
            keys = [str(key).lower() for key in tests]
            if len(set(keys)) < len(keys):
                what = f"names a key twice ({', '.join(tests)}), of which one is lost"
                yield Finding(path=(*here, operator), what=what, fix="give the key a list of values")


def wildcard(rendered: Rendered) -> Iterator[Finding]:
    for path, kind, statement in _statements(rendered):
        if statement.get("Effect") != "Allow":
            continue
        actions = [str(each) for each in listed(statement.get("Action"))]
        everyone = statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        if everyone and "Condition" not in statement:
            yield Finding(path=(*path, "Principal"), what="allows everyone", fix="name who, or add a condition")
        if "NotAction" in statement or "NotPrincipal" in statement:
            yield Finding(path=path, what="allows all but what it names", fix="name what is allowed")
        if kind == "identity":
            broad = [action for action in actions if action == "*" or action.endswith(":*")]
            if broad:
                what = f"allows {', '.join(broad)}: every action there is, and will be"
                yield Finding(path=(*path, "Action"), what=what, fix="name the actions that are needed")
            if "*" in listed(statement.get("Resource")) and "Condition" not in statement:
                # What Describe and List show is mostly asked before anyone knows which resource is meant.
                narrow = [
                    action
                    for action in actions
                    if any(
                        types and not name.startswith(("describe", "list")) and f"{service}:{name}" not in ON_EVERYTHING
                        for service, name, types in _actions(action)
                    )
                ]
                if narrow and not broad:
                    what = f"allows {', '.join(narrow)} on every resource"
                    fix = "name the resources; where that is impossible, suppress this check there with the reason"
                    yield Finding(path=(*path, "Resource"), what=what, fix=fix)


def unknown_service(rendered: Rendered) -> Iterator[Finding]:
    known = set(table("services")["principals"])
    for path, _, statement in _statements(rendered):
        for principal in services(statement):
            if not _is_service(principal, known, rendered.place.partition):
                near = nearest(principal, known)
                fix = f"did you mean {near}?" if near else "take the name that the service's guide gives"
                what = f"there is no service principal {principal!r}"
                yield Finding(path=(*path, "Principal", "Service"), what=what, fix=fix)


def _is_service(principal: str, known: set[str], partition: str) -> bool:
    name, suffix, chinese = principal.partition(".amazonaws.com")
    if not suffix or chinese not in ("", ".cn") or (chinese and partition != "aws-cn"):
        return False
    labels = name.split(".")
    if labels[-1] in schemas.regions() and len(labels) > 1:
        labels.pop()
    plain = ".".join(labels)
    return f"{plain}.amazonaws.com" in known or plain in reference()


def trust_unconditioned(rendered: Rendered) -> Iterator[Finding]:
    supported = table("services")["conditioned"]
    for path, _, statement in _statements(rendered):
        if statement.get("Effect") != "Allow":
            continue
        keys = {key.lower() for _, key, _ in conditions(statement)}
        for principal in services(statement):
            if principal in supported and not keys & set(_SOURCES):
                what = f"lets {principal} act for any account (confused deputy; {supported[principal]})"
                fix = "add aws:SourceAccount and aws:SourceArn"
                yield Finding(path=path, what=what, fix=fix)


def locked_out(rendered: Rendered) -> Iterator[Finding]:
    for key, properties in rendered.of_type("AWS::KMS::Key"):
        document = properties.get("KeyPolicy")
        if document is None:
            continue
        if not any(_administers(statement, rendered.place.account) for _, statement in statements(document)):
            what = "lets nobody of this account change it: KMS refuses it, and the key could never be managed"
            fix = "allow kms:* to the account, or kms:PutKeyPolicy to a role that deploys"
            yield Finding(path=("Resources", key, "Properties", "KeyPolicy"), what=what, fix=fix)


def _administers(statement: Mapping[str, Any], account: str) -> bool:
    """Whether a statement lets someone of the account put another policy on the key."""
    principal = statement.get("Principal")
    names = [str(each) for each in listed(principal.get("AWS"))] if isinstance(principal, Mapping) else [str(principal)]
    mine = any(name in (account, "*") or f":{account}:" in name for name in names)
    actions = [str(each) for each in listed(statement.get("Action"))]
    return (
        statement.get("Effect") == "Allow"
        and mine
        and any(like(action, "kms:PutKeyPolicy", fold=True) for action in actions)
    )


_GUIDE = "IAM user guide"
CHECKS = (
    Check(
        id="E9207",
        reason="a key policy that locks everyone out is refused",
        source="KMS developer guide, key-policy-default; KMS API, PutKeyPolicy: BypassPolicyLockoutSafetyCheck",
        find=locked_out,
    ),
    Check(
        id="E9201",
        reason="an action does nothing on a resource of another type",
        source="Service Authorization Reference, as cfn-lint ships it",
        find=wrong_resource,
    ),
    Check(
        id="E9202",
        reason="a condition on a key that does not exist never holds",
        source="Service Authorization Reference; data/condition_keys.json",
        find=unknown_key,
    ),
    Check(
        id="E9203",
        reason="of two conditions of one operator or key, one is lost",
        source=f"{_GUIDE}, reference_policies_multi-value-conditions",
        find=conditions_lost,
    ),
    Check(
        id="W9204",
        reason="allow no more than is needed",
        source=f"{_GUIDE}, best-practices; Security Hub, IAM.1 and IAM.21",
        find=wildcard,
    ),
    Check(
        id="E9205",
        reason="a service principal that nothing is",
        source="builder/checks/data/services.json",
        find=unknown_service,
    ),
    Check(
        id="W9206",
        reason="trust in a service without its source, where it states one",
        source=f"{_GUIDE}, confused-deputy; builder/checks/data/services.json",
        find=trust_unconditioned,
    ),
)
