"""A server on this machine that hears what is sent to it, and answers as it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Heard:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Listener:
    """What was heard so far. `status` is the answer; with `mute` there is none."""

    port: int
    status: int = 200
    mute: bool = False
    heard: list[Heard] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    came: threading.Event = field(default_factory=threading.Event)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def at(self, path: str) -> list[Heard]:
        """What came to this path."""
        return [one for one in self.heard if one.path == path]

    def paths(self) -> list[str]:
        """Where everything came to, in order; the order of what came at once is left to chance."""
        return [f"{one.method} {one.path}" for one in self.heard]


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener on a free port, for as long as the block."""

    class Ear(BaseHTTPRequestHandler):
        def listen(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size).decode()
            listener.heard.append(Heard(self.command, self.path, dict(self.headers), body))
            listener.came.set()
            if listener.mute:
                listener.over.wait(60)
            self.send_response(listener.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = listen  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as server:
        server.daemon_threads = True
        server.block_on_close = False
        listener = Listener(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield listener
        finally:
            listener.over.set()
            server.shutdown()
            thread.join()
