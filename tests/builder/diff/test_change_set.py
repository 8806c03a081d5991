"""A change set of AWS's in the terms of the diff, and what comes of it beside the templates.

The documents are written as AWS gives them; botocore's model of the API judges each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from builder.diff.agreement import agreed
from builder.diff.change_set import ChangeSet, described_stacks, live_changes
from builder.diff.concealment import concealing
from builder.diff.guard import judge
from builder.diff.model import Diff, Effect, Fate, Notice, ResourceChange, Verdict
from builder.diff.sides import Given, Side, side, valued
from tests.builder.diff.comparing import PLACE, altered, change, compared, property_change, resources, source, verdicts

MODEL: Any = botocore.session.get_session().get_service_model("cloudformation")
STACK = "AWS::CloudFormation::Stack"
DATABASE = "AWS::RDS::DBInstance"
TABLE = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders"}}


def document(logical_id: str, of_type: str, action: str, **more: Any) -> dict[str, Any]:
    """One ResourceChange, which the API's model must admit."""
    found = {"LogicalResourceId": logical_id, "ResourceType": of_type, "Action": action, **more}
    report = ParamValidator().validate(found, MODEL.shape_for("ResourceChange"))
    assert not report.has_errors(), report.generate_report()
    for key, enum in (("Action", "ChangeAction"), ("Replacement", "Replacement"), ("PolicyAction", "PolicyAction")):
        assert found.get(key) in (None, *MODEL.shape_for(enum).enum)
    return found


def detail(
    name: str, recreation: str, *, evaluation: str = "Static", origin: str = "DirectModification", **more: Any
) -> dict[str, Any]:
    """One ResourceChangeDetail of a property."""
    cause = {"CausingEntity": more.pop("CausingEntity")} if "CausingEntity" in more else {}
    target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation, **more}
    return {"Target": target, "Evaluation": evaluation, "ChangeSource": origin, **cause}


