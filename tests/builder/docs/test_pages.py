"""The parts of a page, and the command that writes pages."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from builder.docs import drawing
from builder.docs.alarms import Alarm, alarms, events
from builder.docs.drawing import Files
from builder.docs.pages import _fires, picture_of, sections
from builder.docs.source import of_file
from builder.problems import Failure
from tests.builder.docs.templates import of, reading, ref, template
from tests.conftest import Project

TOPICS = """
template.add_parameter(Parameter("Name", Type="String", Default="one", Description="How it is called"))
template.add_resource(Topic("Alerts", TopicName=Ref("Name"), KmsMasterKeyId="alias/x"))
template.add_output(Output("Topic", Value=Ref("Alerts"), Description="The topic"))
"""


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pictures that are drawn at once: what they are drawn from."""
    texts: list[str] = []

    def draw(text: str) -> Files:
        texts.append(text)
        return Files(svg=f"<svg>{len(texts)}</svg>".encode(), png=b"png")

    monkeypatch.setattr(drawing, "draw", draw)
    return texts


@pytest.fixture
def described(project: Project, drawn: list[str]) -> Project:
    """A project with one stack, built and described."""
    project.stack("orders", TOPICS)
    project.params("orders", "dev", ["Name=two"])
    assert project.run("build", "--no-lint").code == 0
    assert project.run("docs").code == 0
    return project


def parts(tmp_path: Path, body: dict[str, Any], *given: dict[str, str]) -> dict[str, str]:
    """The generated parts of a template's page, by name."""
    path = tmp_path / "sample.json"
    path.write_text(json.dumps(body))
    files = []
    for number, values in enumerate(given, start=1):
        files.append(str(tmp_path / f"e{number}.json"))
        Path(files[-1]).write_text(json.dumps([f"{name}={value}" for name, value in values.items()]))
    source = of_file(str(path), files)
    runbooks = {"Silent": "runbooks/alarms.md#silent"}
    made = sections(source, picture_of(source), folder="", dashboards=(), runbooks=runbooks)
    return {name: text for name, (_, text) in made.items()}


