"""Every intrinsic function that gives a value: what it gives, and what it refuses."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from builder.evaluate import Evaluation, EvaluationError
from tests.builder.evaluating import EXTENDED, PLACE, QUEUE, Made, evaluation, refusal, value

PARAMETERS: dict[str, Any] = {
    "Parameters": {
        "Name": {"Type": "String", "Default": "orders"},
        "Count": {"Type": "Number", "Default": 3},
        "Index": {"Type": "Number", "Default": "1"},
        "Zones": {"Type": "CommaDelimitedList", "Default": "a, b ,c"},
        "Secret": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/secret"},
        "Unset": {"Type": "String", "Default": ""},
    },
    "Mappings": {
        "Sizes": {"us-east-1": {"class": "large", "zones": ["x", "y"], "count": 2}, "orders": {"class": "tiny"}}
    },
    "Conditions": {"Yes": {"Fn::Equals": ["a", "a"]}, "No": {"Fn::Equals": ["a", "b"]}},
    "Resources": {"Queue": QUEUE, "Ghost": {**QUEUE, "Condition": "No"}},
}
EXTENDED_PARAMETERS = {**PARAMETERS, **EXTENDED}
NO_VALUE = {"Ref": "AWS::NoValue"}


class TestPlainNodes:
    @pytest.mark.parametrize("node", ["text", "", 0, 1.5, True, [], {}, ["a", [1]], {"A": {"B": "c"}}])
    def test_are_themselves(self, node: object) -> None:
        assert value(node) == node

    def test_dynamic_references_are_kept_as_written(self) -> None:
        reference = "{{resolve:secretsmanager:db:SecretString:password}}"
        assert value({"Fn::Join": ["", ["x", reference]]}) == f"x{reference}"

    def test_an_object_with_a_key_named_ref_among_others_is_data(self) -> None:
        assert value({"Ref": "Queue", "Other": 1}) == {"Ref": "Queue", "Other": 1}

    def test_null_is_refused_as_cloudformation_does(self) -> None:
        assert refusal({"A": [1, None]}) == "P.A[1]: null is not allowed in a template"

    def test_a_function_beside_other_keys_is_refused(self) -> None:
        assert refusal({"Fn::Sub": "x", "Other": 1}) == "P: Fn::Sub must be the only key of its object"

    @pytest.mark.parametrize("name", ["Fn::Upper", "Fn::Equals", "Fn::Contains", "Fn::"])
    def test_a_function_that_does_not_belong_there_is_refused(self, name: str) -> None:
        assert refusal({name: ["a", "a"]}) == f"P: {name} is not allowed in a resource or an output"

    def test_the_error_names_the_whole_path(self) -> None:
        node = {"A": [{"B": {"Fn::Join": ["", ["x", {"Ref": "Nope"}]]}}]}
        assert refusal(node).startswith("P.A[0].B.Fn::Join[1][1].Ref: 'Nope' is neither")

    def test_endless_nesting_is_an_error_not_a_crash(self) -> None:
        node: object = "x"
        for _ in range(5000):
            node = [node]
        assert refusal(node).endswith("is nested too deeply")


class TestNoValue:
    def test_removes_itself_from_objects_and_lists(self) -> None:
        node = {"A": NO_VALUE, "B": [1, NO_VALUE, {"C": NO_VALUE}]}
        assert value(node) == {"B": [1, {}]}

    def test_has_nothing_to_be_removed_from_at_the_top(self) -> None:
        assert refusal(NO_VALUE) == "P: AWS::NoValue has nothing here to be removed from"

    def test_is_removed_before_a_list_is_joined_or_selected_from(self) -> None:
        assert value({"Fn::Join": ["-", ["a", NO_VALUE, "b"]]}) == "a-b"
        assert value({"Fn::Select": [1, ["a", NO_VALUE, "b"]]}) == "b"

    def test_is_no_text(self) -> None:
        assert "must be a string, but is AWS::NoValue" in refusal({"Fn::Base64": NO_VALUE})


class TestRef:
    def test_gives_a_parameter_as_text_even_if_it_is_a_number(self) -> None:
        assert value({"Ref": "Count"}, PARAMETERS) == "3"

    def test_gives_a_list_for_a_parameter_of_a_list_type(self) -> None:
        assert value({"Ref": "Zones"}, PARAMETERS) == ["a", "b", "c"]

    def test_gives_the_physical_id_of_a_resource(self) -> None:
        assert value({"Ref": "Queue"}, PARAMETERS) == "Queue-id"

    def test_of_a_resource_that_is_not_created_names_its_condition(self) -> None:
        assert refusal({"Ref": "Ghost"}, PARAMETERS) == (
            "P.Ref: Ghost is not created, because its condition No is false"
        )

    def test_of_a_value_in_parameter_store_says_that_it_is_not_known(self) -> None:
        assert "SSM Parameter Store, which is not known offline" in refusal({"Ref": "Secret"}, PARAMETERS)

    def test_of_a_parameter_that_was_refused_says_that_it_has_no_value(self) -> None:
        bare = Evaluation(PARAMETERS, {}, PLACE, Made())
        with pytest.raises(EvaluationError, match="parameter Name has no value"):
            bare.value({"Ref": "Name"}, "P")

    def test_sees_no_value_that_the_template_does_not_declare(self) -> None:
        bare = Evaluation({}, {"Stray": "x"}, PLACE)
        with pytest.raises(EvaluationError, match="'Stray' is neither a parameter"):
            bare.value({"Ref": "Stray"}, "P")

    def test_of_a_resource_without_attributes_says_that_it_is_known_at_run_time(self) -> None:
        offline = Evaluation(PARAMETERS, {}, PLACE)
        with pytest.raises(EvaluationError, match="Queue is only known once it has been created"):
            offline.value({"Ref": "Queue"}, "P")

    def test_of_a_resource_that_answers_nothing_is_an_error(self) -> None:
        class Nothing(Made):
            def ref(self, logical_id: str) -> object:
                raise LookupError("not yet")

        unknown = Evaluation(PARAMETERS, {}, PLACE, Nothing())
        with pytest.raises(EvaluationError, match=r"P\.Ref: the physical ID of Queue is not known \(not yet\)"):
            unknown.value({"Ref": "Queue"}, "P")

    def test_takes_a_literal_name_only(self) -> None:
        assert "must be a literal name without AWS::LanguageExtensions" in refusal({"Ref": {"Fn::Sub": "Queue"}})
        assert refusal({"Ref": 5}) == "P.Ref: must be a literal name"

    def test_takes_a_computed_name_with_language_extensions(self) -> None:
        assert (
            value(
                {"Ref": {"Fn::Sub": "Q${Rest}"}},
                {**EXTENDED_PARAMETERS, "Parameters": {"Rest": {"Type": "String", "Default": "ueue"}}},
            )
            == "Queue-id"
        )

    def test_takes_no_computed_name_that_depends_on_a_resource(self) -> None:
        assert "which a computed name cannot depend on" in refusal({"Ref": {"Ref": "Queue"}}, EXTENDED_PARAMETERS)


class TestGetAtt:
    @pytest.mark.parametrize("argument", [["Queue", "Arn"], "Queue.Arn"])
    def test_has_a_list_and_a_dotted_form(self, argument: object) -> None:
        assert value({"Fn::GetAtt": argument}, PARAMETERS) == "Queue.Arn"

    @pytest.mark.parametrize("argument", [["Queue", "Endpoint.Port"], "Queue.Endpoint.Port"])
    def test_splits_at_the_first_dot_only(self, argument: object) -> None:
        assert value({"Fn::GetAtt": argument}, PARAMETERS) == "Queue.Endpoint.Port"

    def test_may_give_a_list(self) -> None:
        made = evaluation(PARAMETERS, made=Made(Names=["a", "b"]))
        assert made.value({"Fn::Join": ["/", {"Fn::GetAtt": ["Queue", "Names"]}]}, "P") == "a/b"

    def test_attribute_may_be_a_ref_to_a_parameter(self) -> None:
        assert value({"Fn::GetAtt": ["Queue", {"Ref": "Name"}]}, PARAMETERS) == "Queue.orders"

    def test_attribute_is_otherwise_literal(self) -> None:
        node = {"Fn::GetAtt": ["Queue", {"Fn::Sub": "${Name}"}]}
        assert "must be a literal string" in refusal(node, PARAMETERS)
        assert value(node, EXTENDED_PARAMETERS) == "Queue.orders"

    def test_logical_id_is_literal_without_language_extensions(self) -> None:
        node = {"Fn::GetAtt": [{"Fn::Sub": "Queue"}, "Arn"]}
        assert "must be a literal name without" in refusal(node, PARAMETERS)
        assert value(node, EXTENDED_PARAMETERS) == "Queue.Arn"

    @pytest.mark.parametrize("argument", ["Queue", ".Arn", "Queue.", ["", "Arn"], ["Queue", ""]])
    def test_needs_both_names(self, argument: object) -> None:
        assert "must name a resource and an attribute" in refusal({"Fn::GetAtt": argument}, PARAMETERS)

    @pytest.mark.parametrize("argument", [["Queue"], ["a", "b", "c"], {}, 5])
    def test_refuses_any_other_shape(self, argument: object) -> None:
        assert "must be written as" in refusal({"Fn::GetAtt": argument}, PARAMETERS)

    def test_of_what_is_no_resource_is_an_error(self) -> None:
        assert "'Name' is not a resource" in refusal({"Fn::GetAtt": ["Name", "Arn"]}, PARAMETERS)

    def test_of_an_attribute_that_does_not_exist_names_the_type(self) -> None:
        message = refusal({"Fn::GetAtt": ["Queue", "Nothing"]}, PARAMETERS)
        assert "attribute 'Nothing' of Queue (AWS::SQS::Queue) is not known" in message


class TestSub:
    @pytest.mark.parametrize(
        ("text", "result"),
        [
            ("plain", "plain"),
            ("", ""),
            ("${Name}", "orders"),
            ("<${Name}|${Count}>", "<orders|3>"),
            ("${AWS::Region}-x", "us-east-1-x"),
            ("${Queue}/${Queue.Arn}/${Queue.A.B}", "Queue-id/Queue.Arn/Queue.A.B"),
            ("${!Literal} ${!AWS::Region}", "${Literal} ${AWS::Region}"),
            ("$Name $$ {Name} ${", "$Name $$ {Name} ${"),
            ("${ Name }", "orders"),
            ("${Unset}", ""),
        ],
    )
    def test_replaces_variables(self, text: str, result: str) -> None:
        assert value({"Fn::Sub": text}, PARAMETERS) == result

    def test_own_variables_come_first_and_may_be_computed(self) -> None:
        node = {"Fn::Sub": ["${Name}-${Part}", {"Name": "mine", "Part": {"Fn::Select": [0, {"Ref": "Zones"}]}}]}
        assert value(node, PARAMETERS) == "mine-a"

    def test_what_is_put_in_is_not_replaced_again(self) -> None:
        assert value({"Fn::Sub": ["${A}", {"A": "${Name}"}]}, PARAMETERS) == "${Name}"

    def test_writes_scalars_as_cloudformation_does(self) -> None:
        assert value({"Fn::Sub": ["${A} ${B} ${C}", {"A": True, "B": 5, "C": 1.5}]}) == "true 5 1.5"

    @pytest.mark.parametrize("text", ["${}", "${a-b}", "${VAR:-default}", "${a b}", "${!}{${é}"])
    def test_refuses_impossible_names(self, text: str) -> None:
        assert "does not name a variable" in refusal({"Fn::Sub": text})

    def test_does_not_guess_where_a_literal_with_a_variable_ends(self) -> None:
        assert "holds another variable" in refusal({"Fn::Sub": "${!A:-${Name}}"}, PARAMETERS)

    def test_refuses_lists(self) -> None:
        assert refusal({"Fn::Sub": "${Zones}"}, PARAMETERS) == "P.Fn::Sub: ${Zones} must be a string, but is a list"

    def test_refuses_unknown_names(self) -> None:
        assert "'Nope' is neither a parameter" in refusal({"Fn::Sub": "${Nope}"})
        assert "'Nope' is not a resource" in refusal({"Fn::Sub": "${Nope.Arn}"})

    @pytest.mark.parametrize("argument", [["${A}"], ["${A}", []], [{"Ref": "A"}, {}], {"Ref": "A"}, 5, ["a", {}, {}]])
    def test_refuses_any_other_shape(self, argument: object) -> None:
        assert 'must be written as a string, or ["text"' in refusal({"Fn::Sub": argument})


class TestJoinAndSplit:
    def test_join_puts_the_delimiter_between(self) -> None:
        assert value({"Fn::Join": [", ", ["a", 1, True, {"Ref": "Name"}]]}, PARAMETERS) == "a, 1, true, orders"

    def test_join_of_nothing_is_empty(self) -> None:
        assert value({"Fn::Join": [",", []]}) == ""

    def test_join_takes_a_function_that_gives_a_list(self) -> None:
        assert value({"Fn::Join": ["", {"Ref": "Zones"}]}, PARAMETERS) == "abc"

    def test_join_refuses_what_is_no_list(self) -> None:
        assert refusal({"Fn::Join": [",", {"Ref": "Name"}]}, PARAMETERS) == (
            "P.Fn::Join[1]: must be a list, but is a string"
        )

    def test_join_refuses_lists_in_the_list(self) -> None:
        message = refusal({"Fn::Join": [",", ["a", {"Ref": "Zones"}]]}, PARAMETERS)
        assert message == "P.Fn::Join[1][1]: must be a string, but is a list"

    @pytest.mark.parametrize("function", ["Fn::Join", "Fn::Split"])
    def test_delimiters_are_literal(self, function: str) -> None:
        message = refusal({function: [{"Ref": "Name"}, "x"]}, PARAMETERS)
        assert message == f"P.{function}[0]: must be a literal string: no function is allowed here"

    def test_split_keeps_empty_parts(self) -> None:
        assert value({"Fn::Split": ["|", "a||b|"]}) == ["a", "", "b", ""]

    def test_split_of_an_empty_text_is_one_empty_part(self) -> None:
        assert value({"Fn::Split": [",", {"Ref": "Unset"}]}, PARAMETERS) == [""]

    def test_split_refuses_an_empty_delimiter_and_lists(self) -> None:
        assert refusal({"Fn::Split": ["", "a"]}) == "P.Fn::Split[0]: must not be empty"
        assert refusal({"Fn::Split": [",", ["a"]]}) == "P.Fn::Split[1]: must be a string, but is a list"


class TestSelect:
    @pytest.mark.parametrize("index", [1, "1", {"Ref": "Index"}, {"Fn::FindInMap": ["I", "a", "b"]}])
    def test_counts_from_zero_with_numbers_or_texts(self, index: object) -> None:
        template = {**PARAMETERS, "Mappings": {"I": {"a": {"b": 1}}}}
        assert value({"Fn::Select": [index, {"Ref": "Zones"}]}, template) == "b"

    def test_may_give_anything(self) -> None:
        assert value({"Fn::Select": [0, [{"A": "b"}]]}) == {"A": "b"}

    def test_refuses_an_index_outside_the_list(self) -> None:
        message = refusal({"Fn::Select": ["3", {"Ref": "Zones"}]}, PARAMETERS)
        assert message == "P.Fn::Select: cannot select index 3 of a list of 3"

    @pytest.mark.parametrize("index", [-1, "one", "", 1.0, "٣"])
    def test_refuses_what_is_no_index(self, index: object) -> None:
        assert "must be a whole number from 0" in refusal({"Fn::Select": [index, ["a", "b"]]})

    def test_refuses_functions_that_aws_does_not_allow_as_index(self) -> None:
        node = {"Fn::Select": [{"Fn::Sub": "0"}, ["a"]]}
        assert refusal(node) == "P.Fn::Select[0]: takes only Ref, Fn::FindInMap and Fn::Length"

    def test_refuses_what_is_no_list(self) -> None:
        assert refusal({"Fn::Select": [0, "abc"]}) == "P.Fn::Select[1]: must be a list, but is a string"


class TestFindInMap:
    @pytest.mark.parametrize(
        ("keys", "result"),
        [
            (["Sizes", "us-east-1", "class"], "large"),
            (["Sizes", {"Ref": "AWS::Region"}, "zones"], ["x", "y"]),
            (["Sizes", {"Ref": "Name"}, "class"], "tiny"),
            (["Sizes", "us-east-1", "count"], 2),
        ],
    )
    def test_finds(self, keys: object, result: object) -> None:
        assert value({"Fn::FindInMap": keys}, PARAMETERS) == result

    @pytest.mark.parametrize("keys", [["Nope", "a", "b"], ["Sizes", "mars", "class"], ["Sizes", "orders", "zones"]])
    def test_names_what_it_does_not_find(self, keys: list[str]) -> None:
        message = refusal({"Fn::FindInMap": keys}, PARAMETERS)
        assert message == f"P.Fn::FindInMap: mapping {keys[0]} has no value under {keys[1]!r}, {keys[2]!r}"

    def test_default_value_needs_language_extensions(self) -> None:
        node = {"Fn::FindInMap": ["Sizes", "mars", "class", {"DefaultValue": {"Ref": "Name"}}]}
        assert "must be written as" in refusal(node, PARAMETERS)
        assert value(node, EXTENDED_PARAMETERS) == "orders"

    @pytest.mark.parametrize("keys", [["Nope", "a", "b"], ["Sizes", "us-east-1", "nope"]])
    def test_default_value_stands_for_any_missing_key(self, keys: list[str]) -> None:
        node = {"Fn::FindInMap": [*keys, {"DefaultValue": ["d"]}]}
        assert value(node, EXTENDED_PARAMETERS) == ["d"]

    def test_default_value_is_not_evaluated_when_it_is_not_needed(self) -> None:
        node = {"Fn::FindInMap": ["Sizes", "orders", "class", {"DefaultValue": {"Ref": "Nope"}}]}
        assert value(node, EXTENDED_PARAMETERS) == "tiny"

    def test_default_value_may_be_no_value(self) -> None:
        node = [{"Fn::FindInMap": ["Sizes", "mars", "class", {"DefaultValue": NO_VALUE}]}]
        assert value(node, EXTENDED_PARAMETERS) == []

    @pytest.mark.parametrize("default", ["x", {}, {"DefaultValue": 1, "Other": 2}])
    def test_default_value_has_one_shape(self, default: object) -> None:
        message = refusal({"Fn::FindInMap": ["Sizes", "mars", "class", default]}, EXTENDED_PARAMETERS)
        assert message == 'P.Fn::FindInMap[3]: must be written as {"DefaultValue": value}'

    def test_keys_take_other_functions_only_with_language_extensions(self) -> None:
        node = {"Fn::FindInMap": ["Sizes", {"Fn::Sub": "${AWS::Region}"}, "class"]}
        assert "takes only Ref and Fn::FindInMap without" in refusal(node, PARAMETERS)
        assert value(node, EXTENDED_PARAMETERS) == "large"

    def test_keys_never_depend_on_a_resource(self) -> None:
        node = {"Fn::FindInMap": ["Sizes", {"Ref": "Queue"}, "class"]}
        assert "'Queue' is a resource, which a key of a mapping cannot depend on" in refusal(node, PARAMETERS)


class TestIf:
    def test_takes_a_branch(self) -> None:
        assert value({"Fn::If": ["Yes", "a", "b"]}, PARAMETERS) == "a"
        assert value({"Fn::If": ["No", "a", {"Ref": "Name"}]}, PARAMETERS) == "orders"

    def test_does_not_evaluate_the_branch_not_taken(self) -> None:
        assert value({"Fn::If": ["Yes", "a", {"Ref": "Ghost"}]}, PARAMETERS) == "a"

    def test_may_remove_a_property(self) -> None:
        assert value({"A": {"Fn::If": ["No", "a", NO_VALUE]}}, PARAMETERS) == {}

    def test_refuses_an_unknown_condition_and_a_computed_one(self) -> None:
        assert refusal({"Fn::If": ["Nope", 1, 2]}, PARAMETERS) == "P.Fn::If[0]: condition 'Nope' does not exist"
        message = refusal({"Fn::If": [{"Fn::Equals": [1, 1]}, 1, 2]}, PARAMETERS)
        assert message == "P.Fn::If[0]: must be the name of a condition, but is an object"

    def test_refuses_any_other_shape(self) -> None:
        assert "must be written as" in refusal({"Fn::If": ["Yes", "a"]}, PARAMETERS)


class TestCidr:
    @pytest.mark.parametrize(
        ("argument", "result"),
        [
            (["10.0.0.0/16", 3, 8], ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
            (["192.168.0.0/24", "6", "5"], [f"192.168.0.{n}/27" for n in (0, 32, 64, 96, 128, 160)]),
            (["10.0.0.0/24", 1, 8], ["10.0.0.0/24"]),
            (["2001:db8::/56", 2, 64], ["2001:db8::/64", "2001:db8:0:1::/64"]),
            (["10.0.0.0/8", 256, 16], [f"10.{n}.0.0/16" for n in range(256)]),
        ],
    )
    def test_cuts_subnets(self, argument: object, result: list[str]) -> None:
        assert value({"Fn::Cidr": argument}) == result

    def test_takes_functions(self) -> None:
        made = evaluation(PARAMETERS, made=Made(CidrBlock="10.1.0.0/16"))
        node = {"Fn::Cidr": [{"Fn::GetAtt": ["Queue", "CidrBlock"]}, {"Ref": "Count"}, 4]}
        assert made.value(node, "P") == ["10.1.0.0/28", "10.1.0.16/28", "10.1.0.32/28"]

    @pytest.mark.parametrize(
        ("argument", "reason"),
        [
            (["10.0.0.0/24", 2, 8], "has no room for 2 subnets of /24"),
            (["10.0.0.0/24", 1, 9], "has no room for 1 subnets of /23"),
            (["10.0.0.0", "x", 8], "the count of subnets must be a whole number from 1 to 256, but is 'x'"),
            (["10.0.0.0/8", 257, 8], "must be a whole number from 1 to 256"),
            (["10.0.0.0/8", 0, 8], "must be a whole number from 1 to 256"),
            (["10.0.0.0/8", 1, 33], "the number of subnet bits must be a whole number from 1 to 32"),
            (["ten/8", 1, 8], "'ten/8' is not a block of addresses"),
            (["10.0.0.1/16", 1, 8], "'10.0.0.1/16' is not a block of addresses"),
            (["10.0.0.0/16", 1], "must be written as [block, count, subnet bits]"),
        ],
    )
    def test_refuses(self, argument: object, reason: str) -> None:
        assert reason in refusal({"Fn::Cidr": argument})


class TestOthers:
    @pytest.mark.parametrize("region", ["", "us-east-1", {"Ref": "AWS::Region"}])
    def test_get_azs_gives_the_zones_of_the_place(self, region: object) -> None:
        assert value({"Fn::GetAZs": region}) == ["us-east-1a", "us-east-1b", "us-east-1c"]

    def test_get_azs_never_guesses_another_region(self) -> None:
        assert (
            refusal({"Fn::GetAZs": "eu-west-1"}) == "P.Fn::GetAZs: the Availability Zones of 'eu-west-1' are not known"
        )

    def test_base64_encodes_utf_8(self) -> None:
        encoded = value({"Fn::Base64": {"Fn::Sub": "é ${Name}"}}, PARAMETERS)
        assert base64.b64decode(str(encoded)).decode() == "é orders"

    def test_import_value_finds_an_export(self) -> None:
        assert value({"Fn::ImportValue": {"Fn::Sub": "shared-vpc"}}) == "vpc-shared"

    def test_import_value_names_the_export_that_is_missing(self) -> None:
        assert refusal({"Fn::ImportValue": "nope"}) == "P.Fn::ImportValue: there is no export named 'nope'"

    def test_import_value_cannot_depend_on_a_resource(self) -> None:
        assert "which the name of an import cannot depend on" in refusal(
            {"Fn::ImportValue": {"Ref": "Queue"}}, PARAMETERS
        )
        assert "takes only" in refusal({"Fn::ImportValue": {"Fn::GetAtt": "Queue.Arn"}}, PARAMETERS)

    @pytest.mark.parametrize("argument", ["AWS::Include", {"Name": "AWS::Include"}, [{"Name": "AWS::Include"}]])
    def test_a_macro_is_named_as_not_resolvable(self, argument: object) -> None:
        message = refusal({"Fn::Transform": argument})
        assert message == "P.Fn::Transform: macro 'AWS::Include' runs inside AWS and cannot be resolved"

    def test_outputs_of_other_stacks_are_not_guessed(self) -> None:
        assert "are not known" in refusal({"Fn::GetStackOutput": {"StackName": "s", "OutputName": "o"}})


class TestLanguageExtensions:
    @pytest.mark.parametrize("node", [{"Fn::Length": ["a"]}, {"Fn::ToJsonString": ["a"]}])
    def test_functions_need_the_transform(self, node: dict[str, object]) -> None:
        assert refusal(node).endswith("needs the transform AWS::LanguageExtensions")

    def test_length_counts_lists(self) -> None:
        assert value({"Fn::Length": {"Ref": "Zones"}}, EXTENDED_PARAMETERS) == 3
        assert value({"Fn::Length": [1, {"Ref": "Queue"}, NO_VALUE]}, EXTENDED_PARAMETERS) == 2

    def test_length_may_index(self) -> None:
        node = {"Fn::Select": [{"Fn::Length": [1]}, {"Ref": "Zones"}]}
        assert value(node, EXTENDED_PARAMETERS) == "b"

    def test_length_refuses_texts_and_lists_of_run_time(self) -> None:
        assert "must be a list, but is a string" in refusal({"Fn::Length": {"Ref": "Name"}}, EXTENDED_PARAMETERS)
        node = {"Fn::Length": {"Fn::GetAtt": ["Queue", "Names"]}}
        assert "which the list that Fn::Length counts cannot depend on" in refusal(node, EXTENDED_PARAMETERS)

    def test_to_json_string_is_compact_and_evaluated(self) -> None:
        node = {"Fn::ToJsonString": {"b": {"Ref": "Name"}, "a": [1, True, "é"], "c": NO_VALUE}}
        assert value(node, EXTENDED_PARAMETERS) == '{"b":"orders","a":[1,true,"é"]}'
        assert json.loads(str(value(node, EXTENDED_PARAMETERS))) == {"b": "orders", "a": [1, True, "é"]}

    def test_to_json_string_takes_objects_and_lists_only(self) -> None:
        message = refusal({"Fn::ToJsonString": "x"}, EXTENDED_PARAMETERS)
        assert message.endswith("must be an object or a list, but is a string")


def test_inner_functions_are_evaluated_first() -> None:
    node = {
        "Fn::Join": [
            "/",
            [
                {"Fn::Select": [1, {"Fn::Split": ["-", {"Fn::Sub": "${Name}-${AWS::Region}"}]}]},
                {"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "class"]},
                {"Fn::If": ["Yes", {"Fn::Base64": "a"}, "b"]},
            ],
        ]
    }
    assert value(node, PARAMETERS) == "us/large/YQ=="
