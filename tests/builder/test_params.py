"""Parameter files: every mistake is told, all at once; what AWS would drop or misread is refused."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import params
from builder.problems import Failure

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "EnvironmentSuffix": {"Type": "String", "Default": "dev", "AllowedPattern": "[a-z]{1,10}"},
        "AdminEmail": {
            "Type": "String",
            "AllowedPattern": "[^@]+@[^@]+",
            "ConstraintDescription": "must be an address.",
        },
        "Port": {"Type": "Number", "Default": 5433, "MinValue": 1150, "MaxValue": 65535},
        "Class": {"Type": "String", "Default": "large", "AllowedValues": ["large", "small"]},
        "Cidrs": {"Type": "CommaDelimitedList", "Default": ""},
        "Password": {"Type": "String", "NoEcho": True, "Default": ""},
    },
    "Rules": {
        "SmallIsForDev": {
            "RuleCondition": {"Fn::Equals": [{"Ref": "Class"}, "small"]},
            "Assertions": [
                {
                    "Assert": {"Fn::Equals": [{"Ref": "EnvironmentSuffix"}, "dev"]},
                    "AssertDescription": "A small instance is for dev only.",
                }
            ],
        }
    },
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
}
COMPLETE = ["EnvironmentSuffix=dev", "AdminEmail=a@b.c", "Port=5433", "Class=large", "Cidrs=10.0.0.0/16,10.1.0.0/16"]


def written(directory: Path, content: object, name: str = "dev.json") -> Path:
    path = directory / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def told(directory: Path, content: object, name: str = "dev.json", template: dict[str, Any] | None = None) -> list[str]:
    """What is said about a file, without the file's name."""
    path = written(directory, content, name)
    problems = params.validate(template or TEMPLATE, path)
    assert all(problem.file == str(path) for problem in problems)
    return [str(problem).removeprefix(f"{path}: ") for problem in problems]


def with_(**values: str) -> list[str]:
    return [f"{key}={value}" for key, value in (dict(item.split("=", 1) for item in COMPLETE) | values).items()]


def test_a_complete_file_has_no_problems(tmp_path: Path) -> None:
    assert told(tmp_path, COMPLETE) == []


def test_a_file_is_read_as_the_aws_cli_reads_it(tmp_path: Path) -> None:
    """Split at the first =, nothing trimmed, an empty value kept."""
    assert params.read(written(tmp_path, ["A=b=c", "B=", " C = d "])) == {"A": "b=c", "B": "", " C ": " d "}


class TestForm:
    @pytest.mark.parametrize(
        ("content", "what"),
        [
            ("", "is not valid JSON: Expecting value at line 1 column 1; fix: correct line 1"),
            ('[\n "A=b",\n]', "is not valid JSON: Expecting value at line 3 column 1; fix: correct line 3"),
            ('["A=b"', "is not valid JSON: Expecting ',' delimiter at line 1 column 7; fix: correct line 1"),
            ({"A": "b"}, 'is an object, not a list of "Key=Value" strings; fix: write ["Key=Value", ...]'),
            ("null", 'is null, not a list of "Key=Value" strings; fix: write ["Key=Value", ...]'),
            ('"A=b"', 'is a string, not a list of "Key=Value" strings; fix: write ["Key=Value", ...]'),
            ("[" * 9999, "is nested more than 100 levels deep; fix: flatten it"),
            ('[{"A": 1, "A": 2}]', "line 1: key 'A' is given a second time, after line 1; fix: remove one of them"),
        ],
    )
    def test_another_form_is_told(self, tmp_path: Path, content: object, what: str) -> None:
        assert told(tmp_path, content) == [what]

    def test_every_wrong_item_is_told(self, tmp_path: Path) -> None:
        long = "x" * 50
        items = ["Port", 5, {"ParameterKey": "Port"}, "=5", "Port=1", "Class=large", "Port=2", long, None, "\nPort=3"]
        assert told(tmp_path, items) == [
            "item 1, 'Port', has no =; fix: write \"Key=Value\"",
            'item 2 is a number, not a string; fix: write "Key=Value"',
            'item 3 is an object, not a string; fix: write "Key=Value"',
            'item 4 has no key before =; fix: write "Key=Value"',
            "item 7 gives 'Port' a second time; fix: remove one of them",
            f'item 8, {"x" * 40!r}, has no =; fix: write "Key=Value"',
            'item 9 is null, not a string; fix: write "Key=Value"',
            "item 10 has '\\nPort' as its key; fix: write \"Key=Value\"",
        ]

    def test_a_missing_file_is_told(self, tmp_path: Path) -> None:
        (problem,) = params.validate(TEMPLATE, tmp_path / "dev.json")
        assert "cannot be read: No such file or directory" in str(problem)

    def test_bytes_that_are_no_text_are_told(self, tmp_path: Path) -> None:
        (tmp_path / "dev.json").write_bytes(b'["A=\xff"]')
        (problem,) = params.validate(TEMPLATE, tmp_path / "dev.json")
        assert "is not UTF-8 text" in problem.what

    def test_a_byte_order_mark_is_refused_because_the_cli_no_longer_sees_a_list(self, tmp_path: Path) -> None:
        assert told(tmp_path, "\ufeff[]") == ["begins with a byte-order mark; fix: save as UTF-8 without one"]

    def test_characters_that_the_cli_decodes_by_locale_are_a_warning(self, tmp_path: Path) -> None:
        raw = json.dumps(with_(AdminEmail="é@b.c"), ensure_ascii=False)
        (warning,) = params.validate(TEMPLATE, written(tmp_path, raw))
        assert warning.severity == "warning"
        assert r"fix: write them as \uXXXX" in str(warning)
        assert told(tmp_path, with_(AdminEmail="é@b.c")) == []


