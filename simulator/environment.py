"""The environment of what must reach the simulator and nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from simulator.account import ACCESS_KEY, SECRET_KEY

# Where nothing listens: whatever does not go to loopback fails at once instead of leaving the machine.
_NOWHERE = "http://127.0.0.1:9"


def aws_variables(endpoint: str, region: str) -> dict[str, str]:
    """Every AWS_ variable that decides where the AWS CLI and boto3 go, and as whom."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_PAGER": "",
    }


def child_environment(endpoint: str, region: str, home: Path) -> dict[str, str]:
    """The whole environment of a child process: nothing of the caller's but PATH is in it.

    `home` is a directory of the simulator's own, where a CLI may keep its cache.
    """
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE)
    direct = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        **aws_variables(endpoint, region),
        **proxies,
        **direct,
    }
