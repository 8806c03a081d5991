"""Exports and imports between stacks."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.stacks import (
    HANDLE,
    create,
    delete,
    outputs,
    reason,
    template,
    topic,
    update,
)


def exporting(value: str = "v", name: str = "shared") -> str:
    return template({"Handle": HANDLE}, Outputs={"Out": {"Value": value, "Export": {"Name": name}}})


def importing(name: str = "shared") -> str:
    return template(
        {"Topic": topic(DisplayName={"Fn::ImportValue": name})},
        Outputs={"Got": {"Value": {"Fn::ImportValue": name}}},
    )


def test_an_export_reaches_the_stack_that_imports_it(aws: Aws) -> None:
    create(aws, exporting("value"), "from")

    create(aws, importing(), "to")

    assert outputs(aws, "to") == {"Got": "value"}
    cloudformation = aws.client("cloudformation")
    (export,) = cloudformation.list_exports()["Exports"]
    assert (export["Name"], export["Value"], export["ExportingStackId"]) == ("shared", "value", aws.stack("from").id)
    assert cloudformation.list_imports(ExportName="shared")["Imports"] == ["to"]


def test_exports_are_of_one_region(aws: Aws) -> None:
    create(aws, exporting(), "from")

    assert aws.client("cloudformation", "eu-west-1").list_exports()["Exports"] == []


def test_an_export_is_unique(aws: Aws) -> None:
    create(aws, exporting(), "first")

    assert create(aws, exporting(), "second") == "ROLLBACK_COMPLETE"

    failure = aws.stack("second").events
    assert any("shared is already exported by stack first" in event.reason for event in failure)


@pytest.mark.parametrize(("body", "done"), [(exporting("w"), "updated"), (template({"Handle": HANDLE}), "deleted")])
def test_an_export_in_use_does_not_change(aws: Aws, body: str, done: str) -> None:
    create(aws, exporting(), "from")
    create(aws, importing(), "to")

    assert update(aws, body, "from") == "UPDATE_ROLLBACK_COMPLETE"

    reasons = [event.reason for event in aws.stack("from").events]
    assert f"Export shared cannot be {done} as it is in use by to" in reasons


def test_a_stack_whose_export_is_in_use_is_not_deleted(aws: Aws) -> None:
    create(aws, exporting(), "from")
    create(aws, importing(), "to")

    assert delete(aws, "from") == "DELETE_FAILED"
    assert reason(aws, "from") == "Export shared cannot be deleted as it is in use by to"

    delete(aws, "to")
    assert delete(aws, "from") == "DELETE_COMPLETE"


def test_an_import_that_ended_frees_its_export(aws: Aws) -> None:
    create(aws, exporting(), "from")
    create(aws, importing(), "to")

    update(aws, template({"Topic": topic(DisplayName="own")}), "to")

    assert update(aws, exporting("w"), "from") == "UPDATE_COMPLETE"
    with pytest.raises(ClientError, match="is not imported by any stack"):
        aws.client("cloudformation").list_imports(ExportName="shared")
