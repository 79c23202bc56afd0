"""`syncer check` through the real command line, against servers good and bad."""

import json
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from syncer.sandbox import Sandbox
from tests.story.harness import Ended, House
from tests.story.test_rehearse import remote
from tests.story.wire import served

READER = "token-that-reads"


def verdicts(ended: Ended) -> dict[str, str]:
    return {one["name"]: one["verdict"] for one in ended.json["checks"]}


def check(house: House, *arguments: str) -> Ended:
    return house.syncer("check", "--format", "json", *arguments)


def test_the_sandbox_is_ready_and_nothing_is_left_behind(house: House) -> None:
    before = sorted(path.name for path in house.folder.iterdir())
    ended = house.syncer("check")
    assert ended.code == 0, ended
    assert ended.out.startswith("check: sandbox tenant.json; nothing is changed in Asana\n")
    assert max(map(len, ended.out.splitlines())) <= 80
    assert not {path.name for path in house.folder.iterdir()} - {*before, "tenant.json"}


def test_only_get_is_sent_unless_the_purpose_is_said(house: House) -> None:
    with remote(house) as watched:
        (house.folder / "token").chmod(0o600)
        ended = check(house)
        assert ended.code == 0, ended
        assert set(watched.methods) == {"GET"}
        assert len(watched.methods) <= 4
        state = (house.folder / "remote.json").read_bytes()
        asked = check(house, "--for", "apply")
        assert (house.folder / "remote.json").read_bytes() == state
    assert verdicts(ended)["writing"] == "skipped"
    assert verdicts(asked)["writing"] == "ok"
    assert verdicts(asked)["secret"] == "ok"


@pytest.mark.parametrize(
    ("token", "purpose", "verdict", "code"),
    [
        ("all", "plan", "warning", 0),
        ("all", "apply", "ok", 0),
        ("reads", "plan", "ok", 0),
        ("reads", "apply", "failed", 1),
    ],
)
def test_the_scopes_of_writing_are_asked_for_without_writing(
    house: House, token: str, purpose: str, verdict: str, code: int
) -> None:
    Sandbox.open(house.folder / "remote.json", domains=("example.com",))
    path = house.folder / "remote.json"
    state = {**json.loads(path.read_text(encoding="utf-8")), "readOnlyToken": READER}
    path.write_text(json.dumps(state), encoding="utf-8")
    with remote(house):
        if token == "reads":
            house.write("token", READER)
        before = path.read_bytes()
        ended = check(house, "--for", purpose)
        assert path.read_bytes() == before
    assert verdicts(ended)["writing"] == verdict
    assert ended.code == code


def test_a_token_in_a_file_that_others_may_read_is_told(house: House) -> None:
    with remote(house):
        (house.folder / "token").chmod(0o644)
        ended = check(house)
    told = next(one for one in ended.json["checks"] if one["name"] == "secret")
    assert told["verdict"] == "warning"
    assert told["remedy"].startswith("chmod 600 ")
    assert ended.code == 0


@pytest.mark.parametrize(
    ("status", "failed"),
    [
        (401, {"token"}),
        (403, {"users: read", "teams: read"}),
        (500, {"users: read", "teams: read"}),
    ],
)
@pytest.mark.usefixtures("no_waiting")
def test_a_refusal_fails_on_its_own_line(house: House, status: int, failed: set[str]) -> None:
    def script(_method: str, _target: str, _headers: dict[str, str]) -> tuple[int, str, bytes]:
        return status, "application/json", b'{"errors":[{"message":"no"}]}'

    with served(script) as (url, _):
        point_at(house, url)
        ended = check(house)
    assert ended.code == 1
    assert {name for name, verdict in verdicts(ended).items() if verdict == "failed"} == failed
    for one in ended.json["checks"]:
        assert one["verdict"] != "failed" or one["remedy"]


@pytest.mark.usefixtures("no_waiting")
def test_a_server_that_is_not_there_fails_once(house: House) -> None:
    point_at(house, "http://127.0.0.1:9/scim")
    ended = check(house, "--for", "apply")
    assert ended.code == 1
    assert [name for name, one in verdicts(ended).items() if one == "failed"] == ["url"]


