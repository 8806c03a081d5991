"""Runbooks as pages: complete, linked, and one entry for everything that can wake a person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from builder.docs.runbooks import index
from builder.schemas import schema
from tests.runbooks.pages import FOLDER, INDEX, Page, page, pages
from tests.simulator.test_archived_export import RUNBOOK as LOOPING
from tests.templates.rendering import STACKS, built

PAGES = {each.name: each for each in pages()}
# Those that lead through something, step by step.
PROCEDURES = [each.name for each in PAGES.values() if "Steps" in each.headings(2)]
SECTIONS = [
    "When to use it",
    "What it costs",
    "Before you begin",
    "Steps",
    "How to know that it worked",
    "How to go back",
    "Sources",
]
ALARMS, EVENTS = page("alarms.md"), page("events.md")

ALARM = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
EVENT = ("AWS::Events::Rule", "AWS::RDS::EventSubscription")
MACHINE = ("AWS::StepFunctions::StateMachine",)
LOGICAL_ID = re.compile(r"\b[A-Z][a-z]+\d*(?:[A-Z][A-Za-z0-9]*)+\b")


def of_type(*types: str) -> dict[str, set[str]]:
    """Logical ID -> the stacks that have it, for the resources of these types in every stack."""
    found: dict[str, set[str]] = {}
    for stack in STACKS:
        for name, resource in built(stack)["Resources"].items():
            if resource["Type"] in types:
                found.setdefault(name, set()).add(stack)
    return found


def entries(found: Page, level: int = 3) -> set[str]:
    """The logical IDs that the headings of a page name."""
    return {name for heading in found.headings(level) for name in LOGICAL_ID.findall(heading)}


def machines() -> Iterator[tuple[str, Any]]:
    """Every state machine with its definition."""
    for stack in STACKS:
        for name, resource in built(stack)["Resources"].items():
            if resource["Type"] in MACHINE:
                text = resource["Properties"]["DefinitionString"]["Fn::Sub"]
                yield name, json.loads(text if isinstance(text, str) else text[0])


@pytest.mark.parametrize("name", sorted(of_type(*ALARM)))
def test_every_alarm_has_an_entry(name: str) -> None:
    stacks = ", ".join(sorted(of_type(*ALARM)[name]))
    known = set().union(*(entries(each) for each in PAGES.values()))
    assert name in known, (
        f"{name} of {stacks}: write what to do, under the heading ### {name} in docs/runbooks/alarms.md"
    )


def test_every_entry_has_an_alarm() -> None:
    assert entries(ALARMS) - set(of_type(*ALARM)) == set()


@pytest.mark.parametrize("name", sorted({**of_type(*EVENT), **of_type(*MACHINE)}))
def test_every_event_and_state_machine_has_an_entry(name: str) -> None:
    known = set().union(*(entries(each) for each in PAGES.values()))
    assert name in known, f"write what to do, under the heading ### {name} in docs/runbooks/events.md"


def test_every_entry_of_events_has_an_event_or_a_state_machine() -> None:
    assert entries(EVENTS) - {*of_type(*EVENT), *of_type(*MACHINE)} == set()


@pytest.mark.parametrize(
    "category",
    sorted(
        category
        for stack in STACKS
        for resource in built(stack)["Resources"].values()
        if resource["Type"] == EVENT[1]
        for category in resource["Properties"]["EventCategories"]
    ),
)
def test_every_category_of_event_that_is_subscribed_to_is_explained(category: str) -> None:
    assert f"| {category} |" in EVENTS.text


@pytest.mark.parametrize(("name", "definition"), [pytest.param(*each, id=each[0]) for each in machines()])
def test_every_failure_message_of_a_state_machine_is_explained(name: str, definition: Mapping[str, Any]) -> None:
    (home,) = (each for each in PAGES.values() if name in entries(each))
    (heading,) = (each for each in home.headings(3) if name in LOGICAL_ID.findall(each))
    said = re.sub(r"\s+", " ", home.entry(heading))
    missing = [words for words in messages(definition) if words not in said]
    assert missing == [], f"{home.name}, {name}"


def messages(definition: Mapping[str, Any]) -> Iterator[str]:
    """The words by which a state machine fails: names of errors, and what is fixed in its messages."""
    for state in definition["States"].values():
        if state["Type"] == "Fail":
            yield state["Error"]
        for text in (state.get("Assign", {}).get("why", ""), state.get("Cause", "")):
            literals = re.findall(r"'([^']*)'", text) if text.startswith("{%") else re.split(r"\$\{\w+\}", text)
            # Punctuation between values says nothing.
            yield from (words for each in literals if len(words := each.strip(" :,.")) > 5 and "${" not in words)


def test_every_page_is_listed_in_the_index() -> None:
    assert index(FOLDER) in PAGES[INDEX].text, "run make docs"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_links_lead_somewhere(name: str) -> None:
    for link in PAGES[name].links():
        file, _, part = link.partition("#")
        if "://" in link:
            assert link.startswith("https://docs.aws.amazon.com/"), link
            continue
        target = PAGES[name].path.parent / file if file else PAGES[name].path
        assert target.is_file(), f"{name}: {link}"
        assert not part or part in Page(target).anchors(), f"{name}: {link}"


@pytest.mark.parametrize("name", PROCEDURES)
def test_a_procedure_says_what_a_person_needs_to_know_before_during_and_after(name: str) -> None:
    assert [heading for heading in PAGES[name].headings(2) if heading in SECTIONS] == SECTIONS


@pytest.mark.parametrize("name", sorted(set(PAGES) - {INDEX}))
def test_what_is_said_of_aws_is_cited(name: str) -> None:
    assert any(link.startswith("https://docs.aws.amazon.com/") for link in PAGES[name].links())


def test_loops_are_followed_in_a_shell_by_a_test_of_their_own() -> None:
    looping = {each.name for each in PAGES.values() if re.search(r"^ *```bash$", each.text, re.MULTILINE)}
    assert looping == {LOOPING.name}


def test_parameters_outputs_and_alarms_that_are_named_exist() -> None:
    """A word in code that is made of several capitalised ones is something of a template, or of RDS's own resources."""
    known = {  # of APIs' answers
        "AwsBackupRecoveryPointArn",
        "ParameterApplyStatus",
        "PendingConfirmation",
        "PendingDeletion",
        "RestoreAlreadyInProgress",
        "TargetHealth",
    }
    for stack in STACKS:
        template = built(stack)
        known |= {*template["Parameters"], *template.get("Outputs", {}), *template["Resources"]}
        known |= {each["Properties"].get("MetricName", "") for each in template["Resources"].values()}
    for _, definition in machines():
        known |= {state["Error"] for state in definition["States"].values() if state["Type"] == "Fail"}
    instance = schema("AWS::RDS::DBInstance", "us-east-1")
    assert instance is not None
    known |= set(instance.document["properties"])
    named = {
        (each.name, name)
        for each in PAGES.values()
        for name in re.findall(r"`((?:[A-Z][a-z]+){2,})(?:=\S*)?`", each.prose)
    }
    assert {(file, name) for file, name in named if name not in known} == set()


def test_the_index_names_only_outputs_of_the_database() -> None:
    named = set(re.findall(r"OutputKey=='(\w+)'", page(INDEX).text))
    assert named and named <= set(built("rds-high-availability-existing-vpc")["Outputs"])
