"""The instance classes on offer, and what is sized by them: connections, memory, load.

Every one of them is offered for PostgreSQL in every Region that the stacks declare (registry schemas of cfn-lint
1.58.0, `dbinstanceclass_enum`) and can be watched by Database Insights, which t3 and t4g micro and small cannot.
Memory and vCPUs are those of the RDS user guide, "Hardware specifications for DB instance classes". Few rows keep the
edition for an existing VPC under 51,200 bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

from troposphere import Equals, FindInMap, Or, Parameter, Ref, Select, Template

from templates.carrier import carrier
from templates.parameters import Group, add_condition

# One list a class, not one key a number: twenty rows of keys would be a kilobyte.
MAPPING = "InstanceClasses"
COLUMN = "Sizes"
SIZES = ("Connections", "ConnectionsHigh", "MemoryLow", "Vcpus")
GIB = 1024**3

# PostgreSQL on RDS allows LEAST(memory / 9531392, 5000) connections (RDS user guide, "Quotas and constraints"), of the
# memory that is left when RDS and the operating system have taken theirs: nine tenths is what we count on and state
# explicitly, so that the alarm knows the ceiling to the last connection.
BYTES_PER_CONNECTION = 9_531_392
MOST_CONNECTIONS = 5000
USABLE_MEMORY = 0.9

HIGH_CONNECTIONS = 0.9
# What should be free. Aurora gives three quarters of the memory to PostgreSQL's buffers, and has less left when all is
# well. (CloudWatch user guide, "Recommended alarms", Amazon RDS, FreeableMemory; Aurora user guide, shared_buffers)
LOW_MEMORY = 0.25
LOW_MEMORY_OF_AURORA = 0.05


@carrier
class InstanceClass:
    """One class: memory in GiB, vCPUs, whether it runs on CPU credits, and how much of the memory should be free."""

    memory: int
    vcpus: int
    burstable: bool = False
    low_memory: float = LOW_MEMORY

    @property
    def max_connections(self) -> int:
        """The `max_connections` that the parameter group states."""
        return min(int(self.memory * GIB * USABLE_MEMORY / BYTES_PER_CONNECTION), MOST_CONNECTIONS)

    def sizes(self) -> list[str]:
        """The class's entry in the template's mapping, in the order of `SIZES`; mappings hold strings."""
        return [
            str(self.max_connections),
            str(int(self.max_connections * HIGH_CONNECTIONS)),
            str(int(self.memory * GIB * self.low_memory)),
            str(self.vcpus),
        ]


INSTANCE_CLASSES = {
    "db.t4g.medium": InstanceClass(memory=4, vcpus=2, burstable=True),
    "db.t3.medium": InstanceClass(memory=4, vcpus=2, burstable=True),
    "db.m6g.large": InstanceClass(memory=8, vcpus=2),
    "db.m6g.xlarge": InstanceClass(memory=16, vcpus=4),
    "db.m6g.2xlarge": InstanceClass(memory=32, vcpus=8),
    "db.m7i.large": InstanceClass(memory=8, vcpus=2),
    "db.m7i.xlarge": InstanceClass(memory=16, vcpus=4),
    "db.m7i.2xlarge": InstanceClass(memory=32, vcpus=8),
    "db.r6g.large": InstanceClass(memory=16, vcpus=2),
    "db.r6g.xlarge": InstanceClass(memory=32, vcpus=4),
    "db.r6g.2xlarge": InstanceClass(memory=64, vcpus=8),
    "db.r6g.4xlarge": InstanceClass(memory=128, vcpus=16),
    "db.r8g.large": InstanceClass(memory=16, vcpus=2),
    "db.r8g.xlarge": InstanceClass(memory=32, vcpus=4),
    "db.r8g.2xlarge": InstanceClass(memory=64, vcpus=8),
    "db.r8g.4xlarge": InstanceClass(memory=128, vcpus=16),
}


# Multi-AZ DB clusters have classes of their own, with local disks. (registry schemas, `dbclusterinstanceclass_enum`)
CLUSTER_CLASSES = {
    "db.m6gd.large": InstanceClass(memory=8, vcpus=2),
    "db.m6gd.xlarge": InstanceClass(memory=16, vcpus=4),
    "db.m6gd.2xlarge": InstanceClass(memory=32, vcpus=8),
    "db.m6gd.4xlarge": InstanceClass(memory=64, vcpus=16),
    "db.r6gd.large": InstanceClass(memory=16, vcpus=2),
    "db.r6gd.xlarge": InstanceClass(memory=32, vcpus=4),
    "db.r6gd.2xlarge": InstanceClass(memory=64, vcpus=8),
    "db.r6gd.4xlarge": InstanceClass(memory=128, vcpus=16),
}


def _of_aurora(*, memory: int, vcpus: int) -> InstanceClass:
    return InstanceClass(memory=memory, vcpus=vcpus, low_memory=LOW_MEMORY_OF_AURORA)


# Aurora's, and what it calls capacity that follows the load: its row is of one capacity unit, and sizes nothing.
SERVERLESS = "db.serverless"
AURORA_CLASSES = {
    SERVERLESS: _of_aurora(memory=2, vcpus=1),
    "db.r7g.large": _of_aurora(memory=16, vcpus=2),
    "db.r7g.xlarge": _of_aurora(memory=32, vcpus=4),
    "db.r7g.2xlarge": _of_aurora(memory=64, vcpus=8),
    "db.r7g.4xlarge": _of_aurora(memory=128, vcpus=16),
    "db.r8g.large": _of_aurora(memory=16, vcpus=2),
    "db.r8g.xlarge": _of_aurora(memory=32, vcpus=4),
    "db.r8g.2xlarge": _of_aurora(memory=64, vcpus=8),
    "db.r8g.4xlarge": _of_aurora(memory=128, vcpus=16),
}


@carrier
class Sizing:
    """The class that is chosen, what follows from it as expressions, and the condition that it runs on credits.

    There is no such condition where no class does. `connections_of` chooses the class whose connections are allowed,
    where that is another.
    """

    parameter: Parameter
    is_burstable: str | None
    connections_of: Parameter | None = None

    @property
    def instance_class(self) -> Ref:
        return Ref(self.parameter)

    def of(self, size: str) -> Select:
        """One of the `SIZES` of the chosen class."""
        connections = self.connections_of if size.startswith("Connections") else None
        return Select(SIZES.index(size), FindInMap(MAPPING, Ref(connections or self.parameter), COLUMN))


def add_sizing(t: Template, *, default: str, classes: Mapping[str, InstanceClass] = INSTANCE_CLASSES) -> Sizing:
    """Add the choice of an instance class and the mapping that knows what each of them has."""
    t.add_mapping(MAPPING, {name: {COLUMN: each.sizes()} for name, each in classes.items()})
    parameter = Group(t, "Database").add(
        "InstanceClass",
        label="Class",
        description="Connections and alarms follow. A change restarts.",
        default=default,
        values=tuple(classes),
    )
    burstable = [Equals(Ref(parameter), name) for name, each in classes.items() if each.burstable]
    return Sizing(
        parameter=parameter,
        is_burstable=add_condition(t, "IsBurstable", Or(*burstable)) if burstable else None,
    )
