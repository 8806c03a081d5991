"""What a picture shows, before it is drawn; and its two written forms."""

from __future__ import annotations

import re
from typing import Any

import pytest

from builder.docs.dot import dot
from builder.docs.items import Item
from builder.docs.mermaid import mermaid
from builder.docs.picture import Picture, picture
from tests.builder.docs.templates import POSTGRES, TWO_ZONES, att, drawn, of, reading, ref

TOPIC = {"Topic": of("SNS::Topic", KmsMasterKeyId="k")}
SHOP = TWO_ZONES | POSTGRES


def alarm(name: str) -> dict[str, Any]:
    return of(
        "CloudWatch::Alarm",
        AlarmActions=[ref("Topic")],
        Dimensions=[{"Name": "DBInstanceIdentifier", "Value": ref(name)}],
    )


def items(made: Picture) -> dict[str, Item]:
    return {item.id: item for group in made.groups for item in group.items} | dict(made.items)


def outside(made: Picture) -> dict[str, Item]:
    return {item.id: item for item in made.outside}


def arrows(made: Picture) -> set[tuple[str, str, str]]:
    return {(arrow.source, arrow.label, arrow.target) for arrow in made.arrows}


def test_resources_of_one_kind_are_one_item_that_names_them() -> None:
    made = drawn(TOPIC | SHOP | {f"Shop{what}": alarm("Shop") for what in ("CpuTooHigh", "DiskFull", "Silent")})
    (item,) = (item for item in items(made).values() if item.title == "3 alarms")
    assert " ".join(item.lines) == "cpu too high, disk full, silent"


def test_names_that_only_a_number_tells_apart_are_one_wherever_it_stands() -> None:
    numbered = {f"Member{number}{what}": alarm("Shop") for number in (1, 2, 3) for what in ("Silent", "Full")}
    made = drawn(TOPIC | SHOP | numbered | {"ClusterFull": alarm("Shop")})
    (item,) = (item for item in items(made).values() if item.title == "7 alarms")
    assert " ".join(item.lines) == "member silent (3), member full (3), cluster full"


def test_names_that_share_little_are_kept() -> None:
    made = drawn({"Alpha": "IAM::Role", "BetaRole": "IAM::Role"})
    assert items(made)["Alpha"].lines == ("alpha, beta",)


def test_details_are_told_of_each_where_they_differ_and_once_where_not() -> None:
    def logs(first: int, second: int) -> tuple[str, ...]:
        groups = {
            "One": of("Logs::LogGroup", RetentionInDays=first),
            "Two": of("Logs::LogGroup", RetentionInDays=second),
        }
        return items(drawn(groups))["One"].lines

    assert logs(7, 7) == ("one, two", "7 days")
    assert logs(7, 30) == ("one (7 days), two (30 days)",)


def test_what_stands_apart_is_an_item_each() -> None:
    assert {"A", "B"} <= set(items(drawn({"A": "S3::Bucket", "B": "S3::Bucket"})))


def test_a_crowd_of_what_stands_apart_is_one_item_with_one_arrow() -> None:
    made = drawn(
        {f"Queue{number}": "SQS::Queue" for number in range(20)}
        | {f"Topic{number}": of("SNS::Topic", KmsMasterKeyId="k") for number in range(20)}
        | {
            f"Told{number}": of(
                "SNS::Subscription",
                TopicArn=ref(f"Topic{number}"),
                Protocol="sqs",
                Endpoint=att(f"Queue{number}", "Arn"),
            )
            for number in range(20)
        }
        | {
            f"Run{number}": of("Lambda::Function", Environment={"Variables": {"Q": ref(f"Queue{number}")}})
            for number in range(20)
        }
    )
    assert {item.title for item in items(made).values()} == {"20 queues", "20 topics", "20 functions"}
    assert arrows(made) == {("Run0", "uses", "Queue0")}
    assert items(made)["Topic0"].lines[-1] == "messages → 20 queues"


def test_a_topic_that_tells_a_resource_of_the_template_tells_nobody_outside() -> None:
    told = of("SNS::Subscription", TopicArn=ref("Topic"), Protocol="lambda", Endpoint=att("Run", "Arn"))
    made = drawn(TOPIC | {"Run": "Lambda::Function", "Told": told})
    assert made.outside == ()
    assert arrows(made) == {("Topic", "messages", "Run")}


def test_arrows_that_share_an_end_are_the_groups() -> None:
    told = of("RDS::EventSubscription", SourceIds=[ref("Shop")], SnsTopicArn=ref("Topic"))
    made = drawn(TOPIC | SHOP | {"Told": told, "Alarm": alarm("Shop")})
    assert arrows(made) >= {
        ("Shop", "events, metrics", "group Watching"),
        ("group Watching", "events, alarms", "Topic"),
    }


def test_what_flows_inside_a_group_is_told_in_words() -> None:
    logging = of("S3::Bucket", LoggingConfiguration={"DestinationBucketName": ref("Logs")})
    made = drawn({"Data": logging, "Logs": "S3::Bucket"})
    assert made.arrows == ()
    assert items(made)["Data"].lines == ("access log → Logs",)


