"""How a change is told: as text, in colours, as markdown, as JSON."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import Any

import pytest

from builder.diff import as_json, markdown, text
from builder.diff.guard import judge
from builder.diff.model import Diff, Notice, PropertyChange, ResourceChange, Verdict
from builder.diff.report import Compared, value, values
from tests.builder.diff.comparing import altered, compared, resources

OLD = resources(
    Group={"Type": "AWS::RDS::DBSubnetGroup", "Properties": {"DBSubnetGroupDescription": "d", "SubnetIds": ["a"]}},
    Database={
        "Type": "AWS::RDS::DBInstance",
        "Properties": {"DBSubnetGroupName": {"Ref": "Group"}, "MultiAZ": False, "ApplyImmediately": False},
    },
    Table={"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Retain"},
    Queue={"Type": "AWS::SQS::Queue"},
    Instance={"Type": "AWS::RDS::DBInstance", "Properties": {"MultiAZ": False, "ApplyImmediately": False}},
)
NEW = altered(
    OLD,
    {
        "Group.Properties.DBSubnetGroupName": "orders",
        "Table": None,
        "Queue": None,
        "Renamed": {"Type": "AWS::SQS::Queue"},
        "Instance.Properties.MultiAZ": True,
    },
)
TEXT = """\
OLD -> NEW (prod)
  REPLACE      Database  AWS::RDS::DBInstance
      DBSubnetGroupName: orders-group-XXXXXXXXXXXX -> orders, with Group <- DBSubnetGroupName\
  [replaces (registry schema: create-only)]
      cause: Database <- DBSubnetGroupName <- Group <- DBSubnetGroupName
      the old one is deleted
      lost: its databases and automated backups
      the new one starts empty
  REPLACE      Group  AWS::RDS::DBSubnetGroup
      DBSubnetGroupName: (none) -> orders  [replaces (registry schema: create-only)]
      cause: Group <- DBSubnetGroupName
      the old one is deleted
  REMOVE       Queue  AWS::SQS::Queue
      deleted
      lost: its messages
      renamed to Renamed: remove and add
  ORPHAN       Table  AWS::DynamoDB::Table
      retained: it leaves the stack, lives on and is paid for
  UPDATE       Instance  AWS::RDS::DBInstance
      MultiAZ: false -> true  [at the maintenance window]
  ADD          Renamed  AWS::SQS::Queue
      renamed from Queue: remove and add
  2 REPLACE, 1 REMOVE, 1 ORPHAN, 1 UPDATE, 1 ADD
  BLOCKED: Database is replaced without a snapshot or being retained; lost: its databases and automated backups; \
to agree: --allow-replace Database
  BLOCKED: Queue is removed without a snapshot or being retained; lost: its messages; to agree: --allow-replace Queue