class TestParts:
    """What each part of a page says."""

    def test_parameters_are_grouped_as_on_the_console_with_required_ones_first(self, tmp_path: Path) -> None:
        interface = {
            "ParameterGroups": [
                {"Label": {"default": "Who"}, "Parameters": ["Stage", "Mail", "Gone"]},
                {"Label": {"default": "Empty"}, "Parameters": []},
            ],
            "ParameterLabels": {"Mail": {"default": "E-mail"}},
        }
        declared = {
            "Stage": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"], "Description": "Which"},
            "Mail": {"Type": "String", "AllowedPattern": ".+@.+", "ConstraintDescription": "must be an e-mail address"},
            "Size": {"Type": "Number", "Default": 5, "MinValue": 1, "MaxValue": 65536},
            "Most": {"Type": "Number", "Default": 5, "MaxValue": 9},
            "Key": {"Type": "AWS::EC2::KeyPair::KeyName"},
            "Note": {"Type": "String", "Default": ""},
            "Password": {"Type": "String", "NoEcho": True},
            "Code": {"Type": "String", "Default": "a1", "AllowedPattern": "[a-z]|`\\d", "MinLength": 1, "MaxLength": 8},
            "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x"},
        }
        body = template(
            {"Topic": of("SNS::Topic", DisplayName=ref("Stage"))},
            Parameters=declared,
            Metadata={"AWS::CloudFormation::Interface": interface},
        )
        base = {"Mail": "a@example.com", "Key": "k", "Size": "7", "Note": ""}
        text = parts(tmp_path, body, {**base, "Stage": "prod"}, {**base, "Stage": "dev"})["parameters"]
        assert text.startswith("Must be given: `Mail`, `Key`, `Password`.")
        assert text.index("### Who") < text.index("`Mail`<br>*E-mail*.") < text.index("`Stage`<br>Which")
        assert text.index("### Other parameters") > text.index("`Stage`")
        assert "### Empty" not in text
        for cell in (
            "an e-mail address", "`dev`, `prod`", "| 1 to 65,536 |", "| to 9 |", "`AWS::EC2::KeyPair::KeyName`",
            "| any text |", "| text like ``[a-z]\\|`\\d``, 1 to 8 characters |",
            "| `AWS::SSM::Parameter::Value<String>` |", "| `Key` | **required** |", "| secret |",
            "e1: `prod`<br>e2: `dev`", "| all `7` |", "| default |", "| in place |",
        ):  # fmt: skip
            assert cell in text, cell

    def test_without_parameters_there_is_no_such_part(self, tmp_path: Path) -> None:
        made = parts(tmp_path, template({"Role": "IAM::Role"}, Description="A *role*"))
        assert set(made) == {"summary", "architecture", "resources"}
        assert made["summary"].startswith(r"A \*role\*")
        assert "- Capability to acknowledge: `CAPABILITY_IAM`, as it makes roles." in made["summary"]
        assert "; without a bucket" in made["summary"]

    def test_a_template_without_required_parameters_says_so(self, tmp_path: Path) -> None:
        body = template({"Topic": "SNS::Topic"}, Parameters={"Name": {"Type": "String", "Default": "x"}})
        assert parts(tmp_path, body)["parameters"].startswith("Every parameter has a default.")

    def test_outputs_are_told_with_their_exports(self, tmp_path: Path) -> None:
        outputs = {
            "Arn": {"Value": ref("Topic"), "Export": {"Name": {"Fn::Sub": "arn-${AWS::Region}"}}},
            "Name": {"Value": "x", "Description": "Its name"},
        }
        body = template({"Topic": "SNS::Topic"}, Outputs=outputs)
        text = parts(tmp_path, body, {})["outputs"]
        assert "| Output | What it is | Exported as (with `e1`) |" in text
        assert "| `Arn` |  | `arn-us-east-1` |" in text
        assert "Exported as |" in parts(tmp_path, body)["outputs"]
        del outputs["Arn"]
        assert "Exported" not in parts(tmp_path, template({"Topic": "SNS::Topic"}, Outputs=outputs))["outputs"]

    def test_alarms_are_told_with_what_differs_between_environments_and_their_runbooks(self, tmp_path: Path) -> None:
        body = template(
            {
                "Silent": of("CloudWatch::Alarm", MetricName="m", Threshold=ref("Limit"), Period=60),
                "Loud": {**of("CloudWatch::Alarm", MetricName="n", Threshold=5), "Condition": "High"},
                "Rule": of("Events::Rule", EventPattern={"source": ["aws.rds"]}),
            },
            Parameters={"Limit": {"Type": "Number", "Default": 1}},
            Conditions={"High": {"Fn::Equals": [ref("Limit"), "2000"]}},
        )
        text = parts(tmp_path, body, {"Limit": "2000"}, {"Limit": "3"})["watching"]
        assert "| [`Silent`](runbooks/alarms.md#silent) |" in text
        assert "e1: 2,000, 1 x 1 min<br>e2: 3, 1 x 1 min" in text
        assert "e1: 5, 1 x period" in text
        assert "| `Rule` | aws.rds |" in text

    def test_resources_are_listed_by_concern_with_what_becomes_of_them(self, tmp_path: Path) -> None:
        body = template(
            {
                "Data": {"Type": "S3::Bucket", "DeletionPolicy": "Retain"},
                "Off": {"Type": "S3::Bucket", "Condition": "Never"},
                "Fn::ForEach::Topics": ["Name", ["A"], {"Topic${Name}": {"Type": "AWS::SNS::Topic"}}],
            },
            Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
            Transform="AWS::LanguageExtensions",
        )
        made = parts(tmp_path, body)
        assert "<summary>Storage: 2 resources, 1 created</summary>" in made["resources"]
        assert "| `Data` | AWS::S3::Bucket |  | Retain |" in made["resources"]
        assert "| `Fn::ForEach::Topics` | Fn::ForEach |" in made["resources"]
        assert "CAPABILITY_AUTO_EXPAND`, as it is transformed" in made["summary"]

    def test_a_parent_tells_of_what_it_nests(self, tmp_path: Path) -> None:
        child = template({"Role": of("IAM::Role", RoleName=ref("Name"))}, Parameters={"Name": {"Type": "String"}})
        (tmp_path / "child.json").write_text(json.dumps(child))
        nested = of("CloudFormation::Stack", TemplateURL="./child.json", Parameters={"Name": ref("Name")})
        far = of("CloudFormation::Stack", TemplateURL="https://example.com/x.json")
        paid = template({"Key": "KMS::Key", "Again": of("CloudFormation::Stack", TemplateURL="paid.json")})
        (tmp_path / "paid.json").write_text(json.dumps(paid))
        body = template(
            {
                "Child": {**nested, "Condition": "Always"},
                "Far": far,
                "Paid": of("CloudFormation::Stack", TemplateURL="paid.json"),
                "Fn::ForEach::None": ["N", [], {}],
            },
            Parameters={"Name": {"Type": "String"}},
            Conditions={"Always": {"Fn::Equals": ["a", "a"]}},
            Transform="AWS::LanguageExtensions",
        )
        made = parts(tmp_path, body, {"Name": "x"})
        assert "- Nests: `./child.json` as `Child` if `Always`." in made["summary"]
        assert "`CAPABILITY_NAMED_IAM`, as it makes roles or policies with names of its own." in made["summary"]
        assert "| 1 customer key |" in made["costs"]

    def test_what_a_macro_makes_inside_aws_is_not_told_but_what_is_written_is(self, tmp_path: Path) -> None:
        body = template(
            {"Run": of("Serverless::Function", Handler=ref("Name")), "Fed": of("SNS::Topic", DisplayName=ref("Name"))},
            Parameters={"Name": {"Type": "String", "Default": "x"}},
            Transform=["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31", {"Name": "Mine"}],
            Globals={"Function": {"Timeout": 3}},
        )
        made = parts(tmp_path, body)
        assert "- Transformed inside AWS by `AWS::Serverless-2016-10-31`, `Mine`: described here as" in made["summary"]
        assert "| `Run` | AWS::Serverless::Function |" in made["resources"]
        assert "| may replace Run |" in made["parameters"]

    def test_a_module_is_told_with_a_way_out(self, tmp_path: Path) -> None:
        with pytest.raises(Failure, match="get-template --stack-name NAME --template-stage Processed"):
            parts(tmp_path, template({"Mod": {"Type": "AWS::My::Org::Thing::MODULE"}}))

    def test_what_cannot_be_read_at_all_is_a_problem(self, tmp_path: Path) -> None:
        wrong = template({"T": {"Type": "SNS::Topic", "Condition": "C"}}, Conditions={"C": {"Fn::Equals": ["a"]}})
        with pytest.raises(Failure, match=r"Conditions\.C"):
            parts(tmp_path, wrong)


