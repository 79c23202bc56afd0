"""Counts and kinds in words, so that every view says them alike."""

from collections.abc import Iterable
from typing import Final

NOUNS: Final = {
    "person": "people",
    "more person": "more people",
    "address": "addresses",
    "policy": "policies",
}
"""Plurals that are not made with an s."""


ALL: Final = "all of them: --format json"
"""What a folded list says of the rest of it."""


def counted(number: int, noun: str) -> str:
    """`1 person`, `2 people`, `1,204 updates`."""
    plural = NOUNS.get(noun, f"{noun}s")
    return f"{number:,} {noun if number == 1 else plural}"


def listed(parts: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    words = list(parts)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def agree(number: int, one: str, many: str) -> str:
    """The form of a verb that goes with the number."""
    return one if number == 1 else many


def short_digest(digest: str) -> str:
    """The twelve characters people compare."""
    return digest.rpartition(":")[2][:12]
