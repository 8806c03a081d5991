"""Resources and outputs: which exist, what they depend on, in which order they are made, what they say."""

from __future__ import annotations

import time
from typing import Any

import pytest

from builder.evaluate import EvaluationError
from tests.builder.evaluating import EXTENDED, QUEUE, Made, evaluation

CONDITIONS = {"Yes": {"Fn::Equals": ["a", "a"]}, "No": {"Fn::Equals": ["a", "b"]}}


def made_of(**properties: Any) -> dict[str, Any]:
    return {**QUEUE, "Properties": properties}


def resources(**entries: Any) -> dict[str, Any]:
    return {"Conditions": CONDITIONS, "Resources": entries}


class TestLive:
    def test_resources_live_by_their_condition_in_template_order(self) -> None:
        template = resources(C=QUEUE, B={**QUEUE, "Condition": "No"}, A={**QUEUE, "Condition": "Yes"})
        assert evaluation(template).live() == ("C", "A")

    def test_a_resource_that_is_not_created_cannot_be_asked_for(self) -> None:
        with pytest.raises(EvaluationError, match=r"^Resources\.B: is not created, because its condition is false"):
            evaluation(resources(B={**QUEUE, "Condition": "No"})).resource("B")

    @pytest.mark.parametrize("ask", ["resource", "references"])
    def test_a_resource_that_is_not_declared_cannot_be_asked_for(self, ask: str) -> None:
        with pytest.raises(EvaluationError, match="'Nope' is not a resource of this template"):
            getattr(evaluation({}), ask)("Nope")

    def test_an_unknown_condition_is_named(self) -> None:
        with pytest.raises(EvaluationError, match=r"Resources\.A\.Condition: condition 'Nope' does not exist"):
            evaluation(resources(A={**QUEUE, "Condition": "Nope"})).live()

    def test_a_condition_is_a_name(self) -> None:
        with pytest.raises(EvaluationError, match=r"Resources\.A\.Condition: must be the name of a condition"):
            evaluation(resources(A={**QUEUE, "Condition": {"Fn::Equals": [1, 1]}})).live()

    def test_a_dead_resource_is_never_evaluated(self) -> None:
        dead = {**made_of(A={"Ref": "Nope"}), "Condition": "No"}
        assert evaluation(resources(A=dead, B=QUEUE)).errors() == ()


class TestResource:
    def test_every_attribute_is_evaluated(self) -> None:
        full = {
            "Type": "AWS::SQS::Queue",
            "Condition": "Yes",
            "DependsOn": "Other",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Snapshot",
            "Properties": {"Name": {"Fn::Sub": "${AWS::StackName}-q"}},
            "Metadata": {"Of": {"Ref": "Other"}},
            "CreationPolicy": {"ResourceSignal": {"Count": {"Fn::Select": [0, ["1"]]}}},
            "UpdatePolicy": {"AutoScalingReplacingUpdate": {"WillReplace": {"Fn::If": ["No", 1, True]}}},
        }
        assert evaluation(resources(A=full, Other=QUEUE)).resource("A") == {
            "Type": "AWS::SQS::Queue",
            "Condition": "Yes",
            "DependsOn": ["Other"],
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Snapshot",
            "Properties": {"Name": "shop-q"},
            "Metadata": {"Of": "Other-id"},
            "CreationPolicy": {"ResourceSignal": {"Count": "1"}},
            "UpdatePolicy": {"AutoScalingReplacingUpdate": {"WillReplace": True}},
        }

    def test_is_evaluated_anew_as_attributes_appear(self) -> None:
        names: dict[str, object] = {"Arn": "first"}
        growing = evaluation(resources(A=made_of(X={"Fn::GetAtt": "B.Arn"}), B=QUEUE), made=Made(**names))
        assert growing.resource("A")["Properties"] == {"X": "first"}

    def test_properties_may_be_chosen_as_a_whole(self) -> None:
        """cfn_nag #334: AWS creates such a stack."""
        chosen = {**QUEUE, "Properties": {"Fn::If": ["Yes", {"X": 1}, {"Y": 2}]}, "Description": "text"}
        assert evaluation(resources(A=chosen)).resource("A") == {**QUEUE, "Properties": {"X": 1}, "Description": "text"}

    def test_properties_are_an_object_in_the_end(self) -> None:
        with pytest.raises(EvaluationError, match=r"Resources\.A\.Properties: must be an object, but is a list"):
            evaluation(resources(A={**QUEUE, "Properties": {"Fn::If": ["Yes", [], {}]}})).resource("A")

    def test_a_dead_dependency_is_dropped(self) -> None:
        template = resources(A={**QUEUE, "DependsOn": ["B", "C"]}, B={**QUEUE, "Condition": "No"}, C=QUEUE)
        assert evaluation(template).resource("A")["DependsOn"] == ["C"]

    @pytest.mark.parametrize("policy", ["DeletionPolicy", "UpdateReplacePolicy"])
    def test_policies_are_literal_without_language_extensions(self, policy: str) -> None:
        computed = {**QUEUE, policy: {"Fn::If": ["Yes", "Retain", "Delete"]}}
        with pytest.raises(EvaluationError, match=f"Resources.A.{policy}: must be a literal string without"):
            evaluation(resources(A=computed)).resource("A")
        assert evaluation({**EXTENDED, **resources(A=computed)}).resource("A")[policy] == "Retain"

    def test_policies_never_depend_on_a_resource(self) -> None:
        computed = {**QUEUE, "DeletionPolicy": {"Ref": "B"}}
        with pytest.raises(EvaluationError, match="'B' is a resource, which a policy attribute cannot depend on"):
            evaluation({**EXTENDED, **resources(A=computed, B=QUEUE)}).resource("A")

    def test_policies_have_few_values(self) -> None:
        assert evaluation(resources(A={**QUEUE, "DeletionPolicy": "RetainExceptOnCreate"})).resource("A")
        for policy, value in (("DeletionPolicy", "Keep"), ("UpdateReplacePolicy", "RetainExceptOnCreate")):
            with pytest.raises(EvaluationError, match=f"'{value}' is none of Delete, Retain"):
                evaluation(resources(A={**QUEUE, policy: value})).resource("A")


