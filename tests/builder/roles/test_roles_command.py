"""`python build.py roles`: SQL that agrees with a template. What it does is asked of servers (tests/postgresql)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from builder import params
from builder.parameter_files import files
from builder.roles.facts import Facts
from builder.roles.sql import roles, script
from tests.conftest import REPOSITORY, Project
from tests.templates.rendering import CLUSTERS, DATABASES, ENVIRONMENTS, rendered

INSTANCE = {
    "Type": "AWS::RDS::DBInstance",
    "Properties": {"DBName": "app", "MasterUsername": "dbadmin", "DBParameterGroupName": {"Ref": "Group"}},
}
GROUP = {
    "Type": "AWS::RDS::DBParameterGroup",
    "Properties": {
        "Family": "postgres17",
        "Description": "g",
        "Parameters": {"max_connections": "200", "idle_in_transaction_session_timeout": "1000"},
    },
}


def policy(*users: str) -> dict[str, Any]:
    database = "arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:db-ABC"
    resources = [{"Fn::Sub": f"{database}/{user}"} for user in users]
    statement = {"Effect": "Allow", "Action": "rds-db:connect", "Resource": resources}
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [statement]}}}


def template(**resources: Any) -> str:
    kept = {"Database": INSTANCE, "Group": GROUP, "Connect": policy("orders"), **resources}
    return json.dumps({"Resources": {name: each for name, each in kept.items() if each}})


def printed(project: Project, text: str, *arguments: str) -> str:
    """What is printed for a template file in the environment `dev`, which gives no parameters."""
    path = project.write("shop.json", text)
    project.params("shop", "dev", [])
    done = project.run("roles", str(path), "--env", "dev", *arguments)
    assert (done.code, done.err) == (0, "")
    return done.out


def refused(project: Project, text: str, *arguments: str) -> str:
    path = project.write("shop.json", text)
    project.params("shop", "dev", [])
    done = project.run("roles", str(path), "--env", "dev", *arguments)
    assert (done.code, done.out) == (1, "")
    return done.err


def users_admitted(stack: str, environment: str, **values: str) -> set[str]:
    policies = rendered(stack, environment, **values).of_type("IAM::ManagedPolicy").values()
    text = json.dumps([each["PolicyDocument"] for each in policies])
    return set(re.findall(r'dbuser:[^/"]+/([^"]+)"', text))


def logins(sql: str) -> dict[str, int]:
    """Each role that may log in, and its connection limit."""
    return {name: int(limit) for name, limit in re.findall(r'ALTER ROLE "(\w+)" LOGIN CONNECTION LIMIT (\d+);', sql)}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("stack", [*DATABASES, *CLUSTERS, "tap-stack"])
def test_every_database_has_the_roles_that_its_policies_admit(project: Project, stack: str, environment: str) -> None:
    from builder import cli

    capture = project.capture
    capture.readouterr()
    assert cli.main(REPOSITORY, ["roles", stack, "--env", environment, "--connections", "100"]) == 0
    sql = capture.readouterr().out
    (path,) = [path for path in files(REPOSITORY, stack) if path.stem == environment]
    given = params.read(path)
    assert set(logins(sql)) == {given["ApplicationUser"] + suffix for suffix in ("", "_migrator", "_reader")}
    assert f'in the database "{given["DatabaseName"]}"' in sql
    assert f'the master user "{given["MasterUsername"]}"' in sql
    if stack in CLUSTERS:
        assert users_admitted(stack, environment) == set(logins(sql))
        assert "admitted by no policy" not in sql
    if stack in DATABASES:
        assert users_admitted(stack, environment) <= set(logins(sql))
        assert users_admitted(stack, environment, ApplicationUser="orders") & {"orders"}


def test_roles_share_the_connections_of_the_instance(project: Project) -> None:
    assert logins(printed(project, template())) == {"orders": 150, "orders_migrator": 4, "orders_reader": 20}
    few = logins(printed(project, template(), "--connections", "10"))
    assert few == {"orders": 7, "orders_migrator": 2, "orders_reader": 2}


def test_a_role_never_idles_longer_than_the_parameter_group_allows(project: Project) -> None:
    assert printed(project, template()).count("SET idle_in_transaction_session_timeout = '1000';") == 3
    for forever in ("0", "3600000"):
        group = json.loads(json.dumps(GROUP))
        group["Properties"]["Parameters"]["idle_in_transaction_session_timeout"] = forever
        assert "idle_in_transaction_session_timeout = '60000';" in printed(project, template(Group=group))


def test_the_applications_statements_end_when_asked(project: Project) -> None:
    assert '"orders" IN DATABASE "app" SET statement_timeout = \'30000\';' in printed(project, template())
    sql = printed(project, template(), "--statement-timeout", "5")
    assert '"orders" IN DATABASE "app" SET statement_timeout = \'5000\';' in sql


def test_who_has_no_policy_yet_is_told(project: Project) -> None:
    sql = printed(project, template(Reading=policy("orders_reader")))
    assert '-- "orders" reads and writes rows; admitted by Connect.' in sql
    assert '-- "orders_reader" reads rows; admitted by Reading.' in sql
    assert '-- "orders_migrator" changes the schema, as its owner; admitted by no policy yet' in sql


def test_a_cluster_is_a_database_and_its_members_are_not(project: Project) -> None:
    cluster = {
        "Type": "AWS::RDS::DBCluster",
        "Properties": {
            "DatabaseName": "shop",
            "MasterUsername": "chief",
            "DBClusterParameterGroupName": {"Ref": "ClusterGroup"},
        },
    }
    of_cluster: dict[str, Any] = {"DBClusterIdentifier": {"Ref": "Database"}}
    member = {"Type": "AWS::RDS::DBInstance", "Properties": of_cluster}
    group = {
        "Type": "AWS::RDS::DBClusterParameterGroup",
        "Properties": {"Family": "postgres17", "Description": "g", "Parameters": {"max_connections": "1000"}},
    }
    sql = printed(project, template(Database=cluster, Member=member, Group=None, ClusterGroup=group))
    assert logins(sql)["orders"] == 750
    of_cluster["DBParameterGroupName"] = {"Ref": "Group"}
    of_member = printed(project, template(Database=cluster, Member=member, ClusterGroup=group))
    assert logins(of_member)["orders"] == 150, "a member's own group comes before its cluster's"
    assert 'in the database "shop" as its owner, the master user "chief"' in sql


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        ({"Database": None}, "holds no database; fix: name a stack with just one"),
        ({"Second": INSTANCE}, "holds 2 databases"),
        ({"Connect": None}, "no policy allows rds-db:connect"),
        ({"Connect": policy("*")}, "no policy allows rds-db:connect"),
        ({"Connect": policy("orders", "bills")}, "policies admit orders, bills, and roles are made for one"),
        ({"Connect": policy("dbadmin")}, "'dbadmin' is the master user: given rds_iam, its password"),
        ({"Connect": policy("o" * 60)}, "is 69 bytes long, and PostgreSQL's names end at 63"),
        ({"Connect": policy("or\nders")}, "is no name to print"),
        ({"Group": {**GROUP, "Properties": {"Family": "postgres17"}}}, "no parameter group states max_connections"),
        (
            {"Database": {"Type": "AWS::RDS::DBInstance", "Properties": {"DBSnapshotIdentifier": "s"}}},
            "takes its database and roles from what it is made from",
        ),
    ],
)
def test_what_roles_cannot_be_made_for_is_refused(project: Project, resources: dict[str, Any], told: str) -> None:
    assert told in refused(project, template(**resources))


def test_a_formula_is_left_to_the_instance(project: Project) -> None:
    group = json.loads(json.dumps(GROUP))
    group["Properties"]["Parameters"]["max_connections"] = "LEAST({DBInstanceClassMemory/9531392},5000)"
    assert "give --connections" in refused(project, template(Group=group))
    assert logins(printed(project, template(Group=group), "--connections", "40"))["orders"] == 30


def test_an_environment_that_is_not_there_is_named(project: Project) -> None:
    project.params("shop", "dev", [])
    path = project.write("shop.json", template())
    assert "params/shop/prod.json: does not exist" in project.run("roles", str(path), "--env", "prod").err


def test_no_name_ends_a_block() -> None:
    known = Facts(
        database="$do$ $do1$",
        master="dbadmin",
        application="orders",
        admitted={"orders": "Connect"},
        connections=100,
        idle_in_transaction=None,
    )
    sql = script(roles(known, connections=100, statement_timeout=0), title="Roles")
    assert sql.count("DO $do2$\n") == sql.count("\n$do2$;\n") == 1
