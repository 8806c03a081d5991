"""The command `publish`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from builder.aws.commands import where
from builder.catalog import ledger


def _version(_context: click.Context, parameter: click.Parameter, value: str) -> str:
    if value and not ledger.is_version(value):
        raise click.BadParameter(f"{value!r} is no version; write one such as 1.0.0", param=parameter)
    return value


@click.command()
@click.argument("stack")
@click.option("--version", default="", callback=_version, help="What to publish dist/STACK.json as, such as 1.0.0.")
@click.option("--bucket", default="", help="The bucket that holds the templates of the versions.")
@click.option("--prefix", default="products", show_default=True, help="What their keys begin with.")
@click.option("--description", default="", help="What is new in the version. [default: the template's description]")
@click.option("--api", is_flag=True, help="Add the version through the API, to a product that no stack makes.")
@click.option("--allow-duplicate", is_flag=True, help="Publish content again that another version has.")
@click.option(
    "--keep-active", type=click.IntRange(1), metavar="N", help="Mark live versions before the last N DEPRECATED."
)
@click.option("--retire", default="", metavar="VERSION", help="Hide a live version that nobody has launched.")
@click.option(
    "--checked-elsewhere", is_flag=True, help="Retire although accounts that share the portfolio are not seen."
)
@click.option("--share-org", default="", metavar="ID", help="Share the portfolio with an organisation or a unit of it.")
@click.option("--dry-run", is_flag=True, help="Say what would be published; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@where
@click.pass_obj
def publish(
    root: Path,
    stack: str,
    version: str,
    bucket: str,
    prefix: str,
    description: str,
    api: bool,
    allow_duplicate: bool,
    keep_active: int | None,
    retire: str,
    checked_elsewhere: bool,
    share_org: str,
    dry_run: bool,
    as_json: bool,
    region: str,
    endpoint_url: str,
) -> None:
    """Publish STACK as a version of the Service Catalog product of that name; a version never changes afterwards.

    The template goes into the bucket, the version into catalog/versions.json, and the stack service-catalog is built
    anew: deploy that. Interrupted, it can be run again. A version that exists with other content is exit code 4.
    """
    if not (version or retire or share_org or keep_active is not None):
        raise click.UsageError("there is nothing to do: give --version, --keep-active, --retire or --share-org")
    if version and not bucket:
        raise click.UsageError("--version needs --bucket: a bucket of yours that Service Catalog can read")

    from builder.aws.account import connected
    from builder.aws.catalog.publish import Wish, fulfil

    wish = Wish(
        stack=stack,
        version=version,
        bucket=bucket,
        prefix=prefix,
        description=description,
        api=api,
        dry_run=dry_run,
        allow_duplicate=allow_duplicate,
        keep_active=keep_active,
        retire=retire,
        checked_elsewhere=checked_elsewhere,
        share_org=share_org,
    )
    with connected(region, endpoint_url) as account:
        report = fulfil(root, account, wish)
    if as_json:
        click.echo(json.dumps(asdict(report), indent=2))
