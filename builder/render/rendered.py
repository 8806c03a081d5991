"""What CloudFormation would see of a template, with one set of parameters in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.evaluate import Evaluation, Place


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A rendered template. `resources` are those that are created, with everything in them evaluated.

    `template` is what was rendered, `file` its name for people, `nested` the nested stacks whose templates are known.
    `evaluation` answers what else the evaluator knows, such as `references` and `creation_order`.
    """

    file: str
    place: Place
    template: Mapping[str, Any]
    parameters: Mapping[str, str | list[str]]
    conditions: Mapping[str, bool]
    resources: Mapping[str, dict[str, Any]]
    outputs: Mapping[str, dict[str, Any]]
    nested: Mapping[str, Rendered]
    evaluation: Evaluation = field(repr=False, compare=False)

    def of_type(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Logical ID and properties of the live resources of these types, in template order."""
        for logical_id, resource in self.resources.items():
            if resource["Type"] in types:
                yield logical_id, resource.get("Properties", {})