def test_a_missing_token_is_a_line_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASANA_SCIM_TOKEN", raising=False)
    house.edit("syncer.yaml", "sandbox: tenant.json", "base_url: http://127.0.0.1:9/scim")
    ended = check(house)
    assert ended.code == 1
    told = next(one for one in ended.json["checks"] if one["name"] == "token")
    assert (told["verdict"], "ASANA_SCIM_TOKEN is not set" in told["detail"]) == ("failed", True)


def test_a_wrong_config_is_wrong_usage(house: House) -> None:
    house.edit("syncer.yaml", "version: 1", "version: 7")
    assert check(house).code == 64


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_fails(house: House) -> None:
    house.folder.chmod(0o500)
    ended = check(house)
    house.folder.chmod(0o700)
    assert verdicts(ended)["journal"] == "failed"


def test_a_journal_that_is_a_file_fails(house: House) -> None:
    house.write("journal", "")
    ended = check(house)
    assert (verdicts(ended)["journal"], ended.code) == ("failed", 1)


def test_a_ledger_in_a_folder_that_nobody_makes_fails(house: House) -> None:
    house.edit("syncer.yaml", "version: 1", "version: 1\nledger: away/ledger.sqlite")
    ended = check(house)
    assert ended.code == 1
    (told,) = (one for one in ended.json["checks"] if one["name"] == "ledger")
    assert told["detail"] == f"the folder {house.folder / 'away'} is not there"
    assert told["remedy"] == "create the folder"
    assert house.apply().code != 0
    (house.folder / "away").mkdir()
    assert verdicts(check(house))["ledger"] == "ok"


def test_a_full_disk_fails_before_a_run_does(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SimpleNamespace(f_bavail=1, f_frsize=4096, f_files=0, f_favail=0)
    monkeypatch.setattr("syncer.apply.writable.os.statvfs", lambda _: disk)
    ended = check(house)
    assert (verdicts(ended)["journal"], ended.code) == ("failed", 1)


def test_metrics_that_cannot_be_left_are_a_warning(house: House) -> None:
    house.edit("syncer.yaml", "version: 1", "version: 1\nmetrics: {textfile: away/syncer.prom}")
    ended = check(house)
    (told,) = (one for one in ended.json["checks"] if one["name"] == "metrics")
    assert (told["verdict"], ended.code) == ("warning", 0)
    assert told["detail"] == f"the folder {house.folder / 'away'} is not there"


class _Listing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"totalResults":0,"Resources":[]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/scim+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def secured(folder: Path, days: int, name: str = "localhost") -> Iterator[str]:
    """A server with a certificate of its own, valid for so many days."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = f"/O=Kranich/CN={name}"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key),
               "-out", str(certificate), "-days", str(days), "-subj", subject,
               "-addext", f"subjectAltName=DNS:{name}"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Listing)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"https://localhost:{server.server_address[1]}/scim"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def point_at(house: House, url: str, **more: Any) -> None:
    house.write("token", "some-token")
    lines: Mapping[str, Any] = {"base_url": url, "token": "{file: token}", **more}
    text = "\n  ".join(f"{key}: {value}" for key, value in lines.items())
    house.edit("syncer.yaml", "sandbox: tenant.json", text)


@pytest.mark.parametrize(("days", "verdict"), [(300, "ok"), (5, "warning")])
def test_the_certificate_is_looked_at(house: House, days: int, verdict: str) -> None:
    with secured(house.folder, days) as url:
        point_at(house, url, ca_bundle="certificate.pem")
        ended = check(house)
    told = next(one for one in ended.json["checks"] if one["name"] == "tls")
    assert told["verdict"] == verdict
    assert "TLSv1.3, certificate trusted by certificate.pem, issued by Kranich" in told["detail"]
    assert verdicts(ended)["clock"] == "ok"


@pytest.mark.usefixtures("no_waiting")
def test_a_certificate_that_nobody_vouches_for_is_no_way_to_send_a_token(house: House) -> None:
    with secured(house.folder, 300) as url:
        point_at(house, url)
        ended = check(house)
    assert ended.code == 1
    told = next(one for one in ended.json["checks"] if one["name"] == "url")
    assert told["verdict"] == "failed"
    assert "ca_bundle" in told["remedy"]
