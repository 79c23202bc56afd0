"""Pseudonyms: the same for the same person, and nothing of the person in them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.pseudonyms import Pseudonyms

NAMES = Pseudonyms(b"key")
LAW = settings(deadline=None, derandomize=True, max_examples=100)


def test_a_person_has_one_name_in_any_letter_case_and_another_under_another_key() -> None:
    name = NAMES.address("Ann@Example.com")
    assert name == f"{NAMES.of(' ANN@example.COM ')}@Example.com"
    assert name != Pseudonyms(b"other").address("Ann@Example.com")
    assert NAMES.of("bob@example.com") not in name


@pytest.mark.parametrize(
    "text",
    [
        "GET /Users: 2 users answer to ann@example.com",
        "user=ann@example.com, ann@example.com; <ann@example.com>",
        "mailto:ann@example.com",
    ],
)
def test_every_address_in_a_text_is_hidden(text: str) -> None:
    hidden = NAMES.hide(text)
    assert "ann@" not in hidden
    assert hidden.count("@example.com") == text.count("@example.com")
    assert NAMES.hide(hidden).count("~") == hidden.count("~")


def test_what_stands_in_quotes_is_a_value() -> None:
    hidden = NAMES.hide_all("title is 'Chief Plumber' and was \"Boss\"")
    assert "Plumber" not in hidden
    assert "Boss" not in hidden
    assert hidden.startswith("title is '~")


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("ann@example.com"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("ann@example.com"), inner),
    max_leaves=8,
))  # fmt: skip
@LAW
def test_nothing_deep_in_a_document_is_left(document: Any) -> None:
    assert "ann@example.com" not in repr(NAMES.within(document))


def test_the_key_is_in_no_repr() -> None:
    assert "key" not in repr(NAMES).replace("Pseudonyms", "")
