"""The edition whose master user's secret is the stack's: for sources of replicas and for Blue/Green deployments."""

from __future__ import annotations

import json

from tests.templates.rendering import built, rendered

STACK = "rds-high-availability-own-secret"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:rotation"


def test_rds_manages_no_secret() -> None:
    """Or the instance could have no replicas and no Blue/Green deployment."""
    assert not {"ManageMasterUserPassword", "MasterUserSecret"} & set(rendered(STACK).only("RDS::DBInstance"))


def test_the_password_is_in_the_secret_alone() -> None:
    instance = rendered(STACK).only("RDS::DBInstance")
    assert instance["MasterUserPassword"] == "{{resolve:secretsmanager:<MasterSecret>:SecretString:password}}"
    assert not [name for name in built(STACK)["Parameters"] if "Password" in name]


def test_the_secret_names_the_master_user_whose_password_it_holds() -> None:
    r = rendered(STACK, MasterUsername="owner")
    rule = r.only("SecretsManager::Secret")["GenerateSecretString"]
    assert json.loads(rule["SecretStringTemplate"]) == {"username": "owner"}
    assert rule["GenerateStringKey"] == "password"
    assert rule["ExcludePunctuation"] is True, "RDS refuses some, connection strings others"
    assert r.only("RDS::DBInstance")["MasterUsername"] == "owner"
    assert r.outputs["MasterSecretArn"]["Value"] == "<MasterSecret>"


def test_a_function_that_is_given_rotates_the_secret_once_it_knows_its_database() -> None:
    r = rendered(STACK, RotationFunctionArn=FUNCTION)
    schedule = r.only("SecretsManager::RotationSchedule")
    assert schedule["RotationLambdaARN"] == FUNCTION
    assert schedule["SecretId"] == "<MasterSecretAttachment>"
    assert schedule["RotationRules"] == {"AutomaticallyAfterDays": 7}
    assert not rendered(STACK).of_type("SecretsManager::RotationSchedule")
    assert "Transform" not in built(STACK)
