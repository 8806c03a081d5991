"""What a rendered template says of its database that roles in it must agree with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.checks.check import at, listed, number
from builder.checks.policies import statements
from builder.problems import Failure, Problem
from builder.render import Rendered

# A cluster's members have no database or master user of their own.
_DATABASES = {"AWS::RDS::DBInstance": "DBName", "AWS::RDS::DBCluster": "DatabaseName"}
_POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy")
_GROUPS = {
    "AWS::RDS::DBClusterParameterGroup": "DBClusterParameterGroupName",
    "AWS::RDS::DBParameterGroup": "DBParameterGroupName",
}
_CONNECT = "rds-db:connect"
_ADMITTED = re.compile(r"arn:[^:]+:rds-db:[^:]*:[^:]*:dbuser:[^/]+/(?P<user>.+)", re.DOTALL)

# Of the application's user, for whom else may connect. Reader and migrator have policies of their own, or none yet.
MIGRATOR, READER = "_migrator", "_reader"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The database and its master user, the application's user, and who is admitted by which policy's logical ID.

    `connections` is max_connections and `idle_in_transaction` the milliseconds that a parameter group allows an open
    transaction to idle, 0 for ever; None where the template leaves that to the engine.
    """

    database: str
    master: str
    application: str
    admitted: Mapping[str, str]
    connections: int | None
    idle_in_transaction: int | None


def facts(rendered: Rendered) -> Facts:
    """The facts of the one database in a template or in what it nests. Raises Failure for what is not so."""
    file = rendered.file
    found = list(_databases(rendered))
    if len(found) != 1:
        what = "holds no database" if not found else f"holds {len(found)} databases"
        raise Failure([Problem(file=file, what=what, fix="name a stack with just one")])
    ((holder, logical_id),) = found
    resource = holder.resources[logical_id]
    properties = resource["Properties"]
    database, master = (properties.get(name) for name in (_DATABASES[resource["Type"]], "MasterUsername"))
    if not isinstance(database, str) or not isinstance(master, str):
        what = "takes its database and roles from what it is made from: a snapshot, a point in time or a source"
        fix = "print those of the stack that first made them"
        raise Failure([Problem(file=holder.file, key=".".join(map(str, at(logical_id))), what=what, fix=fix)])
    admitted = dict(_admitted(holder))
    applications = [user for user in admitted if not _belongs(user, admitted)]
    if len(applications) != 1:
        told = f"policies admit {', '.join(applications)}" if applications else f"no policy allows {_CONNECT}"
        what = f"{told}, and roles are made for one application"
        raise Failure([Problem(file=holder.file, what=what, fix=f"allow {_CONNECT} to one database user by its name")])
    members = [each for _, each in holder.of_type("AWS::RDS::DBInstance") if "DBClusterIdentifier" in each]
    parameters = _parameters(holder, [properties, *members])
    return Facts(
        database=database,
        master=master,
        application=applications[0],
        admitted=admitted,
        connections=_whole(parameters.get("max_connections")),
        idle_in_transaction=_whole(parameters.get("idle_in_transaction_session_timeout")),
    )


def _databases(rendered: Rendered) -> Iterator[tuple[Rendered, str]]:
    """Every database, with the template that holds it; the members of a cluster are none by themselves."""
    for logical_id, properties in rendered.of_type(*_DATABASES):
        if "DBClusterIdentifier" not in properties or rendered.resources[logical_id]["Type"] == "AWS::RDS::DBCluster":
            yield rendered, logical_id
    for child in rendered.nested.values():
        yield from _databases(child)


def _admitted(rendered: Rendered) -> Iterator[tuple[str, str]]:
    """Database users by name, as the policies allow them to connect; a pattern is nobody's name."""
    for logical_id, properties in rendered.of_type(*_POLICIES):
        for _, statement in statements(properties.get("PolicyDocument")):
            if statement.get("Effect") == "Allow" and _CONNECT in listed(statement.get("Action")):
                for resource in listed(statement.get("Resource")):
                    match = _ADMITTED.fullmatch(str(resource))
                    if match and not set("*?$") & set(match["user"]):
                        yield match["user"], logical_id


def _belongs(user: str, admitted: Mapping[str, str]) -> bool:
    """Whether a user is the migrator or the reader of another one."""
    return any(user.endswith(suffix) and user.removesuffix(suffix) in admitted for suffix in (MIGRATOR, READER))


def _parameters(rendered: Rendered, servers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The parameters of the groups that the database or its members name; an instance's come before its cluster's."""
    found: dict[str, Any] = {}
    for group_type, name in _GROUPS.items():
        for logical_id, group in rendered.of_type(group_type):
            ref = rendered.evaluation.value({"Ref": logical_id}, f"Resources.{logical_id}")
            if ref in [properties.get(name) for properties in servers]:
                found |= group.get("Parameters", {})
    return found


def _whole(value: Any) -> int | None:
    """A number as the parameter groups write it; None for a formula, which only an instance can evaluate."""
    found = number(value)
    return None if found is None else int(found)
