"""What speaks against a deployment in the account as it is now: everything at once, before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from botocore.exceptions import ClientError

from builder import params
from builder.aws import errors, expected, stacks, states
from builder.aws.account import Account
from builder.aws.expected import Part
from builder.aws.release import Release
from builder.aws.retained import in_the_way, remains
from builder.aws.stacks import Stack
from builder.evaluate import EvaluationError, Place
from builder.problems import Failure, Problem


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The account as it is before a deployment: the stack that stands there, if any, and the exports of the Region."""

    account: Account
    stack: Stack | None
    exports: Mapping[str, tuple[str, str]]  # name -> value, and the ID of the stack that exports it


def look(account: Account, name: str) -> Scene:
    """The account as it is before the stack `name` is deployed."""
    pages = account.client("cloudformation").get_paginator("list_exports").paginate()
    exports = {each["Name"]: (each["Value"], each["ExportingStackId"]) for page in pages for each in page["Exports"]}
    return Scene(account=account, stack=stacks.find(account, name), exports=exports)


def unfold(scene: Scene, release: Release) -> tuple[Part, ...]:
    """The stack as it will be, then what it will nest. Raises Failure for what cannot be evaluated."""
    product, stack = release.product, scene.stack
    place = Place(
        region=scene.account.region,
        account=scene.account.number,
        stack_name=release.wish.stack_name,
        stack_id=stack.id if stack else "",
        exports={name: value for name, (value, _) in scene.exports.items()},
    )
    # CloudFormation keeps the value of a parameter that is not given.
    previous = stack.parameters if stack else None
    try:
        return tuple(
            expected.unfold(product.name, product.templates, release.parameters.values, place, previous=previous)
        )
    except EvaluationError as error:
        raise Failure([Problem(file=product.file, key=error.path, what=error.what, fix="correct it")]) from error


def problems(scene: Scene, release: Release, parts: Sequence[Part]) -> Iterator[Problem]:
    """What speaks against deploying: the stack's state, nested stacks' parameters, exports that are taken, leftovers,
    the bucket.
    """
    if scene.stack is not None:
        yield from states.problems(scene.account, scene.stack)
    for part in parts[1:]:
        file, region = release.parameters.file, scene.account.region
        for problem in params.check(part.template, part.given, file=file, regions=[region]):
            yield replace(problem, key=f"{part.key}.{problem.key}")
    yield from _taken(scene, parts)
    if scene.stack is None or scene.stack.status == states.EMPTY:
        yield from _left_over(scene.account, release)
    if release.wish.bucket:
        yield from _unusable(scene.account, release.wish.bucket)


def _taken(scene: Scene, parts: Sequence[Part]) -> Iterator[Problem]:
    """Stacks that export a name which these parts would export too, each once."""
    owners: dict[str, list[str]] = {}
    for name in sorted(scene.exports.keys() & frozenset().union(*(part.exports for part in parts))):
        owners.setdefault(scene.exports[name][1], []).append(name)
    for owner, names in owners.items():
        if not _is_own(scene, owner):
            yield Problem(
                file=stacks.name_of(owner),
                what=f"exports {', '.join(names)} already, and a name can be exported once in an account and Region",
                fix="deploy under another EnvironmentSuffix (with an --env of its own), or delete that stack",
            )


def _is_own(scene: Scene, owner: str) -> bool:
    """Whether an exporting stack is this one, or nested in it."""
    if scene.stack is None:
        return False
    found = stacks.find(scene.account, owner)
    return found is not None and scene.stack.id in (found.id, found.root_id)


def _left_over(account: Account, release: Release) -> Iterator[Problem]:
    """What a deleted stack of the same name retained and a new one would collide with."""
    if not release.product.is_protected:
        return
    name = release.wish.stack_name
    found = remains(account, stacks.deleted(account, name))
    blocking = [each.logical_id for each in in_the_way(found, release.product.template)]
    if blocking:
        what = f"was deleted and left {', '.join(blocking)} behind, which a new one cannot make again"
        fix = f"take them over ({release.wish.command('recreate')}), or delete them"
        yield Problem(file=name, what=what, fix=fix)


def _unusable(account: Account, bucket: str) -> Iterator[Problem]:
    try:
        account.client("s3").head_bucket(Bucket=bucket)
    except ClientError as error:
        if errors.code_of(error) in ("404", "NoSuchBucket"):
            fix = f"make it (aws s3 mb s3://{bucket} --region {account.region}) or name another"
            yield Problem(file=f"s3://{bucket}", what="does not exist", fix=fix)
        else:
            what = f"cannot be used ({errors.one_line(error)})"
            yield Problem(file=f"s3://{bucket}", what=what, fix="name a bucket of yours in the same Region")
