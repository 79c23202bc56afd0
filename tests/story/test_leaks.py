"""The token and the bodies of requests are nowhere in what a run leaves.

A tenant repeats whole requests in its refusals, header and body, in every form that a server may
choose; then everything is searched: both streams at every level, journal, ledger, plan, reports.
"""

import base64
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from syncer.apply.requests import Requests
from syncer.sandbox import Answer, Sandbox
from tests.story.harness import House, furnish

TOKEN = "2/77001122:0f9e8d7c6b5a49382716"
VARIANTS = (TOKEN, quote(TOKEN, safe=""), base64.b64encode(TOKEN.encode()).decode())
BODY = ("urn:ietf", "urn%3aietf", '"operations"', "%22operations", "familyname", '\\"value\\"')
"""What stands in bodies of ours alone: no plan, journal or report speaks SCIM."""

Refuse = Callable[[str, str, str], Answer]


def _json(status: int, document: object) -> Answer:
    kind = {"Content-Type": "application/json"}
    return Answer(status, kind, json.dumps(document).encode())


def _text(status: int, text: str, **headers: str) -> Answer:
    return Answer(status, headers, text.encode())


REFUSALS: Mapping[str, Refuse] = {
    "rest-400": lambda line, head, body: _json(400, {"errors": [{"message": line + head + body}]}),
    "scim-400": lambda line, head, body: _json(400, {"detail": f"bad: {head} {body}", "x": line}),
    "nested-400": lambda line, head, body: _json(
        400, {"detail": {"request": {"line": line, "headers": head, "body": json.loads(body)}}}
    ),
    "quoted-400": lambda line, head, body: _json(400, {"detail": json.dumps(line + head + body)}),
    "raw-400": lambda line, head, body: _text(400, f"cannot read {body} with {head} of {line}"),
    "url-400": lambda line, head, body: _text(400, quote(f"{body} {head} {line}")),
    "rest-401": lambda line, head, body: _json(401, {"errors": [{"message": head + body + line}]}),
    "403": lambda line, head, body: _json(403, {"message": f"{body}", "error": head + line}),
    "409": lambda line, head, body: _json(409, {"detail": body, "scimType": head + body + line}),
    "500": lambda line, head, body: _json(
        500, {"errors": [{"message": "Server Error", "phrase": f"6 sad squid {head}{body}{line}"}]}
    ),
    "html-502": lambda line, head, body: _text(502, f"<html><p>{line}{head}{body}</p></html>"),
    "xml-502": lambda line, head, body: _text(502, f"oops <pre>{line}{head}{body}</pre>"),
    "redirect": lambda _line, head, _body: _text(
        302, "", Location=f"https://evil.example/{quote(head)}?token={TOKEN}"
    ),
    "cut": lambda _line, _head, _body: Answer(0, cut="after"),
    "not-json-200": lambda line, head, body: _text(200, f"{line}{head}{body}"),
}


@pytest.fixture
def telling(tmp_path: Path) -> House:
    """A house whose tenant has a token that cannot be mistaken."""
    house = furnish(tmp_path)
    Sandbox.open(house.folder / "tenant.json", domains=("example.com",))
    house.write("tenant.json", json.dumps({**house.tenant(), "token": TOKEN}))
    return house


def repeating(
    monkeypatch: pytest.MonkeyPatch, refuse: Refuse, *, on: tuple[str, ...]
) -> list[str]:
    """Let the tenant refuse these methods with the request in its words; gives what was sent."""
    sent: list[str] = []
    answer = Sandbox.respond

    def respond(
        self: Sandbox, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        if method not in on:
            return answer(self, method, target, headers, body)
        head = json.dumps(dict(headers))
        sent.append(head + body.decode())
        return refuse(f"{method} {target} ", head, body.decode() or "{}")

    monkeypatch.setattr(Sandbox, "respond", respond)
    return sent


def everything(folder: Path, *said: str) -> str:
    """All that the run left, but for the tenant itself."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "tenant.json"]
    texts = [path.read_bytes().decode("utf-8", "replace") for path in files]
    assert any(path.suffix == ".jsonl" for path in files) or not said
    return "\n".join((*texts, *said)).casefold()


def assert_clean(text: str) -> None:
    assert not [word for word in VARIANTS if word.casefold() in text]
    assert not [word for word in BODY if word.casefold() in text]


def leaving(house: House, *arguments: str, caplog: pytest.LogCaptureFixture) -> str:
    """What a command leaves at every level and in both forms of the log."""
    said = []
    for level in ("debug", "info", "warning", "error"):
        for form in ("json", "console"):
            caplog.set_level(logging.DEBUG)
            logs = ("--log-level", level, "--log-format", form)
            ended = house.syncer(*arguments, *logs)
            assert "Traceback" not in ended.err
            said += [ended.out, ended.err]
    return "\n".join((*said, caplog.text))


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_that_repeats_our_request_is_not_repeated_by_us(
    telling: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    sent = repeating(monkeypatch, REFUSALS[name], on=("POST", "PATCH", "PUT"))
    reports = (
        "--report",
        str(telling.folder / "r.json"),
        "--report",
        str(telling.folder / "r.txt"),
    )
    said = leaving(
        telling, "apply", "--yes", "--allow", "create=9", "--format", "json",
        "--out", str(telling.folder / "plan.json"), *reports, caplog=caplog,
    )  # fmt: skip
    (journal, *_) = (telling.folder / "journal").glob("*.jsonl")
    shown = telling.syncer("show", str(journal))
    # There was something to find: the tenant has seen the token and the bodies.
    assert TOKEN in "".join(sent)
    assert "urn:ietf" in "".join(sent)
    assert_clean(everything(telling.folder, said, shown.out, shown.err))


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("command", [("plan",), ("why", "zoe@example.com"), ("apply", "--yes")])
def test_neither_is_it_when_a_reading_is_refused(
    telling: House,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    command: tuple[str, ...],
    name: str,
) -> None:
    repeating(monkeypatch, REFUSALS[name], on=("GET",))
    said = leaving(telling, *command, caplog=caplog)
    assert said
    assert_clean(everything(telling.folder) + said.casefold())


def test_a_defect_of_ours_shows_where_it_is_and_nothing_else(
    telling: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        body = '{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}'
        cause = ValueError(f"Authorization: Bearer {TOKEN} {body}")
        raise RuntimeError(f"while sending {body} with {TOKEN}") from cause

    monkeypatch.setattr(Requests, "carry_out", broken)
    said = leaving(telling, "apply", "--yes", "--allow", "create=9", caplog=caplog)
    assert "internal error (RuntimeError)" in said
    assert "RuntimeError raised in:" in said
    assert "ValueError raised in:" in said
    assert "in broken" in said
    assert_clean(everything(telling.folder, said))


@pytest.mark.usefixtures("no_waiting")
def test_neither_is_it_when_all_goes_well(
    telling: House, caplog: pytest.LogCaptureFixture
) -> None:
    said = leaving(
        telling, "apply", "--yes", "--allow", "create=9", "--out",
        str(telling.folder / "plan.json"), caplog=caplog,
    )  # fmt: skip
    assert len(telling.tenant()["users"]) == 3
    assert_clean(everything(telling.folder, said))
