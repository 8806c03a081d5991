"""Publishing a version: the template into a bucket, then the version into the portfolio's template, or through the API.

Every step can be repeated: one that was interrupted is simply run again, and goes on from where it stood.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from builder.assemble import file_of
from builder.aws import release
from builder.aws.account import Account
from builder.aws.catalog import api, guidance, objects, products, sharing
from builder.aws.release import Product
from builder.build import build
from builder.catalog import buckets, ledger
from builder.catalog.buckets import PORTFOLIO
from builder.catalog.ledger import Entry
from builder.catalog.verdict import Known, Verdict, judge
from builder.cli import show
from builder.limits import needs_bucket
from builder.load import discover
from builder.problems import ExitCode, Failure, Problem
from builder.write import write


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person asks for. `version` is empty where nothing is to be published; `keep_active` None to keep all."""

    stack: str
    version: str = ""
    bucket: str = ""
    prefix: str = ""
    description: str = ""
    api: bool = False
    dry_run: bool = False
    allow_duplicate: bool = False
    keep_active: int | None = None
    retire: str = ""
    checked_elsewhere: bool = False
    share_org: str = ""


@dataclass(frozen=True, kw_only=True)
class Published:
    """A version after publishing, `same_as` the one that has its content already; `next` is the command to run then."""

    verdict: str
    version: str
    sha256: str
    key: str
    same_as: str = ""
    next: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a wish came to: for people it was told on the way, for a pipeline it is one object."""

    product: str
    published: Published | None = None
    deprecated: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


def fulfil(root: Path, account: Account, wish: Wish) -> Report:
    """Publishes, deprecates, retires and shares, in that order, as far as it is asked for.

    Raises Failure when the version is taken by other content (ExitCode.VERSION_CONFLICT), when the two ways of
    publishing would meet in one product, or when AWS refuses.
    """
    made = None
    if wish.version:
        made = (_through_api if wish.api else _through_template)(root, account, wish)
    report = Report(product=wish.stack, published=made)
    if wish.dry_run or (wish.keep_active is None and not wish.retire and not wish.share_org):
        return report
    product = products.only(account, wish.stack)
    found = _in_order(root, wish.stack, products.versions(account, product))
    deprecated: tuple[str, ...] = ()
    retired = shared = False
    if wish.keep_active is not None:
        coming = bool(wish.version) and wish.version not in [each.name for each in found]
        deprecated = guidance.deprecate(account, product, found, max(0, wish.keep_active - coming))
        for name in deprecated:
            click.echo(f"deprecated  {wish.stack} {name}", err=True)
    if wish.retire:
        retired = guidance.retire(
            account, product, found, wish.retire, name=wish.stack, elsewhere=wish.checked_elsewhere
        )
        click.echo(f"{'retired' if retired else 'unchanged'}  {wish.stack} {wish.retire}", err=True)
    if wish.share_org:
        shared = sharing.share(account, product, wish.share_org, name=wish.stack)
        click.echo(
            f"{'shared' if shared else 'unchanged'}  the portfolio of {wish.stack} with {wish.share_org}", err=True
        )
    return Report(
        product=wish.stack,
        published=made,
        deprecated=deprecated,
        retired=(wish.retire,) if retired else (),
        shared=(wish.share_org,) if shared else (),
    )


def _through_template(root: Path, account: Account, wish: Wish) -> Published:
    if PORTFOLIO not in discover(root):
        what, fix = "is no stack: there is no portfolio to publish into", "write it, or publish with --api"
        raise Failure([Problem(file=PORTFOLIO, what=what, fix=fix)], ExitCode.USAGE)
    environments = buckets.environments(root, wish.bucket)
    made, body, sha256 = _template(root, wish)
    entries = ledger.read(root)
    mine = {entry.version: entry for entry in ledger.of(entries, wish.stack)}
    known = [Known(version=entry.version, sha256=entry.sha256) for entry in mine.values()]
    verdict, same = judge(wish.stack, known, wish.version, sha256, allow_duplicate=wish.allow_duplicate)
    for product in products.named(account, wish.stack):
        if not products.maker(account, product):
            what = f"is a product that no stack makes ({product}): its versions are published with --api"
            fix = "publish with --api, or rename that product"
            raise Failure([Problem(file=wish.stack, what=what, fix=fix)], ExitCode.VERSION_CONFLICT)
    entry = mine.get(same) or _entry(wish, made, sha256)
    if verdict is Verdict.DUPLICATE or wish.dry_run:
        return _told(wish, verdict, entry, same=same)
    _upload(account, wish.bucket, entry.key, body)
    if verdict is Verdict.NEW:
        _append(root, entries, entry)
    else:
        build(root, [PORTFOLIO])  # in case that it was interrupted before
    told = _told(wish, verdict, entry, same=same, next_command=_deployment(root, wish.bucket, environments))
    show(tuple(buckets.elsewhere(root, wish.bucket)))
    return told


def _through_api(root: Path, account: Account, wish: Wish) -> Published:
    if ledger.of(ledger.read(root), wish.stack):
        what = f"is published through the stack {PORTFOLIO}, which would not know of what --api adds"
        raise Failure(
            [Problem(file=ledger.FILE, key=wish.stack, what=what, fix="publish without --api")],
            ExitCode.VERSION_CONFLICT,
        )
    made, body, sha256 = _template(root, wish)
    product = products.only(account, wish.stack)
    api.refuse_stacks(account, wish.stack, product)
    there = {version.name: version for version in products.versions(account, product)}
    known = [Known(version=version.name, sha256=version.sha256) for version in there.values()]
    verdict, same = judge(wish.stack, known, wish.version, sha256, allow_duplicate=wish.allow_duplicate)
    entry = _entry(wish, made, sha256)
    if verdict is Verdict.DUPLICATE or wish.dry_run:
        return _told(wish, verdict, entry, same=same)
    _upload(account, wish.bucket, entry.key, body)
    if verdict is Verdict.NEW:
        api.publish(
            account,
            product,
            name=wish.stack,
            version=wish.version,
            sha256=sha256,
            url=objects.url(account, wish.bucket, entry.key),
            description=entry.description,
        )
    else:
        api.wait(account, product, there[same].id, name=wish.stack, version=same)
    return _told(wish, verdict, entry, same=same)


def _template(root: Path, wish: Wish) -> tuple[Product, bytes, str]:
    """The stack as dist/ holds it, its text, and the text's SHA-256. Raises Failure if it cannot be a product."""
    made = release.product(root, wish.stack)
    if made.nests:
        what = "nests other stacks, and a product is one template: a launch role could not read what it nests"
        raise Failure([Problem(file=made.file, what=what, fix="publish the stacks that it nests")])
    body = (root / made.file).read_bytes()
    return made, body, hashlib.sha256(body).hexdigest()