"""


def report(found: Diff | None = None) -> Compared:
    found = compared(OLD, NEW) if found is None else found
    return Compared(title="OLD -> NEW", environments=("prod",), diff=found, judgement=judge(found))


def test_the_text_reads_so(capsys: pytest.CaptureFixture[str]) -> None:
    text.write([report()])
    assert re.sub(r"group-\w{12}", "group-XXXXXXXXXXXX", capsys.readouterr().out) == TEXT


def test_a_terminal_gets_the_same_text_in_colours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text.write([report()])
    plain = capsys.readouterr().out

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text.write([report()])
    coloured = terminal.getvalue()
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_notices_stand_under_their_headings() -> None:
    found = Diff(
        security=(Notice(where="A", what="opens"),),
        exports=(Notice(where="B", what="goes"),),
        assumptions=(Notice(where="C", what="stays"),),
    )
    said = "\n".join(line for _, line in text.lines(report(found)))
    assert "  Opens or gives up:\n      A: opens\n  Exports:\n      B: goes\n  Taken as is:\n      C: stays" in said
    assert "no resource changes" in said
    assert "**Opens or gives up**\n\n- `A`: opens\n" in markdown.text([report(found)])


def test_values_are_shown_in_one_line_and_cut_where_they_are_long() -> None:
    assert value("a\nb") == "a\\nb"
    assert value("") == '""'
    assert value({"a": [1]}) == '{"a":[1]}'
    assert len(value("x" * 100)) == 60


def test_two_long_values_are_shown_from_where_they_differ() -> None:
    same = "arn:aws:rds:us-east-1:123456789012:some-very-long-kind-of-resource:"
    shown = values(PropertyChange(path="P", old=f"{same}one", new=f"{same}two"))
    assert shown == "...ng-kind-of-resource:one -> ...ng-kind-of-resource:two"
    assert values(PropertyChange(path="P", old="a" * 70, new="b")) == f"{'a' * 57}... -> b"


def test_a_value_that_only_follows_from_another_resource_is_said_to() -> None:
    via = ("Group", "GroupDescription")
    assert values(PropertyChange(path="P", old="a", new="a", via=via)) == "another, with Group <- GroupDescription"
    assert values(PropertyChange(path="P", old="a", new="b", via=via)) == "a -> b, with Group <- GroupDescription"


def test_what_a_template_says_cannot_look_like_the_report() -> None:
    said = [line for _, line in text.lines(report(Diff(security=(Notice(where="A", what="x\n  1 UPDATE"),))))]
    assert all("\n" not in line for line in said)


class TestMarkdown:
    def test_what_destroys_stands_in_the_open_and_the_rest_is_folded(self) -> None:
        said = markdown.text([report()])
        loud, _, quiet = said.partition("<details>")
        assert "| **REPLACE** | `Database`<br>AWS::RDS::DBInstance |" in loud
        assert "> BLOCKED: Database is replaced" in loud
        assert "| **UPDATE** | `Instance`" in quiet
        assert "`MultiAZ`: `false -> true` (at the maintenance window)" in quiet

    def test_only_quiet_changes_make_no_empty_table(self) -> None:
        found = compared(OLD, altered(OLD, {"Instance.Properties.MultiAZ": True}))
        assert markdown.text([report(found)]).count("| --- | --- | --- |") == 1

    def test_nothing_in_a_template_becomes_markup(self) -> None:
        evil = "a|b `x` ``y`` <img> @team [link](http://x) \n# heading"
        change = ResourceChange(
            logical_id="It",
            type="AWS::SNS::Topic",
            verdict=Verdict.UPDATE,
            properties=(PropertyChange(path="P", old=evil, new=None),),
            notes=(evil,),
        )
        row = next(
            line for line in markdown.text([report(Diff(resources=(change,)))]).splitlines() if "**UPDATE**" in line
        )
        assert "``` P" not in row
        assert "```" in row
        note = row.split("<br>")[-1]
        assert r"\<img\> \@team \[link\](http://x) \# heading" in note
        assert len(re.findall(r"(?<!\\)\|", row)) == 4

    @pytest.mark.parametrize("verdict", [Verdict.UPDATE, Verdict.REPLACE])
    def test_a_comment_is_never_longer_than_github_takes(self, verdict: Verdict) -> None:
        many = tuple(
            ResourceChange(logical_id=f"It{number}", type="AWS::SNS::Topic", verdict=verdict, notes=("n" * 100,))
            for number in range(1_000)
        )
        said = markdown.text([report(Diff(resources=many))])
        assert len(said) < 65_536
        assert said.endswith("*Cut here: the whole is longer than a comment may be.*\n")
        assert said.count("<details>") == said.count("</details>")


def test_json_holds_everything() -> None:
    document: dict[str, Any] = json.loads(as_json.text([report()]))
    (comparison,) = document["comparisons"]
    assert (document["version"], comparison["exit_code"], comparison["blocked"]) == (1, 3, ["Database", "Queue"])
    changes = {each["logical_id"]: each for each in comparison["resources"]}
    assert changes["Database"]["cause"] == ["Database", "DBSubnetGroupName", "Group", "DBSubnetGroupName"]
    assert changes["Instance"]["properties"] == [
        {
            "path": "MultiAZ",
            "old": False,
            "new": True,
            "effect": "updates",
            "source": "RDS resource handlers, ImmutabilityHelper",
            "via": [],
            "when": "at the maintenance window",
            "interruption": None,
        }
    ]
    assert changes["Group"]["properties"][0]["when"] is None
    assert changes["Table"]["verdict"] == "ORPHAN"