class TestReferences:
    def test_every_way_to_name_a_resource_is_found_in_order(self) -> None:
        node = {
            "Ref": {"X": {"Ref": "B"}},
            "GetAtt": [{"Fn::GetAtt": ["C", "Arn"]}, {"Fn::GetAtt": "D.Arn"}],
            "Sub": {"Fn::Sub": "${E}${F.Arn}${!G}${AWS::Region}"},
            "Variables": {"Fn::Sub": ["${H}${Mine}", {"Mine": {"Ref": "I"}}]},
            "Deep": {"Fn::Join": ["", [{"Fn::Select": [0, [{"Ref": "J"}]]}]]},
        }
        others = dict.fromkeys("BCDEFGHIJK", QUEUE)
        subject = {**made_of(**node), "DependsOn": "K"}
        assert evaluation(resources(A=subject, **others)).references("A") == tuple("KBCDEFHIJ")

    @pytest.mark.parametrize("attribute", ["Properties", "Metadata", "CreationPolicy", "UpdatePolicy"])
    def test_every_attribute_is_searched(self, attribute: str) -> None:
        template = resources(A={**QUEUE, attribute: {"X": {"Ref": "B"}}}, B=QUEUE)
        assert evaluation(template).references("A") == ("B",)

    def test_only_the_taken_branch_counts(self) -> None:
        node = {"Fn::If": ["No", {"Ref": "B"}, {"Ref": "C"}]}
        assert evaluation(resources(A=made_of(X=node), B=QUEUE, C=QUEUE)).references("A") == ("C",)

    def test_own_variables_of_sub_are_no_resources(self) -> None:
        node = {"Fn::Sub": ["${B}", {"B": "x"}]}
        assert evaluation(resources(A=made_of(X=node), B=QUEUE)).references("A") == ()

    def test_dead_resources_and_parameters_do_not_count(self) -> None:
        template = resources(A={**made_of(X={"Ref": "P"}), "DependsOn": "B"}, B={**QUEUE, "Condition": "No"})
        template["Parameters"] = {"P": {"Type": "String", "Default": ""}}
        assert evaluation(template).references("A") == ()

    def test_computed_names_count(self) -> None:
        node = {"Ref": {"Fn::Sub": "${AWS::StackName}"}}
        assert evaluation({**EXTENDED, **resources(A=made_of(X=node), shop=QUEUE)}).references("A") == ("shop",)

    def test_are_remembered(self) -> None:
        template = resources(A=made_of(X={"Ref": "B"}), B=QUEUE)
        asked = evaluation(template)
        assert asked.references("A") is asked.references("A")


