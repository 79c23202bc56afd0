"""What a text from a directory may do to a comment in a pull request: nothing.

A name can hold mark-up, mention somebody, close a table or open a link. Every character that
Markdown, HTML or a forge could take for its own becomes a numeric entity, which a renderer shows
and never obeys (CommonMark, section 2.5: an entity stands for a literal character).
"""

import re
import string
from typing import Final

from syncer.render.characters import harmless, value

_PLAIN: Final = frozenset(f"{string.ascii_letters}{string.digits} ,;?%.()-+/='\"")
"""What means nothing in the middle of a line, once brackets, colons and at signs are gone."""

_WEB: Final = re.compile(r"www\.", re.IGNORECASE)
"""The one link that GitHub makes of a text without any other sign."""

_ADDRESS: Final = re.compile(r"(?:[^\s@<>\"'(),;:=/\[\]]|(?<=\w)'(?=\w))+@[^\s@<>\"'(),;:=/\[\]]+")
"""An apostrophe within a name (o'brien) is part of the address, one around it is a quote."""


def inert(text: str) -> str:
    """The text, harmless in a terminal and in a comment alike."""
    safe = "".join(
        letter if letter in _PLAIN or not letter.isascii() else f"&#{ord(letter)};"
        for letter in harmless(text)
    )
    return _WEB.sub("www&#46;", safe)


def cell(text: str | None) -> str:
    """One value as code, where no forge looks for mentions; what is empty says so."""
    return f"<code>{inert(value(text))}</code>"


def masked(text: str) -> str:
    """The text with the local part of every address cut down to its first letter."""
    return _ADDRESS.sub(lambda found: _mask(found[0]), text)


def _mask(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local[0]}***@{domain}"
