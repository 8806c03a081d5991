"""AWS::IAM: roles and policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import text

_ROLE_PARTS = ("ManagedPolicyArns", "Policies")

# Property -> (attach, detach, parameter) of what a policy can be attached to.
_ATTACHED = {
    "Groups": ("attach_group_policy", "detach_group_policy", "GroupName"),
    "Roles": ("attach_role_policy", "detach_role_policy", "RoleName"),
    "Users": ("attach_user_policy", "detach_user_policy", "UserName"),
}
_INLINE = {
    "Groups": ("put_group_policy", "delete_group_policy", "GroupName"),
    "Roles": ("put_role_policy", "delete_role_policy", "RoleName"),
    "Users": ("put_user_policy", "delete_user_policy", "UserName"),
}


def _create_role(context: Context) -> str:
    name = context.name("RoleName", limit=64)
    properties = {**context.properties, "RoleName": name}
    context.send("iam", "create_role", properties, leave=_ROLE_PARTS)
    context.made(name)
    _policies_of_role(context)
    return name


def _policies_of_role(context: Context) -> None:
    role = {"RoleName": context.id}
    before, after = context.old.get("ManagedPolicyArns", []), context.get("ManagedPolicyArns", [])
    for arn in [each for each in before if each not in after]:
        context.call("iam", "detach_role_policy", **role, PolicyArn=arn)
    for arn in [each for each in after if each not in before]:
        context.call("iam", "attach_role_policy", **role, PolicyArn=arn)
    old = {each["PolicyName"]: each for each in context.old.get("Policies", [])}
    new = {each["PolicyName"]: each for each in context.get("Policies", [])}
    for name in old.keys() - new.keys():
        context.call("iam", "delete_role_policy", **role, PolicyName=name)
    for name, policy in new.items():
        if old.get(name) != policy:
            document = text(policy["PolicyDocument"])
            context.call("iam", "put_role_policy", **role, PolicyName=name, PolicyDocument=document)


def _update_role(context: Context) -> None:
    role = {"RoleName": context.id}
    if context.changed("AssumeRolePolicyDocument"):
        document = text(context.get("AssumeRolePolicyDocument"))
        context.call("iam", "update_assume_role_policy", **role, PolicyDocument=document)
    if context.changed("Description", "MaxSessionDuration"):
        request = {"Description": context.get("Description", "")}
        request |= {"MaxSessionDuration": int(context.get("MaxSessionDuration", 3600))}
        context.call("iam", "update_role", **role, **request)
    if context.changed("PermissionsBoundary"):
        if boundary := context.get("PermissionsBoundary"):
            context.call("iam", "put_role_permissions_boundary", **role, PermissionsBoundary=boundary)
        else:
            context.call("iam", "delete_role_permissions_boundary", **role)
    _policies_of_role(context)
    context.retag("iam", context.id, tag="tag_role", untag="untag_role")


def _delete_role(context: Context) -> None:
    """With its own policies; one that another resource attached resists, as on AWS."""
    role = {"RoleName": context.id}
    for arn in context.get("ManagedPolicyArns", []):
        context.call("iam", "detach_role_policy", **role, PolicyArn=arn)
    for policy in context.get("Policies", []):
        context.call("iam", "delete_role_policy", **role, PolicyName=policy["PolicyName"])
    context.call("iam", "delete_role", **role)


def _role_attributes(context: Context) -> Mapping[str, object]:
    role = context.call("iam", "get_role", RoleName=context.id)["Role"]
    return {"Arn": role["Arn"], "RoleId": role["RoleId"]}


def _put_policy(context: Context) -> str:
    context.refuse_unknown("Groups", "PolicyDocument", "PolicyName", "Roles", "Users")
    if context.old and context.changed("PolicyName"):
        _drop_policy(context, context.old)
    name, document = str(context.get("PolicyName")), text(context.get("PolicyDocument"))
    for owners, (put, remove, parameter) in _INLINE.items():
        for owner in context.get(owners, []):
            context.call("iam", put, **{parameter: owner}, PolicyName=name, PolicyDocument=document)
        for owner in set(context.old.get(owners, [])) - set(context.get(owners, [])):
            if not context.changed("PolicyName"):
                context.call("iam", remove, **{parameter: owner}, PolicyName=name)
    return context.id or context.name("")


def _drop_policy(context: Context, properties: Mapping[str, Any]) -> None:
    for owners, (_, remove, parameter) in _INLINE.items():
        for owner in properties.get(owners, []):
            context.call("iam", remove, **{parameter: owner}, PolicyName=properties["PolicyName"])


def _create_managed_policy(context: Context) -> str:
    properties = {**context.properties, "ManagedPolicyName": context.name("ManagedPolicyName", limit=128)}
    rename = {"ManagedPolicyName": "PolicyName"}
    answer = context.send("iam", "create_policy", properties, rename=rename, leave=tuple(_ATTACHED))
    context.made(str(answer["Policy"]["Arn"]))
    _attach(context)
    return context.id


def _attach(context: Context) -> None:
    for owners, (attach, detach, parameter) in _ATTACHED.items():
        before, after = context.old.get(owners, []), context.get(owners, [])
        for owner in [each for each in before if each not in after]:
            context.call("iam", detach, **{parameter: owner}, PolicyArn=context.id)
        for owner in [each for each in after if each not in before]:
            context.call("iam", attach, **{parameter: owner}, PolicyArn=context.id)


def _update_managed_policy(context: Context) -> None:
    if context.changed("PolicyDocument"):
        arn = {"PolicyArn": context.id}
        for version in context.call("iam", "list_policy_versions", **arn)["Versions"]:
            if not version["IsDefaultVersion"]:  # a policy has five versions at most
                context.call("iam", "delete_policy_version", **arn, VersionId=version["VersionId"])
        document = text(context.get("PolicyDocument"))
        context.call("iam", "create_policy_version", **arn, PolicyDocument=document, SetAsDefault=True)
    _attach(context)


def _delete_managed_policy(context: Context) -> None:
    arn = {"PolicyArn": context.id}
    for owners, (_, detach, parameter) in _ATTACHED.items():
        for owner in context.get(owners, []):
            context.call("iam", detach, **{parameter: owner}, **arn)
    for version in context.call("iam", "list_policy_versions", **arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            context.call("iam", "delete_policy_version", **arn, VersionId=version["VersionId"])
    context.call("iam", "delete_policy", **arn)


HANDLERS: Mapping[str, Handler] = {
    "AWS::IAM::ManagedPolicy": Handler(
        create=_create_managed_policy,
        update=_update_managed_policy,
        delete=_delete_managed_policy,
        attributes=lambda context: {"PolicyArn": context.id},
        name="ManagedPolicyName",
        exists=lambda context: context.call("iam", "get_policy", PolicyArn=context.id),
    ),
    "AWS::IAM::Policy": Handler(
        create=_put_policy, update=_put_policy, delete=lambda context: _drop_policy(context, context.properties)
    ),
    "AWS::IAM::Role": Handler(
        create=_create_role,
        update=_update_role,
        delete=_delete_role,
        attributes=_role_attributes,
        name="RoleName",
        exists=lambda context: context.call("iam", "get_role", RoleName=context.id),
    ),
}
