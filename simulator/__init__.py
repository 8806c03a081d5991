"""A local AWS on loopback for CloudFormation templates: moto's services under a CloudFormation engine of our own.

    with simulator.running(region="eu-west-1") as aws:
        aws.cli(["cloudformation", "deploy", ...])       # the real AWS CLI
        aws.client("rds").describe_db_instances()        # boto3
        aws.recorded("stack", "BackupSelection")         # what moto does not hold

One server: requests of the cloudformation service go to `api` over `engine`, all others to moto. `handlers` make
resources by calling boto3 on that same server. moto's own CloudFormation is not used: it ignores types and rules that
it lacks.

What is trusted of moto 5.2.5: that a call which it has validates what it is given, keeps it and shows it again; that
names collide, what is in use resists, and protected instances stay. The handlers' tests read everything back. What is
not: calls that it lacks and parameters that it forgets (`handlers.moto_gaps`; such are *recorded*: validated against
botocore's model and kept), and faults in its own state (`moto_mends`, `recovery_points`). Refusals of RDS that it lacks
are in `handlers.rds_instance`. It enforces no IAM permissions, no key policies and no quotas, and nothing takes time.

What the engine leaves out: drift detection, stack sets, signals, wait conditions, CreationPolicy, UpdatePolicy, macros,
change sets of nested stacks, service roles, alarms that roll back, and which attributes Fn::GetAtt may name (any
property can be). Resources are made one after another.

To add a type: write a `Handler` in a module of `handlers` (its docstring names the parts) and its entry in the module's
HANDLERS. Properties go to the API by botocore's model, so that only exceptions are written down, and most take a dozen
lines: `handlers.scheduler` is an example. Then add a case to tests/simulator/test_handlers_services.py.
"""

from __future__ import annotations

from simulator.aws import Aws, running
from simulator.deployment import Deployed, deploy

__all__ = ["Aws", "Deployed", "deploy", "running"]
