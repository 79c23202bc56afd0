r"""What a text from a directory may do to a terminal: nothing.

Names and titles are written by strangers. A newline, an escape sequence or a bidirectional
override in one of them could hide or fake a line of a plan, so every character that moves,
reorders, erases or is invisible comes out as a visible escape such as `\x1b` or `\u202e`.
"""

import unicodedata
from typing import Final

EMPTY: Final = "(empty)"

_NAMED: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# Letters and marks that draw nothing (Unicode's Default_Ignorable_Code_Point beyond the
# categories above, and the empty Braille cell).
_BLANK_LETTERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_SELECTORS: Final = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))

_MOST_MARKS: Final = 4
"""Combining marks on one letter; more than any living orthography writes."""

_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})


def harmless(text: str) -> str:
    """The text on one line, with every character that does not simply stand there escaped.

    Applying it twice changes nothing. Format characters are escaped even where a script uses
    them (the zero-width joiners): two names that look alike must not read alike.
    """
    if text.isascii() and text.isprintable():
        return text
    result = []
    marks = _MOST_MARKS  # a mark at the very start would sit on a character of ours
    for character in text:
        if unicodedata.category(character) in {"Mn", "Me"}:
            marks += 1
            keep = marks <= _MOST_MARKS and not _hidden(character)
        else:
            keep = not _hidden(character)
            marks = 0 if keep and not character.isspace() else _MOST_MARKS
        result.append(character if keep else escaped(character))
    return "".join(result)


def _hidden(character: str) -> bool:
    """Whether a character moves the cursor, reorders its neighbours or cannot be seen."""
    if character in {" ", "\u3000"}:  # the ideographic space is plainly two columns wide
        return False
    category = unicodedata.category(character)
    if category in _HIDDEN or category == "Zs" or character in _BLANK_LETTERS:
        return True
    return category == "Mn" and any(ord(character) in block for block in _SELECTORS)


def escaped(character: str) -> str:
    """The escape of one character, as Python and JSON programmers write it."""
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def value(text: str | None) -> str:
    """One attribute value: as it is, or quoted where bare text could be misread.

    Inside quotes a backslash is doubled, so an escape is never taken for the value itself.
    """
    if text is None or text == "":
        return EMPTY
    safe = harmless(text)
    odd = safe != text or text != text.strip() or "  " in text
    if odd or text[0] in "\"'(" or "->" in text:
        return _quoted(text)
    return safe


def _quoted(text: str) -> str:
    return f'"{harmless(_backslashed(text))}"'


def _backslashed(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def values(before: str | None, after: str | None) -> tuple[str, str]:
    """Both sides of a change; what looks alike and is not is spelt out."""
    shown = value(before), value(after)
    if before and after and _looks(before) == _looks(after):
        return _spelt(before), _spelt(after)
    return shown


def _looks(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _spelt(text: str) -> str:
    if text.isascii() and text.isprintable():
        return value(text)
    plain = _backslashed(text)
    spelt = (c if c.isascii() and c.isprintable() else escaped(c) for c in plain)
    return f'"{"".join(spelt)}"'


def width(text: str) -> int:
    """The columns a harmless text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def right_to_left(text: str) -> bool:
    """Whether a terminal may lay out a part of the text from right to left.

    Two such values around an arrow would swap their places on the screen.
    """
    return not text.isascii() and any(
        unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text
    )


def folded(text: str, columns: int) -> list[str]:
    r"""The text in lines of at most `columns` columns, broken at blanks.

    A word too long for a line is cut, and each cut ends in a backslash: nobody takes the
    first half of an address for an address.
    """
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if width(joined) <= columns:
            line = joined
            continue
        if line:
            lines.append(line)
        *cut, line = _cut(word, columns)
        lines.extend(cut)
    return [*lines, line]


def _cut(word: str, columns: int) -> list[str]:
    if width(word) <= columns:
        return [word]
    pieces: list[str] = []
    piece, used = "", 0
    for character in word:
        more = _columns(character)
        if used + more > columns - 1:
            pieces.append(f"{piece}\\")
            piece, used = "", 0
        piece += character
        used += more
    return [*pieces, piece]
