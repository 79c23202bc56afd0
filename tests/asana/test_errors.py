"""What a refusal says and which error it becomes, case by case from files."""

import json
from pathlib import Path

import httpx
import pytest

from syncer.asana.echoes import in_words
from syncer.asana.errors import LONGEST_DETAIL, rejection, shortened
from syncer.asana.http import Reply, Request
from syncer.model import errors
from tests.asana.build import Script, answer, client, run

CASES = sorted((Path(__file__).parent / "cases" / "refusals").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_refusals(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    body = case["body"]
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    request = Request(method=case.get("method", "PATCH"), path=case.get("path", "Users/7"))
    reply = Reply(status=case["status"], reason="Reason", headers={}, content=content)
    error = rejection(request, reply)
    assert type(error) is getattr(errors, case["error"])
    assert error.message == case["message"]
    assert error.status == case["status"]
    assert error.scim_type == case.get("scim_type", "")
    assert case.get("hint", "") in error.hint


def test_neither_our_request_nor_a_header_is_in_a_message() -> None:
    async def story() -> None:
        async with client(Script(answer({"detail": "no"}, 400, x_secret="header"))) as asana:
            await asana.create_user("ann@example.com", {"title": "Body"}, None)

    with pytest.raises(errors.RejectedError) as caught:
        run(story())
    text = f"{caught.value} {caught.value.hint} {caught.value.detail}"
    assert not [word for word in ("ann@", "Body", "header") if word in text]


def test_the_address_of_a_filter_is_not_in_a_message() -> None:
    async def story() -> None:
        async with client(Script(answer({"detail": "no"}, 400))) as asana:
            await asana.find_user("ann@example.com")

    with pytest.raises(errors.RejectedError, match=r"^GET /Users: 400 no$"):
        run(story())


def test_a_page_for_people_is_recognised_as_such() -> None:
    async def story() -> None:
        page = httpx.Response(200, text="<!DOCTYPE html><html>Sign in</html>")
        async with client(Script(page)) as asana:
            await asana.list_users_page(1, 100)

    with pytest.raises(errors.UnreadableError, match="an HTML page instead of JSON: is asana"):
        run(story())


def test_long_and_hostile_words_become_one_short_line() -> None:
    assert shortened("a\r\n\x1b[31mb\u202e  c") == "a [31mb c"
    assert len(shortened("x" * 10_000)) == LONGEST_DETAIL


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('Invalid: {"userName": "ann@x"}', "Invalid: (left out)"),
        (r"Invalid: {\"userName\": \"ann@x\"}", "Invalid: (left out)"),
        ("Invalid: { 'title': 'Lead' }", "Invalid: (left out)"),
        ('[{"op": "add"}] is no list', "(left out)"),
        ("oops <pre>POST</pre>", "oops (left out)"),
        ("%7B%22userName%22", "(left out)"),
        ('no user "ann@x.example" [Users]', 'no user "ann@x.example" [Users]'),
        ("members[value eq 7] < 3 {n}", "members[value eq 7] < 3 {n}"),
    ],
)
def test_words_are_quoted_and_a_repeated_request_is_not(text: str, told: str) -> None:
    assert in_words(text) == told
