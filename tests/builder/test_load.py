"""How stacks are found and loaded, and what the author of a wrong one is told."""

from __future__ import annotations

import sys

import pytest

from builder import load
from builder.problems import Failure
from tests.conftest import Project


def names(project: Project) -> list[str]:
    return list(load.discover(project.root))


def loaded(project: Project, name: str) -> load.Stack:
    return load.load(project.root, name, load.discover(project.root)[name])


def refused(project: Project, name: str) -> list[str]:
    with pytest.raises(Failure) as failure:
        load.template(loaded(project, name), project.root)
    return [str(problem) for problem in failure.value.problems]


class TestDiscovery:
    def test_a_stack_is_named_after_its_file_and_they_come_sorted(self, project: Project) -> None:
        for stack in ("tap-stack", "rds-high-availability", "a1"):
            project.stack(stack)
        assert names(project) == ["a1", "rds-high-availability", "tap-stack"]

    def test_helpers_are_no_stacks(self, project: Project) -> None:
        project.stack("tap-stack")
        project.write("templates/stacks/__init__.py", "")
        project.write("templates/stacks/_shared.py", "")
        project.write("templates/stacks/_parts/__init__.py", "")
        project.write("templates/stacks/notes.txt", "")
        project.write("templates/stacks/data/table.json", "{}")
        assert names(project) == ["tap-stack"]

    def test_nothing_is_imported_to_find_them(self, project: Project) -> None:
        project.write("templates/stacks/broken.py", "1 / 0")
        assert names(project) == ["broken"]

    def test_a_project_without_stacks_has_none(self, project: Project) -> None:
        assert names(project) == []

    @pytest.mark.parametrize("other", ["a-b.py", "a_b/__init__.py"])
    def test_two_modules_cannot_write_one_template(self, project: Project, other: str) -> None:
        project.stack("a-b")
        project.write(f"templates/stacks/{other}", "")
        with pytest.raises(Failure, match=r"writes dist/a-b\.json, and so does templates/stacks/.*; fix: rename one"):
            names(project)

    def test_a_package_can_be_a_stack(self, project: Project) -> None:
        module = project.stack("wide")
        project.write("templates/stacks/wide/__init__.py", module.read_text())
        module.unlink()
        assert load.template(loaded(project, "wide"), project.root)["Resources"].keys() == {"Alerts"}

    @pytest.mark.parametrize("file", ["My Stack.py", "Upper.py", "1st.py"])
    def test_a_name_that_cloudformation_refuses_is_told(self, project: Project, file: str) -> None:
        project.write(f"templates/stacks/{file}", "")
        with pytest.raises(Failure, match=f"templates/stacks/{file}: .* is no stack name; fix: rename it"):
            names(project)

    def test_no_stack_can_take_the_manifests_place(self, project: Project) -> None:
        project.stack("manifest")
        with pytest.raises(Failure, match=r"templates/stacks/manifest\.py: no stack can be called manifest"):
            names(project)


class TestSelection:
    def test_without_names_all_are_meant_and_each_only_once(self) -> None:
        assert load.select(["b", "a"], []) == ("a", "b")
        assert load.select(["b", "a"], ["b", "b"]) == ("b",)

    def test_an_unknown_stack_names_the_one_that_was_meant(self) -> None:
        with pytest.raises(Failure, match=r"there is no stack 'tap_stak'; fix: did you mean tap-stack\?"):
            load.select(["rds-high-availability", "tap-stack"], ["tap_stak"])

    def test_an_unknown_stack_that_resembles_none_lists_them_all(self) -> None:
        with pytest.raises(Failure, match="fix: choose one of alpha, beta"):
            load.select(["alpha", "beta"], ["xyz"])
        with pytest.raises(Failure, match="choose one of none: there is no stack yet"):
            load.select([], ["xyz"])

    def test_all_unknown_stacks_are_told_at_once(self) -> None:
        with pytest.raises(Failure) as failure:
            load.select(["a"], ["x", "y"])
        assert len(failure.value.problems) == 2


