"""The master user's password in a secret that the stack owns, for what excludes one that RDS manages.

A source of read replicas and a Blue/Green deployment cannot have the latter. (RDS user guide, "Limitations for Secrets
Manager integration") CloudFormation rotates by a function of its own only through a macro (`HostedRotationLambda`), so
the function that rotates is given; without one a person rotates.
"""

from __future__ import annotations

from troposphere import Ref, Sub, Template
from troposphere.secretsmanager import (
    GenerateSecretString,
    RotationRules,
    RotationSchedule,
    Secret,
    SecretTargetAttachment,
)

from templates.database import Database
from templates.environment import Environment
from templates.keys import Key
from templates.origin import Origin, add_names, empty
from templates.parameters import Group, when_given
from templates.postgresql import PostgreSql
from templates.retention import Retention

# As long as a person would ever have to copy; punctuation would have to be escaped in connection strings.
PASSWORD_LENGTH = 40
ROTATION_DAYS = 7


def begin_empty_with_secret(
    t: Template, environment: Environment, key: Key, retention: Retention, postgresql: PostgreSql
) -> Origin:
    """An empty database under the key, with a master user whose password is in a secret of the stack's.

    What generates the password never changes: Secrets Manager would then generate another.
    """
    name, user = add_names(t)
    secret = t.add_resource(
        Secret(
            "MasterSecret",
            Description=environment.name("Master user of {}"),
            GenerateSecretString=GenerateSecretString(
                SecretStringTemplate=Sub(f'{{"username":"${{{user.title}}}"}}'),
                GenerateStringKey="password",
                PasswordLength=PASSWORD_LENGTH,
                ExcludePunctuation=True,
            ),
            KmsKeyId=key.arn,
            Tags=environment.tags(),
            **retention.stateful,
        )
    )
    password = Sub(f"{{{{resolve:secretsmanager:${{{secret.title}}}:SecretString:password}}}}")
    return Origin(
        properties={**empty(name, user, key, postgresql), "MasterUserPassword": password}, master_secret=Ref(secret)
    )


def attach_master_secret(t: Template, database: Database) -> None:
    """Write into the secret where its database is, and have it rotated weekly by a function, where one is given."""
    function = Group(t, "Database").add(
        "RotationFunctionArn",
        label="Function that rotates",
        description="Optional. Rotates the master user's secret weekly.",
        default="",
        pattern=r"(arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+)?",
        otherwise="must be empty or a function's ARN",
    )
    attachment = t.add_resource(
        SecretTargetAttachment(
            "MasterSecretAttachment",
            SecretId=database.master_secret,
            TargetId=database.identifier,
            TargetType="AWS::RDS::DBInstance",
        )
    )
    # By the attachment, which has the secret's ARN: a rotation needs to know where the database is.
    t.add_resource(
        RotationSchedule(
            "MasterSecretRotation",
            SecretId=Ref(attachment),
            RotationLambdaARN=Ref(function),
            RotationRules=RotationRules(AutomaticallyAfterDays=ROTATION_DAYS),
            Condition=when_given(t, function),
        )
    )
