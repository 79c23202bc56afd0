"""Names in a sentence: the first of them, and how many more there are. It sorts nothing."""

from collections.abc import Sequence
from typing import Final

MOST_NAMED: Final = 10


def listed(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first `most` names with commas between, then `and 3 more` where there are more."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
