"""Draws pictures with Graphviz, and tells from a record whether those that are there are still right.

Only drawing needs Graphviz (its program `dot`) and the icons of the package `diagrams`. Checking compares digests.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from builder.problems import Failure, Problem

RECORD = "pictures.json"
_IMAGE = re.compile(r'<image xlink:href="([^"]+)"([^>]*)/>')
_DPI = 96


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What is known of one picture: digests of what it was drawn from, and of its files."""

    drawing: str
    svg: str
    png: str


@dataclass(frozen=True, kw_only=True)
class Files:
    """One picture in both of its forms; the SVG holds its icons."""

    svg: bytes
    png: bytes


def digest(content: str | bytes) -> str:
    """The sha256 of a text or of bytes."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def record(folder: Path) -> dict[str, Drawn]:
    """What is recorded of the pictures in a folder, by name; empty for none, or for a record that is not one."""
    try:
        entries = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return {name: Drawn(**entry) for name, entry in entries.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def recorded(entries: Mapping[str, Drawn]) -> str:
    """The record as text."""
    lines = [f"{json.dumps(name)}:{json.dumps(asdict(entries[name]))}" for name in sorted(entries)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def is_fresh(folder: Path, name: str, text: str, known: Mapping[str, Drawn]) -> bool:
    """Whether the files of a picture are those that were drawn from this text."""
    entry = known.get(name)
    if entry is None or entry.drawing != digest(text):
        return False
    files = ((folder / f"{name}.svg", entry.svg), (folder / f"{name}.png", entry.png))
    return all(path.is_file() and digest(path.read_bytes()) == recorded for path, recorded in files)


def draw(text: str) -> Files:
    """Draws a text in the DOT language. Raises Failure when Graphviz or the icons are not there."""
    program, icons = _program(), _icons()
    svg = _dot(program, ["-Tsvg"], text, icons).decode()
    png = _dot(program, ["-Tpng:cairo", f"-Gdpi={_DPI}"], text, icons)
    return Files(svg=_embedded(svg, icons).encode(), png=png)


def _program() -> str:
    program = shutil.which("dot")
    if program is None:
        fix = "install it (Debian: apt install graphviz), or leave pictures out: python build.py docs --no-pictures"
        raise Failure([Problem(file="dot", what="Graphviz is not installed, and pictures need it", fix=fix)])
    return program


def _icons() -> Path:
    spec = find_spec("diagrams")
    if spec is None or not spec.submodule_search_locations:
        problem = Problem(file="diagrams", what="is not installed, and pictures need its icons", fix="run make docs")
        raise Failure([problem])
    return Path(spec.submodule_search_locations[0]).parent / "resources" / "aws"


def _dot(program: str, options: Sequence[str], text: str, icons: Path) -> bytes:
    done = subprocess.run(
        [program, *options, f"-Gimagepath={icons}"], input=text.encode(), capture_output=True, check=False
    )
    complaint = done.stderr.decode(errors="replace").strip()
    if done.returncode or complaint:
        what = f"cannot draw: {complaint.splitlines()[0] if complaint else f'exit code {done.returncode}'}"
        raise Failure([Problem(file="dot", what=what, fix="install the Graphviz of your distribution, 2.43 or later")])
    return done.stdout


def _embedded(svg: str, icons: Path) -> str:
    """An SVG that refers to no file: each icon is in it, once."""
    symbols: dict[str, str] = {}

    def use(match: re.Match[str]) -> str:
        name = Path(match[1]).relative_to(icons).as_posix() if Path(match[1]).is_absolute() else match[1]
        symbol = symbols.setdefault(name, f"icon{len(symbols) + 1}")
        return f'<use xlink:href="#{symbol}"{match[2].replace("px", "")}/>'

    body = _IMAGE.sub(use, svg)
    definitions = "".join(_symbol(symbol, (icons / name).read_bytes()) for name, symbol in symbols.items())
    # Graphviz writes its version and a date of nothing into comments, which are nobody's business.
    body = re.sub(r"<!--.*?-->\n?", "", body, flags=re.DOTALL)
    return re.sub(r"(<svg[^>]*>)", lambda match: f"{match[1]}\n<defs>{definitions}</defs>", body, count=1)


def _symbol(name: str, png: bytes) -> str:
    data = base64.b64encode(png).decode()
    image = f'<image width="1" height="1" xlink:href="data:image/png;base64,{data}"/>'
    return f'<symbol id="{name}" viewBox="0 0 1 1">{image}</symbol>\n'


def entry(text: str, files: Files) -> Drawn:
    """What is to be recorded of a picture."""
    return Drawn(drawing=digest(text), svg=digest(files.svg), png=digest(files.png))
