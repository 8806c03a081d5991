"""AWS::ServiceCatalog: portfolios and products, which moto holds, and all that stands between them, which is recorded.

A version is known by its name and the URL of its template (registry schema of `AWS::ServiceCatalog::
CloudFormationProduct`): one of another URL is another version, and one that is no longer listed is deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from simulator.handlers.base import Context, Handler, random_text
from simulator.handlers.translate import tags_from, text, to_request

_ARTIFACTS = "ProvisioningArtifactParameters"
_OWN = (_ARTIFACTS, "ReplaceProvisioningArtifacts")
# As CloudFormation joins the parts of an identifier; no ID of Service Catalog holds it.
_BETWEEN = "|"


def _token(context: Context) -> dict[str, Any]:
    return {"IdempotencyToken": f"{context.resource.logical_id}-{random_text(8)}"}


def _made(context: Context, prefix: str) -> str:
    return context.made(f"{prefix}-{random_text(13).lower()}")


def _retagged(context: Context) -> dict[str, Any]:
    before, after = tags_from(context.old.get("Tags")), tags_from(context.get("Tags"))
    fresh = [{"Key": key, "Value": value} for key, value in after.items() if before.get(key) != value]
    gone = [key for key in before if key not in after]
    return {**({"AddTags": fresh} if fresh else {}), **({"RemoveTags": gone} if gone else {})}


def _create_portfolio(context: Context) -> str:
    answer = context.send("servicecatalog", "create_portfolio", context.properties, **_token(context))
    return context.made(str(answer["PortfolioDetail"]["Id"]))


def _update_portfolio(context: Context) -> None:
    extra = {"Id": context.id, **_retagged(context)}
    context.send("servicecatalog", "update_portfolio", context.properties, leave=("Tags",), **extra)


def _artifacts(properties: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Versions by the ID that they get."""
    return {_artifact_id(each): each for each in properties.get(_ARTIFACTS, [])}


def _artifact_id(artifact: Mapping[str, Any]) -> str:
    identity = json.dumps([artifact.get("Name"), artifact["Info"]], sort_keys=True)
    return f"pa-{sha256(identity.encode()).hexdigest()[:13]}"


def _create_product(context: Context) -> str:
    first, *others = _artifacts(context.properties).values()
    product = context.send(
        "servicecatalog",
        "create_product",
        {"ProductType": "CLOUD_FORMATION_TEMPLATE", **context.properties, _ARTIFACTS: first},
        leave=("ReplaceProvisioningArtifacts",),
        **_token(context),
    )
    context.made(str(product["ProductViewDetail"]["ProductViewSummary"]["ProductId"]))
    _add_versions(context, others)
    return context.id


def _add_versions(context: Context, artifacts: Iterable[Mapping[str, Any]]) -> None:
    shape = context.input_of("servicecatalog", "create_provisioning_artifact").members["Parameters"]
    for artifact in artifacts:
        request = {"ProductId": context.id, "Parameters": to_request(artifact, shape), **_token(context)}
        context.call("servicecatalog", "create_provisioning_artifact", **request)


def _update_product(context: Context) -> None:
    leave = (*_OWN, "ProductType", "Tags")
    extra = {"Id": context.id, **_retagged(context)}
    context.send("servicecatalog", "update_product", context.properties, leave=leave, **extra)
    before, after = _artifacts(context.old), _artifacts(context.properties)
    replaces = context.true("ReplaceProvisioningArtifacts")
    _add_versions(context, (each for key, each in after.items() if replaces or key not in before))
    for key, artifact in after.items():
        if not replaces and key in before and before[key] != artifact:
            named = {name: text(artifact[name]) for name in ("Name", "Description") if name in artifact}
            _of_version(context, "update_provisioning_artifact", key, **named)
    for key in before:
        if replaces or key not in after:
            _of_version(context, "delete_provisioning_artifact", key)


def _of_version(context: Context, operation: str, artifact: str, **parameters: Any) -> None:
    context.call("servicecatalog", operation, ProductId=context.id, ProvisioningArtifactId=artifact, **parameters)


def _product_attributes(context: Context) -> Mapping[str, object]:
    artifacts = _artifacts(context.properties)
    return {
        "ProductName": context.get("Name"),
        "ProvisioningArtifactIds": ",".join(artifacts),
        "ProvisioningArtifactNames": ",".join(str(each.get("Name")) for each in artifacts.values()),
    }


def _constraint(kind: str, named: Sequence[str], context: Context) -> dict[str, Any]:
    """What a constraint says, as the API takes it: JSON in text."""
    if kind == "TEMPLATE":
        return {"Parameters": json.dumps({"Rules": json.loads(context.get("Rules"))})}
    return {"Parameters": json.dumps({name: context.get(name) for name in named if context.get(name)})}


def _create_constraint(kind: str, named: Sequence[str], context: Context) -> str:
    context.send(
        "servicecatalog",
        "create_constraint",
        context.properties,
        leave=named,
        Type=kind,
        **_constraint(kind, named, context),
        **_token(context),
    )
    return _made(context, "cons")


def _update_constraint(kind: str, named: Sequence[str], context: Context) -> None:
    leave = (*named, "PortfolioId", "ProductId")
    extra = {"Id": context.id, **_constraint(kind, named, context)}
    context.send("servicecatalog", "update_constraint", context.properties, leave=leave, **extra)


