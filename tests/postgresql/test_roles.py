"""The roles that `build.py roles` prints, made on real servers and held to what they may and may not do.

A server outside RDS has no `rds_iam` and no master user: both are made first, the latter with no more than RDS gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest

from builder.render.rendering import render
from builder.render.sources import place, source, values
from builder.roles.facts import Facts, facts
from builder.roles.sql import Roles, roles, script
from templates.postgresql import MAJORS
from tests.conftest import REPOSITORY
from tests.postgresql.client import Connection, ServerError
from tests.postgresql.servers import Cluster

STACK = "rds-high-availability-existing-vpc"
CONNECTIONS = 100

# Role by role, what it tries on the tables that migrations made, and whether it may.
ATTEMPTS = [
    ("application", "SELECT * FROM orders", True),
    ("application", "INSERT INTO orders (item) VALUES ('pear')", True),
    ("application", "UPDATE application.orders SET item = 'plum' WHERE id = 1", True),
    ("application", "DELETE FROM orders WHERE id = 1", True),
    ("application", "SELECT twice(2)", True),
    ("application", "CREATE TEMPORARY TABLE scratch (n int)", True),
    ("application", "TRUNCATE orders", False),
    ("application", "DROP TABLE orders", False),
    ("application", "ALTER TABLE orders ADD COLUMN n int", False),
    ("application", "CREATE TABLE more (n int)", False),
    ("application", "CREATE TABLE public.more (n int)", False),
    ("application", "CREATE SCHEMA mine", False),
    ("application", "SET ROLE application_owner", False),
    ("application", "CREATE ROLE other", False),
    ("application_migrator", "CREATE TABLE more (n int)", True),
    ("application_migrator", "ALTER TABLE orders ADD COLUMN n int", True),
    ("application_migrator", "DROP TABLE orders", True),
    ("application_migrator", "CREATE TABLE public.more (n int)", False),
    ("application_migrator", "CREATE SCHEMA mine", False),
    ("application_migrator", "CREATE ROLE other", False),
    ("application_migrator", "SET ROLE dbadmin", False),
    ("application_reader", "SELECT * FROM orders", True),
    ("application_reader", "SELECT last_value FROM orders_id_seq", True),
    ("application_reader", "INSERT INTO orders (item) VALUES ('pear')", False),
    ("application_reader", "SET TRANSACTION READ WRITE; INSERT INTO orders (item) VALUES ('pear')", False),
    ("application_reader", "SET TRANSACTION READ WRITE; CREATE TABLE more (n int)", False),
    ("application_reader", "SET TRANSACTION READ WRITE; CREATE TEMPORARY TABLE scratch (n int)", False),
    ("application_reader", "SELECT nextval('orders_id_seq')", False),
    ("application_reader", "SELECT twice(2)", False),
    ("application_reader", "SET ROLE application_owner", False),
]
REFUSALS = "permission denied|must be owner|in a read-only transaction"
MIGRATION = """
    CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY, item text);
    CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';
    INSERT INTO orders (item) VALUES ('apple');
