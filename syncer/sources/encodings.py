"""Which encoding a file is in, and where it breaks its own rules.

A byte order mark always wins: no code page has a header that starts with those bytes.
"""

import codecs
import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, Final

_MARKS: Final = (
    # UTF-32 first: its mark starts with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_COMMON: Final = ("auto", "utf-8", "utf-16", "cp1252", "cp1250", "cp850", "latin-1", "mac-roman")
# Codecs of Python for its own sources and for domain names.
_NO_FILES: Final = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
)
_ASCII: Final = bytes(range(0x20, 0x7F)) + b"\r\n\t"


class EncodingError(Exception):
    """An encoding of the config that does not exist."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding: `codec` for Python, `name` for people, `hint` for when it does not fit."""

    codec: str
    name: str
    hint: str

    @property
    def keeps_ascii(self) -> bool:
        """Whether lines and colons can be told in the bytes as they are."""
        try:
            return _ASCII.decode(self.codec) == _ASCII.decode("ascii")
        except UnicodeDecodeError:
            return False

    def first_fault(self, binary: BinaryIO) -> tuple[int | None, str]:
        """Line and description of the first byte that is not text; the description is empty
        when the fault is that the file ends in the middle of a character."""
        if not self.keeps_ascii:
            return self._fault_by_characters(binary)
        for number, line in enumerate(binary, 1):
            try:
                line.decode(self.codec)
            except UnicodeDecodeError as error:
                column = len(line[: error.start].decode(self.codec, "replace")) + 1
                return number, f": byte 0x{line[error.start]:02X} at column {column}"
        return None, ""

    def _fault_by_characters(self, binary: BinaryIO) -> tuple[int | None, str]:
        decoder = codecs.getincrementaldecoder(self.codec)()
        lines = 1
        for byte in _bytes_of(binary):
            try:
                lines += decoder.decode(byte).count("\n")
            except UnicodeDecodeError:
                return lines, ": this line holds a broken character"
        return lines, ": the file ends in the middle of a character; was it cut short?"


def detect(head: bytes, wished: str) -> Encoding:
    """The encoding of a file that starts with `head`, when the config says `wished`.

    Raises EncodingError when the config names an encoding that does not exist.
    """
    hint = "save the file as UTF-8, or name its code page, for example `encoding: cp1252`"
    named = None if wished.casefold() == "auto" else _named(wished)
    for mark, codec, name in _MARKS:
        if head.startswith(mark):
            return Encoding(
                codec, name, "the file says so itself by its first bytes; export it anew"
            )
    if named is not None:
        return named
    return Encoding(*_by_zeros(head[:4096]), hint)


def _named(wished: str) -> Encoding:
    try:
        information = codecs.lookup(wished.strip())
        if information.name in _NO_FILES:
            raise LookupError(wished)  # noqa: TRY301  # one way out for every name that is none
        # Python also calls base64 or zip a codec; those take no text.
        "a".encode(information.name)
    except (LookupError, ValueError) as error:
        near = difflib.get_close_matches(wished.casefold(), _COMMON, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"for example {', '.join(_COMMON)}"
        raise EncodingError(f"there is no encoding '{wished}'", hint) from error
    hint = f"the config says `encoding: {wished}`; try `encoding: auto` or another code page"
    return Encoding(information.name, wished, hint)


def _by_zeros(head: bytes) -> tuple[str, str]:
    """UTF-16 without a mark shows itself by a zero byte in nearly every pair."""
    pairs = len(head) // 2
    low = head[1::2].count(0)
    high = head[0::2].count(0)
    if pairs and low > pairs * 0.4 and high < pairs * 0.05:
        return "utf-16-le", "UTF-16"
    if pairs and high > pairs * 0.4 and low < pairs * 0.05:
        return "utf-16-be", "UTF-16"
    return "utf-8", "UTF-8"


def _bytes_of(binary: BinaryIO) -> Iterable[bytes]:
    while chunk := binary.read(1 << 16):
        for value in chunk:
            yield bytes((value,))
