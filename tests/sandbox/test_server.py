"""The stand-in on a port: the same answers over real sockets."""

import http.client
import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from syncer.sandbox import Fault, Sandbox, SandboxError, Switches
from syncer.sandbox.server import SandboxServer, serve, url_of
from tests.sandbox.talking import tenant_document

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what the tests are about
AUTHORIZED = {"Authorization": "Bearer full-token", "Content-Type": "application/json"}
USERS = "/api/1.0/scim/Users"


@contextmanager
def running(sandbox: Sandbox, **options: object) -> Iterator[http.client.HTTPConnection]:
    """A connection to a served sandbox."""
    server = SandboxServer(sandbox, **options)  # type: ignore[arg-type] # as given by the test
    thread = threading.Thread(target=server.run)
    thread.start()
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    try:
        yield connection
    finally:
        connection.close()
        server.stop()
        thread.join(timeout=10)
    assert not thread.is_alive()


def sandbox(*faults: Fault) -> Sandbox:
    return Sandbox.in_memory(tenant_document(), faults=faults)


def test_many_requests_go_over_one_connection() -> None:
    with running(sandbox()) as connection:
        connection.connect()
        first = connection.sock
        for scim_id in ("1001", "1002", "4711"):
            connection.request("GET", f"{USERS}/{scim_id}", headers=AUTHORIZED)
            response = connection.getresponse()
            body = json.loads(response.read())
            assert (response.status == 404) == ("errors" in body)
            assert response.headers["Content-Type"] == "application/json; charset=utf-8"
        connection.request("DELETE", f"{USERS}/1001", headers=AUTHORIZED)
        response = connection.getresponse()
        assert (response.status, response.read()) == (204, b"")
        assert response.headers["Content-Length"] is None
        connection.request("HEAD", USERS, headers=AUTHORIZED)
        response = connection.getresponse()
        assert (response.status, response.read()) == (405, b"")
        assert connection.sock is first


def test_the_url_is_told_when_clients_may_connect_and_ctrl_c_ends_it() -> None:
    told: list[str] = []

    def ready(url: str) -> None:
        told.append(url)
        signal.raise_signal(signal.SIGINT)

    serve(sandbox(), ready=ready)
    assert told[0].startswith("http://127.0.0.1:")
    assert told[0].endswith("/api/1.0/scim")


def test_ctrl_c_while_serving_ends_it_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("socketserver.BaseServer.serve_forever", interrupted)
    serve(sandbox())


def test_state_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "tenant.json"
    path.write_text(json.dumps(tenant_document()), encoding="utf-8")
    with running(Sandbox.open(path)) as connection:
        connection.request("DELETE", f"{USERS}/1001", headers=AUTHORIZED)
        connection.getresponse().read()
    with running(Sandbox.open(path)) as connection:
        connection.request("GET", f"{USERS}/1001", headers=AUTHORIZED)
        assert json.loads(connection.getresponse().read())["active"] is False


