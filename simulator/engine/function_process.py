"""Runs one inline Lambda function once. A script for a child process; it imports nothing of this project.

Standard input holds JSON: `code`, `handler` (e.g. "index.handler"), `event`, `function` (name and ARN), `seconds`.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

# Lambda puts this module beside inline code; the signature is that of AWS's own (CloudFormation user guide,
# "cfn-response module").
CFNRESPONSE = """
import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    body = {
        "Status": responseStatus,
        "Reason": reason or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(body).encode(), method="PUT")
    request.add_header("Content-Type", "")
    urllib.request.urlopen(request).close()
"""


def main() -> None:
    work = json.load(sys.stdin)
    module, _, function = work["handler"].rpartition(".")
    ends = time.monotonic() + work["seconds"]
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "cfnresponse.py").write_text(CFNRESPONSE)
        (root / f"{module}.py").write_text(work["code"])
        sys.path.insert(0, directory)
        context = SimpleNamespace(
            function_name=work["function"]["name"],
            function_version="$LATEST",
            invoked_function_arn=work["function"]["arn"],
            memory_limit_in_mb=str(work["function"]["memory"]),
            aws_request_id=work["event"]["RequestId"],
            log_group_name=f"/aws/lambda/{work['function']['name']}",
            log_stream_name=f"simulator/[$LATEST]{work['event']['RequestId'].replace('-', '')}",
            get_remaining_time_in_millis=lambda: max(int((ends - time.monotonic()) * 1000), 0),
        )
        getattr(importlib.import_module(module), function)(work["event"], context)


if __name__ == "__main__":
    main()