class TestValues:
    def test_everything_wrong_is_told_at_once(self, tmp_path: Path) -> None:
        items = ["Prot=5432", "Port=many", "Class=huge", "Cidrs=10.0.0.0/16,,", "EnvironmentSuffix=Dev"]
        assert told(tmp_path, items) == [
            "EnvironmentSuffix: is 'Dev', but the file is named 'dev.json'; "
            "fix: name the file Dev.json, or set EnvironmentSuffix=dev",
            "Prot: is not a parameter of the template; the nearest is Port; fix: write Port",
            "EnvironmentSuffix: 'Dev' does not match the pattern [a-z]{1,10}; "
            "fix: give a value that matches [a-z]{1,10}",
            'AdminEmail: is required and has no default; fix: add "AdminEmail=..."',
            "Port: 'many' is not a number; fix: give a number",
            "Class: 'huge' is not an allowed value; fix: give one of large, small",
            "Cidrs: has an empty element; fix: remove the extra comma",
        ]

    @pytest.mark.parametrize(
        ("key", "value", "what"),
        [
            ("Port", "80", "'80' is below the minimum of 1150; fix: give at least 1150"),
            ("AdminEmail", "me", "'me' is refused: must be an address; fix: give a value that matches [^@]+@[^@]+"),
        ],
    )
    def test_a_value_outside_its_constraint_is_told(self, tmp_path: Path, key: str, value: str, what: str) -> None:
        assert told(tmp_path, with_(**{key: value})) == [f"{key}: {what}"]

    def test_an_empty_list_is_no_slip(self, tmp_path: Path) -> None:
        assert told(tmp_path, with_(Cidrs="")) == []

    def test_a_secret_in_a_file_is_told_and_not_shown(self, tmp_path: Path) -> None:
        assert told(tmp_path, with_(Password="hunter2")) == [
            "Password: is a secret (NoEcho) in a file; fix: remove it and give it on the command line"
        ]

    def test_an_omitted_default_is_a_warning(self, tmp_path: Path) -> None:
        items = [item for item in COMPLETE if not item.startswith("Port")]
        (warning,) = params.validate(TEMPLATE, written(tmp_path, items))
        assert warning.severity == "warning"
        assert str(warning).endswith(
            'Port: is omitted: an update keeps its previous value, not the template\'s default; fix: add "Port=5433"'
        )

    def test_the_file_is_named_after_its_environment(self, tmp_path: Path) -> None:
        assert told(tmp_path, COMPLETE, "prod.json") == [
            "EnvironmentSuffix: is 'dev', but the file is named 'prod.json'; "
            "fix: name the file dev.json, or set EnvironmentSuffix=prod"
        ]
        assert told(tmp_path, with_(EnvironmentSuffix="prod"), "prod.json") == []

    def test_the_default_environment_counts(self, tmp_path: Path) -> None:
        template = {"Parameters": {"EnvironmentSuffix": {"Type": "String", "Default": "dev"}}}
        assert any("but the file is named" in line for line in told(tmp_path, [], "prod.json", template))

    def test_a_template_without_environments_does_not_name_files(self, tmp_path: Path) -> None:
        assert told(tmp_path, [], "any.json", {"Resources": {}}) == []

    def test_faults_of_the_template_are_told_not_raised(self, tmp_path: Path) -> None:
        template = {"Parameters": {"P": {"Type": "Text"}}}
        assert told(tmp_path, ["P=x"], "any.json", template) == [
            "Parameters.P.Type: 'Text' is not a type of parameter; fix: correct the template"
        ]
        assert told(tmp_path, [], "any.json", {"Parameters": []}) == [
            "Parameters: must be an object, but is a list; fix: correct the template"
        ]


