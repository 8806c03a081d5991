"""A check may be switched off on one resource, with its reason beside it, and nowhere else.

    "Metadata": {"cfn-lint": {"config": {"ignore_checks": ["W3045"]}, "reason": "the bucket's policy admits only ..."}}

cfn-lint reads `config` of a resource's metadata and lets `reason` stand beside it (`config` itself is closed by its
schema, and at the template's level W4005 holds it). A suppression for the whole template would also hide what is
added later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.problems import Problem


def problems(template: Mapping[str, Any], file: str) -> Iterator[Problem]:
    """Suppressions without a reason, and those for the whole template; `file` is what messages call it."""
    if suppressed(template):
        yield Problem(
            file=file,
            key="Metadata.cfn-lint",
            what=f"switches {', '.join(suppressed(template))} off for every resource",
            fix="suppress it on the one resource that needs it, with its reason",
        )
    for logical_id, resource in template.get("Resources", {}).items():
        ignored = suppressed(resource)
        reason = resource["Metadata"]["cfn-lint"].get("reason") if ignored else ""
        if ignored and not (isinstance(reason, str) and reason.strip()):
            yield Problem(
                file=file,
                key=f"Resources.{logical_id}.Metadata.cfn-lint",
                what=f"suppresses {', '.join(ignored)} without a reason",
                fix='say why, in one sentence, in "reason" beside "config"',
            )


def suppressed(holder: object) -> list[str]:
    """The checks that the metadata of a template or resource ignores."""
    node = holder
    for key in ("Metadata", "cfn-lint", "config", "ignore_checks"):
        node = node.get(key) if isinstance(node, dict) else None
    return [str(check) for check in node] if isinstance(node, list) else []
