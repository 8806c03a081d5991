"""Exports as tables: a Glue database that a crawler fills, and a workgroup to query it with Athena.

A crawler, as nothing else that a state machine can call knows the columns: those stand in the Parquet files, and what
RDS writes about them (`export_tables_info_*.json`) grows with the tables beyond what a state holds. The state machine
aims the crawler at one export at a time, so that it never meets one that has moved to Glacier.

What is made here describes the archive and holds none of it: it goes with the stack, and a crawl makes it anew.
"""

from __future__ import annotations

import json

from awacs import glue, kms, logs
from awacs import s3 as s3_actions
from troposphere import GetAtt, Join, Output, Parameter, Ref, Split, Sub, Template
from troposphere.athena import ManagedQueryResultsConfiguration, WorkGroup, WorkGroupConfiguration
from troposphere.glue import Crawler, Database, DatabaseInput, S3Target, SchemaChangePolicy, Targets
from troposphere.iam import Policy, Role

from templates.carrier import carrier
from templates.environment import Environment
from templates.parameters import Group
from templates.policy import ACCOUNT, allow, arn, document, trust

# Which folder of an export becomes a table; the bucket is the first level:
# bucket/instance/year/month/export/database/schema.table/... (RDS user guide, "File naming convention"; Glue developer
# guide, "Specifying the table location and partitioning level")
TABLE_LEVEL = 7


@carrier
class ArchiveBucket:
    """The bucket that is filled, and the key of what it holds."""

    name: Parameter
    key: Parameter

    @property
    def arn(self) -> Sub:
        return Sub(f"arn:${{AWS::Partition}}:s3:::${{{self.name.title}}}")

    def objects(self, pattern: str = "*") -> Sub:
        """The ARN of the objects whose keys match a pattern, which may hold `${...}`."""
        return Sub(f"arn:${{AWS::Partition}}:s3:::${{{self.name.title}}}/{pattern}")


def use_archive(t: Template) -> ArchiveBucket:
    """Add the parameters that attach to an archive bucket, ours or another of the same account and Region."""
    group = Group(t, "Archive")
    name = group.add(
        "BackupBucketName",
        label="Bucket",
        description="Where exports go: output BackupBucketName.",
        pattern="[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        otherwise="must be the name of a bucket in this Region",
    )
    key = group.add(
        "ArchiveKeyArn",
        label="Key",
        description="What exports are encrypted under: output ArchiveKeyArn. Its policy must let IAM rule it.",
        pattern=r"arn:[\w-]+:kms:[\w-]+:\d{12}:key/[\w-]+",
        otherwise="must be the ARN of a KMS key, not of an alias",
    )
    return ArchiveBucket(name=name, key=key)


@carrier
class ArchiveTables:
    """The database of exports, and the crawler that fills it."""

    database: Database
    crawler: Crawler

    @property
    def role_arn(self) -> GetAtt:
        """The crawler's role, which whoever updates the crawler passes on."""
        role: GetAtt = self.crawler.Role
        return role

    @property
    def arns(self) -> list[Sub]:
        """What permissions for the database and its tables are about."""
        return _catalogue(self.database)


def add_archive_tables(t: Template, environment: Environment, bucket: ArchiveBucket) -> ArchiveTables:
    """Add the database, its crawler and the workgroup; the crawler runs when it is told what to crawl."""
    database = t.add_resource(
        Database(
            "ArchiveDatabase",
            CatalogId=ACCOUNT,
            # Athena wants names without hyphens.
            DatabaseInput=DatabaseInput(
                Name=Join("_", Split("-", environment.name("{}-archive"))),
                Description="Exported snapshots, a table for each table of each export",
            ),
        )
    )
    role = _add_crawler_role(t, environment, bucket, database)
    crawler = t.add_resource(
        Crawler(
            "ArchiveCrawler",
            Name=environment.name("{}-archive"),
            Role=GetAtt(role, "Arn"),
            DatabaseName=Ref(database),
            Targets=Targets(S3Targets=[S3Target(Path=Sub("s3://${BackupBucketName}/${DatabaseIdentifier}/"))]),
            Configuration=json.dumps(
                {
                    "Version": 1.0,
                    "Grouping": {"TableLevelConfiguration": TABLE_LEVEL},
                    # On unless told otherwise, and not what the crawler's role may do: a table has a few partitions.
                    # (Glue developer guide, "Creating partition indexes")
                    "CreatePartitionIndex": False,
                }
            ),
            # Tables of earlier exports are not deleted because this one is elsewhere.
            SchemaChangePolicy=SchemaChangePolicy(UpdateBehavior="UPDATE_IN_DATABASE", DeleteBehavior="LOG"),
            Tags=environment.tag_map(),
        )
    )
    workgroup = t.add_resource(
        WorkGroup(
            "ArchiveWorkGroup",
            Name=environment.name("{}-archive"),
            Description="Queries of exported snapshots",
            RecursiveDeleteOption=True,
            WorkGroupConfiguration=WorkGroupConfiguration(
                EnforceWorkGroupConfiguration=True,
                PublishCloudWatchMetricsEnabled=True,
                # Athena encrypts results and deletes them after a day. In the archive bucket they would be kept, as
                # copies of what was queried, for as long as the archive itself.
                ManagedQueryResultsConfiguration=ManagedQueryResultsConfiguration(Enabled=True),
            ),
            Tags=environment.tags(),
        )
    )
    t.add_output(Output("ArchiveDatabaseName", Description="Where Athena finds exports", Value=Ref(database)))
    t.add_output(Output("ArchiveWorkGroupName", Description="What to query them with", Value=Ref(workgroup)))
    return ArchiveTables(database=database, crawler=crawler)


def _catalogue(database: Database) -> list[Sub]:
    """Whoever names a table names its database and the catalogue too. (Glue developer guide, "Specifying ARNs")"""
    name = f"${{{database.title}}}"
    return [arn("glue", "catalog"), arn("glue", f"database/{name}"), arn("glue", f"table/{name}/*")]


def _add_crawler_role(t: Template, environment: Environment, bucket: ArchiveBucket, database: Database) -> Role:
    """The role that reads the instance's exports and writes tables. Glue documents no source for who assumes it."""
    return t.add_resource(
        Role(
            "ArchiveCrawlerRole",
            AssumeRolePolicyDocument=trust("glue.amazonaws.com"),
            Policies=[
                Policy(
                    PolicyName="crawl",
                    PolicyDocument=document(
                        allow([s3_actions.GetBucketLocation, s3_actions.ListBucket], [bucket.arn]),
                        allow([s3_actions.GetObject], [bucket.objects("${DatabaseIdentifier}/*")]),
                        allow([kms.Decrypt], [Ref(bucket.key)]),
                        allow(
                            [
                                glue.BatchCreatePartition,
                                glue.BatchGetPartition,
                                glue.CreatePartition,
                                glue.CreateTable,
                                glue.GetDatabase,
                                glue.GetPartition,
                                glue.GetPartitions,
                                glue.GetTable,
                                glue.GetTables,
                                glue.UpdatePartition,
                                glue.UpdateTable,
                            ],
                            _catalogue(database),
                        ),
                        # One log group for all crawlers of an account, made on first use: no stack may own it.
                        allow(
                            [logs.CreateLogGroup, logs.CreateLogStream, logs.PutLogEvents],
                            [
                                arn("logs", "log-group:/aws-glue/crawlers"),
                                arn("logs", "log-group:/aws-glue/crawlers:*"),
                            ],
                        ),
                    ),
                )
            ],
            Tags=environment.tags(),
        )
    )
