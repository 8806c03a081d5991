"""The proxy: TLS and IAM all the way, in front of the database and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.templates.rendering import Rendered, rendered

STACK = "rds-proxy"
GROUP, CLIENTS = "sg-0b123456789abcd01", "sg-0b123456789abcd02"


@pytest.fixture(scope="module")
def proxy() -> Rendered:
    return rendered(STACK, DatabaseSecurityGroupId=GROUP, ClientSecurityGroupId=CLIENTS, Port="5433")


def ports(rule: dict[str, Any]) -> tuple[Any, Any]:
    return rule["FromPort"], rule["ToPort"]


def test_nobody_connects_without_tls_or_by_a_password(proxy: Rendered) -> None:
    made = proxy.only("RDS::DBProxy")
    assert made["RequireTLS"] is True
    assert made["DefaultAuthScheme"] == "IAM_AUTH"
    assert "Auth" not in made, "a secret would stand between client and database"
    assert not proxy.of_type("SecretsManager::Secret")


def test_the_proxy_may_connect_as_the_one_user_to_the_one_database(proxy: Rendered) -> None:
    (policy,) = proxy.only("IAM::Role")["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["rds-db:connect"]
    database = "db-ABCDEFGHIJKLMNOPQRSTUVWXZZ"
    assert statement["Resource"] == [f"arn:aws:rds-db:eu-west-1:123456789012:dbuser:{database}/application"]


def test_an_application_may_connect_to_the_proxy_by_the_resource_id_in_its_arn(proxy: Rendered) -> None:
    (statement,) = proxy.only("IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["rds-db:connect"]
    assert statement["Resource"] == ["arn:aws:rds-db:eu-west-1:123456789012:dbuser:<Proxy>/application"]


def test_clients_reach_the_proxy_and_the_proxy_the_database(proxy: Rendered) -> None:
    """A proxy listens on PostgreSQL's own port, whatever the database's."""
    group = proxy.only("EC2::SecurityGroup")
    wearers = group["SecurityGroupIngress"][0]
    assert (wearers["SourceSecurityGroupId"], *ports(wearers)) == (CLIENTS, 5432, 5432)
    (out,) = group["SecurityGroupEgress"]
    assert (out["DestinationSecurityGroupId"], *ports(out)) == (GROUP, "5433", "5433")
    egress = proxy.only("EC2::SecurityGroupEgress")
    assert (egress["GroupId"], *ports(egress)) == (CLIENTS, 5432, 5432)
    ingress = proxy.only("EC2::SecurityGroupIngress")
    assert (ingress["GroupId"], *ports(ingress)) == (GROUP, "5433", "5433")
    assert egress["DestinationSecurityGroupId"] == ingress["SourceSecurityGroupId"] == "<ProxySecurityGroup.GroupId>"


def test_it_spans_every_subnet_given(proxy: Rendered) -> None:
    assert len(proxy.only("RDS::DBProxy")["VpcSubnetIds"]) == 3
    assert len(rendered(STACK, DatabaseSubnet3="").only("RDS::DBProxy")["VpcSubnetIds"]) == 2


def test_its_target_is_the_instance_and_comes_after_the_way_to_it(proxy: Rendered) -> None:
    target = proxy.resources["ProxyTargetGroup"]
    assert target["Properties"]["DBInstanceIdentifiers"] == ["postgres-tap-prod"]
    assert target["Properties"]["TargetGroupName"] == "default"
    assert set(target["DependsOn"]) == {"ClientToProxyEgress", "ProxyToDatabaseIngress"}


def test_its_log_is_there_before_it_and_has_no_statements(proxy: Rendered) -> None:
    made = proxy.resources["Proxy"]
    assert made["Properties"]["DBProxyName"] == "postgres-tap-prod-proxy"
    assert proxy.only("Logs::LogGroup")["LogGroupName"] == "/aws/rds/proxy/postgres-tap-prod-proxy"
    assert made["DependsOn"] == ["ProxyLogGroup"]
    assert made["Properties"]["DebugLogging"] is False


def test_every_alarm_tells_the_given_topic_and_what_to_do_first(proxy: Rendered) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:rds-alerts-tap-prod"
    for name, alarm in proxy.of_type("CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [topic], name
        assert " First: " in alarm["AlarmDescription"], name
        loud = name == "ProxyTargetUnavailable"
        assert alarm["TreatMissingData"] == ("breaching" if loud else "notBreaching"), name
