"""The SQL that makes an application's roles, for a database owner who is no superuser, as RDS's master user is not.

What it does is repeatable, and all or nothing. Sources: RDS user guide, "Creating a database account using IAM
authentication"; PostgreSQL documentation, "Role Attributes", "Schemas: Usage Patterns", "ALTER DEFAULT PRIVILEGES".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from builder.roles.facts import MIGRATOR, READER, Facts

# Of an instance's connections. What is left is the master user's, RDS's own, and stays under the alarm at nine tenths.
APPLICATION_SHARE = 0.75
READER_SHARE = 0.10
MIGRATOR_SHARE = 0.02
FEWEST = 2

SECOND = 1000  # milliseconds, in which PostgreSQL counts all of these
MINUTE = 60 * SECOND
IDLE_IN_TRANSACTION = MINUTE
READER_STATEMENT = 5 * MINUTE
READER_IDLE = 30 * MINUTE
LOCK_WAIT = 5 * SECOND


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role that logs in: what it is for, how many sessions it may have, and its settings in the database."""

    name: str
    purpose: str
    connections: int
    settings: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Who is made. `owner` cannot log in: it owns the schema, and the migrator acts as it."""

    facts: Facts
    owner: str
    application: Role
    migrator: Role
    reader: Role

    @property
    def logins(self) -> tuple[Role, ...]:
        return self.application, self.migrator, self.reader

    @property
    def names(self) -> tuple[str, ...]:
        return self.owner, *(role.name for role in self.logins)


def roles(facts: Facts, *, connections: int, statement_timeout: int) -> Roles:
    """The roles of an application for an instance of that many connections; the timeout is in milliseconds."""
    user = facts.application
    # A group that ends idle transactions sooner goes on doing so: a role's setting would come before it.
    idle = min(IDLE_IN_TRANSACTION, facts.idle_in_transaction or IDLE_IN_TRANSACTION)
    common = {"search_path": f"{_name(user)}, public", "idle_in_transaction_session_timeout": _text(idle)}
    return Roles(
        facts=facts,
        owner=f"{user}_owner",
        application=Role(
            name=user,
            purpose="reads and writes rows",
            connections=_share(connections, APPLICATION_SHARE),
            settings={**common, "statement_timeout": _text(statement_timeout)},
        ),
        migrator=Role(
            name=user + MIGRATOR,
            purpose="changes the schema, as its owner",
            connections=_share(connections, MIGRATOR_SHARE),
            # A migration may take long, but must not stand in everybody's way while it waits.
            settings={
                **common,
                "role": _text(f"{user}_owner"),
                "statement_timeout": _text(0),
                "lock_timeout": _text(LOCK_WAIT),
            },
        ),
        reader=Role(
            name=user + READER,
            purpose="reads rows",
            connections=_share(connections, READER_SHARE),
            settings={
                **common,
                "default_transaction_read_only": "on",
                "statement_timeout": _text(READER_STATEMENT),
                "idle_session_timeout": _text(READER_IDLE),
            },
        ),
    )


def script(of: Roles, *, title: str) -> str:
    """The SQL, with `title` as its first line; it ends with a newline. Names are quoted, whatever is in them."""
    return "\n".join([*_heading(of, title), "", "BEGIN;", "", *_body(of), "COMMIT;", ""])


def _heading(of: Roles, title: str) -> Iterator[str]:
    facts = of.facts
    yield f"-- {title}"
    yield f"-- Run it in the database {_name(facts.database)} as its owner, the master user {_name(facts.master)};"
    yield "-- again after a change of the stack. All of it happens or nothing does."
    for role in of.logins:
        policy = facts.admitted.get(role.name)
        by = f"admitted by {policy}" if policy else "admitted by no policy yet: allow rds-db:connect to it"
        yield f"-- {_name(role.name)} {role.purpose}; {by}."


def _body(of: Roles) -> Iterator[str]:
    facts, owner, schema = of.facts, _name(of.owner), _name(of.facts.application)
    database = _name(facts.database)
    application, migrator, reader = (_name(role.name) for role in of.logins)
    everyone = ", ".join((application, migrator, reader))
    yield from _run(
        f"IF current_database() <> {_text(facts.database)} THEN",
        f"  RAISE EXCEPTION 'this is the database %, not %', current_database(), {_text(facts.database)};",
        "END IF;",
        # Without this, what only the owner may revoke would be a warning.
        "IF NOT EXISTS (SELECT FROM pg_catalog.pg_database",
        "    WHERE datname = current_database() AND pg_has_role(datdba, 'USAGE')) THEN",
        "  RAISE EXCEPTION '% does not own the database', current_user;",
        "END IF;",
    )
    for name in of.names:
        yield from _run(
            f"IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {_text(name)}) THEN",
            f"  CREATE ROLE {_name(name)};",
            "END IF;",
        )
    yield ""
    yield f"ALTER ROLE {owner} NOLOGIN;"
    for role in of.logins:
        yield f"ALTER ROLE {_name(role.name)} LOGIN CONNECTION LIMIT {role.connections};"
    yield ""
    yield "-- Whoever has rds_iam logs in by IAM alone, and so does every member of one who has it: the master user"
    yield "-- becomes a member of the owner, who has not, and never of these."
    yield f"GRANT rds_iam TO {everyone};"
    yield f"GRANT {owner} TO CURRENT_USER;"
    yield f"GRANT {owner} TO {migrator};"
    yield ""
    yield "-- From here on, others connect only when they are granted it."
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;"
    yield f"GRANT CONNECT ON DATABASE {database} TO {everyone};"
    yield f"GRANT TEMPORARY ON DATABASE {database} TO {application}, {owner};"
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
    yield ""
    yield f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner};"
    yield f"ALTER SCHEMA {schema} OWNER TO {owner};"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {application}, {reader};"
    yield ""
    yield "-- On what is in the schema, and on what its owner will make there."
    made_by_owner = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner}"
    yield f"{made_by_owner} REVOKE EXECUTE ON ROUTINES FROM PUBLIC;"
    for privileges, kind, to in (
        ("SELECT, INSERT, UPDATE, DELETE", "TABLES", application),
        ("SELECT", "TABLES", reader),
        ("USAGE, SELECT", "SEQUENCES", application),
        ("SELECT", "SEQUENCES", reader),
        ("EXECUTE", "ROUTINES", application),
    ):
        yield f"GRANT {privileges} ON ALL {kind} IN SCHEMA {schema} TO {to};"
        yield f"{made_by_owner} IN SCHEMA {schema} GRANT {privileges} ON {kind} TO {to};"
    yield ""
    for role in of.logins:
        for setting, value in role.settings.items():
            yield f"ALTER ROLE {_name(role.name)} IN DATABASE {database} SET {setting} = {value};"
    yield ""


def _run(*lines: str) -> Iterator[str]:
    """An anonymous block, between marks that nothing in it can be taken for."""
    body = "\n".join(lines)
    mark = next(mark for number in count() if (mark := f"$do{number or ''}$") not in body)
    yield from (f"DO {mark}", "BEGIN", *lines, "END", f"{mark};")


def _name(name: str) -> str:
    """A name as SQL, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _text(value: str | int) -> str:
    """A text as SQL, whatever is in it and whether or not backslashes mean something to the session."""
    quoted = "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"
    return f"E{quoted}" if "\\" in quoted else quoted


def _share(connections: int, share: float) -> int:
    return max(int(connections * share), FEWEST)
