"""A CloudFormation engine: stacks, change sets, and what creating, updating and deleting them does to resources."""