def test_alarms_of_every_form_are_put_into_words() -> None:
    metric = {"Namespace": "AWS/RDS", "MetricName": "CPU"}
    resources = {
        "Simple": of("CloudWatch::Alarm", **metric, Statistic="Average", ComparisonOperator="GreaterThanThreshold",
                     Threshold=90, EvaluationPeriods=5, DatapointsToAlarm=3, Period=60, TreatMissingData="breaching"),
        "Sum": of("CloudWatch::Alarm", ComparisonOperator="LessThanThreshold", Threshold=10, Metrics=[
            {"Id": "a", "MetricStat": {"Metric": metric, "Stat": "p90", "Period": 21600}},
            {"Id": "b", "Expression": "a * 2"},
        ]),
        "Odd": of("CloudWatch::Alarm", **metric, ExtendedStatistic="p90", Period=10, Threshold="x",
                  TreatMissingData="?"),
        "All": of("CloudWatch::CompositeAlarm", AlarmRule="ALARM(Simple)", AlarmDescription="Both"),
    }  # fmt: skip
    found = {alarm.name: alarm for alarm in alarms(reading(resources))}
    assert (found["Simple"].watches, found["Simple"].fires) == ("AWS/RDS CPU, Average", "> 90, 3 of 5 x 1 min")
    assert found["Simple"].missing == "alarms"
    assert (found["Sum"].watches, found["Sum"].fires) == ("a = AWS/RDS CPU, p90; a * 2", "< 10, 1 x 6 h")
    assert (found["Odd"].watches, found["Odd"].fires, found["Odd"].missing) == ("AWS/RDS CPU, p90", "x, 1 x 10 s", "")
    assert (found["All"].watches, found["All"].description) == ("ALARM(Simple)", "Both")


