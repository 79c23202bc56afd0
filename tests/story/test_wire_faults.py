"""What Asana, a proxy or a wrong token may answer: exit 1, the reason, the remedy, no change."""

import json

import pytest

from tests.story.harness import House
from tests.story.wire import Script, served

TOKEN = "0/secret-token-of-the-test"
JSON = "application/scim+json"
USER = {"id": "1", "userName": "ada@example.com", "active": True, "name": {"formatted": "Ada"}}


def always(status: int, content_type: str, body: str) -> Script:
    return lambda *_: (status, content_type, body.encode())


def listing(total: int, *resources: object) -> str:
    return json.dumps({"totalResults": total, "Resources": list(resources)})


FAULTS = [
    pytest.param(
        always(401, "application/json", '{"errors": [{"message": "Not Authorized"}]}'),
        ["401", "Not Authorized", "token"],
        id="401",
    ),
    pytest.param(
        always(403, "application/json", '{"errors": [{"message": "Forbidden"}]}'),
        ["403", "Forbidden"],
        id="403",
    ),
    pytest.param(
        always(200, "text/html", "<!DOCTYPE html><html><body>Sign in</body></html>"),
        ["HTML", "base_url"],
        id="html-instead-of-json",
    ),
    pytest.param(always(200, JSON, listing(2, USER)[:-20]), ["JSON"], id="truncated-json"),
    pytest.param(always(200, JSON, listing(43, USER)), ["1", "43"], id="short-of-total-results"),
    pytest.param(always(200, JSON, "[]"), ["GET /Users"], id="not-a-listing"),
    pytest.param(always(302, "text/html", ""), ["302"], id="a-redirect-is-not-followed"),
]


@pytest.fixture
def remote(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("ASANA_SCIM_TOKEN", TOKEN)
    return house


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize(("script", "said"), FAULTS)
def test_a_bad_answer_ends_the_run_before_any_change(
    remote: House, script: Script, said: list[str], command: str
) -> None:
    with served(script) as (url, seen):
        remote.edit("syncer.yaml", "sandbox: tenant.json", f"base_url: {url}")
        ended = remote.apply() if command == "apply" else remote.plan()
    assert ended.code == 1, ended
    assert {method for method, _ in seen} == {"GET"}
    for fragment in said:
        assert fragment in ended.err, ended.err
    assert "Traceback" not in ended.err
    assert TOKEN not in ended.out + ended.err


@pytest.mark.usefixtures("no_waiting")
def test_nobody_listening_is_said(remote: House) -> None:
    with served(always(200, JSON, "{}")) as (url, _):
        pass
    remote.edit("syncer.yaml", "sandbox: tenant.json", f"base_url: {url}")
    ended = remote.plan()
    assert ended.code == 1
    assert "127.0.0.1" in ended.err


@pytest.mark.parametrize("value", [None, "", "  \n"])
def test_a_missing_or_empty_token_is_usage(
    house: House, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("ASANA_SCIM_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("ASANA_SCIM_TOKEN", value)
    house.edit("syncer.yaml", "sandbox: tenant.json", "base_url: http://127.0.0.1:9/scim")
    ended = house.plan()
    assert ended.code == 64
    assert "ASANA_SCIM_TOKEN" in ended.err


def test_a_token_file_may_end_with_a_newline(house: House) -> None:
    def script(_: str, __: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
        assert headers["Authorization"] == f"Bearer {TOKEN}"
        assert headers["User-Agent"].startswith("syncer/")
        assert "run 2" in headers["User-Agent"]
        return 200, JSON, listing(0).encode()

    house.write("token", TOKEN + "\n")
    with served(script) as (url, _):
        house.edit(
            "syncer.yaml",
            "sandbox: tenant.json",
            f"base_url: {url}\n  token: {{file: token}}",
        )
        ended = house.plan()
    assert ended.code == 0, ended