class TestLoading:
    def test_a_stack_carries_what_its_module_declares(self, project: Project) -> None:
        project.stack("tap-stack", regions=("eu-west-1", "us-east-1"))
        stack = loaded(project, "tap-stack")
        assert (stack.name, stack.module) == ("tap-stack", "templates/stacks/tap_stack.py")
        assert stack.regions == ("eu-west-1", "us-east-1")

    def test_helper_modules_are_those_of_the_same_project(self, project: Project) -> None:
        other = Project(project.root / "other", project.capture)
        for each, topic in ((project, "Mine"), (other, "Theirs")):
            each.write("templates/__init__.py", "")
            each.write("templates/names.py", f"TOPIC = '{topic}'")
            each.stack("one", "from templates.names import TOPIC\ntemplate.add_resource(Topic(TOPIC))")
        for each, topic in ((project, "Mine"), (other, "Theirs"), (project, "Mine")):
            assert load.template(loaded(each, "one"), each.root)["Resources"].keys() == {topic}

    def test_a_stack_that_another_one_imported_stays_what_it_was_for_that_one(self, project: Project) -> None:
        project.write("templates/stacks/__init__.py", "")
        project.stack("base")
        project.stack("other", "from templates.stacks import base\nreturn base.build()")
        load.template(loaded(project, "other"), project.root)
        imported = sys.modules["templates.stacks.base"]
        load.template(loaded(project, "base"), project.root)
        assert sys.modules["templates.stacks.base"] is imported

    def test_a_stack_module_may_define_dataclasses(self, project: Project) -> None:
        module = project.stack("one")
        module.write_text(
            module.read_text() + "\nimport dataclasses\n@dataclasses.dataclass\nclass Size:\n    gib: int\n"
        )
        assert loaded(project, "one").name == "one"

    def test_an_error_in_the_module_is_told_with_its_line(self, project: Project) -> None:
        project.write("templates/stacks/one.py", "\n\nREGIONS = undefined\n")
        assert refused(project, "one") == [
            "templates/stacks/one.py: cannot be imported: NameError: name 'undefined' is not defined "
            "(templates/stacks/one.py:3); fix: correct it at that line"
        ]

    def test_a_module_cannot_end_the_command(self, project: Project) -> None:
        project.write("templates/stacks/one.py", "raise SystemExit(0)")
        assert "cannot be imported: SystemExit: 0 (templates/stacks/one.py:1)" in refused(project, "one")[0]

    def test_a_syntax_error_is_told_with_its_line(self, project: Project) -> None:
        project.write("templates/stacks/one.py", "\ndef build(:\n")
        assert refused(project, "one")[0].startswith("templates/stacks/one.py: cannot be imported: SyntaxError: ")
        assert "(templates/stacks/one.py:2)" in refused(project, "one")[0]

    def test_an_error_in_a_helper_names_the_helper(self, project: Project) -> None:
        project.write("templates/helper.py", "\nraise ValueError('no such class')")
        project.write("templates/stacks/one.py", "import templates.helper")
        assert "ValueError: no such class (templates/helper.py:2)" in refused(project, "one")[0]

    def test_a_missing_build_and_missing_regions_are_told_together(self, project: Project) -> None:
        project.write("templates/stacks/one.py", "build = 'later'")
        build, regions = refused(project, "one")
        assert build.startswith("templates/stacks/one.py: build: is missing; fix: define build() -> Template")
        assert regions.startswith("templates/stacks/one.py: REGIONS: is missing; fix: name the Regions")

    @pytest.mark.parametrize("regions", ["()", "'us-east-1'", "['us-east-1']", "('us-east-1', 1)", "('',)"])
    def test_regions_are_a_tuple_of_names(self, project: Project, regions: str) -> None:
        project.write("templates/stacks/one.py", f"REGIONS = {regions}\ndef build(): pass")
        assert refused(project, "one")[0].startswith("templates/stacks/one.py: REGIONS: is ")

    def test_a_region_named_twice_is_told(self, project: Project) -> None:
        project.stack("one", regions=("us-east-1", "us-east-1"))
        assert "REGIONS: names a Region twice; fix: name each Region once" in refused(project, "one")[0]


class TestTemplate:
    def test_it_is_the_plain_object_that_its_json_parses_to(self, project: Project) -> None:
        project.stack("one", 'template.add_mapping("Sizes", {"small": {"GiB": ("20", "40")}})')
        assert load.template(loaded(project, "one"), project.root) == {
            "Description": "A stack for a test",
            "Mappings": {"Sizes": {"small": {"GiB": ["20", "40"]}}},
            "Resources": {},
        }

    def test_an_error_in_build_is_told_with_its_line(self, project: Project) -> None:
        project.stack("one", "wrong = 1\nwrong['x'] = 2")
        assert refused(project, "one") == [
            "templates/stacks/one.py: build: fails: TypeError: 'int' object does not support item assignment "
            "(templates/stacks/one.py:16); fix: correct it at that line"
        ]

    def test_an_error_without_a_message_is_told_by_its_kind(self, project: Project) -> None:
        project.stack("one", "raise NotImplementedError")
        assert "fails: NotImplementedError (templates/stacks/one.py:15)" in refused(project, "one")[0]

    def test_what_troposphere_refuses_is_told_in_one_line(self, project: Project) -> None:
        project.stack(
            "one", 'template.add_resource(Role("Reader"))'
        )  # its trust policy is missing; rendering finds out
        (told,) = refused(project, "one")
        assert "AssumeRolePolicyDocument" in told
        assert "\n" not in told

    @pytest.mark.parametrize(("value", "kind"), [("{1, 2}", "TypeError"), ("float('nan')", "ValueError")])
    def test_a_value_that_json_lacks_is_refused(self, project: Project, value: str, kind: str) -> None:
        project.stack("one", f'template.set_metadata({{"Value": {value}}})')
        assert f"build: fails: {kind}" in refused(project, "one")[0]

    def test_build_must_return_a_template(self, project: Project) -> None:
        project.write("templates/stacks/one.py", "REGIONS = ('us-east-1',)\ndef build(): return {}")
        assert refused(project, "one") == [
            "templates/stacks/one.py: build: returns dict; fix: return a troposphere.Template"
        ]