def test_an_alarm_that_depends_on_the_environment_is_told_for_each() -> None:
    def alarm(fires: str) -> Alarm:
        return Alarm(name="A", watches="m", fires=fires, missing="", description="")

    assert _fires({"dev": alarm("over 90"), "prod": alarm("over 90")}, 2) == "over 90"
    assert _fires({"dev": alarm("over 90"), "prod": alarm("over 80")}, 2) == "dev: over 90<br>prod: over 80"
    assert _fires({"prod": alarm("over 90")}, 2) == "prod: over 90"


def test_events_are_told_by_source_and_state() -> None:
    pattern = {
        "source": ["aws.backup"],
        "detail-type": ["Backup Job State Change"],
        "detail": {"$or": [{"state": ["FAILED", {"prefix": "x"}]}, {"status": ["FAILED", "EXPIRED"]}], "x": "y"},
    }
    resources = {
        "Told": of("RDS::EventSubscription", SourceType="db-instance", EventCategories=["failover"]),
        "All": of("RDS::EventSubscription"),
        "Failed": of("Events::Rule", EventPattern=pattern),
        "Nightly": of("Events::Rule", ScheduleExpression="rate(1 day)"),
    }
    assert [(each.source, each.events) for each in events(reading(resources))] == [
        ("RDS, db-instance", "failover"),
        ("RDS, all sources", "all"),
        ("aws.backup", "Backup Job State Change: FAILED, EXPIRED"),
        ("schedule", "rate(1 day)"),
    ]


