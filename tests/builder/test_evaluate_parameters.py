"""Parameters: where a value comes from, its type, and every constraint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from builder.evaluate import Evaluation, Parameters, Place, parameter_values


def resolved(declaration: dict[str, Any], given: str | None = None, previous: str | None = None) -> Parameters:
    return parameter_values(
        {"Parameters": {"P": declaration}},
        {} if given is None else {"P": given},
        file="f.json",
        previous=None if previous is None else {"P": previous},
    )


def accepted(declaration: dict[str, Any], given: str) -> str | list[str]:
    parameters = resolved(declaration, given)
    assert parameters.problems == ()
    return parameters.values["P"]


def refused(declaration: dict[str, Any], given: str) -> str:
    parameters = resolved(declaration, given)
    assert "P" not in parameters.values
    return "\n".join(str(problem).removeprefix("f.json: P: ") for problem in parameters.problems)


class TestWhereAValueComesFrom:
    def test_given_ranks_over_previous_over_default(self) -> None:
        declaration = {"Type": "String", "Default": "d"}
        assert resolved(declaration).values == {"P": "d"}
        assert resolved(declaration, previous="p").values == {"P": "p"}
        assert resolved(declaration, "g", "p").values == {"P": "g"}

    def test_an_empty_value_is_a_value(self) -> None:
        assert resolved({"Type": "String", "Default": "d"}, "").values == {"P": ""}

    def test_a_required_one_that_is_missing_is_a_problem(self) -> None:
        (problem,) = resolved({"Type": "String"}).problems
        assert str(problem) == 'f.json: P: is required and has no default; fix: add "P=..."'

    def test_one_that_the_template_lacks_is_a_problem_that_names_the_nearest(self) -> None:
        parameters = parameter_values(
            {"Parameters": {"Project": {"Type": "String", "Default": ""}}}, {"Projekt": "x", "Zzz": "y"}, file="f.json"
        )
        assert [str(problem) for problem in parameters.problems] == [
            "f.json: Projekt: is not a parameter of the template; the nearest is Project; fix: write Project",
            "f.json: Zzz: is not a parameter of the template; fix: remove it",
        ]

    def test_everything_wrong_is_told_at_once_and_the_rest_is_resolved(self) -> None:
        template = {
            "Parameters": {"A": {"Type": "Number"}, "B": {"Type": "String"}, "C": {"Type": "String", "Default": "c"}}
        }
        parameters = parameter_values(template, {"A": "x"}, file="f.json")
        assert [problem.key for problem in parameters.problems] == ["A", "B"]
        assert parameters.values == {"C": "c"}

    def test_a_template_without_parameters_takes_none(self) -> None:
        assert parameter_values({}, {}, file="f").values == {}


class TestTypes:
    @pytest.mark.parametrize("number", ["0", "-1", "+5", "1.5", ".5", "5.", "1e3", "007", "65536"])
    def test_a_number_stays_the_text_that_was_given(self, number: str) -> None:
        assert accepted({"Type": "Number"}, number) == number

    @pytest.mark.parametrize("text", ["", " ", "abc", "1,5", "0x10", "1 ", "--1", "1e", "NaN", "Infinity", "٣", "5\n"])
    def test_what_is_no_number_is_refused(self, text: str) -> None:
        assert refused({"Type": "Number"}, text) == f"{text!r} is not a number; fix: give a number"

    def test_numbers_and_booleans_in_the_template_are_texts(self) -> None:
        assert resolved({"Type": "Number", "Default": 5432}).values == {"P": "5432"}
        assert resolved({"Type": "String", "Default": True}).values == {"P": "true"}

    def test_lists_are_split_and_trimmed(self) -> None:
        assert accepted({"Type": "CommaDelimitedList"}, " a, b c ,d") == ["a", "b c", "d"]
        assert accepted({"Type": "List<Number>"}, "80, 20") == ["80", "20"]
        assert accepted({"Type": "List<String>"}, "a") == ["a"]

    def test_an_empty_list_has_one_empty_member(self) -> None:
        assert accepted({"Type": "CommaDelimitedList"}, "") == [""]

    def test_every_member_is_checked(self) -> None:
        assert refused({"Type": "List<Number>"}, "1,x,") == (
            "element 2, 'x', is not a number; fix: give a number\nelement 3, '', is not a number; fix: give a number"
        )

    @pytest.mark.parametrize(
        ("of_type", "good", "wrong"),
        [
            ("AWS::EC2::AvailabilityZone::Name", "us-east-1a", "US"),
            ("AWS::EC2::Image::Id", "ami-12345678", "ami-1234"),
            ("AWS::EC2::Instance::Id", "i-0123456789abcdef0", "0123456789abcdef0"),
            ("AWS::EC2::KeyPair::KeyName", "my key", "x" * 256),
            ("AWS::EC2::SecurityGroup::GroupName", "group", "x" * 256),
            ("AWS::EC2::SecurityGroup::Id", "sg-0123456789abcdef0", "subnet-12345678"),
            ("AWS::EC2::Subnet::Id", "subnet-12345678", "subnet-123456789"),
            ("AWS::EC2::VPC::Id", "vpc-0123456789abcdef0", "VPC-12345678"),
            ("AWS::EC2::Volume::Id", "vol-12345678", "vol-1234567g"),
            ("AWS::Route53::HostedZone::Id", "Z23YXV4OVPL04A", "zone"),
            ("AWS::SSM::Parameter::Name", "/a/b.c-d_e", "a b"),
        ],
    )
    def test_aws_types_have_a_format_and_refuse_an_empty_value(self, of_type: str, good: str, wrong: str) -> None:
        assert accepted({"Type": of_type}, good) == good
        assert f"is not of type {of_type}; fix: give a value such as" in refused({"Type": of_type}, wrong)
        assert refused({"Type": of_type}, "").startswith("'' is empty, which AWS refuses for this type; fix: give")
        assert accepted({"Type": f"List<{of_type}>"}, f"{good},{good}") == [good, good]
        assert "element 2, ''," in refused({"Type": f"List<{of_type}>"}, f"{good},")

    def test_a_value_has_at_most_4096_bytes(self) -> None:
        assert accepted({"Type": "String"}, "é" * 2048)
        assert refused({"Type": "String"}, "é" * 2049) == "is longer than 4096 bytes; fix: give a shorter value"

    def test_a_value_that_is_no_text_is_refused(self) -> None:
        assert refused({"Type": "String"}, "\udcff") == "holds bytes that are no text; fix: give it in UTF-8"


class TestConstraints:
    def test_allowed_values(self) -> None:
        declaration = {"Type": "String", "AllowedValues": ["a", "b", 1, True]}
        for value in ("a", "b", "1", "true"):
            assert accepted(declaration, value) == value
        assert refused(declaration, "c") == "'c' is not an allowed value; fix: give one of a, b, 1, true"

    def test_allowed_values_hold_for_each_member(self) -> None:
        declaration = {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}
        assert accepted(declaration, "a,b,a") == ["a", "b", "a"]
        assert refused(declaration, "a,c").startswith("element 2, 'c', is not an allowed value")

    def test_allowed_pattern_matches_the_whole_value(self) -> None:
        declaration = {"Type": "String", "AllowedPattern": "[a-z]+"}
        assert accepted(declaration, "abc") == "abc"
        for wrong in ("abc1", "1abc", "", "abc\n"):
            assert refused(declaration, wrong) == (
                f"{wrong!r} does not match the pattern [a-z]+; fix: give a value that matches [a-z]+"
            )

    def test_allowed_pattern_holds_for_each_member(self) -> None:
        declaration = {"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]+"}
        assert accepted(declaration, "a, b") == ["a", "b"]
        assert refused(declaration, "a,B").startswith("element 2, 'B', does not match")

    def test_lengths(self) -> None:
        declaration = {"Type": "String", "MinLength": 2, "MaxLength": "3"}
        assert [accepted(declaration, value) for value in ("ab", "abc")] == ["ab", "abc"]
        assert refused(declaration, "a") == "'a' is below the minimum of 2 characters; fix: give at least 2 characters"
        assert refused(declaration, "abcd") == (
            "'abcd' is above the maximum of 3 characters; fix: give at most 3 characters"
        )

    def test_ranges(self) -> None:
        declaration = {"Type": "Number", "MinValue": -1, "MaxValue": "1.5"}
        assert [accepted(declaration, value) for value in ("-1", "0", "1.5", "1.50")] == ["-1", "0", "1.5", "1.50"]
        assert refused(declaration, "-1.1") == "'-1.1' is below the minimum of -1; fix: give at least -1"
        assert refused(declaration, "1.51") == "'1.51' is above the maximum of 1.5; fix: give at most 1.5"

    def test_ranges_hold_for_each_member(self) -> None:
        assert refused({"Type": "List<Number>", "MaxValue": 9}, "1,10").startswith("element 2, '10', is above")

    def test_the_constraint_description_is_the_message(self) -> None:
        declaration = {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "must be lower case."}
        assert refused(declaration, "A") == (
            "'A' is refused: must be lower case; fix: give a value that matches [a-z]+"
        )

    def test_the_constraint_description_does_not_hide_a_wrong_type(self) -> None:
        declaration = {"Type": "Number", "ConstraintDescription": "must be small."}
        assert refused(declaration, "A") == "'A' is not a number; fix: give a number"

    def test_a_default_outside_its_own_constraint_is_the_templates_fault(self) -> None:
        (problem,) = resolved({"Type": "Number", "Default": 5, "MaxValue": 1}).problems
        assert str(problem) == (
            "f.json: P: the template's default '5' is above the maximum of 1; fix: correct Parameters.P.Default"
        )

    def test_a_previous_value_is_checked_too(self) -> None:
        (problem,) = resolved({"Type": "Number"}, previous="x").problems
        assert "'x' is not a number" in str(problem)

    def test_a_pattern_that_never_ends_is_a_problem_of_the_template(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("builder.evaluate.patterns._SECONDS", 0.05)
        declaration = {"Type": "String", "AllowedPattern": "(?:a|a|aa)*(?<!a)"}
        assert refused(declaration, "a" * 60) == (
            f"{'a' * 60!r} cannot be checked: the pattern takes more than 0.05 s to match; "
            "fix: simplify the template's pattern"
        )

    def test_a_long_value_is_shortened_in_messages(self) -> None:
        assert refused({"Type": "Number"}, "x" * 100) == f"{'x' * 60 + '...'!r} is not a number; fix: give a number"


class TestNoEcho:
    @pytest.mark.parametrize("no_echo", [True, "true", "True"])
    def test_values_are_not_shown_in_problems(self, no_echo: object) -> None:
        declaration = {"Type": "String", "NoEcho": no_echo, "MinLength": 20}
        assert refused(declaration, "hunter2").startswith("the value is below the minimum of 20 characters")

    def test_names_are_told(self) -> None:
        template = {"Parameters": {"A": {"Type": "String", "NoEcho": True}, "B": {"Type": "String", "NoEcho": "false"}}}
        assert parameter_values(template, {"A": "a", "B": "b"}, file="f").hidden == {"A"}


class TestParameterStore:
    NAMED: Mapping[str, Any] = {
        "Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>", "Default": "/net"}}
    }

    def test_a_stored_value_is_unresolved_offline_and_no_problem(self) -> None:
        parameters = parameter_values(self.NAMED, {}, file="f")
        assert (parameters.values, parameters.problems, parameters.unresolved) == ({}, (), ("P",))

    def test_a_stored_value_is_resolved_by_whoever_knows_it(self) -> None:
        store = {"/net": "subnet-12345678, subnet-87654321"}
        parameters = parameter_values(self.NAMED, {}, file="f", ssm_parameter=store.__getitem__)
        assert parameters.values == {"P": ["subnet-12345678", "subnet-87654321"]}
        assert parameters.unresolved == ()

    def test_a_stored_text_is_a_text(self) -> None:
        template = {"Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>"}}}
        parameters = parameter_values(template, {"P": "/x"}, file="f", ssm_parameter={"/x": "a,b"}.__getitem__)
        assert parameters.values == {"P": "a,b"}

    def test_a_name_that_is_not_stored_is_a_problem(self) -> None:
        nothing: dict[str, str] = {}
        (problem,) = parameter_values(self.NAMED, {}, file="f", ssm_parameter=nothing.__getitem__).problems
        assert problem.what == "SSM parameter '/net' does not exist"

    def test_the_name_is_checked(self) -> None:
        assert "is not the name of an SSM parameter" in refused({"Type": "AWS::SSM::Parameter::Value<Number>"}, "a b")

    def test_constraints_hold_for_the_name(self) -> None:
        assert "does not match" in refused(
            {"Type": "AWS::SSM::Parameter::Value<Number>", "AllowedPattern": "/a/.*", "MinValue": 5}, "/b/c"
        )


class TestDeclarations:
    @pytest.mark.parametrize(
        ("declaration", "key", "what"),
        [
            ("x", "Parameters.P", "must be an object, but is a string"),
            ({}, "Parameters.P.Type", "None is not a type of parameter"),
            ({"Type": "Text"}, "Parameters.P.Type", "'Text' is not a type of parameter"),
            ({"Type": ["String"]}, "Parameters.P.Type", "['String'] is not a type of parameter"),
            ({"Type": "List<CommaDelimitedList>"}, "Parameters.P.Type", "'List<CommaDelimitedList>' is not a type"),
            ({"Type": "String", "Maximum": 5}, "Parameters.P", "'Maximum' is not a property of a parameter"),
            ({"Type": "String", "Default": ["a"]}, "Parameters.P.Default", "must be a literal string or number"),
            ({"Type": "String", "Default": {"Ref": "X"}}, "Parameters.P.Default", "but is an object"),
            ({"Type": "String", "Default": None}, "Parameters.P.Default", "but is null"),
            ({"Type": "String", "AllowedValues": "a"}, "Parameters.P.AllowedValues", "must be a list"),
            ({"Type": "String", "AllowedValues": [["a"]]}, "Parameters.P.AllowedValues", "but is a list"),
            ({"Type": "String", "AllowedPattern": "["}, "Parameters.P.AllowedPattern", "is not a regular expression"),
            ({"Type": "String", "AllowedPattern": ["a"]}, "Parameters.P.AllowedPattern", "must be a literal string"),
            ({"Type": "String", "MinLength": "x"}, "Parameters.P.MinLength", "must be a number, but is 'x'"),
            ({"Type": "String", "MinLength": 1.5}, "Parameters.P.MinLength", "must be a whole number, but is 1.5"),
            ({"Type": "Number", "MaxValue": [1]}, "Parameters.P.MaxValue", "must be a literal string or number"),
            (
                {"Type": "String", "ConstraintDescription": {}},
                "Parameters.P.ConstraintDescription",
                "must be a literal",
            ),
        ],
    )
    def test_what_cloudformation_would_refuse_is_a_problem(self, declaration: Any, key: str, what: str) -> None:
        (problem,) = resolved(declaration, "x").problems
        assert problem.key == key
        assert what in problem.what

    def test_parameters_that_are_no_object_are_a_problem(self) -> None:
        (problem,) = parameter_values({"Parameters": []}, {}, file="f").problems
        assert str(problem) == "f: Parameters: must be an object, but is a list; fix: correct the template"


def test_values_do_not_change_when_an_evaluation_is_used() -> None:
    template = {"Parameters": {"P": {"Type": "CommaDelimitedList", "Default": "a,b"}}}
    values = parameter_values(template, {}, file="f").values
    seen = Evaluation(template, values, Place(region="us-east-1", stack_name="s")).value({"Ref": "P"}, "P")
    assert isinstance(seen, list)
    seen.clear()
    assert values == {"P": ["a", "b"]}