def test_clients_are_those_whom_the_security_group_admits() -> None:
    made = drawn(SHOP)
    assert outside(made)["clients"].lines == ("in Inner1 to 2", "wearing Worn")
    assert ("clients", "port 5432", "Shop") in arrows(made)


def test_a_parameter_group_that_forces_tls_says_so() -> None:
    forced = of("RDS::DBParameterGroup", Family="postgres17", Description="x", Parameters={"rds.force_ssl": 1})
    shop = {**POSTGRES["Shop"]["Properties"], "DBParameterGroupName": ref("Forced")}
    made = drawn(SHOP | {"Forced": forced, "Shop": of("RDS::DBInstance", **shop)})
    assert ("clients", "TLS, port 5432", "Shop") in arrows(made)


def test_clients_come_by_rules_of_their_own_too_and_on_a_port_that_nobody_states() -> None:
    rule = of("EC2::SecurityGroupIngress", GroupId=att("Guard", "GroupId"), CidrIp="192.0.2.0/24")
    guard = of("EC2::SecurityGroup", GroupDescription="x", VpcId=ref("Net"))
    shop = {key: value for key, value in POSTGRES["Shop"]["Properties"].items() if key != "Port"}
    made = drawn(SHOP | {"Guard": guard, "Rule": rule, "Shop": of("RDS::DBInstance", **shop)})
    assert outside(made)["clients"].lines == ("in 192.0.2.0/24",)
    assert ("clients", "connections", "Shop") in arrows(made)


def test_one_rule_may_be_written_alone_and_of_the_newer_protocol() -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIpv6": "2001:db8::/32"}
    guard = of("EC2::SecurityGroup", GroupDescription="x", VpcId=ref("Net"), SecurityGroupIngress=rule)
    assert outside(drawn(SHOP | {"Guard": guard}))["clients"].lines == ("in 2001:db8::/32",)


def test_a_database_that_admits_nobody_has_no_clients() -> None:
    closed = of("EC2::SecurityGroup", GroupDescription="x", VpcId=ref("Net"))
    assert "clients" not in outside(drawn(SHOP | {"Guard": closed}))


def test_the_internet_is_where_an_internet_gateway_leads() -> None:
    without_nat = {name: each for name, each in TWO_ZONES.items() if name not in ("Nat", "InnerRoute")}
    assert ("Gate", "outbound, by NAT", "internet") in arrows(drawn(TWO_ZONES))
    assert ("Gate", "public subnets", "internet") in arrows(drawn(without_nat))


@pytest.mark.parametrize(
    ("protocol", "title"), [("email", "E-mail"), ("https", "HTTPS endpoint"), ("sms", "Text message"), ("sqs", "sqs")]
)
def test_whom_a_topic_tells_stands_outside(protocol: str, title: str) -> None:
    told = of("SNS::Subscription", TopicArn=ref("Topic"), Protocol=protocol, Endpoint="somebody")
    assert outside(drawn(TOPIC | {"Told": told}))["Told"].title == title


def test_what_a_parameter_names_stands_outside_with_an_icon_by_its_name() -> None:
    parameters = {name: {"Type": "String"} for name in ("TopicArn", "ThingId")}
    given = {"TopicArn": "arn:aws:sns:eu-west-1:1:t", "ThingId": "thing-1"}
    watch = of("CloudWatch::Alarm", AlarmActions=[ref("TopicArn"), ref("ThingId")])
    made = outside(drawn({"Alarm": watch}, given, Parameters=parameters))
    assert made["given TopicArn"].icon.endswith("sns-topic")
    assert made["given ThingId"].icon.endswith("cloudformation-template")


def test_copies_go_elsewhere() -> None:
    shop = of("RDS::DBInstance", AutomaticBackupReplicationRegion="eu-central-1")
    assert outside(drawn({"Shop": shop}))["elsewhere"].title == "Elsewhere"


def test_a_standby_stands_at_the_other_end() -> None:
    assert items(drawn(SHOP))["Shop"].twin == "standby"
    alone = of("RDS::DBInstance", Engine="mysql", MultiAZ="false")
    assert items(drawn({"Shop": alone}))["Shop"].twin == ""


def test_nested_stacks_are_summed_up_behind_their_parent_live_or_not() -> None:
    conditions = {"Never": {"Fn::Equals": ["a", "b"]}}
    child = reading(SHOP | {"Odd": "CloudFormation::WaitConditionHandle"})
    resources = {
        "On": of("CloudFormation::Stack", TemplateURL="./on.json"),
        "Off": {**of("CloudFormation::Stack", TemplateURL="off.json"), "Condition": "Never"},
    }
    parent = reading(resources, Conditions=conditions, Outputs={"O": {"Value": "x"}})
    made = picture(parent, {"On": child, "Off": child}, title="parent", caption="")
    assert arrows(made) == {("this stack", "nests", "On"), ("this stack", "nests", "Off")}
    on, off = (next(group for group in made.groups if group.id == name) for name in ("On", "Off"))
    assert (on.note, off.note) == ("on.json", "off.json, if Never")
    assert "Off: off.json, if Never" in mermaid(made)
    assert {item.title: item.lines for item in on.items}["Database"] == ("1 database instance",)


