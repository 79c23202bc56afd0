"""Texts as YAML that reads back as the same texts, and comments that stay comments."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_WIDTH: Final = 92
_SAFE: Final = re.compile(r"[^\W\d][\w./-]*(?: [\w./-]+)*")
_RESERVED: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def quoted(text: str) -> str:
    """The text as a YAML scalar: bare where nobody could misread it, else in double quotes."""
    if _SAFE.fullmatch(text) and text.casefold() not in _RESERVED:
        return text
    return in_quotes(text)


def in_quotes(text: str) -> str:
    """The text in double quotes, on one line and without any character that cannot be seen."""
    return '"' + "".join(_escaped(char) for char in text) + '"'


def flow(value: object) -> str:
    """A plain value of a config on one line: texts, numbers, lists and mappings of these."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        inner = (f"{quoted(str(key))}: {flow(one)}" for key, one in value.items())
        return f"{{{', '.join(inner)}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(flow, value))}]"
    return quoted(str(value))


def prose(*sentences: str, indent: int = 2) -> Iterator[str]:
    """Comment lines of a section; one space and no line break wherever a header had others."""
    words = " ".join("".join(_visible(char) for char in text) for text in sentences if text)
    for line in textwrap.wrap(" ".join(words.split()), _WIDTH, break_on_hyphens=False):
        yield f"{' ' * indent}# {line}"


def _visible(char: str) -> str:
    return char if char.isprintable() else " "


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08X}"
