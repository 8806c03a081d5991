"""Template files: JSON, or YAML with CloudFormation's short forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builder.evaluate.nodes import kind
from builder.evaluate.strict_json import parse_json
from builder.evaluate.yaml_form import parse_yaml
from builder.problems import Failure, Problem


def read_text(path: str | Path) -> str:
    """A file's text. A Failure says why it cannot be read."""
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Failure(
            [Problem(file=str(path), what=f"cannot be read: {reason}", fix="give an existing file")]
        ) from None
    return decode(content, str(path))


def decode(content: bytes, file: str) -> str:
    """Bytes as text; a Failure for what is not UTF-8, or begins with a byte-order mark, which AWS's tools refuse."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise Failure(
            [Problem(file=file, what=f"is not UTF-8 text (byte {error.start})", fix="save as UTF-8")]
        ) from None
    if text.startswith("\ufeff"):
        raise Failure([Problem(file=file, what="begins with a byte-order mark", fix="save as UTF-8 without one")])
    return text


def read_template(path: str | Path) -> dict[str, Any]:
    """The template in a file. A Failure tells everything that is wrong with the file."""
    return parse_template(read_text(path), str(path))


def parse_template(text: str, file: str) -> dict[str, Any]:
    """The template in a text, JSON if its first character says so. `file` is its name for people."""
    is_json = file.endswith(".json") or text.lstrip()[:1] == "{"
    document = parse_json(text, file) if is_json else parse_yaml(text, file)
    if not isinstance(document, dict):
        what = f"is not a CloudFormation template: it is {kind(document)}, not an object"
    elif not isinstance(document.get("Resources"), dict) or not document["Resources"]:
        what = "is not a CloudFormation template: it has no Resources"
    else:
        return document
    raise Failure([Problem(file=file, what=what, fix="give a template")])
