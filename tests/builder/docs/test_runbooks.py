"""Runbooks, as the reference finds and lists them."""

from __future__ import annotations

from pathlib import Path

from builder.docs.runbooks import index, links
from tests.conftest import Project


def test_runbooks_are_found_by_the_resources_that_their_headings_name(tmp_path: Path) -> None:
    (tmp_path / "alarms.md").write_text("# Alarms\n\n## `DatabaseSilent`\n\n### CpuHigh and DiskFull\n")
    found = links(tmp_path, "../runbooks")
    assert found["DatabaseSilent"] == "../runbooks/alarms.md#databasesilent"
    assert found["CpuHigh"] == found["DiskFull"] == "../runbooks/alarms.md#cpuhigh-and-diskfull"


def test_each_is_listed_with_the_first_sentence_of_when_it_is_for(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Runbooks\n")
    (tmp_path / "a.md").write_text("# Restore\n\n## When to use it\n\nData was\nlost. Nothing else.\n\n## Steps\n")
    (tmp_path / "b.md").write_text("Nothing yet\n")
    assert index(tmp_path).splitlines()[2:] == ["| [Restore](a.md) | Data was lost. |", "| [b](b.md) |  |"]


def test_the_index_is_renewed_with_the_reference(project: Project) -> None:
    project.stack("orders")
    project.write("docs/runbooks/README.md", "# Runbooks\n\n<!-- generated: runbooks -->\n\n<!-- end -->\n")
    project.write("docs/runbooks/restore.md", "# Restore\n\n## When to use it\n\nData was lost.\n")
    project.run("build", "--no-lint")
    assert project.run("docs", "--no-pictures").code == 0
    assert "| [Restore](restore.md) | Data was lost. |" in (project.root / "docs/runbooks/README.md").read_text()
    assert project.run("docs", "--no-pictures", "--check").code == 0
    project.write("docs/runbooks/upgrade.md", "# Upgrade\n")
    assert "docs/runbooks/README.md: is stale from line" in project.run("docs", "--no-pictures", "--check").err