"""


@dataclass(frozen=True)
class Prepared:
    """A running server on which the script has been run, and how to connect to its database."""

    major: str
    roles: Roles
    cluster: Cluster

    def session(self, user: str, database: str | None = None) -> Connection:
        return Connection(self.cluster.folder, user=user, database=database or self.roles.facts.database)

    def run(self, user: str, sql: str) -> list[tuple[str | None, ...]]:
        with self.session(user) as session:
            return session.query(sql)


def _facts() -> Facts:
    chosen = source(REPOSITORY, STACK)
    given = values(REPOSITORY, chosen, "prod")
    where = place(chosen, "us-east-1")
    return facts(render(chosen.template, given.values, where, file=chosen.file))


def _of(known: Facts) -> Roles:
    return roles(known, connections=CONNECTIONS, statement_timeout=30_000)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@pytest.fixture(scope="module")
def prepared(server: Cluster) -> Iterator[Prepared]:
    if server.major not in MAJORS:
        pytest.skip(f"no template is for PostgreSQL {server.major}")
    of = _of(_facts())
    with server.server({}) as root:
        _make_rds(root, server.major)
        _make_database(root, of)
        made = Prepared(server.major, of, server)
        with made.session(of.facts.master) as master:
            master.query(script(of, title="Roles"))
        with made.session(of.migrator.name) as migrator:
            migrator.query(MIGRATION)
        yield made


def _make_rds(root: Connection, major: str) -> None:
    """What RDS has: a role for IAM, and a master user who may make roles and grant that one."""
    root.query("CREATE ROLE rds_iam; CREATE ROLE dbadmin LOGIN CREATEROLE CREATEDB")
    if int(major) >= 16:  # before, CREATEROLE alone allows granting every role but a superuser
        root.query("GRANT rds_iam TO dbadmin WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")


def _make_database(root: Connection, of: Roles) -> None:
    root.query(f"CREATE DATABASE {_quoted(of.facts.database)} OWNER {_quoted(of.facts.master)}")


@pytest.mark.parametrize(("role", "sql", "allowed"), ATTEMPTS)
def test_each_role_may_do_what_it_is_for_and_nothing_else(
    prepared: Prepared, role: str, sql: str, allowed: bool
) -> None:
    with prepared.session(role) as session:
        session.query("BEGIN")  # never committed: each attempt finds the same tables
        if allowed:
            session.query(sql)
        else:
            with pytest.raises(ServerError, match=REFUSALS):
                session.query(sql)


def test_who_is_not_one_of_them_does_not_get_in(prepared: Prepared) -> None:
    prepared.run("postgres", "DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN")
    with pytest.raises(ServerError, match="permission denied for database"):
        prepared.session("stranger")
    with pytest.raises(ServerError, match="not permitted to log in"):
        prepared.session(prepared.roles.owner)


def test_what_a_migration_makes_belongs_to_the_schemas_owner(prepared: Prepared) -> None:
    found = prepared.run("postgres", "SELECT tableowner, schemaname FROM pg_tables WHERE tablename = 'orders'")
    assert found == [("application_owner", "application")]


def test_a_session_begins_with_its_roles_settings(prepared: Prepared) -> None:
    for role in prepared.roles.logins:
        with prepared.session(role.name) as session:
            for setting, value in role.settings.items():
                [(same,)] = session.query(f"SELECT current_setting('{setting}') = current_setting('{setting}')")
                assert same == "t"
                shown = session.show(setting)
                session.query(f"SET SESSION {setting} = {value}")
                assert session.show(setting) == shown, f"{role.name}: {setting}"


def test_a_statement_that_takes_too_long_ends(prepared: Prepared) -> None:
    quick = replace(prepared.roles.application, settings={"statement_timeout": "'20'"})
    of = replace(prepared.roles, application=quick)
    prepared.run(of.facts.master, script(of, title="Roles"))
    try:
        with pytest.raises(ServerError, match="statement timeout"):
            prepared.run(quick.name, "SELECT pg_sleep(5)")
    finally:
        prepared.run(of.facts.master, script(prepared.roles, title="Roles"))


def test_a_role_has_no_more_sessions_than_its_limit(prepared: Prepared) -> None:
    migrator = prepared.roles.migrator
    with ExitStack() as open_sessions:
        for _ in range(migrator.connections):
            open_sessions.enter_context(prepared.session(migrator.name))
        with pytest.raises(ServerError, match="too many connections for role"):
            prepared.session(migrator.name)


def test_running_it_again_changes_nothing(prepared: Prepared) -> None:
    def state() -> list[list[tuple[str | None, ...]]]:
        return [
            prepared.run("postgres", f"SELECT * FROM {table} ORDER BY 1")
            for table in (
                "pg_roles",
                "(SELECT roleid::regrole, member::regrole, grantor::regrole FROM pg_auth_members) AS t",
                "(SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting) AS t",
                "(SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname !~ '^pg_') AS t",
                "(SELECT defaclrole, defaclnamespace, defaclobjtype, defaclacl FROM pg_default_acl) AS t",
                "(SELECT oid, relname, relowner, relacl FROM pg_class WHERE relname ~ 'orders') AS t",
                "(SELECT oid, datacl FROM pg_database) AS t",
            )
        ]

    before = state()
    prepared.run(prepared.roles.facts.master, script(prepared.roles, title="Roles"))
    assert state() == before


def test_tables_from_before_default_privileges_are_reached_too(prepared: Prepared) -> None:
    """What another run finds in the schema is granted as what is made later."""
    of = prepared.roles
    prepared.run(of.migrator.name, "CREATE TABLE old (n int); REVOKE ALL ON old FROM application, application_reader")
    try:
        with pytest.raises(ServerError, match="permission denied"):
            prepared.run(of.reader.name, "SELECT * FROM old")
        prepared.run(of.facts.master, script(of, title="Roles"))
        assert prepared.run(of.reader.name, "SELECT * FROM old") == []
    finally:
        prepared.run(of.migrator.name, "DROP TABLE old")


def test_the_master_user_keeps_its_password(prepared: Prepared) -> None:
    """RDS takes whoever is a member of rds_iam, through others too, for a user of IAM.

    From PostgreSQL 16 on, whoever makes a role administers it, by a grant that neither it nor this script can avoid.
    """
    rest = "" if int(prepared.major) < 16 else "AND (inherit_option OR set_option)"
    members = f"""
        WITH RECURSIVE iam(id) AS (
            SELECT 'rds_iam'::regrole::oid
            UNION SELECT member FROM pg_auth_members JOIN iam ON roleid = id {rest}
        ) SELECT id::regrole::text FROM iam
    """
    found = {name for (name,) in prepared.run("postgres", members)}
    assert found == {"rds_iam", *(role.name for role in prepared.roles.logins)}


def test_the_wrong_database_or_user_is_refused_and_nothing_is_left(prepared: Prepared) -> None:
    of = _of(replace(_facts(), application="other"))
    text = script(of, title="Roles")
    with pytest.raises(ServerError, match="this is the database postgres, not app"):
        prepared.session(of.facts.master, "postgres").query(text)
    with pytest.raises(ServerError, match="application does not own the database"):
        prepared.run("application", text)
    assert prepared.run("postgres", "SELECT FROM pg_roles WHERE rolname ~ '^other'") == []


@pytest.mark.parametrize("name", ['we"ird', "o'clock", "back\\slash", "$do$; DROP ROLE x", "-- ;", "Größe", "a,b c"])
def test_any_name_stays_one_name(prepared: Prepared, name: str) -> None:
    of = _of(replace(_facts(), database=f"db {name}", application=name))
    with prepared.session("postgres", "postgres") as root:
        _make_database(root, of)
        try:
            for _ in range(2):
                with prepared.session(of.facts.master, of.facts.database) as master:
                    master.query(script(of, title="Roles"))
            with prepared.session(of.migrator.name, of.facts.database) as migrator:
                assert migrator.query("SELECT current_user") == [(of.owner,)]
                migrator.query("CREATE TABLE t (n int)")
            with prepared.session(of.application.name, of.facts.database) as application:
                assert application.query("INSERT INTO t VALUES (1) RETURNING current_schema()") == [(name,)]
        finally:
            root.query(f"DROP DATABASE {_quoted(of.facts.database)} WITH (FORCE)")
            for role in of.names:
                root.query(f"DROP ROLE IF EXISTS {_quoted(role)}")
