"""All stacks of the simulated account, of every Region."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.engine.model import Refused, Stack


class Store:
    """Finds stacks by name and by ID; deleted ones only by ID, as AWS does.

    Reads work on copies: operations on other stacks go on meanwhile, in threads of their own.
    """

    def __init__(self) -> None:
        self.stacks: dict[str, Stack] = {}

    def add(self, stack: Stack) -> None:
        self.stacks[stack.id] = stack

    def of(self, region: str) -> list[Stack]:
        """The stacks of a Region, newest first, deleted ones included."""
        return [stack for stack in reversed(list(self.stacks.values())) if stack.region == region]

    def find(self, name_or_id: str, region: str) -> Stack:
        """The stack of that name or ID; raises Refused as CloudFormation words it."""
        stack = self.get(name_or_id, region)
        if stack is None:
            raise Refused(f"Stack with id {name_or_id} does not exist")
        return stack

    def get(self, name_or_id: str, region: str) -> Stack | None:
        """The stack of that name (not deleted) or ID (deleted or not), or None."""
        if name_or_id.startswith("arn:"):
            return self.stacks.get(name_or_id)
        live = (s for s in self.of(region) if s.name == name_or_id and s.status != "DELETE_COMPLETE")
        return next(live, None)

    def children(self, stack: Stack) -> Iterator[Stack]:
        """The stacks nested directly in this one."""
        return (each for each in list(self.stacks.values()) if each.parent_id == stack.id)

    def exports(self, region: str) -> dict[str, tuple[str, Stack]]:
        """Every export of a Region: its value and the stack it belongs to."""
        return {
            output.export: (output.value, stack)
            for stack in self.of(region)
            if stack.status != "DELETE_COMPLETE"
            for output in stack.outputs
            if output.export
        }

    def importers(self, export: str, region: str) -> list[str]:
        """The names of the stacks that read an export."""
        return [s.name for s in self.of(region) if export in s.imports and s.status != "DELETE_COMPLETE"]