class TestRules:
    def test_a_broken_rule_is_told(self, tmp_path: Path) -> None:
        items = with_(EnvironmentSuffix="prod", Class="small")
        assert told(tmp_path, items, "prod.json") == [
            "Rules.SmallIsForDev.Assertions[0]: A small instance is for dev only; "
            "fix: change the parameters that the rule names"
        ]

    def test_rules_wait_until_the_values_are_right(self, tmp_path: Path) -> None:
        items = with_(EnvironmentSuffix="prod", Class="small", Port="1")
        assert [line.split(":")[0] for line in told(tmp_path, items, "prod.json")] == ["Port"]

    def test_rules_are_judged_in_every_region_and_told_once(self, tmp_path: Path) -> None:
        assertion = {
            "Assert": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]},
            "AssertDescription": "at home only",
        }
        template = {"Rules": {"R": {"Assertions": [assertion]}}}
        path = written(tmp_path, [])
        assert params.validate(template, path) == ()
        (problem,) = params.validate(template, path, regions=("us-east-1", "eu-west-1", "us-west-2"))
        assert problem.what == "at home only"

    def test_a_rule_that_only_aws_can_decide_is_left_alone(self, tmp_path: Path) -> None:
        assertion = {"Assert": {"Fn::Equals": [{"Fn::ValueOf": ["Subnet", "VpcId"]}, "vpc-12345678"]}}
        template = {
            "Parameters": {"Subnet": {"Type": "AWS::EC2::Subnet::Id"}},
            "Rules": {"R": {"Assertions": [assertion]}},
        }
        assert told(tmp_path, ["Subnet=subnet-12345678"], "any.json", template) == []

    def test_a_rule_that_is_wrong_is_told_as_the_templates_fault(self, tmp_path: Path) -> None:
        template = {"Rules": {"R": {"Assertions": [{"Assert": {"Fn::Sub": "x"}}]}}}
        assert told(tmp_path, [], "any.json", template) == [
            "Rules.R.Assertions[0].Assert: Fn::Sub does not give true or false in a rule; fix: correct the template"
        ]


class TestOverrides:
    def test_the_command_line_ranks_over_the_file(self) -> None:
        assert params.overrides({"A": "file", "B": "file"}, ["B=line", "C=x=y"]) == {
            "A": "file",
            "B": "line",
            "C": "x=y",
        }

    def test_the_file_stands_alone(self) -> None:
        assert params.overrides({"A": "file"}) == {"A": "file"}

    def test_wrong_arguments_are_told_all_at_once(self) -> None:
        with pytest.raises(Failure) as caught:
            params.overrides({}, ["A", "B=1", "B=2"])
        assert str(caught.value).splitlines() == [
            "command line: item 1, 'A', has no =; fix: write \"Key=Value\"",
            "command line: item 3 gives 'B' a second time; fix: remove one of them",
        ]

    def test_bytes_that_are_no_text_are_told(self) -> None:
        with pytest.raises(Failure, match="command line: item 1 holds bytes that are no text; fix: give it in UTF-8"):
            params.overrides({}, ["A=\udcff"])

    def test_the_result_can_be_checked_against_the_template(self) -> None:
        values = params.overrides(dict(item.split("=", 1) for item in COMPLETE), ["Prot=5432", "Password=x"])
        assert [str(problem) for problem in params.check(TEMPLATE, values, file="command line")] == [
            "command line: Prot: is not a parameter of the template; the nearest is Port; fix: write Port"
        ]


words = st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=10)
valid = st.fixed_dictionaries(
    {
        "EnvironmentSuffix": words,
        "AdminEmail": st.tuples(words, words).map("@".join),
        "Port": st.integers(1150, 65535).map(str),
        "Class": st.just("large"),
        "Cidrs": st.lists(words).map(",".join),
    }
)
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
items = st.tuples(
    st.sampled_from([*TEMPLATE["Parameters"], "Other", ""]) | st.text(max_size=5), st.text(max_size=9)
).map("=".join)


@given(valid, st.randoms())
def test_a_valid_file_is_never_refused(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, str], random: Any
) -> None:
    pairs = [f"{key}={value}" for key, value in values.items()]
    random.shuffle(pairs)
    path = written(tmp_path_factory.getbasetemp(), pairs, f"{values['EnvironmentSuffix']}.json")
    assert params.validate(TEMPLATE, path) == ()
    assert params.read(path) == values


@given(
    st.binary(max_size=60)
    | jsons.map(lambda value: json.dumps(value).encode())
    | st.lists(items | jsons, max_size=6).map(lambda value: json.dumps(value).encode())
)
def test_any_file_is_valid_or_has_well_formed_problems(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(content)
    problems = params.validate(TEMPLATE, path)
    assert problems == params.validate(TEMPLATE, path)
    assert len(set(problems)) == len(problems)
    for problem in problems:
        assert problem.file == str(path)
        assert problem.what
        assert problem.fix
        str(problem).encode()
        assert "\n" not in str(problem)
    if not any(problem.severity == "error" for problem in problems):
        assert set(params.read(path)) <= set(TEMPLATE["Parameters"])
