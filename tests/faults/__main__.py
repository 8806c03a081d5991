"""`make faults`: seeds every fault, and prints who catches it; with `--all` cfn-lint is asked about every one."""

from __future__ import annotations

import sys
from collections import Counter

from tests.faults.catching import FAULTS, cfn_lint, ours, seeded


def main(arguments: list[str]) -> int:
    """Prints caught/total by kind and by who caught it; 1 when one was not caught."""
    by_us = {fault.name: ours(fault.stack, seeded(fault), fault.values) for fault in FAULTS}
    asked = tuple(fault for fault in FAULTS if "--all" in arguments or not by_us[fault.name])
    by_them = cfn_lint(asked)
    caught = {fault.name for fault in FAULTS if by_us[fault.name] or by_them.get(fault.name)}
    print(f"{'kind':<24}{'caught':>8}{'total':>7}{'ours':>6}{'cfn-lint':>10}")
    for kind in dict.fromkeys(fault.kind for fault in FAULTS):
        names = [fault.name for fault in FAULTS if fault.kind == kind]
        print(_row(kind, names, caught, by_us, by_them))
    print(_row("all", [fault.name for fault in FAULTS], caught, by_us, by_them))
    if "--all" not in arguments:
        print("cfn-lint was asked only about what the project's checks do not catch; --all asks about every fault.")
    missed = [fault for fault in FAULTS if fault.name not in caught]
    for fault in missed:
        print(f"not caught: {fault.kind}: {fault.name}")
    return int(bool(missed))


def _row(
    kind: str,
    names: list[str],
    caught: set[str],
    by_us: dict[str, tuple[str, ...]],
    by_them: dict[str, tuple[str, ...]],
) -> str:
    count = Counter(caught=len(caught & set(names)), ours=sum(bool(by_us[name]) for name in names))
    them = sum(bool(by_them.get(name)) for name in names)
    return f"{kind:<24}{count['caught']:>8}{len(names):>7}{count['ours']:>6}{them:>10}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