class TestCreationOrder:
    def test_what_is_needed_comes_first_otherwise_template_order(self) -> None:
        template = resources(
            E=made_of(X={"Ref": "A"}), D=QUEUE, C={**QUEUE, "DependsOn": ["D", "B"]}, B=made_of(X={"Ref": "D"}), A=QUEUE
        )
        assert evaluation(template).creation_order() == ("D", "A", "E", "B", "C")

    def test_a_circle_is_named(self) -> None:
        template = resources(A=made_of(X={"Ref": "B"}), B=made_of(X={"Ref": "C"}), C={**QUEUE, "DependsOn": "A"})
        with pytest.raises(EvaluationError) as caught:
            evaluation(template).creation_order()
        assert str(caught.value) == "Resources: resources depend on each other in a circle: A -> B -> C -> A"

    def test_a_resource_may_not_need_itself(self) -> None:
        with pytest.raises(EvaluationError, match="A -> A"):
            evaluation(resources(A=made_of(X={"Ref": "A"}))).creation_order()

    def test_a_circle_through_a_dead_resource_is_none(self) -> None:
        template = resources(A={**QUEUE, "DependsOn": "B"}, B={**made_of(X={"Ref": "A"}), "Condition": "No"})
        assert evaluation(template).creation_order() == ("A",)

    def test_a_long_chain_is_followed(self) -> None:
        chain = {f"R{n}": made_of(X={"Ref": f"R{n + 1}"}) for n in range(499)}
        order = evaluation(resources(**chain, R499=QUEUE)).creation_order()
        assert order == tuple(f"R{n}" for n in reversed(range(500)))


def test_a_hundred_resources_take_milliseconds() -> None:
    """About 5 ms on an idle machine; the bound only catches what grows faster than the template."""
    statement = {"Effect": "Allow", "Resource": {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${Q0.Arn}"}}
    entries: dict[str, Any] = {
        f"Q{n}": made_of(Policy=[statement] * 5, Next={"Fn::If": ["Yes", {"Ref": f"Q{n - 1}"}, {"Ref": "Nope"}]})
        for n in range(1, 100)
    }
    started = time.perf_counter()
    built = evaluation(resources(Q0=QUEUE, **entries))
    for name in built.creation_order():
        built.resource(name)
    assert time.perf_counter() - started < 0.5


class TestOutputs:
    def test_live_outputs_are_evaluated_and_written_as_text(self) -> None:
        template = {
            **resources(Q=QUEUE),
            "Outputs": {
                "Arn": {
                    "Value": {"Fn::GetAtt": "Q.Arn"},
                    "Description": "its ARN",
                    "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-arn"}},
                },
                "Port": {"Value": 5432},
                "On": {"Value": True, "Condition": "Yes"},
                "Gone": {"Value": {"Ref": "Nope"}, "Condition": "No"},
            },
        }
        assert evaluation(template).outputs() == {
            "Arn": {"Value": "Q.Arn", "Description": "its ARN", "Export": {"Name": "shop-arn"}},
            "Port": {"Value": "5432"},
            "On": {"Value": "true", "Condition": "Yes"},
        }

    @pytest.mark.parametrize(
        ("output", "what"),
        [
            ({"Value": ["a"]}, "Outputs.O.Value: must be a string, but is a list"),
            ({"Value": {"Ref": "AWS::NoValue"}}, "Outputs.O.Value: must be a string, but is AWS::NoValue"),
            ({"Value": "a", "Condition": "Nope"}, "Outputs.O.Condition: condition 'Nope' does not exist"),
            (
                {"Value": "a", "Export": {"Name": {"Ref": "Q"}}},
                "Outputs.O.Export.Name.Ref: 'Q' is a resource, which the name of an export cannot depend on",
            ),
        ],
    )
    def test_what_cloudformation_would_refuse_is_refused(self, output: object, what: str) -> None:
        with pytest.raises(EvaluationError) as caught:
            evaluation({**resources(Q=QUEUE), "Outputs": {"O": output}}).outputs()
        assert str(caught.value) == what
