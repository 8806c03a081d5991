"""What a page is made of: a template, the environments that ship for it, and what is nested in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from builder import parameter_files, params
from builder.capabilities import capabilities
from builder.docs.reading import Reading, read
from builder.evaluate import EvaluationError, read_template
from builder.evaluate.nodes import LANGUAGE_EXTENSIONS, as_list
from builder.evaluate.structure import SECTIONS
from builder.problems import Failure, Problem
from builder.render.sources import beside

CACHE = ".cache/docs"
REGION = "us-east-1"  # where a template that names no Regions is read
_STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One parameter file: its name without the suffix, its path for people, and its values."""

    name: str
    file: str
    given: Mapping[str, str]


@dataclass(frozen=True)
class Source:
    """A template to describe. `regions` are those that its stack declares; none where nobody does.

    Without an environment it is read with its defaults. `cache` is where what takes long is kept.
    """

    name: str
    file: str
    path: Path
    template: Mapping[str, Any]
    environments: tuple[Environment, ...]
    regions: tuple[str, ...] = ()
    cache: Path | None = None

    @property
    def size(self) -> int:
        """The size of the template's file in bytes."""
        return self.path.stat().st_size

    @property
    def macros(self) -> tuple[str, ...]:
        """The macros that AWS runs over the whole template: what they make of it nobody else knows."""
        names = [each.get("Name", "") if isinstance(each, dict) else each for each in self._transforms]
        return tuple(str(name) for name in names if name != LANGUAGE_EXTENSIONS)

    @cached_property
    def written(self) -> Mapping[str, Any]:
        """The template as it is written, which can be read: without those macros, and sections that are theirs."""
        if not self.macros:
            return self.template
        kept = [each for each in self._transforms if each == LANGUAGE_EXTENSIONS]
        return {**{name: node for name, node in self.template.items() if name in SECTIONS}, "Transform": kept}

    @property
    def _transforms(self) -> Sequence[Any]:
        return as_list(self.template.get("Transform"))

    @property
    def region(self) -> str:
        """The Region that it is read for."""
        return self.regions[0] if self.regions else REGION

    @cached_property
    def readings(self) -> Mapping[str, Reading]:
        """The template as read with each environment's values; "" where there is none. Raises Failure."""
        given = {each.name: each.given for each in self.environments} or {"": {}}
        try:
            return {name: read(self.written, values, self.region) for name, values in given.items()}
        except EvaluationError as error:
            raise Failure(
                [Problem(file=self.file, key=error.path, what=error.what, fix=error.fix or "correct it")]
            ) from error

    @cached_property
    def shown(self) -> str:
        """The environment that is pictured: the one that creates most, nested stacks included; the first by name."""

        def size(name: str) -> int:
            return len(self.readings[name].resources) + sum(
                len(child.readings[name].resources) for child in self.children.values()
            )

        return max(sorted(self.readings), key=size)

    @property
    def reading(self) -> Reading:
        """The template as read with the values of the environment that is shown."""
        return self.readings[self.shown]

    @cached_property
    def children(self) -> Mapping[str, Source]:
        """The nested stacks whose templates lie beside this one, live or not, by logical ID."""
        find = beside(self.path.parent)
        found = {}
        for logical_id, resource in self.template["Resources"].items():
            if not (isinstance(resource, dict) and resource.get("Type") == _STACK):
                continue
            url = resource.get("Properties", {}).get("TemplateURL")
            template = find(url) if isinstance(url, str) else None
            if template is not None:
                found[logical_id] = self._child(str(url), template)
        return found

    @property
    def capabilities(self) -> Sequence[str]:
        """What whoever deploys it acknowledges, for all that it nests too."""
        templates: dict[str, Mapping[str, Any]] = {}
        due = [self]
        for source in due:  # a stack that nests itself is nested once
            templates[source.path.stem] = source.template
            due += [child for child in source.children.values() if child.path.stem not in templates]
        return capabilities(self.path.stem, templates)

    def _child(self, url: str, template: Mapping[str, Any]) -> Source:
        declared = template.get("Parameters", {})
        environments = tuple(
            Environment(
                name=each.name,
                file=each.file,
                given={key: value for key, value in each.given.items() if key in declared},
            )
            for each in self.environments
        )
        path = self.path.parent / url
        return Source(path.stem, url, path, template, environments, self.regions)


def of_stack(root: Path, name: str, regions: tuple[str, ...]) -> Source:
    """The source of a stack of this project, as it is in dist/. Raises Failure when it is not."""
    file = f"dist/{name}.json"
    path = root / file
    if not path.is_file():
        raise Failure([Problem(file=file, what="does not exist", fix="run python build.py build")])
    environments = tuple(
        Environment(name=each.stem, file=each.relative_to(root).as_posix(), given=params.read(each))
        for each in parameter_files.files(root, name)
    )
    return Source(name, file, path, read_template(path), environments, regions, root / CACHE)


def of_file(file: str, parameter_file: Sequence[str]) -> Source:
    """The source of any template file, with the parameter files given. Raises Failure for what is wrong with them."""
    environments = tuple(
        Environment(name=Path(each).stem, file=each, given=params.read(each)) for each in parameter_file
    )
    template = read_template(file)
    return Source(Path(file).stem, file, Path(file), template, environments)
