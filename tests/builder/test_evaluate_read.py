"""Template files: JSON and short-form YAML are read alike, and whatever is wrong is told with its line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.evaluate import parse_template, read_template
from builder.evaluate.read import decode
from builder.evaluate.strict_json import parse_json
from builder.evaluate.yaml_form import parse_yaml
from builder.problems import Failure

MINIMAL = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}


def json_failure(text: str) -> str:
    with pytest.raises(Failure) as caught:
        parse_json(text, "t.json")
    return str(caught.value)


def yaml_failure(text: str) -> str:
    with pytest.raises(Failure) as caught:
        parse_yaml(text, "t.yaml")
    return str(caught.value)


class TestFiles:
    def test_json_and_yaml_give_the_same_template(self, tmp_path: Path) -> None:
        (tmp_path / "t.json").write_text(json.dumps(MINIMAL), encoding="utf-8")
        (tmp_path / "t.yaml").write_text("Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n", encoding="utf-8")
        assert read_template(tmp_path / "t.json") == read_template(tmp_path / "t.yaml") == MINIMAL

    def test_json_is_recognised_whatever_the_file_is_called(self) -> None:
        assert parse_template(json.dumps(MINIMAL), "-") == MINIMAL
        assert parse_template("\n " + json.dumps(MINIMAL), "t.template") == MINIMAL

    def test_a_file_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(Failure, match="cannot be read: No such file or directory; fix: give an existing file"):
            read_template(tmp_path / "nope.json")

    def test_a_directory_or_an_impossible_name_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(Failure, match="cannot be read: Is a directory"):
            read_template(tmp_path)
        with pytest.raises(Failure, match="cannot be read: embedded null byte"):
            read_template("a\0b")

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            (b"\xff{}", "is not UTF-8 text (byte 0)"),
            (b"{}\xe9", "is not UTF-8 text (byte 2)"),
            (b"\xef\xbb\xbf{}", "begins with a byte-order mark"),
        ],
    )
    def test_other_encodings_are_told(self, content: bytes, what: str) -> None:
        with pytest.raises(Failure) as caught:
            decode(content, "t.json")
        assert what in str(caught.value)

    @pytest.mark.parametrize("text", ['{"name": "my-package"}', '{"Resources": {}}', '{"Resources": []}', "a: 1"])
    def test_what_has_no_resources_is_no_template(self, text: str) -> None:
        with pytest.raises(Failure, match="is not a CloudFormation template: it has no Resources"):
            parse_template(text, "-")

    @pytest.mark.parametrize("text", ["- a", "hello", "5"])
    def test_what_is_no_object_is_no_template(self, text: str) -> None:
        with pytest.raises(Failure, match=r"is not a CloudFormation template: it is .*, not an object"):
            parse_template(text, "-")


class TestJson:
    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("", "is not valid JSON: Expecting value at line 1 column 1; fix: correct line 1"),
            ('{"a": 1,\n "b" 2}', "is not valid JSON: Expecting ':' delimiter at line 2 column 6; fix: correct line 2"),
            ('{"a": [1, 2', "is not valid JSON: Expecting ',' delimiter at line 1 column 12"),
            ("[NaN]", "is not valid JSON: NaN is not a number in JSON"),
            ("[-Infinity]", "is not valid JSON: -Infinity is not a number in JSON"),
            ("[1e999]", "is not valid JSON: 1e999 is too large"),
            ("[1" + "0" * 5000 + "]", "is not valid JSON: a number of 5001 digits is too large"),
            ('["\\ud800"]', "holds half of a surrogate pair"),
            ("[" * 101 + "]" * 101, "is nested more than 100 levels deep; fix: flatten it"),
            ("[" * 100_000, "is nested more than 100 levels deep"),
            ('{"a":' * 100_000, "is nested more than 100 levels deep"),
        ],
    )
    def test_what_is_wrong_is_told_with_its_line(self, text: str, what: str) -> None:
        assert json_failure(text).startswith(f"t.json: {what}")

    def test_a_hundred_levels_are_fine(self) -> None:
        assert parse_json("[" * 100 + "]" * 100, "t.json")

    def test_a_whole_surrogate_pair_is_a_character(self) -> None:
        assert parse_json('["\\ud83d\\ude00"]', "t.json") == ["\U0001f600"]

    def test_every_duplicate_key_is_told_with_both_lines(self) -> None:
        text = '{"a": {"x": 1,\n "x": 2},\n "b": ["x", {"x": 1}], "c": "{",\n\n "\\u0061": [{}, {"y": 1, "y": 2}]}'
        assert json_failure(text).splitlines() == [
            "t.json: line 2: key 'x' is given a second time, after line 1; fix: remove one of them",
            "t.json: line 5: key 'a' is given a second time, after line 1; fix: remove one of them",
            "t.json: line 5: key 'y' is given a second time, after line 5; fix: remove one of them",
        ]

    def test_equal_keys_of_different_objects_are_no_duplicates(self) -> None:
        text = '{"a": {"a": "a"}, "b": [{"a": 1}, {"a": 2}]}'
        assert parse_json(text, "t.json") == json.loads(text)


class TestYaml:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("!Ref Name", {"Ref": "Name"}),
            ("!Ref AWS::Region", {"Ref": "AWS::Region"}),
            ("!GetAtt A.Arn", {"Fn::GetAtt": ["A", "Arn"]}),
            ("!GetAtt A.Outputs.Port", {"Fn::GetAtt": ["A", "Outputs.Port"]}),
            ("!GetAtt [A, !Ref Name]", {"Fn::GetAtt": ["A", {"Ref": "Name"}]}),
            ("!GetAtt A", {"Fn::GetAtt": "A"}),
            ("!Sub '${A}-x'", {"Fn::Sub": "${A}-x"}),
            ("!Sub ['${B}', {B: !Ref C}]", {"Fn::Sub": ["${B}", {"B": {"Ref": "C"}}]}),
            ("!Join ['', [a, !Ref B]]", {"Fn::Join": ["", ["a", {"Ref": "B"}]]}),
            ("!Split [',', a]", {"Fn::Split": [",", "a"]}),
            ("!Select [0, !GetAZs '']", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
            ("!FindInMap [a, b, c]", {"Fn::FindInMap": ["a", "b", "c"]}),
            ("!If [a, b, c]", {"Fn::If": ["a", "b", "c"]}),
            (
                "!And [!Condition A, !Not [!Or [!Equals [a, b]]]]",
                {"Fn::And": [{"Condition": "A"}, {"Fn::Not": [{"Fn::Or": [{"Fn::Equals": ["a", "b"]}]}]}]},
            ),
            ("!Base64 |\n  #!/bin/sh\n", {"Fn::Base64": "#!/bin/sh\n"}),
            ("!Cidr [a, 1, 8]", {"Fn::Cidr": ["a", 1, 8]}),
            ("!ImportValue x", {"Fn::ImportValue": "x"}),
            ("!Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}),
            ("!Contains [[a], !RefAll x]", {"Fn::Contains": [["a"], {"Fn::RefAll": "x"}]}),
            ("Fn::Length: [1]", {"Fn::Length": [1]}),
            ("!Ref 5", {"Ref": "5"}),
        ],
    )
    def test_short_forms_are_functions(self, text: str, value: object) -> None:
        assert parse_yaml(text, "t.yaml") == value

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("2010-09-09", "2010-09-09"),
            ("5", 5),
            ("0x1F", 31),
            ("1.5", 1.5),
            ("yes", True),
            ("off", False),
            ("~", None),
            ("'5'", "5"),
            ("012345678901", "012345678901"),
            ("rate(5 minutes)", "rate(5 minutes)"),
            ("!!str 5", "5"),
            ("! 5", "5"),
            ('{! "Ref": a}', {"Ref": "a"}),
            ("{a: , b: []}", {"a": None, "b": []}),
            ("123456789012: a\ntrue: b", {"123456789012": "a", "true": "b"}),
            ("- a\n- [b, {c: d}]", ["a", ["b", {"c": "d"}]]),
        ],
    )
    def test_scalars_are_yaml_1_1_with_dates_as_text_and_keys_as_written(self, text: str, value: object) -> None:
        assert parse_yaml(text, "t.yaml") == value

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("a: [", "is not valid YAML: did not find expected node content at line 2 column 1"),
            ("a: 1\n b: 2", "is not valid YAML: mapping values are not allowed in this context at line 2 column 3"),
            ("a: \0", "is not valid YAML: control characters are not allowed"),
            ("\t- a", "is not valid YAML: found character that cannot start any token at line 1 column 1"),
            ("a: 1\nb: 2\na: 3", "line 3: key 'a' is given a second time; fix: remove one of them"),
            ("a: &x 1\nb: *x", "line 2: alias *x is not supported by CloudFormation"),
            ("a: &x [*x]", "line 1: alias *x is not supported by CloudFormation"),
            ("a:\n  <<: {b: 1}", "line 2: merge << is not supported by CloudFormation"),
            ("a: !Length [1]", "line 1: !Length has no short form in CloudFormation; fix: write Fn::Length in full"),
            ("a: !ToJsonString {}", "line 1: !ToJsonString has no short form"),
            ("a:\n  b: !Nope x", "line 2: tag !Nope is not supported by CloudFormation"),
            ("a: !!binary aGk=", "line 1: tag tag:yaml.org,2002:binary is not supported"),
            ("a: !!timestamp 2020-01-01", "line 1: tag tag:yaml.org,2002:timestamp is not supported"),
            ("a: !!set {b}", "line 1: tag tag:yaml.org,2002:set is not supported"),
            (
                "a: !!python/object:os.system x",
                "line 1: tag tag:yaml.org,2002:python/object:os.system is not supported",
            ),
            ("a: !!int x", "line 1: 'x' is no int; fix: quote it"),
            ("a: !!bool x", "line 1: 'x' is no bool; fix: quote it"),
            ("a: .inf", "line 1: .inf is not a number in CloudFormation; fix: quote it"),
            ("a: 1" + "0" * 5000, "line 1: '1" + "0" * 39 + "' is no int; fix: quote it"),
            ("? [a]\n: b", "line 1: a key must be a string"),
            ("? !Ref a\n: b", "line 1: a key must be a string"),
            ("--- 1\n--- 2", "line 1: there are 2 YAML documents; fix: keep one"),
            ("", "line 1: there are 0 YAML documents"),
            ("[" * 100_000, "is nested more than 100 levels deep"),
            ("- " * 5000 + "a", "is nested more than 100 levels deep"),
        ],
    )
    def test_what_is_wrong_is_told_with_its_line(self, text: str, what: str) -> None:
        assert yaml_failure(text).startswith(f"t.yaml: {what}")

    def test_the_parser_in_python_serves_where_the_one_in_c_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr("yaml.CSafeLoader")
        assert parse_yaml("a: !Ref B", "t.yaml") == {"a": {"Ref": "B"}}


def test_what_is_not_needed_is_not_imported() -> None:
    template = json.dumps(MINIMAL)
    code = (
        f"import sys; from builder.evaluate import parse_template; parse_template({template!r}, 't.json');"
        "sys.exit(sorted(m for m in sys.modules if m in ('yaml', 'regex', 'boto3', 'cfnlint', 'moto', 'rich')) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8)
documents: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(documents)
def test_json_that_python_writes_is_read_back(document: Any) -> None:
    assert parse_json(json.dumps(document), "t.json") == document


@given(documents)
def test_yaml_that_pyyaml_writes_is_read_back(document: Any) -> None:
    import yaml

    assert (
        parse_yaml(yaml.safe_dump(document, default_style='"' if isinstance(document, str) else None), "t.yaml")
        == document
    )


@given(
    st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")), st.sampled_from(["t.json", "t.yaml", "-"])
)
def test_any_text_is_a_template_or_a_failure_that_names_the_file(text: str, file: str) -> None:
    try:
        template = parse_template(text, file)
    except Failure as failure:
        assert failure.problems
        for problem in failure.problems:
            assert problem.file == file
            assert problem.what
            assert problem.fix
            str(problem).encode()
    else:
        assert template["Resources"]


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_a_failure(content: bytes) -> None:
    try:
        assert decode(content, "f").encode() == content
    except Failure as failure:
        assert failure.problems