def modify(logical_id: str, of_type: str, replacement: str, *details: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return document(logical_id, of_type, "Modify", Replacement=replacement, Details=list(details), **more)


def shown(path: str, attribute: str, name: str, value: str) -> str:
    """Conceals nothing."""
    return value


def live(*documents: Mapping[str, Any], **nested: ChangeSet) -> tuple[ResourceChange, ...]:
    return tuple(live_changes(ChangeSet(changes=documents, nested=nested), shown))


def one(*documents: Mapping[str, Any], **nested: ChangeSet) -> ResourceChange:
    (found,) = live(*documents, **nested)
    return found


class TestWhatAwsSays:
    @pytest.mark.parametrize(
        ("action", "more", "verdict", "fate"),
        [
            ("Add", {}, Verdict.ADD, None),
            ("Import", {}, Verdict.ADD, None),
            ("Remove", {"PolicyAction": "Delete"}, Verdict.REMOVE, Fate.DELETED),
            ("Remove", {"PolicyAction": "Retain"}, Verdict.ORPHAN, Fate.RETAINED),
            ("Remove", {"PolicyAction": "Snapshot"}, Verdict.REMOVE, Fate.SNAPSHOTTED),
            ("Remove", {}, Verdict.REMOVE, None),
            ("Modify", {"Replacement": "False"}, Verdict.UPDATE, None),
            ("Modify", {"Replacement": "True", "PolicyAction": "ReplaceAndDelete"}, Verdict.REPLACE, Fate.DELETED),
            (
                "Modify",
                {"Replacement": "True", "PolicyAction": "ReplaceAndSnapshot"},
                Verdict.REPLACE,
                Fate.SNAPSHOTTED,
            ),
            (
                "Modify",
                {"Replacement": "Conditional", "PolicyAction": "ReplaceAndRetain"},
                Verdict.MAY_REPLACE,
                Fate.RETAINED,
            ),
            ("Dynamic", {}, Verdict.MAY_REPLACE, None),
            ("SyncWithActual", {}, Verdict.UPDATE, None),
        ],
    )
    def test_actions_replacements_and_policies_become_verdicts_and_fates(
        self, action: str, more: dict[str, str], verdict: Verdict, fate: Fate | None
    ) -> None:
        found = one(document("Database", DATABASE, action, **more))
        assert (found.verdict, found.fate) == (verdict, fate)
        gone = verdict in (Verdict.REMOVE, Verdict.REPLACE, Verdict.MAY_REPLACE)
        assert bool(found.holds) == gone
        assert bool(found.cause) == (verdict in (Verdict.REPLACE, Verdict.MAY_REPLACE))

    def test_every_action_policy_and_replacement_of_the_api_is_known(self) -> None:
        for action in MODEL.shape_for("ChangeAction").enum:
            for policy in MODEL.shape_for("PolicyAction").enum:
                for replacement in MODEL.shape_for("Replacement").enum:
                    one(document("It", DATABASE, action, PolicyAction=policy, Replacement=replacement))

    def test_a_snapshot_of_what_has_none_is_a_deletion(self) -> None:
        found = one(document("Queue", "AWS::SQS::Queue", "Remove", PolicyAction="Snapshot"))
        assert found.fate is Fate.DELETED

    def test_a_member_of_a_cluster_holds_nothing_as_its_context_tells(self) -> None:
        context = json.dumps({"Properties": {"DBClusterIdentifier": "orders"}})
        assert not one(document("Member", DATABASE, "Remove", PolicyAction="Delete", BeforeContext=context)).holds

    @pytest.mark.parametrize("context", ['{"Properties": {"DBClusterIden', "[]", '{"Properties": 1}'])
    def test_a_context_that_is_cut_off_leaves_the_worst_to_be_assumed(self, context: str) -> None:
        assert one(document("Member", DATABASE, "Remove", BeforeContext=context)).holds

    def test_properties_are_told_with_values_effect_and_cause(self) -> None:
        group = detail(
            "DBSubnetGroupName",
            "Always",
            evaluation="Dynamic",
            origin="ResourceReference",
            CausingEntity="Group",
            Path="/Properties/DBSubnetGroupName",
            BeforeValue="old",
            AfterValue="{{changeSet:KNOWN_AFTER_APPLY}}",
        )
        tag = detail("Tags", "Never", Path="/Properties/Tags/0/Value", BeforeValue="a", AfterValue="b")
        found = one(modify("Database", DATABASE, "Conditional", group, tag))
        first, second = found.properties
        assert (first.path, first.old, first.new) == ("DBSubnetGroupName", "old", "(known after the change)")
        assert (first.effect, first.via) == (Effect.MAY_REPLACE, ("Group",))
        assert first.source == "change set: RequiresRecreation Always"
        assert (second.path, second.old, second.new, second.name) == ("Tags[0].Value", "a", "b", "Tags")
        assert found.cause == ("Database", "DBSubnetGroupName", "Group")

    def test_lists_and_objects_are_told_as_such_and_what_is_cut_off_as_text(self) -> None:
        values = {"BeforeValue": '["a", "b"]', "AfterValue": '["a", "b'}
        numbers = {"BeforeValue": "5432", "AfterValue": "true"}
        details = (detail("Names", "Never", **values), detail("Port", "Never", **numbers))
        first, second = one(modify("It", "AWS::SNS::Topic", "False", *details)).properties
        assert (first.old, first.new) == (["a", "b"], '["a", "b')
        assert (second.old, second.new) == ("5432", "true")

    def test_a_place_that_is_listed_for_several_reasons_is_told_once_with_the_worst_effect(self) -> None:
        weak = detail("Name", "Always", evaluation="Dynamic", origin="ParameterReference", CausingEntity="P")
        found = one(modify("It", "AWS::SNS::Topic", "True", weak, detail("Name", "Always", AfterValue="b")))
        (only,) = found.properties
        assert (only.effect, only.new) == (Effect.REPLACE, "b")

    def test_attributes_beside_the_properties_are_told_by_their_name(self) -> None:
        target = {"Attribute": "DeletionPolicy", "RequiresRecreation": "Never", "Path": "/DeletionPolicy"}
        policy = {"Target": {**target, "BeforeValue": "Retain", "AfterValue": "Delete"}, "Evaluation": "Static"}
        metadata = {"Target": {"Attribute": "Metadata", "RequiresRecreation": "Never"}, "Evaluation": "Static"}
        whole = {"Target": {"Attribute": "Properties", "RequiresRecreation": "Never"}, "ChangeSource": "Automatic"}
        found = one(modify("It", "AWS::SNS::Topic", "False", policy, metadata, whole))
        assert [each.path for each in found.properties] == ["DeletionPolicy", "Metadata"]


class TestNested:
    INNER = ChangeSet(changes=(document("Table", "AWS::DynamoDB::Table", "Remove", PolicyAction="Delete"),))
    AUTOMATIC = modify(
        "Inner",
        STACK,
        "False",
        {"Target": {"Attribute": "Properties", "RequiresRecreation": "Never"}, "ChangeSource": "Automatic"},
    )

    def test_what_changes_in_a_nested_stack_is_told_under_its_path(self) -> None:
        outer = ChangeSet(changes=(self.AUTOMATIC,), nested={"Inner": self.INNER})
        found = {each.logical_id: each.verdict for each in live_changes(outer, shown)}
        assert found == {"Inner": Verdict.UPDATE, "Inner/Table": Verdict.REMOVE}
        deeper = ChangeSet(changes=(self.AUTOMATIC | {"LogicalResourceId": "Top"},), nested={"Top": outer})
        assert [each.logical_id for each in live_changes(deeper, shown)][-1] == "Top/Inner/Table"
        assert list(described_stacks(deeper)) == ["", "Top/", "Top/Inner/"]

    def test_a_nested_stack_that_is_only_looked_into_is_no_change(self) -> None:
        assert live(self.AUTOMATIC, Inner=ChangeSet()) == ()

    def test_a_nested_stack_that_does_change_is_one_although_nothing_in_it_does(self) -> None:
        tagged = modify("Inner", STACK, "False", detail("Tags", "Never"))
        assert one(tagged, Inner=ChangeSet()).verdict is Verdict.UPDATE

    def test_a_nested_stack_without_a_change_set_of_its_own_is_said_to_be_unknown(self) -> None:
        assert one(self.AUTOMATIC).notes == ("what changes in it is not told: it has no change set of its own",)

    def test_a_nested_stack_that_goes_may_hold_anything(self) -> None:
        assert one(document("Inner", STACK, "Remove", PolicyAction="Delete")).loses


class TestAgreement:
    OLD = resources(Orders=TABLE, Topic={"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "a"}})
    REPLACED = altered(OLD, {"Orders.Properties.TableName": "others"})
    SAYS_SO = modify(
        "Orders",
        "AWS::DynamoDB::Table",
        "True",
        detail("TableName", "Always", BeforeValue="orders", AfterValue="others"),
        PolicyAction="ReplaceAndDelete",
    )

    def offline(self, changes: Mapping[str, Any]) -> Diff:
        return compared(self.OLD, altered(self.OLD, changes))

    def test_where_both_say_the_same_nothing_is_said_of_it(self) -> None:
        offline = compared(self.OLD, self.REPLACED)
        found = agreed(live(self.SAYS_SO), offline, {""})
        assert found == offline

    def test_where_they_differ_the_worse_counts_and_both_are_named(self) -> None:
        offline = compared(self.OLD, self.REPLACED)
        mild = modify("Orders", "AWS::DynamoDB::Table", "False", detail("TableName", "Never"))
        found = agreed(live(mild), offline, {""})
        assert verdicts(found) == {"Orders": "REPLACE"}
        assert found.disagreements == (Notice(where="Orders", what="AWS says UPDATE, the templates REPLACE"),)
        worse = agreed(live(self.SAYS_SO), self.offline({"Orders.Properties.BillingMode": "PROVISIONED"}), {""})
        assert verdicts(worse) == {"Orders": "REPLACE"}
        assert worse.disagreements == (Notice(where="Orders", what="AWS says REPLACE, the templates UPDATE"),)
        assert change(worse, "Orders").cause == ("Orders", "TableName")
        assert judge(worse).blocked == (change(worse, "Orders"),)

    def test_a_property_has_the_worse_effect_of_both_and_the_words_of_the_templates(self) -> None:
        offline = self.offline({"Topic.Properties.DisplayName": "b"})
        said = modify("Topic", "AWS::SNS::Topic", "Conditional", detail("DisplayName", "Conditionally"))
        found = agreed(live(said), offline, {""})
        name = property_change(found, "Topic", "DisplayName")
        assert (name.old, name.new, name.effect) == ("a", "b", Effect.MAY_REPLACE)
        assert name.source == "change set: RequiresRecreation Conditionally"
        more = modify("Topic", "AWS::SNS::Topic", "False", detail("KmsMasterKeyId", "Never", AfterValue="k"))
        assert property_change(agreed(live(more), offline, {""}), "Topic", "KmsMasterKeyId").new == "k"

    def test_what_only_one_of_them_says_counts_and_is_named(self) -> None:
        found = agreed(live(self.SAYS_SO), self.offline({"Topic.Properties.DisplayName": "b"}), {""})
        assert verdicts(found) == {"Orders": "REPLACE", "Topic": "UPDATE"}
        assert found.disagreements == (
            Notice(where="Orders", what="AWS says REPLACE (deleted), the templates no change"),
            Notice(where="Topic", what="AWS says no change, the templates UPDATE"),
        )

    def test_an_update_by_values_that_aws_does_not_know_yet_is_the_templates_to_judge(self) -> None:
        later = "{{changeSet:KNOWN_AFTER_APPLY}}"
        name = detail("DisplayName", "Never", BeforeValue="a", AfterValue=later)
        known = detail("KmsMasterKeyId", "Never", AfterValue="k")
        found = agreed(live(modify("Topic", "AWS::SNS::Topic", "False", name)), self.offline({}), {""})
        assert (verdicts(found), found.disagreements) == ({}, ())
        assert [notice.where for notice in found.assumptions] == ["Topic"]
        for said in (
            modify("Topic", "AWS::SNS::Topic", "False", name, known),
            modify("Topic", "AWS::SNS::Topic", "Conditional", detail("DisplayName", "Always", AfterValue=later)),
            modify("Topic", "AWS::SNS::Topic", "False"),
        ):
            assert "Topic" in verdicts(agreed(live(said), self.offline({}), {""}))

    def test_the_worse_fate_counts_and_a_difference_is_named(self) -> None:
        offline = compared(
            altered(self.OLD, {"Orders.UpdateReplacePolicy": "Retain"}),
            altered(self.REPLACED, {"Orders.UpdateReplacePolicy": "Retain"}),
        )
        assert not change(offline, "Orders").loses
        found = agreed(live(self.SAYS_SO), offline, {""})
        assert change(found, "Orders").loses
        assert found.disagreements == (
            Notice(where="Orders", what="AWS says REPLACE (deleted), the templates REPLACE (retained)"),
        )

    @pytest.mark.parametrize("there", Verdict)
    @pytest.mark.parametrize("here", Verdict)
    def test_neither_is_ever_made_milder_by_the_other(self, there: Verdict, here: Verdict) -> None:
        order, fates = list(Verdict), (None, *Fate)
        for said, thought in ((said, thought) for said in fates for thought in fates):
            aws = ResourceChange(logical_id="It", type="T", verdict=there, fate=said, holds="data", cause=("It", "A"))
            own = ResourceChange(logical_id="It", type="T", verdict=here, fate=thought, holds="data", cause=("It", "B"))
            both = change(agreed([aws], Diff(resources=(own,)), {""}), "It")
            assert both.verdict == max(there, here, key=order.index)
            assert bool(both.cause) == (both.verdict in (Verdict.REPLACE, Verdict.MAY_REPLACE))
            if both.verdict not in (Verdict.WILL_FAIL, Verdict.ORPHAN):
                assert both.loses >= max(aws.loses, own.loses)

    def test_a_failure_that_only_the_templates_foresee_stays(self) -> None:
        offline = self.offline({"Topic.Type": "AWS::SQS::Queue"})
        said = modify("Topic", "AWS::SNS::Topic", "True", detail("DisplayName", "Always"))
        found = agreed(live(said), offline, {""})
        assert (verdicts(found), change(found, "Topic").reasons != ()) == ({"Topic": "WILL FAIL"}, True)

    def test_without_the_templates_aws_alone_is_believed_and_what_it_leaves_open_is_the_worst(self) -> None:
        removed = document("Orders", "AWS::DynamoDB::Table", "Remove")
        found = agreed(live(removed), None, {""})
        assert change(found, "Orders").fate is Fate.DELETED
        assert judge(found).blocked
        assert found.disagreements == ()

    def test_silence_about_a_stack_that_aws_does_not_tell_of_means_nothing(self) -> None:
        nesting = resources(
            Inner={"Type": STACK, "Properties": {"TemplateURL": "inner"}}, Topic={"Type": "AWS::SNS::Topic"}
        )
        offline = compared(nesting, altered(nesting, {"Inner": None}), nested={"inner": self.OLD})
        gone = live(document("Inner", STACK, "Remove", PolicyAction="Delete"))
        found = agreed(gone, offline, {""})
        assert found.disagreements == ()
        assert [each.logical_id for each in judge(found).blocked] == ["Inner/Orders"]
        assert not change(found, "Inner").loses, "what it holds is told"
        assert {notice.where for notice in agreed((), offline, None).disagreements} == {
            "Inner",
            "Inner/Orders",
            "Inner/Topic",
        }


class TestConcealment:
    SECRET: Mapping[str, Any] = {
        "Parameters": {"Password": {"Type": "String", "NoEcho": True}},
        "Resources": {
            "Topic": {
                "Type": "AWS::SNS::Topic",
                "Metadata": {"who": {"Ref": "Password"}},
                "Properties": {"DisplayName": {"Fn::Base64": {"Ref": "Password"}}, "TopicName": "plain"},
            },
            "Inner": {"Type": STACK, "Properties": {"TemplateURL": "inner", "Parameters": {"P": {"Ref": "Password"}}}},
            "Far": {"Type": STACK, "Properties": {"TemplateURL": "https://example.com/far"}},
        },
    }
    INNER: Mapping[str, Any] = {
        "Parameters": {"P": {"Type": "String"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "P"}}}},
    }

    def sides(self) -> list[Side]:
        will = valued(source(self.SECRET, {"inner": self.INNER}), Given(values={"Password": "hunter2"}, file="test"))
        return [side(will, PLACE, judged=True)]

    @pytest.mark.parametrize(
        ("path", "attribute", "name", "is_hidden"),
        [
            ("Topic", "Properties", "DisplayName", True),
            ("Topic", "Properties", "TopicName", False),
            ("Topic", "Properties", "KmsMasterKeyId", False),
            ("Topic", "Metadata", "", True),
            ("Topic", "DeletionPolicy", "", False),
            ("Inner/Topic", "Properties", "DisplayName", True),
            ("Far/Topic", "Properties", "DisplayName", True),
            ("Gone", "Properties", "DisplayName", False),
        ],
    )
    def test_a_value_is_hidden_where_a_secret_goes_into_its_property(
        self, path: str, attribute: str, name: str, is_hidden: bool
    ) -> None:
        conceal = concealing(self.sides(), ["hunter2"], known=True)
        assert (conceal(path, attribute, name, "value") == "****") is is_hidden
        assert conceal(path, attribute, name, "x hunter2 x") == "****"

    def test_nothing_is_shown_where_the_templates_are_not_known(self) -> None:
        assert concealing([], [], known=False)("Topic", "Properties", "DisplayName", "value") == "****"
        assert concealing([], [""], known=True)("Topic", "Properties", "DisplayName", "value") == "value"
