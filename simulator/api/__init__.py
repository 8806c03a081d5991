"""CloudFormation's API as the AWS CLI and boto3 speak it, in front of the engine."""
