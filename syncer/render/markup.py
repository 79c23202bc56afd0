"""What a text from a directory may do to a comment in a pull request: nothing.

A name can hold mark-up, mention somebody, close a table or open a link. Every character that
Markdown, HTML or a forge could take for its own becomes a numeric entity, which a renderer shows
and never obeys (CommonMark, section 2.5: an entity stands for a literal character).

A forge looks for mentions, references and links once more in what the renderer has made, and
there an entity is the character again (github/cmark-gfm#181, openjdk/skara#1548). Code it leaves
alone; in a sentence a space of no width stands between the sign and the name.
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


_CALLING: Final = re.compile(
    r"""(?x)
      (?<![A-Za-z0-9_]) [@&!$~%^] (?=[\w"'.-])   # @somebody, and GitLab's references
    | \# (?=[\w"])                             # also owner/name#12
    | : (?=//)
    | \b GH (?=-\d)
    """
)
"""Signs by which a forge finds somebody or something; the name is still to come."""

_NO_WIDTH: Final = "\u200b"


def inert(text: str) -> str:
    """The text in a sentence, harmless in a terminal and in a comment alike."""
    return _entities(_CALLING.sub(lambda sign: sign[0] + _NO_WIDTH, harmless(text)))


def literal(text: str) -> str:
    """The text within code, letter by letter what it is."""
    return _entities(harmless(text))


def _entities(text: str) -> str:
    safe = "".join(
        letter
        if letter in _PLAIN or not (letter.isascii() or letter == _NO_WIDTH)
        else f"&#{ord(letter)};"
        for letter in text
    )
    return _WEB.sub("www&#46;", safe)


def cell(text: str | None) -> str:
    """One value as code, where no forge looks for mentions; what is empty says so."""
    return f"<code>{literal(value(text))}</code>"


def masked(text: str) -> str:
    """The text with the local part of every address cut down to its first letter."""
    return _ADDRESS.sub(lambda found: _mask(found[0]), text)


def _mask(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local[0]}***@{domain}"
