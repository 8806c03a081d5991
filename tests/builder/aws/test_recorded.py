"""What the simulator does not have, in answers written as AWS gives them; botocore's model of the API judges each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from builder.aws import change_sets, drift
from builder.aws.account import Account
from builder.aws.change_sets import Request, proposed
from builder.problems import ExitCode, Failure
from tests.builder.aws.test_states import stack

ROOT = "arn:aws:cloudformation:eu-west-1:123456789012:stack/orders-prod/0b1c2d3e"
CHILD = "arn:aws:cloudformation:eu-west-1:123456789012:stack/orders-prod-Database-1ABC/4f5a6b7c"
SET = "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/plan/11111111-2222-3333-4444-555555555555"
BELOW = "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/plan-Database/66666666-7777-8888-9999-000000000000"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def recorded() -> Iterator[tuple[Account, Stubber]]:
    """An account whose CloudFormation gives the answers that are written down, in that order, and no others."""
    session = boto3.session.Session(aws_access_key_id="a", aws_secret_access_key="b")
    client: Any = session.client("cloudformation", region_name="eu-west-1")
    with Stubber(client) as stubber:
        clients = {"cloudformation": client}
        yield Account(session=session, region="eu-west-1", number="123456789012", _clients=clients), stubber
        stubber.assert_no_pending_responses()


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, in seconds."""
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    return slept


def told(path: str, attribute: str, name: str, value: str) -> str:
    """Conceals passwords."""
    return "****" if name == "Password" else value


def described(stack_id: str, status: str = "UPDATE_COMPLETE") -> dict[str, Any]:
    stack = {"StackId": stack_id, "StackName": stack_id.split("/")[1], "CreationTime": NOON, "StackStatus": status}
    return {"Stacks": [stack]}


def listed(*resources: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "StackResourceSummaries": [
            {
                "LogicalResourceId": name,
                "PhysicalResourceId": identifier,
                "ResourceType": of_type,
                "ResourceStatus": "UPDATE_COMPLETE",
                "LastUpdatedTimestamp": NOON,
            }
            for name, of_type, identifier in resources
        ]
    }


def detection(status: str, reason: str = "") -> dict[str, Any]:
    answer = {"StackId": ROOT, "StackDriftDetectionId": "d", "DetectionStatus": status, "Timestamp": NOON}
    return answer | ({"DetectionStatusReason": reason} if reason else {})


def drifted(logical_id: str, status: str, *differences: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "StackId": ROOT,
        "LogicalResourceId": logical_id,
        "ResourceType": "AWS::RDS::DBInstance",
        "StackResourceDriftStatus": status,
        "Timestamp": NOON,
        "PropertyDifferences": [
            {"PropertyPath": path, "ExpectedValue": expected, "ActualValue": actual, "DifferenceType": "NOT_EQUAL"}
            for path, expected, actual in differences
        ],
    }


