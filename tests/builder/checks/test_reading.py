"""The small readings that checks share: values, policies, names at their longest."""

from __future__ import annotations

from typing import Any

import pytest

from builder.checks.check import dig, number, truth
from builder.checks.policies import Request, allows
from builder.checks.reads import names_read
from builder.evaluate.patterns import PatternError
from builder.render.samples import longest
from tests.builder.checks.checking import found


@pytest.mark.parametrize(
    ("value", "expected"), [("5", 5), (5.5, 5.5), (True, None), ("{{resolve:ssm:a}}", None), ([], None)]
)
def test_a_number_is_read_from_text_but_not_from_a_boolean(value: object, expected: float | None) -> None:
    assert number(value) == expected


def test_what_is_not_there_reads_as_nothing() -> None:
    assert dig({"a": {"b": 1}}, "a", "b") == 1
    assert dig({"a": "text"}, "a", "b", "c") is None
    assert [truth(each) for each in (True, "false", "perhaps", None)] == [True, False, None, None]


SERVICE = {"Service": "a.amazonaws.com"}
ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "sns:*", "Resource": "*", "Principal": SERVICE}


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({}, True),
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "123456789012"}}, False),
        ({"NotResource": "arn:t"}, False),
        ({"Action": ["sns:Get*", "SNS:Publi?h"]}, True),
        ({"Effect": "Deny"}, False),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "1"}}}, True),
        ({"Condition": {"StringEquals": {"AWS:sourceaccount": ["2", "1"]}}}, True),
        ({"Condition": {"StringNotEquals": {"aws:SourceAccount": "1"}}}, False),
        ({"Condition": {"StringNotLike": {"aws:SourceArn": "x"}}}, True),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "x"}}}, False),
        ({"Condition": {"ArnLikeIfExists": {"aws:SourceArn": "x"}}}, True),
        ({"Condition": {"Null": {"aws:SourceArn": "true"}}}, True),
        ({"Condition": {"Null": {"aws:SourceAccount": "true"}}}, False),
        ({"Condition": {"ForAnyValue:StringEqualsIgnoreCase": {"aws:Tag": "YES"}}}, True),
        ({"Condition": {"Bool": {"aws:Tag": "no"}}}, False),
    ],
)
def test_a_policy_allows_what_iam_would(change: dict[str, Any], allowed: bool) -> None:
    context = {"aws:SourceAccount": "1", "aws:Tag": "yes"}
    request = Request(action="sns:Publish", resource="arn:t", service="a.amazonaws.com", context=context)
    assert allows({"Statement": [{**ALLOW, **change}]}, request) is allowed


def test_a_denial_outweighs_and_what_is_no_policy_allows_nothing() -> None:
    request = Request(action="sns:Publish", resource="arn:t", service="a.amazonaws.com")
    assert not allows({"Statement": [ALLOW, {**ALLOW, "Effect": "Deny"}]}, request)
    assert not allows("policy", request)


def test_names_are_read_through_conditions_and_these_may_go_in_circles() -> None:
    conditions = {"A": {"Fn::Or": [{"Condition": "B"}, {"Fn::Equals": [{"Ref": "P"}, "x"]}]}, "B": {"Condition": "A"}}
    node = {"Fn::If": ["A", {"Fn::Sub": ["${Q}${R}", {"R": {"Ref": "S"}}]}, [{"Fn::Sub": "${T.Arn}${U}"}]]}
    assert names_read(node, conditions) == {"P", "Q", "R", "S", "U"}


@pytest.mark.parametrize(
    ("pattern", "most", "length"),
    [
        ("[a-z]{1,20}", None, 20),
        ("[a-z]+", 12, 12),
        ("[0-9]{3}", 40, 3),
        ("v[0-9]{1,3}(-beta)?", None, 9),
        ("(ab|cd){2,4}", None, 8),
        ("v[a-z]+", 30, 30),
    ],
)
def test_the_longest_text_of_a_pattern_is_found(pattern: str, most: int | None, length: int) -> None:
    text = longest(pattern, most)
    assert text is not None
    assert len(text) == length


@pytest.mark.parametrize("pattern", ["(?!)", "(", "(?P<a>x)(?P<a>y)", r"\p{Nope}x", "(?i)x("])
def test_a_pattern_that_no_text_is_found_for_has_no_longest(pattern: str) -> None:
    assert longest(pattern, 10) is None


def test_a_pattern_that_takes_too_long_has_no_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pattern: str, text: str) -> bool:
        raise PatternError("takes too long")

    monkeypatch.setattr("builder.render.samples.matches", refuse)
    assert longest("(a+)+", 10) is None


NAMES = """
Parameters:
  P: {Type: String, Default: a, MaxLength: 300}
  L: {Type: CommaDelimitedList, Default: "a,b"}
  N: {Type: Number, Default: 1}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub "${P}"}}
  Vault:
    Type: AWS::Backup::BackupVault
    Properties: {BackupVaultName: !Select [!Ref N, !Split ["-", !Sub "a-b"]]}
  Alias:
    Type: AWS::KMS::Alias
    Properties: {AliasName: !Sub "alias/${Vault.BackupVaultName}${Vault}${N}", TargetKeyId: k}
  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub ["${X}", {X: !Select [0, !Ref L]}]}}
"""


def test_names_are_measured_with_what_they_take_from_other_resources() -> None:
    assert [line.partition(":")[0] for line in found("W9261", NAMES)] == ["Resources.Topic.Properties.TopicName"]


def test_a_name_that_cannot_stand_at_the_longest_parameters_is_left_alone() -> None:
    text = """
Parameters: {P: {Type: String, Default: "10.0.0.0/16", MaxLength: 18}}
Resources:
  Vault: {Type: AWS::Backup::BackupVault, Properties: {BackupVaultName: !Select [0, !Cidr [!Ref P, 1, 8]]}}
"""
    assert found("W9261", text) == []
