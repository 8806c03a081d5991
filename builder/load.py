"""Finds the stacks of a project and loads them: one module in templates/stacks/ is one stack.

A stack module has a docstring, `REGIONS` (where the stack may be deployed) and `build() -> troposphere.Template`. Its
stack is named after the file, `_` read as `-`; a name that starts with `_` is a helper of the others, not a stack. One
that holds what others need to be deployed names them in `PERMISSIONS_OF`; its `build` takes what was derived for them.

Modules are loaded from their files, never through `sys.path`, so that two projects can be built in one process and a
module that nobody asked for is not imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from builder.plain import plain
from builder.problems import Failure, Problem, nearest

STACKS = "templates/stacks"
_PACKAGE = "templates.stacks"
RESERVED = {"manifest": "dist/manifest.json describes the templates"}
# What CloudFormation takes as a stack's name, in lower case: dist/ may lie on a disk that folds case.
_NAME = re.compile(r"[a-z][a-z0-9-]{0,127}")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack as its module declares it; `module` is the file from the project's root, for messages."""

    name: str
    module: str
    regions: tuple[str, ...]
    build: Callable[..., object]
    permissions_of: tuple[str, ...] = ()


def discover(root: Path) -> dict[str, Path]:
    """Stack name -> its module's file, sorted by name; nothing is imported.

    Raises Failure for a name that CloudFormation would refuse, that is reserved, or that two modules would write.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted((root / STACKS).glob("*")):
        stem = path.stem if path.suffix == ".py" else path.name
        module = path if path.suffix == ".py" else path / "__init__.py"
        if module.is_file() and not stem.startswith(("_", ".")):
            found.setdefault(stem.replace("_", "-"), []).append(module)
    problems = []
    for name, modules in found.items():
        what, fix = "", "rename it"
        if len(modules) > 1:
            others = ", ".join(_shown(module, root) for module in modules[1:])
            what, fix = f"writes dist/{name}.json, and so does {others}", "rename one of them"
        elif name in RESERVED:
            what = f"no stack can be called {name}: {RESERVED[name]}"
        elif not _NAME.fullmatch(name):
            what = f"{name!r} is no stack name"
            fix = "rename it: a lower-case letter, then lower-case letters, digits and _, at most 128"
        if what:
            problems.append(Problem(file=_shown(modules[0], root), what=what, fix=fix))
    if problems:
        raise Failure(problems)
    return {name: found[name][0] for name in sorted(found)}


def select(known: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The stacks asked for, sorted, each once; all known ones when none is named. Raises Failure for unknown names."""
    known = sorted(known)
    wanted = sorted(set(names)) or known
    problems = [unknown_stack(name, known, file=STACKS) for name in wanted if name not in known]
    if problems:
        raise Failure(problems)
    return tuple(wanted)


def unknown_stack(name: str, known: Iterable[str], *, file: str, key: str = "") -> Problem:
    """The problem of a stack that does not exist, naming the one that was probably meant."""
    known = sorted(known)
    near = nearest(name.replace("_", "-"), known)
    fix = f"did you mean {near}?" if near else f"choose one of {', '.join(known) or 'none: there is no stack yet'}"
    return Problem(file=file, key=key, what=f"there is no stack {name!r}", fix=fix)


def forget() -> None:
    """Lets stack modules be executed anew: since they last were they may have been edited."""
    for name in [name for name in sys.modules if name == _PACKAGE or name.startswith(f"{_PACKAGE}.")]:
        del sys.modules[name]


def load(root: Path, name: str, path: Path) -> Stack:
    """Imports the module of one stack, as `discover` gives it.

    Raises Failure: the module cannot be imported, or has no `build` or no `REGIONS`.
    """
    shown = _shown(path, root)
    try:
        module = _import(root, path)
    except (Exception, SystemExit) as error:
        what = f"cannot be imported: {told(error, root)}"
        raise Failure([Problem(file=shown, what=what, fix="correct it at that line")]) from error
    problems = tuple(_contract(module, shown))
    if problems:
        raise Failure(problems)
    return Stack(
        name=name,
        module=shown,
        regions=module.REGIONS,
        build=module.build,
        permissions_of=getattr(module, "PERMISSIONS_OF", ()),
    )


