"""The little of PostgreSQL's protocol that asking a server needs: no password, simple queries, texts.

Message formats: PostgreSQL documentation, "Frontend/Backend Protocol".
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from pathlib import Path
from types import TracebackType

_PROTOCOL = 3 << 16
_TIMEOUT = 30  # seconds without a word from the server


class ServerError(Exception):
    """What the server answered instead of rows."""


class Connection:
    """A session on a Unix socket in `folder`, by default of the superuser. Raises OSError while no server listens."""

    def __init__(self, folder: Path, *, user: str = "postgres", database: str = "postgres") -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_TIMEOUT)
        self._stream = self._socket.makefile("rb")
        try:
            self._socket.connect(str(folder / ".s.PGSQL.5432"))
            names = b"".join(part.encode() + b"\0" for part in ("user", user, "database", database))
            self._send(b"", struct.pack("!i", _PROTOCOL) + names + b"\0")
            self._answer()
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):  # the server may have gone first
            self._send(b"X", b"")
            self._stream.read()  # until the server has closed it: the session no longer counts
        self._close()

    def query(self, sql: str) -> list[tuple[str | None, ...]]:
        """The rows that statements give, as texts. Raises ServerError."""
        self._send(b"Q", sql.encode() + b"\0")
        return self._answer()

    def show(self, name: str) -> str:
        """A setting as SHOW writes it, with its unit."""
        quoted = ".".join(f'"{part}"' for part in name.split("."))
        [(value,)] = self.query(f"SHOW {quoted}")
        assert value is not None
        return value

    def takes(self, name: str, value: str) -> bool:
        """Whether the server would write a value into its configuration; nothing is left of the attempt."""
        try:
            self.query(f"ALTER SYSTEM SET {name} = '{value}'")
        except ServerError:
            return False
        self.query(f"ALTER SYSTEM RESET {name}")
        return True

    def _close(self) -> None:
        self._stream.close()
        self._socket.close()

    def _send(self, kind: bytes, body: bytes) -> None:
        self._socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def _answer(self) -> list[tuple[str | None, ...]]:
        """Everything up to ReadyForQuery."""
        rows = []
        problem = None
        while True:
            kind, body = self._receive()
            if kind == b"D":
                rows.append(_row(body))
            elif kind == b"E":
                fields = {field[:1]: field[1:].decode() for field in body.split(b"\0") if field}
                problem = ServerError(f"{fields[b'S']}: {fields[b'M']}")
                if fields[b"S"] == "FATAL":  # nothing follows
                    raise problem
            elif kind == b"Z":
                if problem is not None:
                    raise problem
                return rows

    def _receive(self) -> tuple[bytes, bytes]:
        head = self._stream.read(5)
        if len(head) < 5:
            raise ConnectionError("the server ended the session")
        (length,) = struct.unpack("!i", head[1:])
        return head[:1], self._stream.read(length - 4)


def _row(body: bytes) -> tuple[str | None, ...]:
    (columns,) = struct.unpack_from("!h", body)
    row: list[str | None] = []
    at = 2
    for _ in range(columns):
        (length,) = struct.unpack_from("!i", body, at)
        at += 4
        row.append(None if length < 0 else body[at : at + length].decode())
        at += max(length, 0)
    return tuple(row)