def _entry(wish: Wish, made: Product, sha256: str) -> Entry:
    return Entry(
        product=wish.stack,
        version=wish.version,
        sha256=sha256,
        key=ledger.key_of(wish.prefix, wish.stack, wish.version, sha256),
        description=wish.description or str(made.template.get("Description", wish.stack)),
    )


def _upload(account: Account, bucket: str, key: str, body: bytes) -> None:
    new = objects.put_once(account, bucket, key, body)
    click.echo(f"{'uploaded' if new else 'unchanged'}   s3://{bucket}/{key}", err=True)


def _append(root: Path, entries: Sequence[Entry], entry: Entry) -> None:
    """Adds an entry to the ledger, and builds the portfolio with it; neither, if that fails."""
    write(root, {ledger.FILE: ledger.text([*entries, entry])})
    try:
        report = build(root, [PORTFOLIO])
    except Failure:
        if entries:
            write(root, {ledger.FILE: ledger.text(entries)})
        else:
            write(root, {}, remove=[ledger.FILE])
        raise
    for file, kind in ((ledger.FILE, "changed"), *((change.file, change.kind) for change in report.changes)):
        click.echo(f"{kind:<9}  {file}", err=True)


def _deployment(root: Path, bucket: str, environments: Sequence[str]) -> str:
    """The command that makes the portfolio of an environment what its template says now."""
    environment = "prod" if "prod" in environments else next(iter(environments), "ENV")
    large = needs_bucket((root / file_of(PORTFOLIO)).stat().st_size)
    wish = release.Wish(stack=PORTFOLIO, environment=environment, bucket=bucket if large else "")
    return wish.command("deploy")


def _told(wish: Wish, verdict: Verdict, entry: Entry, *, same: str, next_command: str = "") -> Published:
    """The result; said to a person, too."""
    line = f"{wish.stack} {wish.version}"
    if verdict is Verdict.DUPLICATE:
        click.echo(
            f"duplicate  {line} would be the same as {same}; --allow-duplicate publishes it all the same", err=True
        )
    else:
        would = "would be " if wish.dry_run and verdict is Verdict.NEW else ""
        click.echo(f"{would}{verdict.value:<9}  {line}", err=True)
    if next_command:
        click.echo(f"Deploy it: {next_command}", err=True)
    return Published(
        verdict=verdict.value,
        version=wish.version,
        sha256=entry.sha256,
        key=entry.key,
        same_as=same if verdict is Verdict.DUPLICATE else "",
        next=next_command,
    )


def _in_order(root: Path, product: str, found: Sequence[products.Version]) -> list[products.Version]:
    """Versions oldest first: as the ledger has them (one deployment may make several at once), else by their dates."""
    order = {entry.version: index for index, entry in enumerate(ledger.of(ledger.read(root), product))}
    return sorted(found, key=lambda version: order.get(version.name, -1))
