"""Requests of this process's own boto3 clients, answered by the application that the server serves, without a socket.

A stack is made by hundreds of calls: through loopback each cost more than moto's work on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from werkzeug.test import EnvironBuilder, run_wsgi_app

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class _Body(BytesIO):
    """What botocore reads from urllib3's response."""

    def stream(self, amt: int = -1, decode_content: bool | None = None) -> Iterator[bytes]:
        while part := self.read(amt):
            yield part


def answers_from(application: Wsgi) -> Callable[..., Any]:
    """A handler of botocore's event "before-send": its answer takes the place of sending."""

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        url = urlsplit(request.url)
        environ = EnvironBuilder(
            path=url._replace(scheme="", netloc="").geturl(),
            base_url=f"{url.scheme}://{url.netloc}/",
            method=request.method,
            headers=[(name, _text(value)) for name, value in request.headers.items()],
            data=_bytes(request.body),
        ).get_environ()
        parts, status, headers = run_wsgi_app(application, environ, buffered=True)
        said = HTTPHeaders()
        for name, value in headers:
            said[name] = value
        return AWSResponse(request.url, int(status.split()[0]), said, _Body(b"".join(parts)))

    return answer


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _bytes(body: Any) -> bytes:
    """A request's body: nothing, text, bytes or a file."""
    content = body.read() if hasattr(body, "read") else body or b""
    return content.encode() if isinstance(content, str) else bytes(content)
