"""The AWS CLI without its start, which takes longer than what it then does: half a second, hundreds of times.

A process that has imported the CLI waits, and forks one that is as good as new for each command. What a test calls is
still a program, `aws`, with a process, arguments, environment, folder and standard streams of its own. Only its change
sets have other names: the CLI calls them by the second, and no test waits for the next.
"""

from __future__ import annotations

import gc
import os
import select
import shlex
import signal
import socket
import subprocess
import sys
import traceback
from ast import literal_eval
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

# Started for each command, so it imports next to nothing: it hands over what makes a process, and ends as it is told.
_CLIENT = """\
import os, sys, _socket
server = _socket.socket(_socket.AF_UNIX)
server.connect(sys.argv[1])
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in range(3))
server.sendmsg([b"."], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
server.sendall(repr((sys.argv[2:], dict(os.environ), os.getcwd())).encode())
server.shutdown(_socket.SHUT_WR)
sys.exit(int(server.recv(8) or b"255"))
"""


@contextmanager
def warm_aws_cli() -> Iterator[Path]:
    """The program `aws`, until the end of the block; `python` beside it is this Python."""
    with TemporaryDirectory(prefix="aws-cli-") as folder:
        home = Path(folder)
        python = shlex.quote(sys.executable)
        (home / "client.py").write_text(_CLIENT)
        _program(home / "aws", f'exec {python} -IS {home / "client.py"} {home / "socket"} "$@"')
        _program(home / "python", f'exec {python} "$@"')
        command = [sys.executable, __file__, str(home / "socket")]
        # Importing the CLI must not depend on who runs the tests; each command then has its caller's settings.
        settings = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        server = subprocess.Popen(
            command, env={**os.environ, **settings}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert server.stdin is not None and server.stdout is not None
        try:
            assert server.stdout.readline() == b"ready\n"
            yield home / "aws"
        finally:
            server.stdin.close()  # which ends it, as the end of this process would
            server.wait()
            server.stdout.close()


def _program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def _serve(path: str) -> None:
    """Forks the CLI for each client, until standard input ends."""
    import awscli.clidriver
    import botocore.session  # the CLI's own, since that was imported

    botocore.session.create_loader = cache(botocore.session.create_loader)
    driver = awscli.clidriver.create_clidriver()  # type: ignore[no-untyped-call]
    loader = driver.session.get_component("data_loader")
    for service in ("cloudformation", "s3", "sts"):
        loader.load_service_model(service, "service-2")
    loader.load_data("endpoints")
    gc.freeze()
    data = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}  # which the CLI set when it was imported
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(16)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for number in count():
        if sys.stdin in select.select([listener, sys.stdin], [], [])[0]:
            return
        client, _ = listener.accept()
        if not os.fork():
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _become(client, number, data)
        client.close()


def _become(client: socket.socket, number: int, data: Mapping[str, str]) -> NoReturn:
    """Runs the CLI as the program whose connection this is, and tells it its exit code."""
    from awscli.clidriver import main
    from awscli.customizations.cloudformation.deployer import Deployer

    code = 255
    try:
        _, streams, _, _ = socket.recv_fds(client, 1, 3)
        for target, stream in enumerate(streams):
            os.dup2(stream, target)
        with client.makefile() as asked:
            arguments, environment, folder = literal_eval(asked.read())
        os.environ.clear()
        os.environ.update({**environment, **data})
        os.chdir(folder)
        sys.argv = ["aws", *arguments]
        Deployer.__init__.__defaults__ = (f"awscli-cloudformation-package-deploy-{number}-",)
        code = main()  # type: ignore[no-untyped-call]
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    except BaseException:  # noqa: BLE001 - nothing of this process may go on in the other
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        client.sendall(b"%d" % code)
        os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1])
