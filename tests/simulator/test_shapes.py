"""The stacks beside the core, once deployed: alone, beside it, changed, deleted."""

from __future__ import annotations

import json
from typing import Any

from simulator import Aws
from tests.simulator.products import launch, outputs

OWN_SECRET = "rds-high-availability-own-secret"


def function(aws: Aws) -> str:
    """The ARN of a function that could rotate."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.client("iam").create_role(RoleName="rotation", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    made = aws.client("lambda").create_function(
        FunctionName="rotation", Runtime="python3.13", Handler="index.handler", Role=role, Code={"ZipFile": b""}
    )
    return str(made["FunctionArn"])


def instance(aws: Aws, identifier: str) -> dict[str, Any]:
    (found,) = aws.client("rds").describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    return dict(found)


class TestOwnSecret:
    def test_its_secret_tells_where_the_database_is_and_is_rotated_by_a_function_given_later(self, aws: Aws) -> None:
        assert launch(aws, OWN_SECRET).ok
        secrets, arn = aws.client("secretsmanager"), outputs(aws, "product")["MasterSecretArn"]
        value = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
        assert value["username"] == "dbadmin"
        assert len(value["password"]) == 40
        assert value["host"] == outputs(aws, "product")["RdsEndpoint"]
        assert "MasterUserSecret" not in instance(aws, "postgres-tap-dev")

        rotation = function(aws)
        done = launch(aws, OWN_SECRET, RotationFunctionArn=rotation)

        assert done.ok, done.log
        found = secrets.describe_secret(SecretId=arn)
        assert (found["RotationLambdaARN"], found["RotationRules"]["AutomaticallyAfterDays"]) == (rotation, 7)
        assert json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"]) == value

    def test_a_function_that_is_not_there_is_refused(self, aws: Aws) -> None:
        arn = "arn:aws:lambda:us-east-1:123456789012:function:nobody"

        done = launch(aws, OWN_SECRET, RotationFunctionArn=arn)

        assert not done.ok
