"""What `deploy` refuses before it does anything: files, parameters, and the account as it is."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from builder.aws.release import Wish
from tests.builder.aws.conftest import LOG_GROUP, TOPIC, Site

EXPORT = 'template.add_output(Output("Shared", Value="x", Export=Export(Sub("shared-${EnvironmentSuffix}"))))'
EXPORTING = f"from troposphere import Export, Sub\n{EXPORT}"
NESTING = (
    'template.add_resource(Stack("Inner", TemplateURL="./inner.json", Parameters={"EnvironmentSuffix": Ref(suffix)}))'
)


def refused(site: Site, *options: str, stack: str = "small", env: str = "dev") -> str:
    """What a refused deployment says; nothing was done."""
    done = site.deploy(stack, *options, env=env)
    assert done.code == 1
    assert "$ " not in done.out
    return done.err


def test_a_stale_template_is_not_deployed(site: Site) -> None:
    site.built("small", TOPIC)
    site.project.stack("small", TOPIC.replace('"one"', '"two"'))
    assert "error: dist/small.json: is stale: the sources build something else; fix: run make build" in refused(site)


def test_a_missing_template_is_not_deployed(site: Site) -> None:
    site.built("small", TOPIC)
    (site.project.root / "dist/small.json").unlink()
    assert "error: dist/small.json: is missing; fix: run make build" in refused(site)


def test_a_stale_template_of_a_nested_stack_is_not_deployed(site: Site) -> None:
    site.built("inner", TOPIC)
    site.built("outer", NESTING)
    site.project.stack("inner", TOPIC.replace('"one"', '"two"'))
    assert "dist/inner.json: is stale" in refused(site, stack="outer")


def test_a_manifest_that_does_not_know_the_template_is_not_trusted(site: Site) -> None:
    site.built("small", TOPIC)
    (site.project.root / "dist/manifest.json").write_text("{}")
    assert "error: dist/manifest.json: small: is missing or stale; fix: run make build" in refused(site)


def test_capabilities_that_the_template_does_not_need_are_not_acknowledged(site: Site) -> None:
    site.built("small", TOPIC)
    manifest = site.project.root / "dist/manifest.json"
    manifest.write_text(manifest.read_text().replace('"capabilities": []', '"capabilities": ["CAPABILITY_IAM"]'))
    assert "error: dist/manifest.json: small: is missing or stale" in refused(site)


def test_what_a_person_is_told_to_run_next_is_complete_but_for_values_that_may_be_secret() -> None:
    wish = Wish(stack="s", environment="e", name="n", region="r", bucket="b", settings=("Password=secret",))
    assert wish.command("deploy") == (
        "python build.py deploy s --env e --stack-name n --region r --bucket b --set Password=..."
    )
    assert Wish(stack="s", environment="e").command("recreate") == "python build.py recreate s --env e"


def test_a_stack_that_does_not_exist_is_named(site: Site) -> None:
    site.built("small", TOPIC)
    assert "did you mean small?" in refused(site, stack="smal")


def test_an_environment_without_a_file_is_told_which_there_are(site: Site) -> None:
    site.built("small", TOPIC)
    expected = "params/small/prod.json: does not exist; fix: write it, or choose --env of: dev"
    assert expected in refused(site, env="prod")
    (site.project.root / "params/small/dev.json").unlink()
    assert "choose --env of: none yet" in refused(site)


def test_a_file_that_is_no_list_is_told_as_such(site: Site) -> None:
    site.built("small", TOPIC)
    site.project.write("params/small/dev.json", "{}")
    assert 'error: params/small/dev.json: is an object, not a list of "Key=Value" strings' in refused(site)


def test_everything_wrong_with_parameters_region_and_bucket_is_told_at_once(site: Site) -> None:
    site.built("inner", TOPIC)
    site.built("outer", NESTING, TOPIC)
    site.project.params("outer", "dev", ["EnvironmentSuffix=dev", "Shwo=x", "Show=x"])
    said = refused(site, "--region", "eu-west-1", stack="outer")
    assert "params/outer/dev.json: Shwo: is not a parameter of the template; the nearest is Show" in said
    assert "dist/outer.json: was not made for the Region eu-west-1; fix: choose one of us-east-1" in said
    assert "dist/outer.json: needs a bucket: what it nests must be uploaded; fix: name one of yours" in said
    assert "3 errors" in said


def test_a_large_template_needs_a_bucket(site: Site) -> None:
    site.built("small", TOPIC, f"template.set_metadata({{'Filler': {'x' * 51_200!r}}})")
    said = refused(site)
    assert "CloudFormation takes 51,200 without one; fix: name one of yours in the same Region: BUCKET=..." in said
    done = site.deploy("small", "--bucket", site.bucket())
    assert done.code == 0
    assert "--s3-bucket artifacts" in done.out


def test_a_setting_is_judged_in_place_of_what_the_file_says(site: Site) -> None:
    choice = 'template.add_parameter(Parameter("Size", Type="String", AllowedValues=["s", "m"], Default="s"))'
    site.built("small", TOPIC, choice)
    site.project.params("small", "dev", ["EnvironmentSuffix=dev", "Show=one", "Size=xl"])
    assert "params/small/dev.json: Size: " in refused(site)
    assert "params/small/dev.json with --set: Size: " in refused(site, "--set", "Size=xxl")
    assert "params/small/dev.json with --set: Sise: is not a parameter" in refused(site, "--set", "Sise=m")
    assert site.deploy("small", "--set", "Size=m").code == 0


def test_a_setting_without_a_value_is_told_as_such(site: Site) -> None:
    site.built("small", TOPIC)
    assert "command line: item 1, 'Show', has no =" in refused(site, "--set", "Show")


def test_the_suffix_of_another_environment_is_not_deployed_over_this_one(site: Site) -> None:
    site.built("small", TOPIC)
    said = refused(site, "--set", "EnvironmentSuffix=pr42")
    assert (
        "--set: EnvironmentSuffix: is 'pr42', not 'dev'; fix: write params/small/pr42.json, and give --env pr42" in said
    )


def test_a_bucket_that_is_not_there_is_told_how_to_make_one(site: Site) -> None:
    site.built("small", TOPIC)
    expected = "s3://nowhere: does not exist; fix: make it (aws s3 mb s3://nowhere --region us-east-1) or name another"
    assert expected in refused(site, "--bucket", "nowhere")


def test_a_bucket_of_somebody_else_is_not_used(site: Site, refuse: Callable[..., None]) -> None:
    site.built("small", TOPIC)
    refuse("HeadBucket", "403", "Forbidden")
    said = refused(site, "--bucket", "theirs")
    assert "s3://theirs: cannot be used (An error occurred (403)" in said


def test_another_stack_that_exports_the_same_is_named(site: Site) -> None:
    site.built("small", TOPIC, EXPORTING)
    site.create("small", "first")
    said = refused(site, "--stack-name", "second")
    assert "error: first: exports shared-dev already, and a name can be exported once in an account and Region" in said
    assert site.deploy("small", "--stack-name", "first", "--set", "Show=two").code == 0, (
        "its own export is not in the way"
    )


def test_exports_of_nested_stacks_count_but_not_those_of_its_own(site: Site) -> None:
    site.built("inner", TOPIC, EXPORTING)
    site.built("outer", NESTING, TOPIC)
    site.create("outer")
    bucket = "artifacts"
    assert site.deploy("outer", "--bucket", bucket, "--set", "Show=two").code == 0
    said = refused(site, "--bucket", bucket, "--stack-name", "second", stack="outer")
    assert "error: outer-dev-Inner-" in said
    assert ": exports shared-dev already" in said


def test_parameters_of_nested_stacks_are_judged_too(site: Site) -> None:
    site.built("inner", 'template.add_parameter(Parameter("Size", Type="Number", MaxValue=3, Default="1"))', TOPIC)
    passing = 'template.add_resource(Stack("Inner", TemplateURL="./inner.json", Parameters={"Size": Ref(size)}))'
    site.built("outer", 'size = template.add_parameter(Parameter("Size", Type="String", Default="9"))', passing)
    said = refused(site, "--bucket", site.bucket(), stack="outer")
    assert "error: params/outer/dev.json: Inner.Size: " in said


def test_what_cannot_be_evaluated_is_told_with_its_place(site: Site) -> None:
    exported = 'template.add_output(Output("O", Value="x", Export=Export(ImportValue("nobody"))))'
    site.built("small", TOPIC, "from troposphere import Export, ImportValue", exported)
    assert "error: dist/small.json: Outputs.O.Export.Name" in refused(site)


def test_what_a_deleted_stack_left_is_in_the_way(site: Site) -> None:
    site.built("kept", LOG_GROUP)
    site.create("kept")
    site.cloudformation.delete_stack(StackName="kept-dev")
    said = refused(site, stack="kept")
    assert "error: kept-dev: was deleted and left Records behind, which a new one cannot make again" in said
    assert "fix: take them over (python build.py recreate kept --env dev), or delete them" in said
    site.aws.client("logs").delete_log_group(logGroupName="/records/dev")
    assert site.deploy("kept").code == 0


@pytest.mark.parametrize("state", ["ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED", "UPDATE_IN_PROGRESS"])
def test_a_stack_that_cannot_be_updated_is_not_deployed_to(site: Site, state: str) -> None:
    site.built("small", TOPIC)
    site.cloudformation.create_stack(StackName="small-dev", TemplateBody=json.dumps(site.project.template("small")))
    site.aws.stack("small-dev").status = state
    assert f"error: small-dev: is {state}, which cannot be deployed to" in refused(site)
