"""The page of a template: every part of it that is generated."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from urllib.parse import quote

from builder.capabilities import IAM, NAMED_IAM
from builder.docs.alarms import Alarm, alarms, events
from builder.docs.catalogue import CONCERNS, kind_of, plural
from builder.docs.costs import charges
from builder.docs.details import details
from builder.docs.markdown import code, image, prose, table
from builder.docs.mermaid import mermaid
from builder.docs.parameters import groups
from builder.docs.picture import Picture, picture
from builder.docs.reading import plain
from builder.docs.source import Source
from builder.limits import needs_bucket

PICTURES = "pictures"
RUNBOOKS = "runbooks"
_ACKNOWLEDGED = {IAM: "it makes roles", NAMED_IAM: "it makes roles or policies with names of its own"}


def picture_of(source: Source) -> Picture:
    """The picture of a template, with the environment that creates most."""
    children = {name: child.readings[source.shown] for name, child in source.children.items()}
    files = [each.file for each in source.environments if each.name == source.shown]
    caption = f"{source.file}, deployed with {files[0]}" if files else f"{source.file}, deployed with its defaults"
    return picture(source.reading, children, title=source.name, caption=caption)


def sections(
    source: Source,
    drawn: Picture,
    *,
    folder: str | None,
    dashboards: Sequence[str],
    runbooks: Mapping[str, str],
    described: Collection[str] = (),
) -> dict[str, tuple[str, str]]:
    """Name of a generated part -> heading and text.

    `folder` is the path from the page to the pictures, ending as a folder does; None where nothing is drawn.
    `dashboards` are the names of the pictures of those. `runbooks` are links to what to do about an alarm or an event,
    by logical ID, from the page. `described` are the names of the templates that have a page beside this one.
    """
    pictures = "" if folder is None else f"{folder}{source.name}"
    parts = {
        "summary": ("", _summary(source, described)),
        "architecture": ("Architecture", _architecture(source, drawn, pictures)),
        "dashboard": ("Dashboard", "" if folder is None else _dashboards(folder, dashboards)),
        "parameters": ("Parameters", "\n\n".join(_parameters(source))),
        "outputs": ("Outputs", _outputs(source)),
        "watching": ("What it watches", "\n\n".join(_watching(source, runbooks))),
        "costs": ("What is billed", _costs(source)),
        "resources": ("Resources", "\n\n".join(_resources(source))),
    }
    return {name: part for name, part in parts.items() if part[1]}


def _summary(source: Source, described: Collection[str]) -> str:
    template, reading = source.template, source.reading
    lines = [prose(template.get("Description", "")), ""]
    bucket = "; through a bucket (`BUCKET=`)" if needs_bucket(source.size) else "; without a bucket"
    lines.append(f"- Template: {code(source.file)}, {source.size:,} bytes{bucket}.")
    total = len(template["Resources"])
    live = f", {len(reading.resources)} of them with the values of {code(source.shown)}" if source.shown else ""
    lines.append(f"- Creates: {plural(total, 'resource')}{live}.")
    for logical_id, child in source.children.items():
        condition = template["Resources"][logical_id].get("Condition")
        where = f" if {code(condition)}" if condition else ""
        named = f"[{prose(child.name)}]({quote(child.name)}.md)" if child.name in described else code(child.file)
        lines.append(f"- Nests: {named} as {code(logical_id)}{where}.")
    for capability in source.capabilities:
        reason = _ACKNOWLEDGED.get(capability, "it is transformed")
        lines.append(f"- Capability to acknowledge: {code(capability)}, as {reason}.")
    if source.macros:
        names = ", ".join(map(code, source.macros))
        lines.append(f"- Transformed inside AWS by {names}: described here as it is written, not as it is expanded.")
    if source.regions:
        lines.append(f"- Regions: {', '.join(map(code, source.regions))}.")
    return "\n".join(lines)


def _architecture(source: Source, drawn: Picture, pictures: str) -> str:
    parts = []
    if pictures:
        parts.append(image(f"Architecture of {source.name}", pictures))
    parts.append(
        "<details><summary>The same as text</summary>\n\n```mermaid\n" + mermaid(drawn) + "\n```\n\n</details>"
    )
    return "\n\n".join(parts)


def _dashboards(folder: str, names: Sequence[str]) -> str:
    shown = [image(name, f"{folder}{name}") for name in names]
    return "\n\n".join([*shown, "Drawn from the dashboard's own body with sample data."]) if shown else ""


def _parameters(source: Source) -> Iterator[str]:
    found = list(groups(source))
    required = [row.name for _, rows in found for row in rows if row.required]
    if found:
        yield f"Must be given: {', '.join(map(code, required))}." if required else "Every parameter has a default."
        shown = f"a stack with the values of {code(source.shown)}" if source.shown else "a stack with the defaults"
        yield f"The last column was found by changing each value of {shown}, and comparing as `build.py diff` does."
    with_values = bool(source.environments)
    head = ["Parameter", "Default", "Allowed", *(["Shipped values"] if with_values else []), "Changing it later"]
    for label, rows in found:
        yield f"### {label}"
        yield table(
            head,
            (
                [
                    "<br>".join(filter(None, (code(row.name), row.about))),
                    row.default,
                    row.allowed,
                    *([row.values] if with_values else []),
                    row.effect,
                ]
                for row in rows
            ),
        )


def _outputs(source: Source) -> str:
    declared = source.template.get("Outputs", {})
    if not declared:
        return ""
    rows = []
    for name, output in declared.items():
        read = source.reading.outputs.get(name, output)
        export = read.get("Export", {}).get("Name", "") if isinstance(read.get("Export", {}), dict) else ""
        rows.append([code(name), prose(output.get("Description", "")), code(plain(export)) if export else ""])
    with_exports = any(row[2] for row in rows)
    shown = f"Exported as (with {code(source.shown)})" if source.shown else "Exported as"
    head = ["Output", "What it is", *([shown] if with_exports else [])]
    return table(head, (row[: len(head)] for row in rows))


def _watching(source: Source, runbooks: Mapping[str, str]) -> Iterator[str]:
    by_name: dict[str, dict[str, Alarm]] = {}
    for environment, reading in source.readings.items():
        for alarm in alarms(reading):
            by_name.setdefault(alarm.name, {})[environment] = alarm
    if by_name:
        yield table(
            ["Alarm", "Watches", "Fires at", "No data", "What it says"],
            (
                [
                    _linked(name, runbooks),
                    prose(next(iter(found.values())).watches),
                    _fires(found, len(source.readings)),
                    next(iter(found.values())).missing,
                    prose(next(iter(found.values())).description),
                ]
                for name, found in by_name.items()
            ),
        )
    rows = [[_linked(each.name, runbooks), prose(each.source), prose(each.events)] for each in events(source.reading)]
    if rows:
        yield table(["Events by", "Source", "Which"], rows)


def _linked(name: str, runbooks: Mapping[str, str]) -> str:
    """A logical ID, with a link to its runbook if there is one."""
    return f"[{code(name)}]({runbooks[name]})" if name in runbooks else code(name)


def _fires(found: Mapping[str, Alarm], environments: int) -> str:
    """When an alarm fires; by environment where that differs, or where it is not in all of them."""
    by_words: dict[str, list[str]] = {}
    for environment, alarm in found.items():
        by_words.setdefault(alarm.fires, []).append(environment)
    if len(by_words) == 1 and len(found) == environments:
        return prose(next(iter(by_words)))
    return "<br>".join(f"{', '.join(names)}: {prose(words)}" for words, names in by_words.items())


def _costs(source: Source) -> str:
    rows = [
        [what, charge.hour, charge.amount, charge.request, f"[prices](https://aws.amazon.com/{charge.page}/)"]
        for what, charge in charges(source.reading)
    ]
    for logical_id, child in source.children.items():
        if logical_id in source.reading.resources:
            rows += [
                [what, charge.hour, charge.amount, charge.request, f"[prices](https://aws.amazon.com/{charge.page}/)"]
                for what, charge in charges(child.readings[source.shown])
            ]
    if not rows:
        return ""
    shown = f"With the values of {code(source.shown)}, without prices; " if source.shown else "Without prices; "
    about = f"{shown}data transfer between zones and to the internet comes on top."
    return f"{about}\n\n{table(['What', 'By the hour', 'By the GB', 'By the request', ''], rows)}"


def _resources(source: Source) -> Iterator[str]:
    by_concern: dict[str, list[str]] = {}
    live = source.reading.resources
    for name, resource in source.template["Resources"].items():
        kind = str(resource.get("Type", "")) if isinstance(resource, dict) else ""
        by_concern.setdefault(kind_of(kind).concern, []).append(name)
    for concern in CONCERNS:
        if concern in by_concern:
            names = by_concern[concern]
            rows = table(["Resource", "Type", "If", "On delete", ""], (_resource(source, name) for name in names))
            created = sum(name in live for name in names)
            count = plural(len(names), "resource") + (f", {created} created" if created != len(names) else "")
            yield f"<details><summary>{concern}: {count}</summary>\n\n{rows}\n\n</details>"


def _resource(source: Source, name: str) -> Sequence[str]:
    resource = source.template["Resources"][name]
    if not isinstance(resource, dict):
        return [code(name), "Fn::ForEach", "", "", ""]
    read = source.reading.resources.get(name)
    about = ", ".join(details(read, source.reading)) if read else ""
    condition, policy = resource.get("Condition", ""), resource.get("DeletionPolicy", "")
    return [code(name), prose(resource.get("Type", "")), code(condition), str(policy), prose(about)]
