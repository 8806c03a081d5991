"""Checks of rendered templates: what AWS would refuse, or do otherwise than was meant, and cfn-lint lets pass.

Each is a function of a `Rendered`, in the module of its concern, and written once. `catalogue` holds them all; the
build calls `environments`, which calls `judge`, and `rules` makes each a rule of cfn-lint.
"""

from pathlib import Path

# The folder for `cfn-lint --append-rules`.
RULES = Path(__file__).parent / "rules"
