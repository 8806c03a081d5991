"""Renders, or judges by the project's checks, every stack in every environment: one process, to be measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from builder import parameter_files, params
from builder.checks.judge import judge, one_region_a_partition
from builder.evaluate import Place, parameter_values, read_template
from builder.load import Stack, discover, load
from builder.render import render
from builder.render.sources import beside

REGIONS = 5


def main(what: str) -> None:
    """Does `render` in the first Regions that each stack declares, or `judge` as the build does, and says how often."""
    root = Path.cwd()
    number = 0
    for stack, path, template, values in _deployments(root):
        for region in stack.regions[:REGIONS] if what == "render" else one_region_a_partition(stack.regions):
            place, local = Place(region=region, stack_name=stack.name), beside(path.parent)
            if what == "render":
                render(template, values, place, file=path.name, local_templates=local)
            else:
                judge(template, values, place, file=path.name, local_templates=local)
            number += 1
    print(number)


def _deployments(root: Path) -> Iterator[tuple[Stack, Path, Mapping[str, Any], Mapping[str, str | list[str]]]]:
    """Stack, template file, template and parameters of every environment."""
    for name, module in discover(root).items():
        stack, path = load(root, name, module), root / "dist" / f"{name}.json"
        template = read_template(path)
        for file in parameter_files.files(root, name):
            yield stack, path, template, parameter_values(template, params.read(file), file=file.name).values
