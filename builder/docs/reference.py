"""Everything that `docs` writes: pages, pictures and the index, each compared with what is there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from builder.docs import checks, dashboards, drawing, matrix, permissions, runbooks
from builder.docs.dot import dot
from builder.docs.markdown import code, page, prose, renewed, table
from builder.docs.pages import picture_of, sections
from builder.docs.source import Source
from builder.problems import Problem

FOLDER = "docs"
REFERENCE = f"{FOLDER}/reference"
PICTURES = f"{FOLDER}/pictures"
RUNBOOKS = f"{FOLDER}/runbooks"
INDEX = f"{REFERENCE}/README.md"
CONTROLS = f"{FOLDER}/controls.md"
PERMISSIONS = f"{FOLDER}/permissions.md"
CHECKS = f"{FOLDER}/checks.md"
_FIX = "run make docs, and commit docs/"
_FILE_FIX = "run the same without --check"


@dataclass
class Plan:
    """What is to be written, by path from the project's root; what is stale, and controls that are not met."""

    files: dict[str, str | bytes] = field(default_factory=dict)
    stale: list[Problem] = field(default_factory=list)
    unmet: list[Problem] = field(default_factory=list)
    pages: int = 0


def plan(root: Path, sources: Sequence[Source], *, every: Sequence[str], draw: bool, pictures: bool) -> Plan:
    """Plans the pages of the stacks given, and with them the index of `every` stack's page.

    Pictures that are no longer right are drawn if `draw`, else they are stale. Without `pictures` they are left as they
    are. Raises Failure for pages whose marks are wrong, and for what drawing lacks.
    """
    found = Plan()
    known = drawing.record(root / PICTURES)
    links = runbooks.links(root / RUNBOOKS, "../runbooks")
    samples = dashboards.samples(root)
    named: list[str] = []
    for source in sources:
        drawn = picture_of(source)
        boards = dashboards.drawings(source.reading, source.name, samples)
        parts = sections(
            source, drawn, folder="../pictures/", dashboards=tuple(boards), runbooks=links, described=every
        )
        _page(found, root, f"{REFERENCE}/{source.name}.md", source.name, parts)
        for name, text in {source.name: dot(drawn), **boards}.items():
            named.append(name)
            if pictures and not drawing.is_fresh(root / PICTURES, name, text, known):
                _picture(found, name, text, known, draw=draw)
    if len(sources) == len(every):
        _page(found, root, INDEX, "Reference", {"templates": ("", _index(sources))})
        if (root / RUNBOOKS).is_dir():
            listed = {"runbooks": ("", runbooks.index(root / RUNBOOKS))}
            _page(found, root, f"{RUNBOOKS}/{runbooks.INDEX}", "Runbooks", listed)
        said = matrix.statements(root)
        _page(found, root, CONTROLS, "Security controls", matrix.sections(sources, said))
        found.unmet += matrix.problems(sources, said)
        _page(found, root, CHECKS, "Checks", checks.sections())
        if (launching := permissions.section(root)) is not None:
            _page(found, root, PERMISSIONS, "Launch permissions", {"permissions": ("", launching)})
        _strangers(found, root, every, named)
        known = {name: each for name, each in known.items() if name in named}
    record = drawing.recorded(known)
    if pictures and _text(root / PICTURES / drawing.RECORD) != record:
        found.files[f"{PICTURES}/{drawing.RECORD}"] = record
    return found


def page_of_file(
    source: Source, *, out: Path, beside: Collection[str], check: bool, pictures: bool
) -> tuple[dict[str, str | bytes], list[Problem]]:
    """The page of any template, and its pictures beside it, in the folder `out`; with `check` what is stale of them.

    `beside` are the names of templates that are described at the same time. A check draws nothing: a page tells all
    that its pictures show, which then only have to be there. Raises Failure.
    """
    drawn = picture_of(source)
    boards = dashboards.drawings(source.reading, source.name, {})
    described = {*beside, *(child.name for child in source.children.values() if (out / f"{child.name}.md").is_file())}
    folder = "" if pictures else None
    parts = sections(source, drawn, folder=folder, dashboards=tuple(boards), runbooks={}, described=described)
    found = Plan()
    _page(found, Path(), str(out / f"{source.name}.md"), prose(source.name), parts, fix=_FILE_FIX)
    wanted = {source.name: dot(drawn), **boards} if pictures else {}
    if check:
        pairs = [out / f"{name}.{kind}" for name in wanted for kind in ("svg", "png")]
        lacking = [Problem(file=str(path), what="is missing", fix=_FILE_FIX) for path in pairs if not path.is_file()]
        return {}, [*found.stale, *lacking]
    for name, text in wanted.items():
        made = drawing.draw(text)
        found.files |= {str(out / f"{name}.svg"): made.svg, str(out / f"{name}.png"): made.png}
    return found.files, []


def _page(
    found: Plan, root: Path, file: str, title: str, parts: Mapping[str, tuple[str, str]], fix: str = _FIX
) -> None:
    old = _text(root / file)
    new = page(title, parts) if old is None else renewed(old, parts, file)
    found.pages += 1
    if new != old:
        found.files[file] = new
        what = "is missing" if old is None else f"is stale from line {_first_difference(old, new)} on"
        found.stale.append(Problem(file=file, what=what, fix=fix))


def _picture(found: Plan, name: str, text: str, known: dict[str, drawing.Drawn], *, draw: bool) -> None:
    file = f"{PICTURES}/{name}.svg"
    found.stale.append(Problem(file=file, what="was not drawn from this template, or was changed since", fix=_FIX))
    if draw:
        made = drawing.draw(text)
        found.files |= {file: made.svg, f"{PICTURES}/{name}.png": made.png}
        known[name] = drawing.entry(text, made)


def _strangers(found: Plan, root: Path, every: Sequence[str], named: Sequence[str]) -> None:
    """Pages of stacks and pictures of what is gone. They are not deleted: prose may be in them."""
    wanted = {*(f"{name}.md" for name in every), Path(INDEX).name}
    pages = [path for path in sorted((root / REFERENCE).glob("*.md")) if path.name not in wanted]
    pictures = [path for path in sorted((root / PICTURES).glob("*.svg")) if path.stem not in named]
    for path in (*pages, *pictures):
        file = path.relative_to(root).as_posix()
        found.stale.append(Problem(file=file, what="belongs to no stack", fix="delete it"))


def _index(sources: Iterable[Source]) -> str:
    rows = (
        [f"[{code(source.name)}]({source.name}.md)", prose(source.template.get("Description", "")), f"{source.size:,}"]
        for source in sources
    )
    return table(["Template", "For", "Bytes"], rows)


def _first_difference(old: str, new: str) -> int:
    pairs = zip(old.splitlines(), new.splitlines(), strict=False)
    same = 0
    for before, after in pairs:
        if before != after:
            break
        same += 1
    return same + 1


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