class TestDot:
    """The text for Graphviz."""

    def test_it_is_the_same_each_time_and_names_no_folder(self) -> None:
        assert dot(drawn(SHOP | TOPIC)) == dot(drawn(SHOP | TOPIC))
        assert not re.search(r'SRC="/', dot(drawn(SHOP)))

    def test_what_comes_from_outside_stays_at_the_left(self) -> None:
        text = dot(drawn(SHOP))
        assert re.search(r'"clients" -> "Net":"Shop.in":w', text)
        assert re.search(r'"internet" -> "Net":"Gate.in":w .*dir=back', text)

    def test_arrows_join_what_stands_in_subnets(self) -> None:
        run = of("Lambda::Function", VpcConfig={"SubnetIds": [ref("Inner1")]}, Environment={"Q": ref("Queue")})
        assert '"Net":"Run.out":e -> "group Alerts":"Queue.in":w' in dot(
            drawn(TWO_ZONES | {"Run": run, "Queue": "SQS::Queue"})
        )

    def test_a_group_that_only_echoes_the_one_behind_stands_above_it(self) -> None:
        vault = {
            "Vault": "Backup::BackupVault",
            "Plan": of("Backup::BackupPlan", BackupPlan={"BackupPlanRule": [{"TargetBackupVault": ref("Vault")}]}),
            "Chosen": of(
                "Backup::BackupSelection",
                BackupPlanId=ref("Plan"),
                BackupSelection={"Resources": [att("Shop", "DBInstanceArn")]},
            ),
            "Failed": of(
                "Events::Rule", EventPattern={"detail": {"v": [att("Vault", "Arn")]}}, Targets=[{"Arn": ref("Topic")}]
            ),
        }
        text = dot(drawn(SHOP | TOPIC | vault))
        assert '{rank=same; "group Watching"; "group Alerts"}' in text
        assert '"group Watching":n -> "group Alerts":s' in text

    def test_arrows_in_a_circle_are_drawn(self) -> None:
        queue = of("SQS::Queue", RedrivePolicy={"deadLetterTargetArn": att("Run", "Arn")})
        run = of("Lambda::Function", Environment={"Variables": {"Q": ref("Queue")}})
        text = dot(drawn({"Queue": queue, "Run": run}))
        assert text.count(" -> ") == 2

    def test_a_legend_explains_the_colours_where_there_are_several(self) -> None:
        assert "&#8594; data" in dot(drawn(SHOP | TOPIC | {"Alarm": alarm("Shop")}))
        assert "&#8594; data" not in dot(drawn(SHOP))

    def test_markup_in_names_is_text(self) -> None:
        made = drawn({"Topic": of("SNS::Topic")})
        assert "&lt;b&gt;" in dot(Picture(**{**vars(made), "title": "<b>"}))

    def test_a_template_with_nothing_to_draw_is_a_drawing(self) -> None:
        assert dot(drawn({"Handle": "CloudFormation::WaitConditionHandle"})).startswith("digraph {")

    def test_a_vpc_with_a_name_of_its_own_has_it_and_one_called_vpc_has_it_once(self) -> None:
        renamed = {"VPC": TWO_ZONES["Net"]}
        assert ">VPC Net<" in dot(drawn(TWO_ZONES))
        assert ">VPC<" in dot(drawn(renamed))

    def test_a_zone_without_a_subnet_of_a_tier_stays_empty(self) -> None:
        resources = {name: each for name, each in TWO_ZONES.items() if not name.startswith("Inner2")}
        assert "<TD></TD></TR></TABLE>" in dot(drawn(resources))


class TestMermaid:
    """The text that code hosts draw."""

    def test_places_groups_and_arrows_are_in_it(self) -> None:
        text = mermaid(drawn(SHOP | TOPIC | {"Alarm": alarm("Shop")}))
        assert text.startswith("flowchart LR")
        assert text.count("subgraph") == len(re.findall(r"^end$", text, re.MULTILINE))
        for told in ("Open subnets", "Zone 1: 10.0.1.0/24<br/>Nat", "<b>Shop</b>", "standby", '-->|"port 5432"|'):
            assert told in text

    def test_a_missing_subnet_is_left_out(self) -> None:
        resources = {name: each for name, each in TWO_ZONES.items() if not name.startswith("Inner2")}
        assert mermaid(drawn(resources)).count("Zone 2") == 1

    def test_what_mermaid_reads_itself_is_written_as_entities(self) -> None:
        topic = of("SNS::Subscription", TopicArn=ref("Topic"), Protocol='a"b|<c>#')
        assert "a#quot;b#124;#lt;c#gt;#35;" in mermaid(drawn(TOPIC | {"Told": topic}))
