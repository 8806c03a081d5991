"""`outputs`, for people, programs and shells."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.builder.aws.conftest import TOPIC, Site

OUTPUTS = """
    template.add_output(Output("Zone", Value="z", Description="Last of all"))
    template.add_output(Output("Motto", Value="it's $HOME, a = b"))
"""


@pytest.fixture
def deployed(site: Site) -> Site:
    site.built("small", TOPIC, OUTPUTS)
    template = json.dumps(site.project.template("small"))
    site.cloudformation.create_stack(StackName="small-dev", TemplateBody=template)
    return site


def test_piped_it_is_plain_columns(deployed: Site) -> None:
    done = deployed.run("outputs", "small", "--env", "dev")
    assert done.code == 0
    assert done.out == (
        "Output  Value              What it is\nMotto   it's $HOME, a = b\nZone    z                  Last of all\n"
    )


def test_as_json_it_is_one_object(deployed: Site) -> None:
    done = deployed.run("outputs", "small", "--env", "dev", "--format", "json")
    assert json.loads(done.out) == {"Motto": "it's $HOME, a = b", "Zone": "z"}


def test_as_env_a_shell_reads_the_values_back(deployed: Site) -> None:
    done = deployed.run("outputs", "small", "--env", "dev", "--format", "env")
    read = subprocess.run(["bash", "-c", f'{done.out}\nprintf %s "$Motto"'], capture_output=True, text=True, check=True)
    assert read.stdout == "it's $HOME, a = b"


def test_on_a_terminal_it_is_drawn_without_colour_where_none_is_wanted(
    deployed: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    for colour in ("", "1"):
        monkeypatch.setenv("NO_COLOR", colour)
        done = deployed.run("outputs", "small", "--env", "dev")
        assert "┃ Output" in done.out.replace("\x1b[1m", "").replace("\x1b[0m", "")
        assert ("\x1b[3" in done.out) is False
    monkeypatch.setenv("TERM", "dumb")
    assert deployed.run("outputs", "small", "--env", "dev").out.startswith("Output  Value")


def test_another_name_is_found(deployed: Site) -> None:
    assert deployed.run("outputs", "any", "--env", "thing", "--stack-name", "small-dev").code == 0
    assert sys.stdout is not None
