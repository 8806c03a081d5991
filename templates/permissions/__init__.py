"""The permissions that a launch of each product takes, `<stack>.json` beside this module: `make build` derives them.

Each file is a list of managed policies, each a list of statements whose ARNs hold pseudo-parameters for the place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

Policies: TypeAlias = Sequence[Sequence[Mapping[str, Any]]]


def committed(stacks: Sequence[str]) -> dict[str, Policies]:
    """The policies of stacks, by their names, as they were last derived."""
    folder = Path(__file__).parent
    return {stack: json.loads((folder / f"{stack}.json").read_text(encoding="utf-8")) for stack in stacks}
