"""Dynamic references reach a service as what they stand for, and stand in the template as they are written."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.stacks import create, physical_id, template, topic, update, why


def named(aws: Aws) -> str:
    attributes = aws.client("sns").get_topic_attributes(TopicArn=physical_id(aws, "Topic"))["Attributes"]
    return str(attributes["DisplayName"])


def of(reference: str) -> str:
    return template({"Topic": topic(DisplayName=f"is {{{{resolve:{reference}}}}}")})


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("secretsmanager:shop", '{"user": "u"}'),
        ("secretsmanager:shop:SecretString:user", "u"),
        ("secretsmanager:shop:SecretString:user:AWSCURRENT", "u"),
        ("secretsmanager:{arn}:SecretString:user::", "u"),
        ("ssm:/shop/name", "plain"),
        ("ssm-secure:/shop/name", "plain"),
    ],
)
def test_a_reference_is_resolved_when_it_is_sent(aws: Aws, reference: str, expected: str) -> None:
    arn = aws.client("secretsmanager").create_secret(Name="shop", SecretString='{"user": "u"}')["ARN"]
    aws.client("ssm").put_parameter(Name="/shop/name", Value="plain", Type="String")

    assert create(aws, of(reference.format(arn=arn))) == "CREATE_COMPLETE", why(aws, "Topic")

    assert named(aws) == f"is {expected}"


def test_a_secret_that_changed_is_no_change_of_the_stack(aws: Aws) -> None:
    """CloudFormation looks at the reference, not behind it."""
    aws.client("secretsmanager").create_secret(Name="shop", SecretString="one")
    create(aws, of("secretsmanager:shop"))
    aws.client("secretsmanager").put_secret_value(SecretId="shop", SecretString="two")

    with pytest.raises(ClientError, match="No updates are to be performed"):
        update(aws, of("secretsmanager:shop"))

    assert named(aws) == "is one"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("secretsmanager:shop:SecretString:nobody", "JSONKey nobody"),
        ("secretsmanager:other", "can't find"),
        ("secretsmanager:a:b:c:d:e:f:g", "Invalid dynamic reference"),
    ],
)
def test_a_reference_to_nothing_fails_the_resource(aws: Aws, reference: str, said: str) -> None:
    aws.client("secretsmanager").create_secret(Name="shop", SecretString='{"user": "u"}')

    assert create(aws, of(reference)) == "ROLLBACK_COMPLETE"

    assert said in why(aws, "Topic")
