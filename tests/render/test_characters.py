"""What strangers write into a directory cannot hide, fake or reorder a line."""

import sys
import unicodedata

import pytest
from hypothesis import given, settings

from syncer.render.characters import (
    folded,
    harmless,
    right_to_left,
    value,
    values,
    width,
)
from tests.render.laws import HARMFUL, display_width, texts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Zoë Łukasz", "Zoë Łukasz", id="letters-stay"),
        pytest.param("山田　太郎", "山田　太郎", id="wide-letters-and-their-blank-stay"),
        pytest.param("Noe\u0308l", "Noe\u0308l", id="a-combining-mark-stays-on-its-letter"),
        pytest.param("a\x1b[2Kb", r"a\x1b[2Kb", id="an-escape-sequence-is-shown"),
        pytest.param("a\r\nb\tc", r"a\r\nb\tc", id="a-new-line-is-shown"),
        pytest.param("\u202egnp.exe", r"\u202egnp.exe", id="a-bidi-override-is-shown"),
        pytest.param("a\u200bb", r"a\u200bb", id="a-zero-width-space-is-shown"),
        pytest.param("a\u00a0b", r"a\xa0b", id="a-hard-blank-is-shown"),
        pytest.param("a\u3164b", r"a\u3164b", id="an-empty-letter-is-shown"),
        pytest.param("a\ufe0fb", r"a\ufe0fb", id="a-variation-selector-is-shown"),
        pytest.param("a\U000e0041b", r"a\U000e0041b", id="a-tag-character-is-shown"),
        pytest.param("\ud800", r"\ud800", id="half-a-surrogate-pair-is-shown"),
        pytest.param("\u0301a", r"\u0301a", id="a-mark-without-a-letter-is-shown"),
        pytest.param(
            "a" + "\u0301" * 6, "a" + "\u0301" * 4 + r"\u0301\u0301", id="a-tower-of-marks-is-cut"
        ),
    ],
)
def test_what_does_not_simply_stand_there_is_escaped(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(None, "(empty)", id="nothing"),
        pytest.param("", "(empty)", id="an-empty-text"),
        pytest.param("(empty)", '"(empty)"', id="a-text-that-says-empty"),
        pytest.param("Engineer", "Engineer", id="a-plain-value-stays-bare"),
        pytest.param("EXAMPLE\\ann", "EXAMPLE\\ann", id="a-backslash-alone-stays-bare"),
        pytest.param("Sales ", '"Sales "', id="a-blank-at-the-end"),
        pytest.param("a  b", '"a  b"', id="two-blanks"),
        pytest.param("a -> b", '"a -> b"', id="an-arrow"),
        pytest.param('"quoted"', r'"\"quoted\""', id="quotes"),
        pytest.param("a\\\n", r'"a\\\n"', id="a-backslash-beside-an-escape-is-doubled"),
    ],
)
def test_a_value_is_quoted_where_bare_text_could_be_misread(text: str | None, shown: str) -> None:
    assert value(text) == shown


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        pytest.param("Ann", "Anne", ("Ann", "Anne"), id="different-words-stay-bare"),
        pytest.param(None, "Ann", ("(empty)", "Ann"), id="from-nothing"),
        pytest.param(
            "caf\u00e9", "cafe\u0301", (r'"caf\xe9"', r'"cafe\u0301"'), id="composed-otherwise"
        ),
        pytest.param("ﬁn", "fin", (r'"\ufb01n"', "fin"), id="a-ligature"),
    ],
)
def test_values_that_look_alike_are_spelt_out(
    before: str | None, after: str | None, shown: tuple[str, str]
) -> None:
    assert values(before, after) == shown


def test_a_long_text_is_broken_at_blanks() -> None:
    assert folded("one two three four", 9) == ["one two", "three", "four"]


def test_a_word_that_is_cut_says_so() -> None:
    assert folded("see aaaaaaaaaaaa", 6) == ["see", "aaaaa\\", "aaaaa\\", "aa"]


def test_a_wide_letter_is_never_cut_in_half() -> None:
    assert folded("東京本社ビル", 6) == ["東京\\", "本社\\", "ビル"]


def test_scripts_from_right_to_left_are_known() -> None:
    assert right_to_left("ليلى")
    assert right_to_left("a נועם")
    assert not right_to_left("Zoë")


@given(texts)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_a_harmless_text_stays_as_it_is(text: str) -> None:
    safe = harmless(text)
    assert harmless(safe) == safe
    assert width(safe) == display_width(safe)


@given(texts, texts)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_different_values_are_shown_differently(before: str, after: str) -> None:
    if before != after and (before or after):
        assert len(set(values(before, after))) == 2


@given(texts)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_no_line_is_wider_than_asked(text: str) -> None:
    for columns in (4, 17, 80):
        lines = folded(harmless(text), columns)
        assert all(display_width(line) <= columns for line in lines)


def test_every_character_of_a_harmful_class_is_escaped() -> None:
    harmful = (
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in HARMFUL - {"Co", "Cn"}
    )
    assert all(harmless(f"a{character}").isprintable() for character in harmful)
