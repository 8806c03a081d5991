"""Pictures drawn by Graphviz, and the record by which they are known to be right."""

from __future__ import annotations

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from builder.docs import drawing
from builder.docs.dot import dot
from builder.docs.drawing import Drawn, Files
from builder.problems import Failure
from tests.builder.docs.templates import POSTGRES, TWO_ZONES, drawn

TEXT = 'digraph { a [label=<<TABLE><TR><TD><IMG SRC="general/users.png"/></TD></TR></TABLE>>] }'
can_draw = pytest.mark.skipif(
    not (shutil.which("dot") and find_spec("diagrams")), reason="Graphviz or the icons of diagrams are not installed"
)


@pytest.fixture
def icons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one icon, in place of those of the package."""
    folder = tmp_path / "icons"
    (folder / "general").mkdir(parents=True)
    (folder / "general/users.png").write_bytes(b"png")
    monkeypatch.setattr(drawing, "_icons", lambda: folder)
    return folder


def program(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program `dot` that does as the script says."""
    path = folder / "dot"
    path.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@can_draw
def test_a_picture_is_drawn_in_both_forms_and_refers_to_no_file() -> None:
    files = drawing.draw(dot(drawn(TWO_ZONES | POSTGRES)))
    assert files.png.startswith(b"\x89PNG")
    svg = files.svg.decode()
    assert "Availability Zone 2" in svg
    assert re.findall(r'href="(?!#|data:image/png;base64,)', svg) == []
    assert set(re.findall(r'<use xlink:href="#(\w+)"', svg)) == set(re.findall(r'<symbol id="(\w+)"', svg))


@can_draw
def test_equal_texts_give_equal_pictures() -> None:
    assert drawing.draw(TEXT) == drawing.draw(TEXT)


def test_each_icon_is_in_the_svg_once(icons: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = f'<image xlink:href="{icons}/general/users.png" width="9px" height="9px"/>'
    other = '<image xlink:href="general/users.png" width="9px"/>'
    program(tmp_path, f"echo '<!-- by --><svg a=\"1\">{image}{other}</svg>'", monkeypatch)
    svg = drawing.draw(TEXT).svg.decode()
    assert svg.count("<symbol") == 1
    assert svg.count('<use xlink:href="#icon1" width="9"') == 2
    assert "<!--" not in svg


def test_without_graphviz_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        Failure, match=r"dot: Graphviz is not installed.*; fix: install it \(Debian: apt install graphviz\)"
    ):
        drawing.draw(TEXT)


def test_without_the_icons_one_line_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "true", monkeypatch)
    monkeypatch.setattr(drawing, "find_spec", lambda name: None)
    with pytest.raises(Failure, match=r"diagrams: is not installed.*; fix: run make docs"):
        drawing.draw(TEXT)


@pytest.mark.parametrize(
    ("script", "told"), [("echo bad >&2", "cannot draw: bad"), ("exit 3", "cannot draw: exit code 3")]
)
def test_what_graphviz_complains_of_is_told(
    script: str, told: str, icons: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, script, monkeypatch)
    with pytest.raises(Failure, match=told):
        drawing.draw(TEXT)


def test_the_icons_lie_beside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Spec:
        submodule_search_locations = (str(tmp_path / "diagrams"),)

    monkeypatch.setattr(drawing, "find_spec", lambda name: Spec)
    assert drawing._icons() == tmp_path / "resources" / "aws"


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, Drawn]:
    """A folder with one picture, and its record."""
    files = Files(svg=b"svg", png=b"png")
    (tmp_path / "a.svg").write_bytes(files.svg)
    (tmp_path / "a.png").write_bytes(files.png)
    known = {"a": drawing.entry(TEXT, files)}
    (tmp_path / drawing.RECORD).write_text(drawing.recorded(known))
    return drawing.record(tmp_path)


def test_a_picture_is_right_while_neither_its_text_nor_its_files_change(tmp_path: Path, kept: dict[str, Drawn]) -> None:
    assert drawing.is_fresh(tmp_path, "a", TEXT, kept)
    assert not drawing.is_fresh(tmp_path, "a", TEXT + " ", kept)
    assert not drawing.is_fresh(tmp_path, "b", TEXT, kept)
    (tmp_path / "a.png").write_bytes(b"touched up by hand")
    assert not drawing.is_fresh(tmp_path, "a", TEXT, kept)
    (tmp_path / "a.png").unlink()
    assert not drawing.is_fresh(tmp_path, "a", TEXT, kept)


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": {"svg": "x"}}'])
def test_a_record_that_is_none_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / drawing.RECORD).write_text(text)
    assert drawing.record(tmp_path) == {}
    assert drawing.record(tmp_path / "nowhere") == {}
