"""One HTTP server on loopback: CloudFormation's requests go to the engine, Cloud Control's are answered from moto, all
others go to moto."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from threading import Thread
from typing import Any
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from simulator import cloud_control
from simulator.api.protocol import respond
from simulator.engine.custom import RESPONSE_PATH, Mailbox
from simulator.engine.engine import Engine

HOST = "127.0.0.1"

# AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/cloudformation/aws4_request, ...
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


class Application:
    """The WSGI application; `engine` and `mailbox` are given before the first request."""

    engine: Engine
    mailbox: Mailbox

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(RESPONSE_PATH):
            return self._take_answer(Request(environ))(environ, start_response)
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        try:
            if scope and scope["service"] == "cloudformation":
                return respond(self.engine, scope["region"], Request(environ))(environ, start_response)
            if scope and scope["service"] == "cloudcontrolapi":
                answer = cloud_control.respond(self.engine.clients, scope["region"], Request(environ))
                return answer(environ, start_response)
            return self._moto(environ, start_response)  # type: ignore[no-any-return]
        except Exception as error:  # noqa: BLE001 - whatever goes wrong behind, the caller is told
            return _fault(scope["service"] if scope else "", environ, error)(environ, start_response)

    def _take_answer(self, request: Request) -> Response:
        known = self.mailbox.put(request.path.removeprefix(RESPONSE_PATH), request.get_data())
        return Response(status=200 if known and request.method == "PUT" else 403)


def _fault(service: str, environ: dict[str, Any], error: Exception) -> Response:
    """A fault of moto's, or ours, in the form of the service's own errors, so that whoever called can read it."""
    culprit = "The simulator" if service == "cloudformation" else "moto"
    message = f"{culprit} failed: {type(error).__name__}: {error}"
    if "json" in environ.get("CONTENT_TYPE", ""):
        return Response(json.dumps({"__type": "InternalFailure", "message": message}), 500, mimetype="application/json")
    detail = f"<Error><Code>InternalFailure</Code><Message>{escape(message)}</Message></Error>"
    if service == "ec2":
        detail = f"<Response><Errors>{detail}</Errors></Response>"
    elif service != "s3":
        detail = f"<ErrorResponse>{detail}</ErrorResponse>"
    return Response(detail, 500, mimetype="text/xml")


class Server:
    """Serves an application on a free port of loopback, in threads of this process."""

    def __init__(self, application: Application) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server: BaseWSGIServer = make_server(
            HOST, 0, application, threaded=True, request_handler=MotoRequestHandler
        )
        self._thread = Thread(target=self._server.serve_forever, name="simulator", daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
