"""Small templates, in YAML with short forms as other authors write them, and what a check finds in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder.checks.catalogue import CHECKS
from builder.checks.judge import findings
from builder.evaluate import Place, parameter_values, parse_template
from builder.render import Rendered, render

BY_ID = {check.id: check for check in CHECKS}


@dataclass(frozen=True)
class Case:
    """A check, a template that passes it, and an edit of its text after which it says something."""

    check: str
    template: str
    old: str
    new: str
    says: str

    @property
    def edited(self) -> str:
        assert self.old in self.template, self.old
        return self.template.replace(self.old, self.new)


def read(name: str) -> str:
    """A template of templates/: small, whole, and passing every check that is asked of it."""
    return (Path(__file__).parent / "templates" / f"{name}.yaml").read_text(encoding="utf-8")


def rendered(text: str, region: str = "eu-west-1", templates: Any = None, **values: str) -> Rendered:
    """A template's text rendered with its defaults; `templates` lie beside it by file name."""
    template = parse_template(text, "t.yaml")
    parameters = parameter_values(template, values, file="t.yaml")
    assert not parameters.problems, parameters.problems
    beside: dict[str, Any] = {name: parse_template(other, name) for name, other in (templates or {}).items()}
    place = Place(region=region, stack_name="shop")
    return render(
        template, parameters.values, place, file="t.yaml", local_templates=lambda url: beside.get(Path(url).name)
    )


def found(check: str, text: str, region: str = "eu-west-1", **values: str) -> list[str]:
    """What one check finds in a template, as `path: what; fix: fix`."""
    verdicts = findings(rendered(text, region, **values), [BY_ID[check]])
    return [
        f"{'.'.join(map(str, each.finding.path))}: {each.finding.what}; fix: {each.finding.fix}" for each in verdicts
    ]
