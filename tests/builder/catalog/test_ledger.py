"""The ledger only grows: whatever was published stays as it is."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, replace

import pytest

from builder.catalog import ledger
from builder.catalog.ledger import Entry, key_of, next_version, text
from builder.problems import Failure
from tests.conftest import Project


def entry(version: str, product: str = "app", content: str = "a") -> Entry:
    sha256 = content * 64
    key = key_of("products", product, version, sha256)
    return Entry(product=product, version=version, sha256=sha256, key=key, description="A version")


FIRST, SECOND = entry("1.0.0"), entry("1.1.0", content="b")


def git(project: Project, *arguments: str) -> None:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *author, *arguments], cwd=project.root, check=True, capture_output=True)


def record(project: Project, *entries: Entry) -> None:
    project.write(ledger.FILE, text(entries))


def commit(project: Project) -> None:
    if not (project.root / ".git").exists():
        git(project, "init", "--initial-branch", "main")
    git(project, "add", "-A")
    git(project, "commit", "--message", "a", "--allow-empty")


@pytest.fixture
def published(project: Project) -> Project:
    """A project with one committed version of one product."""
    project.stack("app")
    record(project, FIRST, SECOND)
    commit(project)
    return project


class TestGrowth:
    def test_what_is_appended_is_fine(self, published: Project) -> None:
        record(published, FIRST, SECOND, entry("1.2.0"))
        assert published.run("build", "--no-lint").code == 0

    def test_an_entry_that_is_changed_fails_the_build_and_says_what_to_do_instead(self, published: Project) -> None:
        record(published, replace(FIRST, description="Another"), SECOND)
        outcome = published.run("build", "--no-lint")
        assert outcome.code == 4
        assert "catalog/versions.json: app 1.0.0: is changed (description), and HEAD has it" in outcome.err
        assert "fix: git checkout HEAD -- catalog/versions.json, then append version 1.0.1" in outcome.err
        assert not (published.root / "dist").exists()

    def test_an_entry_that_is_removed_fails_the_build(self, published: Project) -> None:
        record(published, SECOND)
        outcome = published.run("build", "--no-lint")
        assert outcome.code == 4
        assert "app 1.0.0: is removed" in outcome.err

    def test_a_ledger_that_is_gone_fails_the_build(self, published: Project) -> None:
        (published.root / ledger.FILE).unlink()
        assert published.run("build", "--no-lint").code == 4

    def test_entries_stay_in_their_order(self, published: Project) -> None:
        record(published, entry("0.9.0"), FIRST, SECOND)
        assert "has other entries before those of HEAD" in published.run("build", "--no-lint").err

    def test_what_a_commit_of_this_branch_changed_is_compared_with_where_it_began(self, published: Project) -> None:
        git(published, "update-ref", "refs/remotes/origin/main", "HEAD")
        record(published, FIRST)
        commit(published)
        outcome = published.run("build", "--no-lint")
        assert outcome.code == 4
        assert "app 1.1.0: is removed" in outcome.err

    def test_a_published_version_stays_in_the_bucket_that_it_is_read_from(self, published: Project) -> None:
        """Service Catalog knows a version by its name and URL: with another bucket each would be made anew."""
        shelf = 'template.add_parameter(Parameter("ArtifactBucket", Type="String"))'
        published.stack("service-catalog", f"template.add_resource(WaitConditionHandle('A'))\n{shelf}")
        published.params("service-catalog", "dev", ["ArtifactBucket=first"])
        published.params("service-catalog", "prod", ["ArtifactBucket=first"])
        commit(published)
        published.params("service-catalog", "dev", ["ArtifactBucket=second"])
        published.params("service-catalog", "staging", ["ArtifactBucket=second"])
        outcome = published.run("build", "--no-lint")
        assert outcome.code == 4
        assert "params/service-catalog/dev.json: ArtifactBucket: is 'second' and was 'first' in HEAD" in outcome.err
        assert "prod.json" not in outcome.err
        assert "staging.json" not in outcome.err

        published.write("params/service-catalog/dev.json", "[")
        assert published.run("build", "--no-lint").code == 1

    def test_before_the_first_version_any_bucket_may_be_chosen(self, published: Project) -> None:
        record(published)
        published.params("service-catalog", "dev", ["ArtifactBucket=first"])
        git(published, "update-ref", "-d", "HEAD")
        commit(published)
        published.params("service-catalog", "dev", ["ArtifactBucket=second"])
        assert "was 'first'" not in published.run("build", "--no-lint").err

    def test_without_git_there_is_nothing_to_compare_with(self, project: Project) -> None:
        project.stack("app")
        record(project, SECOND)
        assert project.run("build", "--no-lint").code == 0

    def test_a_first_commit_without_a_ledger_is_nothing_to_compare_with(self, project: Project) -> None:
        project.stack("app")
        commit(project)
        record(project, FIRST)
        assert project.run("build", "--no-lint").code == 0


class TestForm:
    def test_a_ledger_is_written_as_it_is_read(self) -> None:
        assert ledger.parse(text([FIRST, SECOND])) == (FIRST, SECOND)
        assert ledger.parse(text([])) == ()

    @pytest.mark.parametrize(
        ("document", "told"),
        [
            ({}, "is not a list of versions"),
            ([1], "[0]: is no version"),
            ([{**asdict(FIRST), "more": "x"}], "[0]: is no version"),
            ([{**asdict(FIRST), "description": ""}], "[0].description: is ''"),
            ([asdict(replace(FIRST, version="1 0"))], "version '1 0' is no version"),
            ([asdict(replace(FIRST, sha256="A"))], "its sha256 is none"),
            (
                [asdict(replace(FIRST, key="app/1.0.0/x.json"))],
                "its key is 'app/1.0.0/x.json'; fix: write <prefix>/app/",
            ),
            ([asdict(FIRST), asdict(FIRST)], "app 1.0.0: is there 2 times"),
            ([asdict(entry(f"1.0.{number}")) for number in range(101)], "has 101 versions"),
        ],
    )
    def test_what_is_wrong_with_it_is_told(self, project: Project, document: object, told: str) -> None:
        project.stack("app")
        project.write(ledger.FILE, json.dumps(document))
        outcome = project.run("build", "--no-lint")
        assert outcome.code == 1
        assert told in outcome.err

    def test_a_ledger_that_cannot_be_read_is_told(self, project: Project) -> None:
        (project.root / ledger.FILE).mkdir(parents=True)
        with pytest.raises(Failure, match="cannot be read"):
            ledger.read(project.root)

    def test_versions_of_a_stack_that_is_gone_are_worth_a_warning(self, project: Project) -> None:
        project.stack("other")
        record(project, FIRST)
        outcome = project.run("build", "--no-lint")
        assert outcome.code == 0
        assert "has versions of 'app', which is no stack" in outcome.err


@pytest.mark.parametrize(
    ("version", "taken", "free"),
    [("1.0.0", set(), "1.0.1"), ("1.0.9", {"1.0.10"}, "1.0.11"), ("beta", {"beta.1"}, "beta.2")],
)
def test_the_next_free_version_counts_on(version: str, taken: set[str], free: str) -> None:
    assert next_version(version, taken) == free


def test_a_key_has_no_empty_parts() -> None:
    assert key_of("/a/b/", "app", "1", "f") == "a/b/app/1/f.json"
    assert key_of("", "app", "1", "f") == "app/1/f.json"
