"""The commands that need an AWS account: plan, deploy, watch, destroy, outputs, package, recreate, import-map."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from builder.diff.options import FORMATS, consented

_Command = TypeVar("_Command", bound=Callable[..., Any])

_stack = click.argument("stack")
_environment = click.option("--env", "environment", required=True, help="The environment: params/STACK/ENV.json.")
_name = click.option("--stack-name", "name", default="", help="The name in the account. [default: STACK-ENV]")
_bucket = click.option("--bucket", default="", help="A bucket of yours in the Region, for large and nested templates.")
_settings = click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Override a parameter's value.")


def where(command: _Command) -> _Command:
    """The options that say which AWS is meant."""
    region = click.option("--region", default="", help="The Region. [default: AWS_REGION, or the profile's]")
    endpoint = click.option("--endpoint-url", default="", help="Another address than AWS's, such as a simulator's.")
    return region(endpoint(command))


@click.command()
@_stack
@_environment
@_bucket
@_settings
@_name
@where
@click.pass_obj
def deploy(
    root: Path,
    stack: str,
    environment: str,
    bucket: str,
    settings: tuple[str, ...],
    name: str,
    region: str,
    endpoint_url: str,
) -> None:
    """Deploy STACK by `aws cloudformation deploy`, and protect it if it keeps anything.

    dist/ must be fresh. Parameters are validated, and the account is looked at, before anything is done.
    """
    from builder.aws.account import connected
    from builder.aws.deploy import deploy
    from builder.aws.release import Wish

    wish = Wish(stack=stack, environment=environment, name=name, region=region, bucket=bucket, settings=settings)
    with connected(region, endpoint_url) as account:
        deploy(root, account, wish)


@click.command()
@_stack
@_environment
@_bucket
@_settings
@consented
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--drift", is_flag=True, help="Detect first what is no longer as it was deployed.")
@click.option("--keep", is_flag=True, help="Keep the change set, and show how to execute or delete it.")
@_name
@where
@click.pass_obj
def plan(
    root: Path,
    stack: str,
    environment: str,
    bucket: str,
    settings: tuple[str, ...],
    consent: tuple[str, ...],
    strict: bool,
    form: str,
    drift: bool,
    keep: bool,
    name: str,
    region: str,
    endpoint_url: str,
) -> None:
    """Show what `deploy` would do to STACK, by a change set in your account that is read, and deleted again.

    AWS's word stands beside that of the templates, and the worse of both counts. Exit code 3: something stateful would
    be lost without a snapshot or being retained, and nobody agreed; 1: the update would fail; 5: AWS refuses.
    """
    from builder.aws.account import connected
    from builder.aws.plan import Choices, plan
    from builder.aws.release import Wish
    from builder.diff.runs import Options

    wish = Wish(stack=stack, environment=environment, name=name, region=region, bucket=bucket, settings=settings)
    with connected(region, endpoint_url) as account:
        options = Options(region=account.region, consent=consent, strict=strict)
        plan(root, account, wish, options, Choices(form=form, drift=drift, keep=keep))


@click.command()
@_stack
@click.option("--env", "environment", default="", help="The environment. [default: STACK is the name in the account]")
@_name
@where
def watch(stack: str, environment: str, name: str, region: str, endpoint_url: str) -> None:
    """Follow what goes on in the deployed STACK to its end, nested stacks included; then show its outputs.

    Exit code 5: it failed; the cause is told first.
    """
    from builder.aws.account import connected
    from builder.aws.release import Wish
    from builder.aws.watch import watch

    wish = Wish(stack=stack, environment=environment, name=name if environment else name or stack)
    with connected(region, endpoint_url) as account:
        watch(account, wish.stack_name)


@click.command()
@_stack
@_environment
@_name
@where
def destroy(stack: str, environment: str, name: str, region: str, endpoint_url: str) -> None:
    """Delete the deployed STACK; one that is protected is left alone, and how to lift that is told (exit code 3)."""
    from builder.aws.account import connected
    from builder.aws.destroy import destroy
    from builder.aws.release import Wish

    with connected(region, endpoint_url) as account:
        destroy(account, Wish(stack=stack, environment=environment, name=name).stack_name)


@click.command()
@_stack
@_environment
@click.option("--format", "form", type=click.Choice(("table", "json", "env")), default="table", show_default=True)
@_name
@where
def outputs(stack: str, environment: str, form: str, name: str, region: str, endpoint_url: str) -> None:
    """Show the outputs of the deployed STACK."""
    from builder.aws.account import connected
    from builder.aws.outputs import show
    from builder.aws.release import Wish

    with connected(region, endpoint_url) as account:
        show(account, Wish(stack=stack, environment=environment, name=name).stack_name, form)


@click.command()
@_stack
@click.option("--bucket", required=True, help="A bucket of yours in the Region.")
@click.option("--out", default="", help="The file to write. [default: .cache/packaged/STACK.json]")
@where
@click.pass_obj
def package(root: Path, stack: str, bucket: str, out: str, region: str, endpoint_url: str) -> None:
    """Upload what STACK nests by `aws cloudformation package`, and write the template that refers to it."""
    from builder.aws.account import connected
    from builder.aws.package import package
    from builder.aws.release import product

    made = product(root, stack)
    with connected(region, endpoint_url) as account:
        package(root, account, made, bucket, out)


@click.command()
@_stack
@_environment
@click.option("--from", "stack_id", default="", metavar="STACK_ID", help="The deleted stack. [default: the last one]")
@click.option("--dry-run", is_flag=True, help="Show what would be imported; do nothing.")
@_bucket
@_settings
@_name
@where
@click.pass_obj
def recreate(
    root: Path,
    stack: str,
    environment: str,
    stack_id: str,
    dry_run: bool,
    bucket: str,
    settings: tuple[str, ...],
    name: str,
    region: str,
    endpoint_url: str,
) -> None:
    """Take over what the deleted STACK retained (buckets, keys, log groups, vault) into a new stack of the same name.

    `deploy` then completes it. A database is not among it: it is left as a final snapshot, and made anew, empty.
    """
    from builder.aws.account import connected
    from builder.aws.recreate import recreate
    from builder.aws.release import Wish

    wish = Wish(stack=stack, environment=environment, name=name, region=region, bucket=bucket, settings=settings)
    with connected(region, endpoint_url) as account:
        recreate(root, account, wish, stack_id=stack_id, dry_run=dry_run)


@click.command(name="import-map")
@_stack
@click.option("--instance", required=True, help="The identifier of the RDS instance to adopt.")
@click.option("--env", "environment", default="prod", show_default=True, help="The environment: params/STACK/ENV.json.")
@click.option("--out", default="", help="The folder to write to. [default: .cache/import-map/STACK-ENV]")
@_settings
@_name
@where
@click.pass_obj
def import_map(
    root: Path,
    stack: str,
    instance: str,
    environment: str,
    out: str,
    settings: tuple[str, ...],
    name: str,
    region: str,
    endpoint_url: str,
) -> None:
    """Write what imports an existing RDS instance, and what it was made of, into a new STACK; change nothing.

    The template says of each resource what it is, as an import would apply any difference. While the deployment that
    completes the stack would replace something, or change what a parameter could say, nothing is written (exit code 3).
    """
    from builder.aws.account import connected
    from builder.aws.import_map import import_map
    from builder.aws.release import Wish

    wish = Wish(stack=stack, environment=environment, name=name, region=region, settings=settings)
    with connected(region, endpoint_url) as account:
        import_map(root, account, wish, instance, out)