class TestCommand:
    """`python build.py docs`."""

    def test_it_writes_pages_pictures_index_and_matrix(self, described: Project) -> None:
        files = {path.relative_to(described.root).as_posix() for path in (described.root / "docs").rglob("*.*")}
        assert files == {
            "docs/checks.md", "docs/controls.md", "docs/pictures/orders.png", "docs/pictures/orders.svg",
            "docs/pictures/pictures.json", "docs/reference/README.md", "docs/reference/orders.md",
        }  # fmt: skip
        page = (described.root / "docs/reference/orders.md").read_text()
        assert "dev: `two`" not in page and "all `two`" in page
        assert "[![Architecture of orders](../pictures/orders.png)](../pictures/orders.svg)" in page
        assert "- Regions: `us-east-1`." in page

    def test_twice_is_once(self, described: Project, drawn: list[str]) -> None:
        done = described.run("docs")
        assert (done.code, done.out) == (0, "4 pages up to date.\n")
        assert len(drawn) == 1
        assert described.run("docs", "--check").code == 0

    def test_prose_is_kept(self, described: Project) -> None:
        path = described.root / "docs/reference/orders.md"
        path.write_text(path.read_text().replace("## Outputs\n", "## Outputs\n\nMind these.\n"))
        assert described.run("docs", "--check").code == 0
        assert "Mind these." in path.read_text()

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ("docs/reference/orders.md", "docs/reference/orders.md: is stale from line 5 on"),
            ("docs/pictures/orders.svg", "docs/pictures/orders.svg: was not drawn from this template"),
        ],
    )
    def test_check_writes_nothing_and_fails_on_what_is_stale(self, described: Project, change: str, told: str) -> None:
        path = described.root / change
        path.write_text(
            path.read_text()
            .replace("generated: summary", "generated: summary")
            .replace("- Template", "- X")
            .replace("<svg>", "<svg/>")
        )
        before = path.read_text()
        done = described.run("docs", "--check")
        assert done.code == 1
        assert told.partition(" on")[0][:40] in done.err
        assert path.read_text() == before

    def test_check_needs_no_graphviz(self, described: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        assert described.run("docs", "--check").code == 0

    def test_missing_pages_and_pages_of_nobody_are_told(self, described: Project) -> None:
        described.write("docs/reference/gone.md", "# Gone")
        described.write("docs/pictures/gone.svg", "<svg/>")
        (described.root / "docs/reference/orders.md").unlink()
        done = described.run("docs", "--check")
        assert "docs/reference/orders.md: is missing; fix: run make docs" in done.err
        assert "docs/reference/gone.md: belongs to no stack; fix: delete it" in done.err
        assert "docs/pictures/gone.svg: belongs to no stack" in done.err

    def test_one_stack_alone_leaves_the_others_and_the_index(self, described: Project) -> None:
        described.stack("other", TOPICS)
        assert described.run("build", "--no-lint").code == 0
        assert described.run("docs", "other").code == 0
        assert "other" not in (described.root / "docs/reference/README.md").read_text()

    def test_without_pictures_they_are_left_as_they_are(self, described: Project, drawn: list[str]) -> None:
        path = described.root / "docs/pictures/orders.svg"
        path.write_text("old")
        assert described.run("docs", "--no-pictures").code == 0
        assert (path.read_text(), len(drawn)) == ("old", 1)

    def test_a_control_that_is_not_met_must_have_a_reason(self, described: Project) -> None:
        described.stack("open", 'template.add_resource(Role("Anybody", AssumeRolePolicyDocument={}, Policies=[]))')
        described.write("docs/controls.toml", '[[exception]]\ncontrol = "IAM.1"\ntemplates = ["open"]\nreason = "x"\n')
        assert described.run("build", "--no-lint").code == 0
        done = described.run("docs")
        assert done.code == 1
        assert "docs/controls.toml: IAM.1: is met by open" in done.err

    def test_a_stack_that_was_not_built_is_told(self, project: Project) -> None:
        project.stack("orders", TOPICS)
        done = project.run("docs")
        assert (done.code, "dist/orders.json: does not exist; fix: run python build.py build" in done.err) == (1, True)

    def test_any_template_is_described_beside_its_picture(self, project: Project, drawn: list[str]) -> None:
        path = project.write("any/shop.json", json.dumps(template({"Topic": "SNS::Topic"})))
        values = project.write("any/dev.json", "[]")
        out = project.root / "out"
        for _ in range(2):
            done = project.run("docs", str(path), "--params", str(values), "--out", str(out))
            assert (done.code, done.out) == (0, f"written  {out}/shop.md\n")
        assert sorted(each.name for each in out.iterdir()) == ["shop.md", "shop.png", "shop.svg"]
        assert "](shop.png)" in (out / "shop.md").read_text()

    def test_a_name_of_any_characters_is_a_link_that_leads_there(self, project: Project, drawn: list[str]) -> None:
        path = project.write("o d [x](y) <b>.json", json.dumps(template({"Topic": "SNS::Topic"})))
        assert project.run("docs", str(path), "--out", str(project.root)).code == 0
        page = (project.root / "o d [x](y) <b>.md").read_text()
        assert page.startswith("# o d \\[x\\](y) \\<b\\>\n")
        link = "o%20d%20%5Bx%5D%28y%29%20%3Cb%3E"
        assert f"[![Architecture of o d \\[x\\](y) \\<b\\>]({link}.png)]({link}.svg)" in page

    def test_a_nested_template_is_linked_where_it_is_described_too(self, project: Project, drawn: list[str]) -> None:
        parent = template({"In": of("CloudFormation::Stack", TemplateURL="child.json")})
        files = [
            str(project.write("parent.json", json.dumps(parent))),
            str(project.write("child.json", json.dumps(template({"Topic": "SNS::Topic"})))),
        ]
        out = project.root / "out"
        for described, link in ((files[:1], False), (files, True), (files[:1], True)):
            assert project.run("docs", *described, "--out", str(out)).code == 0
            assert ("- Nests: [child](child.md) as" in (out / "parent.md").read_text()) == link

    def test_any_template_s_page_is_checked_and_nothing_written(self, project: Project, drawn: list[str]) -> None:
        path = project.write("shop.json", json.dumps(template({"Topic": "SNS::Topic"})))
        command = ("docs", str(path), "--out", str(project.root / "out"))
        missing = project.run(*command, "--check")
        assert (missing.code, [*project.root.glob("out/*")], drawn) == (1, [], [])
        assert f"{project.root}/out/shop.md: is missing; fix: run the same without --check" in missing.err
        assert project.run(*command).code == 0
        fresh = project.run(*command, "--check")
        assert (fresh.code, fresh.out, len(drawn)) == (0, "1 page up to date.\n", 1)
        page = project.root / "out" / "shop.md"
        page.write_text(page.read_text().replace("1 resource", "9 resources"))
        (project.root / "out" / "shop.png").unlink()
        stale = project.run(*command, "--check")
        assert (stale.code, "9 resources" in page.read_text()) == (1, True)
        assert "shop.md: is stale from line" in stale.err
        assert "shop.png: is missing" in stale.err

    def test_dashboards_are_drawn_beside_the_picture(self, project: Project, drawn: list[str]) -> None:
        body = {
            "widgets": [{"type": "text", "x": 0, "y": 0, "width": 6, "height": 1, "properties": {"markdown": "# A"}}]
        }
        board = of("CloudWatch::Dashboard", DashboardBody=json.dumps(body))
        path = project.write("any/shop.json", json.dumps(template({"Board": board})))
        out = project.root / "out"
        assert project.run("docs", str(path), "--out", str(out)).code == 0
        pictures = {f"shop{part}.{kind}" for part in ("", "-board") for kind in ("png", "svg")}
        assert {each.name for each in out.iterdir()} == {"shop.md", *pictures}
        assert "[![shop-board](shop-board.png)](shop-board.svg)" in (out / "shop.md").read_text()

    def test_any_template_is_described_without_pictures_too(self, project: Project) -> None:
        path = project.write("shop.json", json.dumps(template({"Topic": "SNS::Topic"})))
        assert project.run("docs", str(path), "--out", str(project.root), "--no-pictures").code == 0
        assert "shop.png" not in (project.root / "shop.md").read_text()

    @pytest.mark.parametrize("arguments", [("a.json", "b"), ("--out", "x"), ("--params", "x")])
    def test_files_are_described_alone(self, project: Project, arguments: tuple[str, ...]) -> None:
        assert project.run("docs", *arguments).code == 2


@pytest.mark.skipif(
    not (shutil.which("dot") and find_spec("diagrams")), reason="Graphviz or the icons of diagrams are not installed"
)
def test_every_icon_that_the_catalogue_names_exists() -> None:
    from builder.docs import catalogue

    icons = drawing._icons()
    names = [kind.icon for kind in catalogue._KINDS.values() if kind.icon]
    names += [icon for _, icon in catalogue._SERVICES.values()] + list(catalogue.NAMED_ICONS.values())
    names += [getattr(catalogue, name) for name in dir(catalogue) if name.endswith("_ICON")]
    assert [name for name in names if not (icons / f"{name}.png").is_file()] == []