def template(stack: Stack, root: Path, permissions: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The stack's template as the plain object that its JSON text parses to. Raises Failure with the one problem.

    `permissions` are those of the stacks in `permissions_of`; without them the stack takes what is committed.
    """
    from troposphere import Template

    try:
        made = stack.build() if permissions is None else stack.build(permissions)
        body = plain(made) if isinstance(made, Template) else None
    except (Exception, SystemExit) as error:
        problem = Problem(
            file=stack.module, key="build", what=f"fails: {told(error, root)}", fix="correct it at that line"
        )
        raise Failure([problem]) from error
    if body is None:
        returned = type(made).__name__
        raise Failure(
            [Problem(file=stack.module, key="build", what=f"returns {returned}", fix="return a troposphere.Template")]
        )
    return body


def told(error: BaseException, root: Path) -> str:
    """An exception in one line, for the author of what raised it: its kind, message and place in the project."""
    said = " ".join(str(error).split())
    kind = type(error).__name__
    if isinstance(error, SyntaxError) and error.filename:
        return f"{kind}: {error.msg} ({_shown(Path(error.filename), root)}:{error.lineno})"
    # The library's own frames tell the author of a template nothing; the last of the project's is where to look.
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_template(Path(frame.filename), root)]
    place = f" ({_shown(Path(frames[-1].filename), root)}:{frames[-1].lineno})" if frames else ""
    return f"{kind}: {said}{place}" if said else f"{kind}{place}"


def _contract(module: ModuleType, shown: str) -> Iterable[Problem]:
    if not callable(getattr(module, "build", None)):
        yield Problem(
            file=shown,
            key="build",
            what="is missing",
            fix="define build() -> Template, or start the file's name with _ if it is no stack",
        )
    regions = getattr(module, "REGIONS", None)
    if not (isinstance(regions, tuple) and regions and all(isinstance(region, str) and region for region in regions)):
        what = "is missing" if regions is None else f"is {regions!r}"
        yield Problem(
            file=shown,
            key="REGIONS",
            what=what,
            fix='name the Regions that the stack supports: REGIONS = ("eu-west-1", ...)',
        )
    elif len(set(regions)) < len(regions):
        yield Problem(file=shown, key="REGIONS", what="names a Region twice", fix="name each Region once")
    needed = getattr(module, "PERMISSIONS_OF", ())
    if not (isinstance(needed, tuple) and all(isinstance(stack, str) for stack in needed)):
        fix = 'name the stacks that this one holds the permissions of: PERMISSIONS_OF = ("rds-archive", ...)'
        yield Problem(file=shown, key="PERMISSIONS_OF", what=f"is {needed!r}", fix=fix)


def _import(root: Path, path: Path) -> ModuleType:
    """Executes a stack module under its usual name, with the project's own `templates` package behind it.

    It is the same module that a stack gets which nests it, whichever of the two comes first.
    """
    _use_templates_of(root)
    stem = path.parent.name if path.name == "__init__.py" else path.stem
    name = f"{_PACKAGE}.{stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _use_templates_of(root: Path) -> None:
    """Makes `import templates.x` in a stack module mean this project's, also after another project was loaded."""
    root = root.resolve()
    if sys.path[:1] != [str(root)]:
        sys.path.insert(0, str(root))
    places = getattr(sys.modules.get("templates"), "__path__", ())
    if str(root / "templates") not in {str(Path(place).resolve()) for place in places}:
        for name in [name for name in sys.modules if name.partition(".")[0] == "templates"]:
            del sys.modules[name]
        importlib.import_module("templates")


def _is_template(path: Path, root: Path) -> bool:
    return path.resolve().is_relative_to(root.resolve() / "templates")


def _shown(path: Path, root: Path) -> str:
    """A file as the user names it: from the project's root when it lies there."""
    path, root = path.resolve(), root.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
