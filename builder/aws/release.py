"""What is to be deployed: a template of dist/ as the sources build it, with the parameters of an environment."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from builder import limits, manifest, parameter_files, params
from builder.assemble import Assembly, assemble
from builder.aws import protection
from builder.build import fail_if_wrong, has_errors
from builder.capabilities import nested, reachable
from builder.cli import show
from builder.evaluate.declarations import declare
from builder.problems import ExitCode, Failure, Problem

_REBUILD = "run make build"
_ENVIRONMENT = "EnvironmentSuffix"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person asks for: a stack in an environment. `settings` are parameters as "Key=Value"."""

    stack: str
    environment: str
    name: str = ""
    region: str = ""
    bucket: str = ""
    settings: tuple[str, ...] = ()

    @property
    def stack_name(self) -> str:
        return self.name or f"{self.stack}-{self.environment}"

    def command(self, verb: str, *, harmless: Collection[str] = ()) -> str:
        """A command of build.py for the same stack, for a person to run.

        Values of settings may be secret: they are left out, but for those of the `harmless` parameters.
        """
        options = ["--env", self.environment]
        options += ["--stack-name", self.name] if self.name else []
        options += ["--region", self.region] if self.region else []
        options += ["--bucket", self.bucket] if self.bucket else []
        for setting in self.settings:
            name = setting.partition("=")[0]
            options += ["--set", setting if name in harmless else f"{name}=..."]
        return shlex.join(["python", "build.py", verb, self.stack, *options])


@dataclass(frozen=True, kw_only=True)
class Product:
    """A built stack: its `file` in dist/, and by name the `templates` of it and of what it nests."""

    name: str
    file: str
    bytes: int
    regions: tuple[str, ...]
    capabilities: tuple[str, ...]
    templates: Mapping[str, Mapping[str, Any]]

    @property
    def template(self) -> Mapping[str, Any]:
        return self.templates[self.name]

    @property
    def nests(self) -> bool:
        """Whether it nests stacks of the project, which must be uploaded before it can be deployed."""
        return any(child in self.templates for _, child in nested(self.template))

    @property
    def is_protected(self) -> bool:
        return bool(protection.stateful(self.template))


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The parameters of an environment: its file, from the project's root, and the values, overridden ones included."""

    file: str
    values: Mapping[str, str]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True)
class Release:
    """A wish that can be fulfilled, as far as can be told without asking AWS."""

    wish: Wish
    product: Product
    parameters: Parameters

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the parameters that are given and have NoEcho."""
        declared = self.product.template.get("Parameters", {})
        return frozenset(name for name in self.parameters.values if declare(name, declared[name]).no_echo)


def load(root: Path, wish: Wish, region: str, *, refusal: ExitCode = ExitCode.CHECK_FAILED) -> Release:
    """The template and the parameters wished for; shows warnings. Raises Failure with all that is wrong.

    `refusal` is the exit code where nothing is wrong but that AWS would not take it like this: without a bucket.
    """
    made = product(root, wish.stack)
    given = parameters(root, made, wish, region)
    problems = [*_unsupported(made, region), *given.problems]
    wants = list(_without_bucket(made, wish.bucket))
    fail_if_wrong([*problems, *wants], refusal if wants and not has_errors(problems) else ExitCode.CHECK_FAILED)
    show(problems)
    return Release(wish=wish, product=made, parameters=given)


def product(root: Path, stack: str) -> Product:
    """The stack as it stands in dist/. Raises Failure unless dist/ is what the sources build."""
    assembly = assemble(root, [stack])
    fail_if_wrong(assembly.problems)
    names = reachable(stack, assembly.templates)
    entries = manifest.read(root)
    fail_if_wrong(_stale(assembly, names, entries))
    built = assembly.built[stack]
    return Product(
        name=stack,
        file=built.file,
        bytes=entries[stack].bytes,
        regions=built.stack.regions,
        capabilities=entries[stack].capabilities,
        templates={name: assembly.templates[name] for name in names},
    )


def parameters(root: Path, product: Product, wish: Wish, region: str) -> Parameters:
    """The parameters of an environment, the wish's settings overriding its file, judged in a Region.

    Raises Failure if there is no such file, or it or the settings are not of that form; what else is wrong is in the
    result.
    """
    environment, settings = wish.environment, wish.settings
    file = f"{parameter_files.PARAMS}/{product.name}/{environment}.json"
    path = root / file
    if not path.is_file():
        known = ", ".join(each.stem for each in parameter_files.files(root, product.name)) or "none yet"
        raise Failure([Problem(file=file, what="does not exist", fix=f"write it, or choose --env of: {known}")])
    try:
        in_file = params.read(path)
    except Failure as failure:
        raise Failure(replace(each, file=file) for each in failure.problems) from None
    values = params.overrides(in_file, settings)
    problems = [replace(each, file=file) for each in params.validate(product.template, path, regions=[region])]
    if settings:
        superseded = params.check(product.template, in_file, file=file, regions=[region])
        problems = [each for each in problems if each not in superseded]
        problems += params.check(product.template, values, file=f"{file} with --set", regions=[region])
    suffix = values.get(_ENVIRONMENT, environment)
    if suffix != environment and suffix != in_file.get(_ENVIRONMENT):
        fix = f"write {parameter_files.PARAMS}/{product.name}/{suffix}.json, and give --env {suffix}"
        problems.append(Problem(file="--set", key=_ENVIRONMENT, what=f"is {suffix!r}, not {environment!r}", fix=fix))
    return Parameters(file=file, values=values, problems=tuple(problems))


def _unsupported(product: Product, region: str) -> Iterator[Problem]:
    if region not in product.regions:
        fix = f"choose one of {', '.join(product.regions)}"
        yield Problem(file=product.file, what=f"was not made for the Region {region}", fix=fix)


def _without_bucket(product: Product, bucket: str) -> Iterator[Problem]:
    if bucket or not (product.nests or limits.needs_bucket(product.bytes)):
        return
    too_large = f"it has {product.bytes:,} bytes, and CloudFormation takes {limits.INLINE_BODY:,} without one"
    what = f"needs a bucket: {'what it nests must be uploaded' if product.nests else too_large}"
    fix = "name one of yours in the same Region: BUCKET=... with make, --bucket with build.py"
    yield Problem(file=product.file, what=what, fix=fix)


def _stale(assembly: Assembly, names: Sequence[str], entries: Mapping[str, manifest.Entry]) -> Iterator[Problem]:
    """The files of dist/ that are not what the sources build."""
    for name in names:
        built = assembly.built[name]
        path = assembly.root / built.file
        if not path.is_file():
            yield Problem(file=built.file, what="is missing", fix=_REBUILD)
        elif path.read_bytes() != built.text.encode():
            yield Problem(file=built.file, what="is stale: the sources build something else", fix=_REBUILD)
        elif entries.get(name) != assembly.entry(name):
            yield Problem(file=manifest.FILE, key=name, what="is missing or stale", fix=_REBUILD)
