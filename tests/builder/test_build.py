"""From stack modules to dist/."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from builder import manifest
from tests.conftest import REPOSITORY, Project

PARAMETER = """
template.add_parameter(Parameter("EnvironmentSuffix", Type="String", Default="dev"))
template.add_parameter(Parameter("Size", Type="Number", MinValue=1))
"""
OTHER = 'template.add_resource(Topic("Other", DisplayName="Other"))'


def kinds(out: str) -> dict[str, str]:
    """File -> what the report says was done to it."""
    lines = [line.split() for line in out.splitlines()]
    return {file: kind for kind, file, *_ in lines if file.startswith("dist/")}


def build(project: Project, *arguments: str) -> dict[str, str]:
    outcome = project.run("build", "--no-lint", *arguments)
    assert (outcome.code, outcome.err) == (0, "")
    return kinds(outcome.out)


def refused(project: Project, *arguments: str) -> str:
    """What is told about a build that must fail, and must leave dist/ as it is."""
    before = project.dist()
    outcome = project.run("build", "--no-lint", *arguments)
    assert outcome.code == 1
    assert outcome.out == ""
    assert project.dist() == before
    return outcome.err


class TestWriting:
    def test_every_stack_is_written_with_a_manifest(self, project: Project) -> None:
        project.stack("one", 'template.add_resource(Role("Reader", RoleName="r", AssumeRolePolicyDocument={}))')
        project.stack("two", 'template.add_resource(Stack("One", TemplateURL="./one.json"))\n' + OTHER)
        assert build(project) == {
            "dist/one.json": "added",
            "dist/two.json": "added",
            "dist/manifest.json": "added",
        }
        assert project.template("one")["Resources"].keys() == {"Reader"}
        entries = manifest.read(project.root)
        assert entries["one"] == manifest.entry(
            project.dist()["one.json"].decode(), capabilities=("CAPABILITY_NAMED_IAM",), resources=1
        )
        assert (entries["two"].capabilities, entries["two"].resources) == (("CAPABILITY_NAMED_IAM",), 2)

    def test_nothing_is_written_when_nothing_changed(self, project: Project) -> None:
        project.stack("one")
        build(project)
        written = {path: path.stat().st_mtime_ns for path in (project.root / "dist").iterdir()}
        assert set(build(project).values()) == {"unchanged"}
        assert {path: path.stat().st_mtime_ns for path in (project.root / "dist").iterdir()} == written

    def test_only_what_changed_is_written(self, project: Project) -> None:
        project.stack("one")
        project.stack("two")
        build(project)
        project.stack("two", OTHER)
        outcome = project.run("build", "--no-lint")
        assert kinds(outcome.out) == {
            "dist/one.json": "unchanged",
            "dist/two.json": "changed",
            "dist/manifest.json": "changed",
        }
        before, after = len(b'"Alerts":{"Type":"AWS::SNS::Topic"}'), len(project.dist()["two.json"])
        assert f"{after:,} bytes (was " in outcome.out
        assert before < after

    def test_a_template_too_large_to_be_sent_inline_is_noted_not_refused(self, project: Project) -> None:
        project.stack("one", 'template.set_metadata({"Text": "x" * 51_200})')
        outcome = project.run("build", "--no-lint")
        assert outcome.code == 0
        assert "needs a bucket to deploy" in outcome.out

    def test_named_stacks_alone_are_written_and_the_manifest_keeps_the_others(self, project: Project) -> None:
        project.stack("one")
        project.stack("two")
        build(project)
        project.stack("one", OTHER)
        project.stack("two", OTHER)
        before = project.dist()
        assert build(project, "one") == {"dist/one.json": "changed", "dist/manifest.json": "changed"}
        assert project.dist()["two.json"] == before["two.json"]
        assert manifest.read(project.root).keys() == {"one", "two"}

    def test_a_nested_stack_is_built_for_its_parent_but_not_written(self, project: Project) -> None:
        project.stack("parent", 'template.add_resource(Stack("Child", TemplateURL="./child.json"))')
        project.stack("child", 'template.add_resource(Role("Reader", AssumeRolePolicyDocument={}))')
        build(project, "parent")
        assert project.dist().keys() == {"parent.json", "manifest.json"}
        assert manifest.read(project.root)["parent"].capabilities == ("CAPABILITY_IAM",)

    def test_the_template_of_a_stack_that_is_gone_is_removed_by_a_full_build_only(self, project: Project) -> None:
        project.stack("one")
        gone = project.stack("gone")
        build(project)
        gone.unlink()
        assert "dist/gone.json" not in build(project, "one")
        assert "gone.json" in project.dist()
        assert build(project)["dist/gone.json"] == "removed"
        assert project.dist().keys() == {"one.json", "manifest.json"}
        assert manifest.read(project.root).keys() == {"one"}

    def test_the_template_of_a_stack_that_is_gone_may_be_gone_too(self, project: Project) -> None:
        project.stack("one")
        gone = project.stack("gone")
        build(project)
        gone.unlink()
        (project.root / "dist/gone.json").unlink()
        assert build(project) == {"dist/one.json": "unchanged", "dist/manifest.json": "changed"}

    def test_what_the_build_did_not_write_is_told_and_kept(self, project: Project) -> None:
        project.stack("one")
        project.write("dist/mine.json", "{}")
        project.write("dist/notes.txt", "")
        outcome = project.run("build", "--no-lint")
        assert outcome.code == 0
        assert outcome.err.startswith("warning: dist/mine.json: was not built from a stack of this project; fix: ")
        assert {"mine.json", "notes.txt"} <= project.dist().keys()

    @pytest.mark.parametrize("seeds", [("0", "1"), ("2", "random")])
    def test_the_bytes_do_not_depend_on_the_hash_seed(self, project: Project, seeds: tuple[str, str]) -> None:
        project.stack(
            "one", 'template.set_metadata({name: name for name in sorted({"a", "b", "c", "d"})})\n' + PARAMETER
        )
        project.stack("two", 'template.add_resource(Stack("One", TemplateURL="./one.json"))')
        written = []
        for seed in seeds:
            process = project.start("build", "--no-lint", environment={"PYTHONHASHSEED": seed})
            assert process.communicate()[1] == ""
            written.append(project.dist())
            for name in project.dist():
                (project.root / "dist" / name).unlink()
        assert written[0] == written[1]


class TestRefusing:
    def test_nothing_is_written_when_one_stack_is_wrong(self, project: Project) -> None:
        project.stack("one")
        build(project)
        project.stack("one", OTHER)
        project.write("templates/stacks/two.py", "1 / 0")
        assert "templates/stacks/two.py: cannot be imported: ZeroDivisionError" in refused(project)

    def test_everything_that_is_wrong_is_told_at_once(self, project: Project) -> None:
        project.stack("one", PARAMETER)
        project.stack("two", "1 / 0", regions=("us-east-1",))
        project.params("one", "dev", ["EnvironmentSuffix=dev", "Size=0"])
        project.params("three", "dev", [])
        project.params("", "loose", [])
        told = refused(project)
        assert "templates/stacks/two.py: build: fails: ZeroDivisionError" in told
        assert "params/one/dev.json: Size: " in told
        assert "params/three/: there is no stack 'three'" in told
        assert "params/loose.json: belongs to no stack; fix: move it to params/<stack>/loose.json" in told
        assert told.endswith("4 errors\n")

    def test_warnings_are_told_apart_and_do_not_stop_a_build(self, project: Project) -> None:
        project.stack("one", PARAMETER)
        project.params("one", "dev", ["Size=2"])
        outcome = project.run("build", "--no-lint")
        assert outcome.code == 0
        assert outcome.err.startswith("warning: params/one/dev.json: EnvironmentSuffix: is omitted")
        assert outcome.err.endswith("1 warning\n")
        project.params("one", "prod", ["Size=0"])
        told = [line.partition(":")[0] for line in refused(project).splitlines()]
        assert told == ["error", "error", "warning", "warning", "2 errors, 2 warnings"]

    def test_parameter_files_of_stacks_not_asked_for_are_left_alone(self, project: Project) -> None:
        project.stack("one")
        project.stack("two", PARAMETER)
        project.params("two", "dev", ["Size=none"])
        project.params("three", "dev", [])
        build(project, "one")

    def test_an_unwritable_dist_is_told(self, project: Project) -> None:
        project.stack("one")
        project.write("dist", "a file where the folder should be")
        assert "dist/one.json: cannot be written: " in refused(project)

    def test_a_damaged_manifest_is_told(self, project: Project) -> None:
        project.stack("one")
        project.write("dist/manifest.json", "{")
        assert "dist/manifest.json: is no manifest" in refused(project)

    def test_an_interrupted_build_leaves_the_old_dist_whole(self, project: Project) -> None:
        project.stack("one")
        build(project)
        before = project.dist()
        started = project.root / "started"
        project.stack("one", OTHER)
        project.stack("two", f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(60)")
        process = project.start("build", "--no-lint")
        while not started.exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.communicate() == ("", "\nInterrupted.\n")
        assert process.returncode == 130
        assert project.dist() == before


class TestCheck:
    def test_a_fresh_dist_passes(self, project: Project) -> None:
        project.stack("one")
        build(project)
        assert set(build(project, "--check").values()) == {"unchanged"}

    def test_everything_stale_is_named_and_nothing_written(self, project: Project) -> None:
        for name in ("changed", "fine", "gone"):
            project.stack(name)
        build(project)
        project.stack("changed", OTHER)
        project.stack("new")
        (project.root / "templates/stacks/gone.py").unlink()
        told = refused(project, "--check")
        fix = "; fix: run python build.py build, and commit dist/\n"
        assert f"dist/changed.json: is stale from line 4 on{fix}" in told
        assert f"dist/new.json: is missing{fix}" in told
        assert f"dist/gone.json: belongs to a stack that no longer exists{fix}" in told
        assert "dist/manifest.json: is stale" in told
        assert "dist/fine.json" not in told

    def test_a_single_byte_is_seen(self, project: Project) -> None:
        project.stack("one")
        build(project)
        with (project.root / "dist/one.json").open("ab") as file:
            file.write(b"\n")
        assert "dist/one.json: is stale from line 7 on" in refused(project, "--check")


class TestCost:
    def test_a_build_imports_nothing_that_it_does_not_need(self, project: Project) -> None:
        project.stack("one", PARAMETER)
        project.params("one", "dev", ["EnvironmentSuffix=dev", "Size=2"])
        listing = project.write(
            "listing.py",
            "import json, sys\n"
            "from pathlib import Path\n"
            "from builder.cli import main\n"
            "code = main(Path(sys.argv[1]), ['build', '--no-lint'])\n"
            "Path(sys.argv[1], 'modules.json').write_text(json.dumps([code, *sys.modules]))\n",
        )
        command = [sys.executable, str(listing), str(project.root)]
        for times in range(2):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={"PYTHONPATH": str(REPOSITORY)})
            code, *modules = json.loads((project.root / "modules.json").read_text())
            assert code == 0
            packages = {module.partition(".")[0] for module in modules}
            assert packages.isdisjoint({"asyncio", "boto3", "botocore", "cfnlint", "moto", "multiprocessing", "rich"})
            assert "troposphere" in packages
            assert ("builder.evaluate" in modules) is not bool(times)  # what was found right is not judged again
