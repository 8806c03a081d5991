"""Questions about who may do what: policies, keys, topics, secrets, and what state machines write down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.docs.control_questions.statements import is_for_all, listed, statements
from builder.docs.details import is_true
from builder.docs.reading import Reading, Resource

_DECRYPTS = ("*", "kms:*", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncrypt*")


def _allowed(resource: Resource) -> Iterator[Mapping[str, Any]]:
    """The Allow statements of a role's inline policies, or of a policy."""
    documents = [resource.properties.get("PolicyDocument")]
    documents += [each.get("PolicyDocument") for each in resource.properties.get("Policies", [])]
    for document in documents:
        yield from (statement for statement in statements(document) if statement.get("Effect") == "Allow")


def _asked(reading: Reading, types: tuple[str, ...], wrong: Any) -> Iterator[tuple[str, bool]]:
    for resource in reading.of_type(*types):
        yield resource.logical_id, not any(wrong(statement) for statement in _allowed(resource))


def _on_all(statement: Mapping[str, Any]) -> bool:
    return "*" in listed(statement.get("Resource"))


def _decrypts_all(statement: Mapping[str, Any]) -> bool:
    wide = _on_all(statement) or any(str(each).endswith(":key/*") for each in listed(statement.get("Resource")))
    return wide and any(action in _DECRYPTS for action in listed(statement.get("Action")))


_POLICIES = ("AWS::IAM::ManagedPolicy",)
_ROLES = ("AWS::IAM::Role", "AWS::IAM::Policy")


def policies_decrypt_little(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether managed policies decrypt under keys that they name."""
    yield from _asked(reading, _POLICIES, _decrypts_all)


def roles_decrypt_little(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether inline policies decrypt under keys that they name."""
    yield from _asked(reading, _ROLES, _decrypts_all)


def is_no_administrator(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether no policy allows everything on everything."""
    wrong = lambda statement: _on_all(statement) and "*" in listed(statement.get("Action"))  # noqa: E731
    yield from _asked(reading, _POLICIES + _ROLES, wrong)


def is_no_wildcard(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether no policy allows all of a service on everything."""
    wrong = lambda statement: (  # noqa: E731
        _on_all(statement) and any(str(action).endswith(":*") for action in listed(statement.get("Action")))
    )
    yield from _asked(reading, _POLICIES + _ROLES, wrong)


def key_rotates(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether customer keys rotate; only symmetric ones can."""
    for key in reading.of_type("AWS::KMS::Key"):
        if str(key.properties.get("KeySpec", "SYMMETRIC_DEFAULT")) == "SYMMETRIC_DEFAULT":
            yield key.logical_id, is_true(key.properties.get("EnableKeyRotation"))


def key_is_not_public(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether no key policy admits everybody."""
    for key in reading.of_type("AWS::KMS::Key"):
        yield key.logical_id, not any(map(is_for_all, statements(key.properties.get("KeyPolicy"))))


def topic_is_not_public(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether no policy of a topic admits everybody; one without a policy admits its account alone."""
    for topic in reading.of_type("AWS::SNS::Topic"):
        policies = [
            policy.properties.get("PolicyDocument")
            for policy in reading.of_type("AWS::SNS::TopicPolicy")
            if topic.logical_id in reading.mentioned(policy.properties.get("Topics"))
        ]
        yield topic.logical_id, not any(is_for_all(each) for policy in policies for each in statements(policy))


def rotates(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether master passwords are secrets that rotate: RDS's own, or with a schedule.

    A schedule names its secret, or the attachment of it to its database.
    """
    attached = {
        attachment.logical_id: reading.mentioned(attachment.properties.get("SecretId"))
        for attachment in reading.of_type("AWS::SecretsManager::SecretTargetAttachment")
    }
    scheduled = {
        secret
        for schedule in reading.of_type("AWS::SecretsManager::RotationSchedule")
        for name in reading.mentioned(schedule.properties.get("SecretId"))
        for secret in attached.get(name, [name])
    }
    for database in reading.of_type("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"):
        if database.type == "AWS::RDS::DBInstance" and "DBClusterIdentifier" in database.properties:
            continue  # a member's password is its cluster's
        own = any(name in scheduled for name in reading.mentioned(database.properties.get("MasterUserPassword")))
        yield database.logical_id, own or is_true(database.properties.get("ManageMasterUserPassword"))
    for secret in reading.of_type("AWS::SecretsManager::Secret"):
        yield secret.logical_id, secret.logical_id in scheduled


def machine_logs(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether state machines log anything."""
    for machine in reading.of_type("AWS::StepFunctions::StateMachine"):
        level = machine.properties.get("LoggingConfiguration", {}).get("Level", "OFF")
        yield machine.logical_id, level != "OFF"
