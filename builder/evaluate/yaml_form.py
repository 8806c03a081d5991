"""YAML templates with CloudFormation's short forms, e.g. `!Ref Name`, as the JSON they stand for.

Built from the parser's events rather than its nodes, so that depth is bounded and every refusal has its line. What is
refused is what CloudFormation does not support: aliases, merges, and a few tags (User Guide, "template formats").
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from builder.evaluate.strict_json import DEEPEST, too_deep
from builder.problems import Failure, Problem

_STANDARD = "tag:yaml.org,2002:"
_FUNCTIONS = frozenset(
    {
        "And",
        "Base64",
        "Cidr",
        "Contains",
        "EachMemberEquals",
        "EachMemberIn",
        "Equals",
        "FindInMap",
        "GetAZs",
        "GetAtt",
        "If",
        "ImportValue",
        "Join",
        "Not",
        "Or",
        "RefAll",
        "Select",
        "Split",
        "Sub",
        "Transform",
        "ValueOf",
        "ValueOfAll",
    }
)
_SHORT_FORMS = {f"!{name}": f"Fn::{name}" for name in _FUNCTIONS} | {"!Ref": "Ref", "!Condition": "Condition"}
# The page of AWS::LanguageExtensions: these have no short form.
_FULL_FORMS = frozenset({"!ForEach", "!Length", "!ToJsonString"})
_TAGS = frozenset(_STANDARD + name for name in ("bool", "float", "int", "map", "null", "seq", "str")) | {"!", None}


class _Refused(Exception):
    def __init__(self, line: int, what: str, fix: str) -> None:
        self.problem = f"line {line}: {what}", fix


def parse_yaml(text: str, file: str) -> Any:
    """The value of a YAML text. A Failure tells what is wrong, with its line; `file` is its name for people."""
    yaml = import_module("yaml")  # only YAML templates pay for it
    try:
        return _read(yaml, yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)), file)
    except _Refused as error:
        what, fix = error.problem
        raise Failure([Problem(file=file, what=what, fix=fix)]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1} column {mark.column + 1}" if mark else ""
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        raise Failure([Problem(file=file, what=f"is not valid YAML: {reason}{where}", fix="correct it")]) from None


def _read(yaml: Any, events: Iterator[Any], file: str) -> Any:
    scalars = _Scalars(yaml)
    top = _Container([])
    open_ = [top]
    for event in events:
        line = event.start_mark.line + 1
        parent = open_[-1]
        if isinstance(event, yaml.AliasEvent):
            what = f"alias *{event.anchor} is not supported by CloudFormation"
            raise _Refused(line, what, "repeat what it stands for")
        if isinstance(event, yaml.ScalarEvent):
            if parent.wants_key():
                parent.set_key(event, line)
            else:
                parent.add(scalars.value(event, line))
        elif isinstance(event, yaml.CollectionStartEvent):
            if parent.wants_key():
                raise _no_key(line)
            if len(open_) > DEEPEST:
                raise too_deep(file)
            open_.append(_Container({} if isinstance(event, yaml.MappingStartEvent) else [], event.tag))
        elif isinstance(event, yaml.CollectionEndEvent):
            open_.pop()
            open_[-1].add(_tagged(parent.tag, parent.value, line))
    if len(top.value) != 1:
        raise _Refused(1, f"there are {len(top.value)} YAML documents", "keep one")
    return top.value[0]


class _Container:
    """An object or a list that is being read."""

    def __init__(self, value: Any, tag: str | None = None) -> None:
        self.value = value
        self.tag = tag
        self._key: str | None = None

    def wants_key(self) -> bool:
        return isinstance(self.value, dict) and self._key is None

    def set_key(self, event: Any, line: int) -> None:
        """Keys are text, as written: an account number in a mapping needs no quotes."""
        if event.tag not in _TAGS:
            raise _no_key(line)
        if event.value == "<<" and event.implicit[0]:
            raise _Refused(line, "merge << is not supported by CloudFormation", "write out what it merges")
        if event.value in self.value:
            raise _Refused(line, f"key {event.value!r} is given a second time", "remove one of them")
        self._key = event.value

    def add(self, value: Any) -> None:
        if self._key is None:
            self.value.append(value)
        else:
            self.value[self._key] = value
            self._key = None


def _no_key(line: int) -> _Refused:
    return _Refused(line, "a key must be a string", "write the key as text")


def _tagged(tag: str | None, value: Any, line: int) -> Any:
    """A collection, or the text of a scalar, under its tag."""
    if tag in _SHORT_FORMS:
        if tag == "!GetAtt" and isinstance(value, str):
            logical_id, dot, attribute = value.partition(".")
            value = [logical_id, attribute] if dot else value
        return {_SHORT_FORMS[tag]: value}
    if tag in _FULL_FORMS:
        raise _Refused(line, f"{tag} has no short form in CloudFormation", f"write Fn::{tag[1:]} in full")
    if tag not in _TAGS:
        raise _Refused(line, f"tag {tag} is not supported by CloudFormation", "remove it")
    return value


class _Scalars:
    """Plain scalars by YAML 1.1, but timestamps, which CloudFormation reads as text."""

    def __init__(self, yaml: Any) -> None:
        self._node = yaml.ScalarNode
        self._resolver = yaml.resolver.Resolver()
        self._constructor = yaml.constructor.SafeConstructor()

    def value(self, event: Any, line: int) -> Any:
        if event.tag is not None and not event.tag.startswith(_STANDARD):
            return _tagged(event.tag, event.value, line)
        tag = _tagged(event.tag, event.tag, line) or self._resolver.resolve(self._node, event.value, event.implicit)
        name = tag.removeprefix(_STANDARD)
        if name not in {"null", "bool", "int", "float"}:
            return event.value
        try:
            value = getattr(self._constructor, f"construct_yaml_{name}")(self._node(tag, event.value))
        except (ValueError, KeyError):
            raise _Refused(line, f"{event.value[:40]!r} is no {name}", "quote it") from None
        if isinstance(value, float) and not math.isfinite(value):
            raise _Refused(line, f"{event.value} is not a number in CloudFormation", "quote it")
        return value
