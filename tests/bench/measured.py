"""Commands as whole processes: CPU seconds, peak memory, and what they printed."""

import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Final

SYNCER: Final = (sys.executable, "-m", "syncer")
TOKEN: Final = "bench-token"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a command; memory in MiB."""

    code: int
    out: bytes
    err: bytes
    cpu: float
    wall: float
    memory: float


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command to its end, with modules compiled as an installation has them."""
    surroundings = {**os.environ, **(environment or {})}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=err, env=surroundings)
        _, status, usage = os.wait4(process.pid, 0)
        wall = monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Measured(
            code=process.returncode,
            out=out.read(),
            err=err.read(),
            cpu=usage.ru_utime + usage.ru_stime,
            wall=wall,
            memory=usage.ru_maxrss / 1024,
        )


def best(runs: int, command: Sequence[str]) -> Measured:
    """The run of so many that took least CPU: what is more is the machine's affair."""
    return min((ended_well(command) for _ in range(runs)), key=lambda one: one.cpu)


def ended_well(command: Sequence[str]) -> Measured:
    """The command, measured. Ends the benchmark when it fails: it would be fast at that."""
    ended = measure(command)
    if ended.code:
        said = (ended.out + ended.err).decode("utf-8", "replace")[-2000:]
        raise SystemExit(f"{' '.join(command)}: exit code {ended.code}\n{said}")
    return ended


@contextmanager
def answering(bodies: Mapping[str, bytes]) -> Iterator[str]:
    """A server in this process that has an answer ready for each collection; its base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2].partition("?")[0]
            body = bodies.get(name, b"{}")
            self.send_response(200 if name in bodies else 404)
            self.send_header("Content-Type", "application/scim+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api/1.0/scim"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def unlimited() -> None:
    """Let this process open as many files as the system grants."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
