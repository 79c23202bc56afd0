"""Documents that are clear are read; everything else is an error that says what it was."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.asana.wire import parse_json, parse_listing, parse_resource
from syncer.model.errors import UnreadableError
from tests.asana.build import listing


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "an empty answer", id="empty"),
        pytest.param(b" \n", "an empty answer", id="blank"),
        pytest.param(b"{", "no clear JSON: EOF", id="cut-short"),
        pytest.param(b'{"a": "b', "no clear JSON: EOF", id="cut-in-a-text"),
        pytest.param(b'{"a": 1} x', "no clear JSON: trailing", id="text-after-it"),
        pytest.param(b'{"a": NaN}', "no clear JSON", id="not-a-number"),
        pytest.param(b'{"a": -Infinity}', "no clear JSON", id="infinity"),
        pytest.param(b'{"a": "\\ud800"}', "no clear JSON", id="half-a-letter"),
        pytest.param(b"\xff\xfe{\x00}\x00", "no clear JSON", id="utf-16"),
        pytest.param(b'{"a": 1, "a": 1}', 'duplicate key "a"', id="doubled-key"),
        pytest.param(
            b'[{"b": {"a" : 1, "\\u0061": 2}}]', 'duplicate key "a"', id="doubled-key-inside"
        ),
        pytest.param(b"[" * 1000, "no clear JSON: recursion", id="bottomless"),
        pytest.param(b"9" * 5000, "no clear JSON: number out of range", id="endless-number"),
        pytest.param(b"<html><body>502", "an HTML page", id="html"),
        pytest.param(b"\xef\xbb\xbf <!DOCTYPE html>", "an HTML page", id="html-after-a-bom"),
        pytest.param(b"upstream error", "no clear JSON", id="words"),
    ],
)
def test_what_is_no_document_is_an_error(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=f"^GET /Users: .*{words}"):
        parse_json(content, "GET /Users")


def test_a_byte_order_mark_is_no_fault() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}', "") == {"a": 1}


@pytest.mark.parametrize("text", ['":', 'a": b', '\\": ', '{"a": 1, "a": 2}', '"  :"'])
def test_text_that_looks_like_a_key_is_none(text: str) -> None:
    document = {text: text, "list": [text, {text: 1}]}
    assert parse_json(json.dumps(document).encode(), "") == document


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
    max_leaves=20,
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(JSON, st.booleans())
def test_every_document_is_read_as_it_is(document: Any, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    content = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert parse_json(content, "") == document


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_fail(content: bytes) -> None:
    for parse in (parse_json, parse_resource, parse_listing):
        with contextlib.suppress(UnreadableError):
            parse(content, "GET /Users")


@pytest.mark.parametrize(
    ("total", "expected"),
    [(2, 2), ("2", 2), (2.0, 2), (0, 0), (None, None)],
    ids=["number", "text", "fraction", "zero", "absent"],
)
def test_the_total_of_a_listing(total: object, expected: int | None) -> None:
    document = {"Resources": [1, 2]} | ({} if total is None else {"totalResults": total})
    page = parse_listing(json.dumps(document).encode(), "")
    assert (page.entries, page.total) == ([1, 2], expected)


@pytest.mark.parametrize("total", [-1, True, "many", "", "٣", 1.5, [], "9" * 30])
def test_a_total_that_is_none_is_an_error(total: object) -> None:
    with pytest.raises(UnreadableError, match="totalResults is no count"):
        parse_listing(json.dumps(listing([], total)).encode(), "GET /Users")


@pytest.mark.parametrize("document", [{"totalResults": 0}, {"totalresults": 0, "resources": None}])
def test_nothing_listed_needs_no_list(document: dict[str, object]) -> None:
    assert parse_listing(json.dumps(document).encode(), "").entries == []


@pytest.mark.parametrize(
    "document",
    [
        {"totalResults": 1},
        {"totalResults": 0, "Resources": {}},
        {"Resources": None},
        {"errors": [{"message": "no"}]},
        {"Resources": [], "resources": []},
        [],
        "text",
    ],
)
def test_any_other_shape_is_no_listing(document: object) -> None:
    with pytest.raises(UnreadableError):
        parse_listing(json.dumps(document).encode(), "GET /Users")
