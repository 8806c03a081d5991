"""From stack modules to templates in memory, with everything that can be said against them without cfn-lint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder import layout, load, manifest, memory, refusals
from builder.capabilities import capabilities, nested, reachable
from builder.load import Stack
from builder.problems import Failure, Problem

if TYPE_CHECKING:
    from builder.permissions.policies import Policy

CACHE = ".cache/capabilities"


@dataclass(frozen=True, kw_only=True)
class Built:
    """A stack's template, not yet written: the plain object and the text that it is written as."""

    stack: Stack
    template: Mapping[str, Any]
    text: str

    @property
    def file(self) -> str:
        return file_of(self.stack.name)

    @cached_property
    def sha256(self) -> str:
        """What stands for the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """What became of the stacks asked for, out of all that the project at `root` has.

    `built` holds them, those that they nest, and those whose permissions they hold, as far as they could be built.
    `permissions` are the managed policies that were derived for the last of these.
    """

    root: Path
    known: tuple[str, ...]
    wanted: tuple[str, ...]
    built: Mapping[str, Built]
    problems: tuple[Problem, ...]
    permissions: Mapping[str, list[Policy]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return all(name in self.built for name in self.wanted)

    @property
    def templates(self) -> dict[str, Mapping[str, Any]]:
        return {name: built.template for name, built in self.built.items()}

    def entry(self, name: str) -> manifest.Entry:
        """What dist/manifest.json is to say of a stack."""
        built, templates = self.built[name], self.templates
        facts = [[self.built[each].sha256 for each in reachable(name, templates)], memory.code("capabilities.py")]
        needed = memory.recalled(self.root / CACHE, facts, lambda: list(capabilities(name, templates)))
        resources = len(built.template.get("Resources", {}))
        return manifest.entry(built.text, capabilities=tuple(needed), resources=resources)


def file_of(name: str) -> str:
    """The file that a stack's template is written to, from the project's root."""
    return f"dist/{name}.json"


def assemble(root: Path, names: Sequence[str] = ()) -> Assembly:
    """Builds the templates of the named stacks, or of all, of the stacks that they nest, and of those whose permissions
    they hold: the last first.

    Raises Failure when the stacks cannot be told apart or one is unknown; every other problem is in the result.
    """
    load.forget()
    modules = load.discover(root)
    wanted = load.select(modules, names)
    workshop = _Workshop(root, modules)
    for name in wanted:
        workshop.build(name)
    problems = [*workshop.problems, *refusals.problems(root, workshop.built, tuple(modules))]
    return Assembly(
        root=root,
        known=tuple(modules),
        wanted=wanted,
        built=workshop.built,
        problems=tuple(dict.fromkeys(problems)),
        permissions=workshop.permissions,
    )


class _Workshop:
    """Stacks being built, each once, with those that they nest, and after those whose permissions they hold."""

    def __init__(self, root: Path, modules: Mapping[str, Path]) -> None:
        self.root = root
        self.modules = modules
        self.built: dict[str, Built] = {}
        self.permissions: dict[str, list[Policy]] = {}
        self.problems: list[Problem] = []
        self._begun: list[str] = []
        self._open: list[str] = []

    def build(self, name: str) -> None:
        """Build a stack, unless it was or could not be."""
        if name in self._begun:
            return
        self._begun.append(name)
        self._open.append(name)
        try:
            stack = load.load(self.root, name, self.modules[name])
            template = load.template(stack, self.root, self._held(stack) if stack.permissions_of else None)
            self.built[name] = Built(stack=stack, template=template, text=layout.text(template))
        except Failure as failure:
            self.problems += failure.problems
            return
        finally:
            self._open.remove(name)
        for child in sorted({child for _, child in nested(template) if child in self.modules}):
            self.build(child)

    def _held(self, stack: Stack) -> dict[str, list[Policy]]:
        """The permissions that a stack holds. Raises Failure, whose problems may have been told already."""
        from builder.permissions.files import of_stack

        for name in stack.permissions_of:
            if name not in self.modules:
                raise Failure([load.unknown_stack(name, self.modules, file=stack.module, key="PERMISSIONS_OF")])
            if name in self._open:
                what = f"names {name}, which holds the permissions of {stack.name}"
                raise Failure([Problem(file=stack.module, key="PERMISSIONS_OF", what=what, fix="break the circle")])
            self.build(name)
            if name in self.built and name not in self.permissions:
                self.permissions[name] = of_stack(self.root, self.built[name], self.built)
        if not all(name in self.built for name in stack.permissions_of):
            raise Failure([])  # what is wrong with them is told of themselves
        return {name: self.permissions[name] for name in stack.permissions_of}