def _of_constraint(kind: str, *named: str) -> Handler:
    return Handler(
        create=partial(_create_constraint, kind, named),
        update=partial(_update_constraint, kind, named),
        delete=lambda context: context.call("servicecatalog", "delete_constraint", Id=context.id),
        attributes=lambda context: {"Id": context.id},
    )


def _of_association(associate: str, disassociate: str, *parts: str) -> Handler:
    """Something between two things that a pair of calls makes and ends; every change of it replaces."""

    def create(context: Context) -> str:
        context.send("servicecatalog", associate, context.properties)
        return _BETWEEN.join(str(context.get(part)) for part in parts)

    def delete(context: Context) -> object:
        return context.call("servicecatalog", disassociate, **{part: context.get(part) for part in parts})

    return Handler(create=create, delete=delete)


def _create_action(context: Context) -> str:
    context.call("servicecatalog", "create_service_action", **_action(context), **_token(context))
    return _made(context, "act")


def _action(context: Context) -> dict[str, Any]:
    definition = {each["Key"]: text(each["Value"]) for each in context.get("Definition")}
    return {
        **{key: value for key, value in context.properties.items() if key != "Definition"},
        "Definition": definition,
    }


def _update_action(context: Context) -> None:
    action = {key: value for key, value in _action(context).items() if key != "DefinitionType"}
    context.call("servicecatalog", "update_service_action", Id=context.id, **action)


def _create_tag_option(context: Context) -> str:
    context.send("servicecatalog", "create_tag_option", context.properties, leave=("Active",))
    _made(context, "tag")
    if not context.true("Active", default=True):
        context.call("servicecatalog", "update_tag_option", Id=context.id, Active=False)
    return context.id


def _update_tag_option(context: Context) -> None:
    context.call("servicecatalog", "update_tag_option", Id=context.id, Active=context.true("Active", default=True))


def _share(context: Context) -> dict[str, Any]:
    return {name: context.get(name) for name in ("PortfolioId", "AccountId")}


def _create_share(context: Context) -> str:
    context.send("servicecatalog", "create_portfolio_share", context.properties)
    return _BETWEEN.join(_share(context).values())


def _update_share(context: Context) -> None:
    tags = {"ShareTagOptions": context.true("ShareTagOptions")}
    context.call("servicecatalog", "update_portfolio_share", **_share(context), **tags)


HANDLERS: Mapping[str, Handler] = {
    "AWS::ServiceCatalog::Portfolio": Handler(
        create=_create_portfolio,
        update=_update_portfolio,
        delete=lambda context: context.call("servicecatalog", "delete_portfolio", Id=context.id),
        attributes=lambda context: {"PortfolioName": context.get("DisplayName"), "Id": context.id},
        exists=lambda context: context.call("servicecatalog", "describe_portfolio", Id=context.id),
    ),
    "AWS::ServiceCatalog::CloudFormationProduct": Handler(
        create=_create_product,
        update=_update_product,
        delete=lambda context: context.call("servicecatalog", "delete_product", Id=context.id),
        attributes=_product_attributes,
        exists=lambda context: context.call("servicecatalog", "describe_product", Id=context.id),
    ),
    "AWS::ServiceCatalog::LaunchRoleConstraint": _of_constraint("LAUNCH", "LocalRoleName", "RoleArn"),
    "AWS::ServiceCatalog::LaunchTemplateConstraint": _of_constraint("TEMPLATE", "Rules"),
    "AWS::ServiceCatalog::PortfolioPrincipalAssociation": _of_association(
        "associate_principal_with_portfolio",
        "disassociate_principal_from_portfolio",
        "PortfolioId",
        "PrincipalARN",
        "PrincipalType",
    ),
    "AWS::ServiceCatalog::PortfolioProductAssociation": _of_association(
        "associate_product_with_portfolio", "disassociate_product_from_portfolio", "PortfolioId", "ProductId"
    ),
    "AWS::ServiceCatalog::PortfolioShare": Handler(
        create=_create_share,
        update=_update_share,
        delete=lambda context: context.call("servicecatalog", "delete_portfolio_share", **_share(context)),
    ),
    "AWS::ServiceCatalog::ServiceAction": Handler(
        create=_create_action,
        update=_update_action,
        delete=lambda context: context.call("servicecatalog", "delete_service_action", Id=context.id),
        attributes=lambda context: {"Id": context.id},
    ),
    "AWS::ServiceCatalog::ServiceActionAssociation": _of_association(
        "associate_service_action_with_provisioning_artifact",
        "disassociate_service_action_from_provisioning_artifact",
        "ProductId",
        "ProvisioningArtifactId",
        "ServiceActionId",
    ),
    "AWS::ServiceCatalog::TagOption": Handler(
        create=_create_tag_option,
        update=_update_tag_option,
        delete=lambda context: context.call("servicecatalog", "delete_tag_option", Id=context.id),
        attributes=lambda context: {"Id": context.id},
    ),
    "AWS::ServiceCatalog::TagOptionAssociation": _of_association(
        "associate_tag_option_with_resource", "disassociate_tag_option_from_resource", "ResourceId", "TagOptionId"
    ),
}
