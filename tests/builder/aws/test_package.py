"""`package`: what a stack nests is uploaded, and what refers to it there is written."""

from __future__ import annotations

import json
from pathlib import Path

from tests.builder.aws.conftest import TOPIC, Site

NESTING = 'template.add_resource(Stack("Inner", TemplateURL="./inner.json"))'


def test_a_parent_is_packaged_and_can_then_be_deployed_by_hand(site: Site, tmp_path: Path) -> None:
    site.built("inner", TOPIC)
    site.built("outer", NESTING)
    bucket = site.bucket()
    done = site.run("package", "outer", "--bucket", bucket)
    assert (done.code, done.err) == (0, "")
    file = site.project.root / ".cache/packaged/outer.json"
    url = json.loads(file.read_text())["Resources"]["Inner"]["Properties"]["TemplateURL"]
    assert f"/{bucket}/outer/" in url
    by_hand = ["cloudformation", "deploy", "--template-file", str(file), "--stack-name", "by-hand"]
    assert site.aws.cli(by_hand).returncode == 0
    assert len(site.aws.client("sns").list_topics()["Topics"]) == 1


def test_the_file_can_be_chosen(site: Site) -> None:
    site.built("inner", TOPIC)
    site.built("outer", NESTING)
    assert site.run("package", "outer", "--bucket", site.bucket(), "--out", "here/outer.json").code == 0
    assert (site.project.root / "here/outer.json").is_file()


def test_a_stack_that_nests_nothing_needs_no_packaging(site: Site) -> None:
    site.built("small", TOPIC)
    done = site.run("package", "small", "--bucket", "any")
    assert done.code == 1
    assert "dist/small.json: nests no other stack: there is nothing to package; fix: deploy it as it is" in done.err


def test_a_bucket_that_is_not_there_is_told_by_the_aws_cli(site: Site) -> None:
    site.built("inner", TOPIC)
    site.built("outer", NESTING)
    done = site.run("package", "outer", "--bucket", "nowhere")
    assert done.code == 5
    assert "aws s3 mb s3://nowhere" in done.err


def test_a_stale_stack_is_not_packaged(site: Site) -> None:
    site.built("inner", TOPIC)
    site.built("outer", NESTING)
    site.project.stack("inner", TOPIC.replace('"one"', '"two"'))
    assert "dist/inner.json: is stale" in site.run("package", "outer", "--bucket", "any").err
