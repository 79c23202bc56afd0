"""What we sent is taken out of a server's words, however the server spells it."""

import base64
import html
import json
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from syncer.asana.echoes import in_words, sent_values, token_pattern

TOKEN = "2/77001122:0f9e8d7c6b5a49382716"
VALUES = (
    "Quartz Steward",
    "R&D",
    "Zoë Müller",
    "東京 🦑",
    "+49 (30) 1-2",
    'a\\b "c" <d> o\'n 50%',
    "  two  blanks ",
    "x" * 5000,
)
Spell = Callable[[str], str]
SPELLINGS: dict[str, Spell] = {
    "plain": str,
    "upper": str.upper,
    "json": json.dumps,
    "json-in-json": lambda text: json.dumps(json.dumps(text)),
    "json-unicode": lambda text: json.dumps(text, ensure_ascii=False),
    "json-slashes": lambda text: json.dumps(text).replace("/", "\\/"),
    "url": lambda text: quote(text, safe=""),
    "url-lower": lambda text: quote(text, safe="").lower(),
    "url-twice": lambda text: quote(quote(text, safe=""), safe=""),
    "form": quote_plus,
    "html": html.escape,
    "html-twice": lambda text: html.escape(html.escape(text)),
    "html-numbers": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:9])
def test_a_value_is_left_out_in_any_spelling(value: str, spell: Spell) -> None:
    said = in_words(f"title: {spell(value.strip())}; is too long", (value,))
    assert said.startswith("title: ")
    kept = said.replace("(left out)", "").replace("is too long", "")
    assert not set(kept) - set("title: ;\"'\\"), said


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_so_is_the_token(spell: Spell) -> None:
    said = token_pattern(TOKEN).sub("(token)", f"Bearer {spell(TOKEN)} is revoked")
    assert said.replace('"', "").replace("\\", "") == "Bearer (token) is revoked"


@pytest.mark.parametrize("lead", ["", "x", "Bearer ", "user:"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_token_in_base64_is_found_wherever_it_begins(
    encode: Callable[[bytes], bytes], lead: str
) -> None:
    encoded = encode(f"{lead}{TOKEN}\n".encode()).decode()
    left = token_pattern(TOKEN).sub("", encoded)
    # Of the token at most the bits that it shares with a letter of its neighbours.
    assert len(left.rstrip("=")) <= len(lead) * 4 / 3 + 3
    assert left[:2] == encoded[:2] or not lead


def test_a_short_token_is_not_looked_for_in_base64() -> None:
    assert (
        token_pattern("dG9r").sub("(token)", "no words, dG9r, ZEc5") == "no words, (token), ZEc5"
    )


@pytest.mark.parametrize(
    ("text", "sent", "told"),
    [
        ("DEnied in DE", ("DE",), "DEnied in (left out)"),
        ("manager 1002 is unknown", (), "manager 1002 is unknown"),
        ("dir = Director, R", ("Director", "R"), "dir = (left out), (left out)"),
        ("phrase: 6 sad squid snuggle", ("sad",), "phrase: 6 (left out) squid snuggle"),
        ("body eyJzY2hlbWFzIjpbInVybjppZXRmOnBhcmFtczpzY2ltOn==", (), "body (left out)"),
        ("see https://asana.com/docs/scim", (), "see https://asana.com/docs/scim"),
    ],
)  # fmt: skip
def test_the_servers_own_words_stay(text: str, sent: tuple[str, ...], told: str) -> None:
    assert in_words(text, sent) == told


def test_what_we_sent_are_values_of_people_and_neither_ids_nor_words_of_the_protocol() -> None:
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [
            {
                "op": "replace",
                "value": {
                    "title": "Lead",
                    "userType": "enterprise",
                    "active": True,
                    "manager": {"value": "1002"},
                    "phoneNumbers": [{"type": "work", "value": "+1"}, {"value": " "}],
                },
            }
        ],
    }
    assert sent_values(body, "") == ("Lead", "+1")
    assert sent_values(None, "filter=userName%20eq%20%22ann%40x%22") == ("ann@x",)


@pytest.mark.parametrize("piece", ["\\", "%25", "+", "+ ", " ", "&amp;", "\\n", "\\u0061", "a"])
@pytest.mark.parametrize(
    "value",
    ["a b c d e f x", "+ + + + + + +x", "\\ \\ \\ \\ \\x", "\\\\\\x\\\\x", "%25%25%25x", "&&&&&x",
     "n n n n n x", "\\n \\n \\n \\nx", "aaaaaaaaaax"],
)  # fmt: skip
def test_no_text_takes_for_ever(piece: str, value: str) -> None:
    started = time.process_time()
    in_words(piece * 16_000, (value,))
    token_pattern(value.replace(" ", "")).sub("", piece * 16_000)
    assert time.process_time() - started < 2
