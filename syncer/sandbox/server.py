"""The stand-in on a port of this machine, for clients in other processes."""

import ipaddress
import socket
import struct
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from syncer.sandbox.errors import SandboxError
from syncer.sandbox.sandbox import Sandbox
from syncer.sandbox.wire import Answer, rest_refusal

_LARGEST: Final = 64 << 20
"""No body beyond this is read at all, whatever the switches say."""

_IDLE_SECONDS: Final = 60


class SandboxServer:
    """One sandbox on one port. Bound when constructed; serves while `run` runs.

    `host` beyond loopback is refused unless `expose` is true: a rehearsal holds real people,
    and the traffic is not encrypted. `port` 0 takes a free one. Raises SandboxError when
    the address cannot be bound.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        expose: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not expose and not _is_loopback(host):
            raise SandboxError(
                f"{host}: not an address of this machine alone",
                "name the host explicitly to serve the sandbox to others",
            )
        handler = type("Handler", (_Handler,), {"sandbox": sandbox, "sleep": staticmethod(sleep)})
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        server_class = type("Server", (_Server,), {"address_family": family})
        try:
            self._server: _Server = server_class((host, port), handler)
        except (OSError, OverflowError) as error:
            raise SandboxError(
                f"{host}:{port}: cannot be served: {error}", "choose another --port"
            ) from None
        self.url = url_of(host, int(self._server.server_address[1]), sandbox.base_path)
        self._started = threading.Event()

    def run(self) -> None:
        """Serve until `stop` is called from another thread or a signal interrupts."""
        self._started.set()
        try:
            self._server.serve_forever(poll_interval=0.05)
        finally:
            self.close()

    def close(self) -> None:
        """Give the port back. Any number of times; `run` does it at its end."""
        self._server.server_close()

    def stop(self) -> None:
        """End `run`. What is being answered is still saved; its client may not hear of it."""
        if self._started.wait(timeout=5):
            self._server.shutdown()


def serve(
    sandbox: Sandbox,
    host: str = "127.0.0.1",
    port: int = 0,
    ready: Callable[[str], None] | None = None,
    *,
    expose: bool = False,
) -> None:
    """Serve until Ctrl-C. `ready` is called with the base URL once clients may connect.

    Raises SandboxError as SandboxServer does.
    """
    server = SandboxServer(sandbox, host, port, expose=expose)
    try:
        if ready is not None:
            ready(server.url)
        server.run()
    except KeyboardInterrupt:
        return
    finally:
        server.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; nothing else can go wrong in a handler."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "syncer-sandbox"
    sys_version = ""
    timeout = _IDLE_SECONDS
    # Head and body in two packets wait for each other's acknowledgement otherwise.
    disable_nagle_algorithm = True
    wbufsize = -1
    error_content_type = "application/json"
    error_message_format = '{"errors":[{"message":"%(message)s"}]}'

    sandbox: Sandbox
    sleep: Callable[[float], None]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing: `sandbox.requests` is the log."""

    def answer(self) -> None:
        """Read one request, answer it, and keep the connection where that is safe."""
        body = self._body()
        if body is None:
            return
        answer = self.sandbox.respond(self.command, self.path, dict(self.headers.items()), body)
        if answer.delay_seconds:
            self.sleep(answer.delay_seconds)
        if answer.cut:
            self._reset()
        else:
            self._send(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - names of the base class
    do_HEAD = do_OPTIONS = do_TRACE = answer  # noqa: N815 - names of the base class

    def _body(self) -> bytes | None:
        """The body; None when the request was answered here since its end cannot be found."""
        if self.headers.get("Transfer-Encoding"):
            self._refuse(411, "Length Required: send a Content-Length")
            return None
        text = self.headers.get("Content-Length", "0")
        if not (text.isascii() and text.isdigit() and len(text) < 12):
            self._refuse(400, "Content-Length is not a number")
            return None
        if int(text) > _LARGEST:
            self._refuse(413, "The request body is too long")
            return None
        body = self.rfile.read(int(text))
        if len(body) < int(text):
            self.close_connection = True
            return None
        return body

    def _refuse(self, status: int, message: str) -> None:
        self.close_connection = True
        self._send(rest_refusal(status, message))

    def _send(self, answer: Answer) -> None:
        length = answer.headers.get("Content-Length", str(len(answer.body)))
        if length != str(len(answer.body)):
            self.close_connection = True  # the client must notice that the rest never comes
        self.send_response(answer.status, _reason(answer.status))
        for name, value in answer.headers.items():
            if name != "Content-Length":
                self.send_header(name, value)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", length)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _reset(self) -> None:
        """Drop the connection without a word, as a proxy that dies does."""
        linger_not = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
        self.close_connection = True


def url_of(host: str, port: int, path: str) -> str:
    """The URL of an address, IPv6 ones in brackets."""
    return f"http://[{host}]:{port}{path}" if ":" in host else f"http://{host}:{port}{path}"


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
