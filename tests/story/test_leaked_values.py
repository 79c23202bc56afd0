"""What a tenant repeats of a request in its own words: neither token nor values come through.

`test_leaks` has the requests that are repeated whole. Here they are told as sentences, pieces and
pairs, the token in every spelling; what is searched is all that a run says about what went wrong.
"""

import base64
import html
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from syncer.sandbox import Answer, Sandbox
from tests.story.harness import PEOPLE, House
from tests.story.test_leaks import TOKEN, repeating

VALUES = ("Quartz & Steward", "Ada Lovelace", "Basalt", "zoe@example.com")
SPELT = ("quartz", "lovelace", "basalt", "zoe@", "zoe%40")
"""What any spelling of them has in it."""

TOKENS = {
    "slashes": lambda: json.dumps(f"revoked: {TOKEN}").replace("/", "\\/"),
    "unicode": lambda: '"revoked: ' + "".join(f"\\u{ord(one):04x}" for one in TOKEN) + '"',
    "url": lambda: json.dumps(f"revoked: {quote(TOKEN, safe='')}"),
    "url-lower": lambda: json.dumps(f"revoked: {quote(TOKEN, safe='').lower()}"),
    "base64": lambda: json.dumps("revoked: " + base64.b64encode(f"me:{TOKEN}".encode()).decode()),
    "html": lambda: json.dumps("revoked: " + TOKEN.replace("/", "&#x2F;").replace(":", "&#58;")),
}


def pairs(part: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every value of a body with its key."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from pairs(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from pairs(value, key)
    elif key not in {"schemas", "op"}:
        yield key, str(part)


Known = list[tuple[str, str]]
FORMS: dict[str, Callable[[Known, str], str]] = {
    "sentence": lambda known, _: "; ".join(f"{key} must not be '{one}'" for key, one in known),
    "form": lambda known, _: "cannot take " + urlencode(known),
    "url": lambda known, _: ", ".join(f"{key}={quote(one)}" for key, one in known),
    "html": lambda known, _: "cannot take " + ", ".join(html.escape(one) for _, one in known),
    "loud": lambda known, _: ", ".join(f"{key} = {one}" for key, one in known).upper(),
    "cut": lambda _, body: f"unexpected end after {body[body.find('userName') :]}",
    "rest": lambda known, _: "".join(f'"{key}":{json.dumps(one)},' for key, one in known),
    "base64": lambda _, body: "cannot take " + base64.b64encode(body.encode()).decode(),
}
"""The request in the words of a server that means well."""


def told(form: str, body: str) -> str:
    return FORMS[form](list(pairs(json.loads(body))), body)


def answer(place: str, status: int, words: str) -> Answer:
    documents: dict[str, Any] = {
        "detail": {"detail": words},
        "keyword": {"detail": "no", "scimType": words},
        "errors": {"errors": [{"message": words}, {"message": "no", "phrase": words}]},
        "message": {"message": {"because": [words]}},
    }
    kind = {"Content-Type": "application/json"}
    body = words if place == "text" else json.dumps(documents[place])
    return Answer(status, {} if place == "text" else kind, body.encode())


@pytest.fixture
def telling(house: House) -> House:
    """A house whose token and whose people cannot be mistaken."""
    rows = PEOPLE.replace("Managing Director,Executive", "Quartz & Steward,Basalt")
    house.write("people.csv", rows)
    Sandbox.open(house.folder / "tenant.json", domains=("example.com",))
    house.write("tenant.json", json.dumps({**house.tenant(), "token": TOKEN}))
    return house


def said_of_failures(house: House, *options: str) -> str:
    """The log, and what report and journal tell of refusals; they have the changes besides."""
    ended = house.apply(
        "--allow", "create=9", "--format", "json", "--log-level", "debug", *options
    )
    report = ended.json
    said = [ended.err, str(report["stopped"]), str(report["warnings"])]
    said += [one["detail"] for one in report["outcomes"]]
    for path in (house.folder / "journal").glob("*.jsonl"):
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            said += [str(line.get(key, "")) for key in ("detail", "stopped", "reason")]
    # An action that waits for another one names it, and that is ours to say.
    return "\n".join(said).replace("create_user:zoe@example.com", "")


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("status", [400, 401, 409, 429, 500, 503])
@pytest.mark.parametrize("place", ["detail", "keyword", "errors", "message", "text"])
def test_a_refusal_in_words_tells_no_value_that_we_sent(
    telling: House, monkeypatch: pytest.MonkeyPatch, place: str, status: int
) -> None:
    for form in FORMS:
        with monkeypatch.context() as patch:

            def refuse(_line: str, _head: str, body: str, form: str = form) -> Answer:
                return answer(place, status, told(form, body))

            sent = repeating(patch, refuse, on=("POST", "PATCH", "PUT"))
            said = said_of_failures(telling, "--log-format", "json")
        assert "POST /Users: " in said
        assert all(value in "".join(map(decoded, sent)) for value in VALUES[:3])
        assert not [word for word in SPELT if word in said.casefold()], (form, said)


def decoded(sent: str) -> str:
    return sent.replace("\\u00eb", "ë")


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", TOKENS)
def test_a_refusal_in_words_tells_the_token_in_no_spelling(
    telling: House, monkeypatch: pytest.MonkeyPatch, name: str, method: str
) -> None:
    kind = {"Content-Type": "application/json"}
    content = f'{{"detail": {TOKENS[name]()}}}'.encode()
    repeating(monkeypatch, lambda *_: Answer(401, kind, content), on=(method,))
    ended = telling.apply("--allow", "create=9", "--log-level", "debug")
    files = [path.read_text() for path in (telling.folder / "journal").glob("*.jsonl")]
    said = "\n".join((ended.out, ended.err, *files)).casefold()
    assert "revoked: " in said
    assert "(token)" in said
    secret = TOKEN.rpartition(":")[2]
    assert secret.casefold() not in said
    assert base64.b64encode(f"me:{TOKEN}".encode())[8:20].decode().casefold() not in said