class TestDrift:
    FILTERS = ("DELETED", "MODIFIED")

    def expect(
        self, stubber: Stubber, stack_id: str, *answers: dict[str, Any], status: str = "UPDATE_COMPLETE"
    ) -> None:
        """The answers about one stack: of its detection, then of what drifted, page by page."""
        stubber.add_response("describe_stacks", described(stack_id, status), {"StackName": stack_id})
        if answers:
            stubber.add_response("detect_stack_drift", {"StackDriftDetectionId": "d"}, {"StackName": stack_id})
        token: dict[str, str] = {}
        for answer in answers:
            if "DetectionStatus" in answer:
                asked = {"StackDriftDetectionId": "d"}
                stubber.add_response("describe_stack_drift_detection_status", answer, asked)
            else:
                wanted = {"StackName": stack_id, "StackResourceDriftStatusFilters": list(self.FILTERS), **token}
                stubber.add_response("describe_stack_resource_drifts", answer, wanted)
                token = {"NextToken": answer.get("NextToken", "")}

    def notices(self, account: Account) -> list[str]:
        return [f"{each.where}: {each.what}" for each in drift.drift(account, ROOT, told)]

    def test_every_page_of_every_stack_is_told(self, recorded: tuple[Account, Stubber], naps: list[float]) -> None:
        account, stubber = recorded
        self.expect(
            stubber,
            ROOT,
            detection("DETECTION_IN_PROGRESS"),
            detection("DETECTION_COMPLETE"),
            {"StackResourceDrifts": [drifted("Topic", "DELETED")], "NextToken": "more"},
            {"StackResourceDrifts": [drifted("Key", "MODIFIED", ("/Tags/0/Value", "a", "b"))]},
        )
        nested = ("Database", "AWS::CloudFormation::Stack", CHILD)
        stubber.add_response("list_stack_resources", listed(("Topic", "AWS::SNS::Topic", "t"), nested))
        changed = drifted("Instance", "MODIFIED", ("/MultiAZ", "true", "false"), ("/Password", "hunter2", "hunter3"))
        self.expect(stubber, CHILD, detection("DETECTION_COMPLETE"), {"StackResourceDrifts": [changed]})
        stubber.add_response("list_stack_resources", listed())
        assert self.notices(account) == [
            "Topic: AWS::RDS::DBInstance was deleted outside CloudFormation",
            "Key: Tags.0.Value is b, deployed was a",
            "Database/Instance: MultiAZ is false, deployed was true",
            "Database/Instance: Password is ****, deployed was ****",
        ]
        assert len(naps) == 1

    def test_what_could_not_be_looked_at_is_told(self, recorded: tuple[Account, Stubber]) -> None:
        account, stubber = recorded
        failed = detection("DETECTION_FAILED", "Failed to detect drift on resource [Key].")
        self.expect(stubber, ROOT, failed, {"StackResourceDrifts": []})
        stubber.add_response("list_stack_resources", listed())
        reason = "drift could not be detected everywhere: Failed to detect drift on resource [Key]"
        assert self.notices(account) == [f"orders-prod: {reason}"]

    def test_a_stack_in_a_state_that_allows_none_is_not_asked(self, recorded: tuple[Account, Stubber]) -> None:
        account, stubber = recorded
        self.expect(stubber, ROOT, status="UPDATE_FAILED")
        stubber.add_response("list_stack_resources", listed())
        assert self.notices(account) == ["orders-prod: drift cannot be detected while it is UPDATE_FAILED"]

    def test_patience_ends(self, recorded: tuple[Account, Stubber], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(drift, "_PATIENCE", -1.0)
        account, stubber = recorded
        self.expect(stubber, ROOT, detection("DETECTION_IN_PROGRESS"), {"StackResourceDrifts": []})
        stubber.add_response("list_stack_resources", listed())
        assert self.notices(account) == ["orders-prod: drift is still being detected: what is known so far is told"]


def page(changes: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"ChangeSetId": SET, "StackId": ROOT, "StackName": "orders-prod", "Changes": changes, **more}


def change(logical_id: str, of_type: str = "AWS::SNS::Topic", **more: Any) -> dict[str, Any]:
    resource = {"Action": "Modify", "LogicalResourceId": logical_id, "ResourceType": of_type, **more}
    return {"Type": "Resource", "ResourceChange": resource}


class TestChangeSets:
    def test_pages_and_nested_change_sets_are_read_with_values(self, recorded: tuple[Account, Stubber]) -> None:
        account, stubber = recorded
        asked = {"ChangeSetName": SET, "IncludePropertyValues": True}
        nested = change("Database", "AWS::CloudFormation::Stack", ChangeSetId=BELOW)
        stubber.add_response("describe_change_set", page([change("A"), {"Type": "Resource"}], NextToken="2"), asked)
        stubber.add_response("describe_change_set", page([nested]), asked | {"NextToken": "2"})
        stubber.add_response("describe_change_set", page([change("Instance")]), asked | {"ChangeSetName": BELOW})
        found = change_sets.read(account, SET)
        assert [each["LogicalResourceId"] for each in found.changes] == ["A", "Database"]
        assert [each["LogicalResourceId"] for each in found.nested["Database"].changes] == ["Instance"]

    @pytest.mark.parametrize(
        "reason", ["No updates are to be performed.", "The submitted information didn't contain changes. X"]
    )
    def test_a_change_set_of_nothing_is_known_by_its_reason_and_deleted_behind_the_call(
        self, recorded: tuple[Account, Stubber], naps: list[float], reason: str
    ) -> None:
        account, stubber = recorded
        stubber.add_response("create_change_set", {"Id": SET, "StackId": ROOT})
        stubber.add_response("describe_change_set", page([], Status="CREATE_IN_PROGRESS"))
        stubber.add_response("describe_change_set", page([], Status="FAILED", StatusReason=reason))
        stubber.add_response("describe_stacks", described(ROOT))
        stubber.add_response("delete_change_set", {})
        stubber.add_response("describe_change_set", page([], Status="DELETE_PENDING"))
        stubber.add_response("delete_change_set", {})
        stubber.add_client_error("describe_change_set", "ChangeSetNotFound", "ChangeSet [plan] does not exist")
        with proposed(account, Request(stack_name="orders-prod", body="{}"), stack("UPDATE_COMPLETE")) as proposal:
            assert proposal.content.changes == ()
        assert naps == [2, 1]

    def test_one_that_never_gets_made_is_told(
        self, recorded: tuple[Account, Stubber], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(change_sets, "_MADE_WITHIN", 2)
        account, stubber = recorded
        stubber.add_response("create_change_set", {"Id": SET, "StackId": ROOT})
        stubber.add_response("describe_change_set", page([], Status="CREATE_IN_PROGRESS"))
        stubber.add_client_error("describe_stacks", "ValidationError", "Stack with id orders-prod does not exist")
        with (
            pytest.raises(Failure) as failure,
            proposed(account, Request(stack_name="orders-prod", body="{}"), None),
        ):
            raise AssertionError
        assert failure.value.exit_code == ExitCode.AWS_REFUSED
        assert "no change set can be made: Waiter ChangeSetCreateComplete failed: Max attempts" in str(failure.value)
