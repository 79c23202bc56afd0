"""A mark on the first line of a file of ours that tells whether anybody has edited it since."""

import hashlib
from enum import Enum
from typing import Final

_MARK: Final = "# syncer export sha256:"


class Seal(Enum):
    """What the first line of a text says: nothing of ours, or ours as it was, or edited."""

    NONE = "none"
    WHOLE = "whole"
    EDITED = "edited"


def sealed(text: str) -> str:
    """The text with the mark on a line in front of it."""
    return f"{_MARK}{_digest(text)}\n{text}"


def seal_of(text: str) -> Seal:
    """What the text says of itself. Line ends that a checkout has changed are no edit."""
    mark, _, rest = text.replace("\r\n", "\n").partition("\n")
    if not mark.startswith(_MARK):
        return Seal.NONE
    return Seal.WHOLE if mark == f"{_MARK}{_digest(rest)}" else Seal.EDITED


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
