// The original design, resource for resource (54 in a nested stack), as an app of the AWS CDK: to be measured, not used.
"use strict";
const cdk = require("aws-cdk-lib");
const backup = require("aws-cdk-lib/aws-backup");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const actions = require("aws-cdk-lib/aws-cloudwatch-actions");
const ec2 = require("aws-cdk-lib/aws-ec2");
const events = require("aws-cdk-lib/aws-events");
const iam = require("aws-cdk-lib/aws-iam");
const kms = require("aws-cdk-lib/aws-kms");
const rds = require("aws-cdk-lib/aws-rds");
const s3 = require("aws-cdk-lib/aws-s3");
const sns = require("aws-cdk-lib/aws-sns");
const subscriptions = require("aws-cdk-lib/aws-sns-subscriptions");

const DESTROY = cdk.RemovalPolicy.DESTROY;
const days = cdk.Duration.days;

class Infrastructure extends cdk.NestedStack {
  constructor(scope, id) {
    super(scope, id);
    const key = (name) => new kms.Key(this, name, { enableKeyRotation: true, removalPolicy: DESTROY });
    const databaseKey = key("RdsKmsKey");
    const bucketKey = key("S3KmsKey");
    const vpc = new ec2.Vpc(this, "RdsVpc", {
      maxAzs: 3,
      natGateways: 2,
      subnetConfiguration: [
        { name: "Public", subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24 },
        { name: "Private", subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
        { name: "Database", subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
    });
    const bucket = new s3.Bucket(this, "BackupBucket", {
      bucketName: "rds-backups-tap-dev",
      versioned: true,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: bucketKey,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      removalPolicy: DESTROY,
      autoDeleteObjects: true,
      lifecycleRules: [
        {
          transitions: [
            { storageClass: s3.StorageClass.INFREQUENT_ACCESS, transitionAfter: days(30) },
            { storageClass: s3.StorageClass.GLACIER, transitionAfter: days(90) },
            { storageClass: s3.StorageClass.DEEP_ARCHIVE, transitionAfter: days(365) },
          ],
          expiration: days(2555),
        },
      ],
    });
    const topic = new sns.Topic(this, "NotificationTopic", { topicName: "rds-alerts-dev" });
    topic.addSubscription(new subscriptions.EmailSubscription("admin@company.com"));

    const managed = (name) => iam.ManagedPolicy.fromAwsManagedPolicyName(`service-role/${name}`);
    const monitoringRole = new iam.Role(this, "RdsMonitoringRole", {
      assumedBy: new iam.ServicePrincipal("monitoring.rds.amazonaws.com"),
      managedPolicies: [managed("AmazonRDSEnhancedMonitoringRole")],
    });
    const backupRole = new iam.Role(this, "BackupRole", {
      assumedBy: new iam.ServicePrincipal("backup.amazonaws.com"),
      managedPolicies: [
        managed("AWSBackupServiceRolePolicyForBackup"),
        managed("AWSBackupServiceRolePolicyForRestores"),
      ],
    });
    backupRole.addToPolicy(
      new iam.PolicyStatement({
        actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
        resources: [bucket.bucketArn, `${bucket.bucketArn}/*`],
      }),
    );
    backupRole.addToPolicy(
      new iam.PolicyStatement({
        actions: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt*", "kms:CreateGrant"],
        resources: [databaseKey.keyArn, bucketKey.keyArn],
      }),
    );
    const subnetGroup = new rds.SubnetGroup(this, "DbSubnetGroup", {
      description: "Subnet group for RDS",
      vpc,
      vpcSubnets: { subnets: vpc.isolatedSubnets },
    });
    const group = new ec2.SecurityGroup(this, "DbSecurityGroup", { vpc, allowAllOutbound: false });
    for (const subnet of vpc.privateSubnets) {
      group.addIngressRule(ec2.Peer.ipv4(subnet.ipv4CidrBlock), ec2.Port.tcp(5432));
    }
    const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_15_4 });
    const instance = new rds.DatabaseInstance(this, "PostgresInstance", {
      instanceIdentifier: "postgres-tap-dev",
      engine,
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.MEDIUM),
      vpc,
      subnetGroup,
      securityGroups: [group],
      multiAz: true,
      storageEncrypted: true,
      storageEncryptionKey: databaseKey,
      allocatedStorage: 100,
      maxAllocatedStorage: 1000,
      storageType: rds.StorageType.GP2,
      backupRetention: days(35),
      deletionProtection: false,
      parameterGroup: new rds.ParameterGroup(this, "DbParameterGroup", {
        engine,
        parameters: { log_statement: "all", shared_preload_libraries: "pg_stat_statements" },
      }),
      monitoringInterval: cdk.Duration.seconds(60),
      monitoringRole,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: databaseKey,
      cloudwatchLogsExports: ["postgresql"],
      removalPolicy: DESTROY,
    });
    const watch = (name, metric, threshold) =>
      new cloudwatch.Alarm(this, name, { metric, threshold, evaluationPeriods: 2 }).addAlarmAction(
        new actions.SnsAction(topic),
      );
    watch("CpuUtilizationAlarm", instance.metricCPUUtilization(), 80);
    watch("FreeStorageSpaceAlarm", instance.metricFreeStorageSpace(), 2e9);
    watch("DatabaseConnectionsAlarm", instance.metricDatabaseConnections(), 80);

    const backupVault = new backup.BackupVault(this, "BackupVault", {
      encryptionKey: databaseKey,
      removalPolicy: DESTROY,
    });
    const rule = (ruleName, cron, kept) =>
      new backup.BackupPlanRule({
        backupVault,
        ruleName,
        scheduleExpression: events.Schedule.cron(cron),
        deleteAfter: days(kept),
      });
    const plan = new backup.BackupPlan(this, "BackupPlan", {
      backupPlanRules: [
        rule("FrequentBackups", { minute: "0", hour: "*" }, 7),
        rule("DailyBackups", { minute: "0", hour: "2" }, 35),
      ],
    });
    plan.addSelection("BackupSelection", {
      resources: [backup.BackupResource.fromRdsDatabaseInstance(instance)],
      role: backupRole,
    });
    const outputs = {
      RdsEndpoint: instance.instanceEndpoint.hostname,
      RdsPort: String(instance.instanceEndpoint.port),
      BackupBucketName: bucket.bucketName,
      NotificationTopicArn: topic.topicArn,
    };
    for (const [name, value] of Object.entries(outputs)) {
      new cdk.CfnOutput(this, name, { value, exportName: `${name}-dev` });
    }
  }
}

const app = new cdk.App();
const stack = new cdk.Stack(app, "TapStack");
new Infrastructure(stack, "RdsHighAvailabilityInfra");
for (const [name, value] of Object.entries({ CostCenter: "engineering", Environment: "dev", Project: "tap" })) {
  cdk.Tags.of(stack).add(name, value);
}
