"""What holds of every text that goes to a terminal, and strategies for what goes into it."""

import re
import unicodedata
from collections.abc import Collection

from hypothesis import strategies as st

SGR = re.compile(r"\x1b\[[0-9;]*m")

HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

texts = st.one_of(
    st.text(max_size=90),
    st.text(
        alphabet='ab \\"->\n\r\t\x1b\x00\u202e\u2066\u200b\u0301\u3000\u6771\u05d0', max_size=60
    ),
    st.sampled_from(["x" * 300, "word " * 60, "\u6771\u4eac" * 70, "\ud800", "a" + "\u0301" * 50]),
)


def display_width(text: str) -> int:
    """Columns on a terminal, counted apart from the code under test."""
    return sum(
        0
        if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me"}
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )


def stands_still(
    text: str, width: int, *, colour: bool = False, places: Collection[str] = ()
) -> None:
    """Fail when a line is too wide, or when anything in it could move, hide or reorder.

    A place (file and line) may be wider when it stands alone: it is there to be copied.
    """
    plain = SGR.sub("", text) if colour else text
    assert plain.endswith("\n")
    for line in plain.split("\n"):
        assert display_width(line) <= width or line.strip() in places, line
        bad = [c for c in line if unicodedata.category(c) in HARMFUL]
        assert not bad, (line, bad)
