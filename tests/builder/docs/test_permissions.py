"""What launch roles allow stands beside the policies that are attached elsewhere."""

from __future__ import annotations

import json

from builder.docs import permissions
from tests.conftest import Project

PAGE = "docs/permissions.md"


def test_a_role_is_counted_by_what_it_allows_and_on_what(project: Project) -> None:
    project.stack("one")
    project.run("build", "--no-lint")
    statements = [
        {"Effect": "Allow", "Action": ["rds:CreateDBInstance", "sns:CreateTopic"], "Resource": ["arn:x", "arn:y"]},
        {"Effect": "Allow", "Action": ["ec2:DescribeVpcs"], "Resource": ["*"]},
    ]
    project.write("templates/permissions/one.json", json.dumps([[statements[0]], [statements[1]]]))
    permissions.full_access.cache_clear()
    permissions._recorded.cache_clear()

    assert project.run("docs", "--no-pictures").code == 0

    page = (project.root / PAGE).read_text()
    # Three actions, two of them on ARNs, one on everything; RDS and EC2 are in the policies beside it, SNS's is not.
    assert "| `one` | 3 | 2 | 1 | 2 | 2 |" in page
    assert "`AmazonRDSFullAccess (" in page
    assert "`AmazonEC2FullAccess (" in page


def test_without_permissions_there_is_no_page(project: Project) -> None:
    project.stack("one")
    project.run("build", "--no-lint")
    assert project.run("docs", "--no-pictures").code == 0
    assert not (project.root / PAGE).exists()