def test_parallel_writes_are_all_kept() -> None:
    switches = Switches.profile("strict", 0, concurrent_writes=0)
    served = Sandbox.in_memory(tenant_document(), switches=switches)

    def create(port: int, number: int) -> None:
        own = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        own.request(
            "POST",
            USERS,
            json.dumps(
                {
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                    "userName": f"n{number}@example.com",
                }
            ),
            AUTHORIZED,
        )
        assert own.getresponse().status == 201
        own.close()

    with running(served) as connection:
        threads = [
            threading.Thread(target=create, args=(connection.port, number)) for number in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    users = served.document()["users"]
    assert isinstance(users, list)
    assert len({user["id"] for user in users}) == 8 + 20


@pytest.mark.parametrize(("kind", "active"), [("cut_before", True), ("cut_after", False)])
def test_a_cut_drops_the_connection(kind: str, active: bool) -> None:  # noqa: FBT001 - a case
    cut = Fault(kind=kind, method="DELETE")  # type: ignore[arg-type] # one of the kinds
    with running(sandbox(cut)) as connection:
        connection.request("DELETE", f"{USERS}/1001", headers=AUTHORIZED)
        with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
            connection.getresponse()
        connection.close()
        connection.request("GET", f"{USERS}/1001", headers=AUTHORIZED)
        assert json.loads(connection.getresponse().read())["active"] is active


def test_a_truncated_body_ends_before_its_announced_length() -> None:
    with running(sandbox(Fault(kind="truncated"))) as connection:
        connection.request("GET", USERS, headers=AUTHORIZED)
        with pytest.raises(http.client.IncompleteRead):
            connection.getresponse().read()


def test_a_slow_answer_is_waited_for() -> None:
    slept: list[float] = []
    slow = Fault(kind="slow", seconds=30)
    with running(sandbox(slow), sleep=slept.append) as connection:
        connection.request("GET", USERS, headers=AUTHORIZED)
        assert connection.getresponse().status == 200
    assert slept == [30]


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Transfer-Encoding: chunked"], b"411"),
        (["Content-Length: x"], b"400"),
        (["Content-Length: 99999999999"], b"413"),
        (["no header at all\x00"], b"HTTP/1.1"),
    ],
    ids=["chunked", "not-a-number", "too-long", "malformed"],
)
def test_a_request_whose_end_cannot_be_found_is_refused_and_the_connection_closed(
    lines: list[str], status: bytes
) -> None:
    with running(sandbox()) as connection:
        connection.connect()
        head = "\r\n".join([f"POST {USERS} HTTP/1.1", "Host: x", *lines, "", ""])
        connection.sock.sendall(head.encode())
        connection.sock.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.sock.recv(65536), b""))
    assert status in answer.splitlines()[0]
    assert b'"errors"' in answer


def test_a_client_that_hangs_up_in_its_request_changes_nothing() -> None:
    served = sandbox()
    with running(served) as connection:
        connection.connect()
        head = f"DELETE {USERS}/1001 HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"
        connection.sock.sendall(head.encode())
        connection.sock.shutdown(socket.SHUT_WR)
        assert connection.sock.recv(100) == b""
    assert not served.requests


def test_a_method_that_http_does_not_have_is_refused_in_json() -> None:
    with running(sandbox()) as connection:
        connection.request("BREW", USERS, headers=AUTHORIZED)
        response = connection.getresponse()
        assert response.status == 501
        assert "BREW" in json.loads(response.read())["errors"][0]["message"]


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "example.com"])
def test_a_host_beyond_loopback_must_be_asked_for(host: str) -> None:
    with pytest.raises(SandboxError, match="not an address of this machine alone") as refused:
        SandboxServer(sandbox(), host)
    assert "explicitly" in refused.value.hint


def test_a_host_beyond_loopback_is_served_when_asked_for() -> None:
    with running(sandbox(), host=EVERYWHERE, expose=True) as connection:
        connection.request("GET", USERS, headers=AUTHORIZED)
        assert connection.getresponse().status == 200


def test_localhost_has_a_name() -> None:
    with running(sandbox(), host="localhost") as connection:
        connection.request("GET", USERS)
        assert connection.getresponse().status == 401


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert url_of("::1", 80, "/scim") == "http://[::1]:80/scim"
    assert url_of("localhost", 80, "/scim") == "http://localhost:80/scim"


def test_a_status_without_a_name_is_sent_all_the_same() -> None:
    with running(sandbox(Fault(kind="status", status=599))) as connection:
        connection.request("GET", USERS, headers=AUTHORIZED)
        assert connection.getresponse().status == 599


def test_a_port_in_use_is_named() -> None:
    with running(sandbox()) as connection:
        with pytest.raises(SandboxError, match="cannot be served") as refused:
            SandboxServer(sandbox(), port=connection.port)
        assert refused.value.hint == "choose another --port"
