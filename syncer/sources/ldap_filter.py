"""Search filters (RFC 4515) over the entries of an export.

Values compare as caseIgnoreMatch does (RFC 4518): letter case and runs of blanks do not count.
Active Directory's bit rules are known, its rule that walks chains of groups is refused.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from syncer.sources.ldif_schema import is_of_class

Values = Mapping[str, Sequence[str]]

_BITS_ALL: Final = "1.2.840.113556.1.4.803"
_BITS_ANY: Final = "1.2.840.113556.1.4.804"
_CHAIN: Final = "1.2.840.113556.1.4.1941"
_DEEPEST: Final = 50
_ATTRIBUTE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:;[A-Za-z0-9._=*-]+)*")
_ESCAPE: Final = re.compile(r"\\([0-9A-Fa-f]{2})|\\")
_OPERATOR: Final = re.compile(r"~=|>=|<=|=")
_CATEGORY: Final = {"user": "person"}


class FilterError(Exception):
    """A filter that cannot be understood; `position` counts characters from 1."""

    def __init__(self, message: str, position: int, hint: str = "") -> None:
        super().__init__(message)
        self.position = position
        self.hint = hint or "for example (&(objectClass=inetOrgPerson)(!(employeeType=service)))"


class _Node(Protocol):
    def matches(self, entry: Values) -> bool: ...


@dataclass(frozen=True, slots=True)
class LdapFilter:
    """A parsed filter. `attributes` are the keys of the attributes it looks at."""

    attributes: frozenset[str]
    _root: _Node

    def matches(self, entry: Values) -> bool:
        """Whether the filter takes the entry, given as texts by case-folded attribute name."""
        return self._root.matches(entry)


@dataclass(frozen=True, slots=True)
class _All:
    parts: tuple[_Node, ...]

    def matches(self, entry: Values) -> bool:
        return all(part.matches(entry) for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Any:
    parts: tuple[_Node, ...]

    def matches(self, entry: Values) -> bool:
        return any(part.matches(entry) for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Not:
    part: _Node

    def matches(self, entry: Values) -> bool:
        return not self.part.matches(entry)


@dataclass(frozen=True, slots=True)
class _Present:
    attribute: str

    def matches(self, entry: Values) -> bool:
        # Every entry has a class (RFC 4512, section 2.4), exported or not.
        return bool(entry.get(self.attribute)) or self.attribute == "objectclass"


@dataclass(frozen=True, slots=True)
class _Equal:
    attribute: str
    value: str

    def matches(self, entry: Values) -> bool:
        return any(_folded(value) == self.value for value in entry.get(self.attribute, ()))


@dataclass(frozen=True, slots=True)
class _OfClass:
    """`objectClass=person`: whoever is of a class below that is meant too."""

    value: str

    def matches(self, entry: Values) -> bool:
        return any(is_of_class(_folded(name), self.value) for name in entry.get("objectclass", ()))


@dataclass(frozen=True, slots=True)
class _Category:
    """`objectCategory=person`: Active Directory takes the short name for a whole DN."""

    value: str

    def matches(self, entry: Values) -> bool:
        start = f"cn={self.value},"
        return any(_folded(value).startswith(start) for value in entry.get("objectcategory", ()))


@dataclass(frozen=True, slots=True)
class _Like:
    attribute: str
    pieces: tuple[str, ...]

    def matches(self, entry: Values) -> bool:
        return any(self._fits(_folded(value)) for value in entry.get(self.attribute, ()))

    def _fits(self, value: str) -> bool:
        first, *middle, last = self.pieces
        if len(value) < len(first) + len(last):
            return False
        if not (value.startswith(first) and value.endswith(last)):
            return False
        at, end = len(first), len(value) - len(last)
        for piece in middle:
            found = value.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True


@dataclass(frozen=True, slots=True)
class _Order:
    attribute: str
    value: str
    at_least: bool

    def matches(self, entry: Values) -> bool:
        return any(self._fits(_folded(value)) for value in entry.get(self.attribute, ()))

    def _fits(self, value: str) -> bool:
        mine, theirs = _number(self.value), _number(value)
        if mine is not None and theirs is not None:
            return theirs >= mine if self.at_least else theirs <= mine
        return value >= self.value if self.at_least else value <= self.value


@dataclass(frozen=True, slots=True)
class _Bits:
    attribute: str
    mask: int
    all_of_them: bool

    def matches(self, entry: Values) -> bool:
        return any(self._fits(_number(value)) for value in entry.get(self.attribute, ()))

    def _fits(self, value: int | None) -> bool:
        if value is None:
            return False
        return value & self.mask == self.mask if self.all_of_them else bool(value & self.mask)


def parse_filter(text: str, *, by_server: bool = False) -> LdapFilter:
    """The filter as something that can be asked. Raises FilterError, with the position.

    With `by_server` matching rules that only a server knows are let pass; such a filter must
    not be asked here.
    """
    parser = _Parser(text, by_server=by_server)
    root = parser.whole()
    return LdapFilter(frozenset(parser.attributes), root)


class _Parser:
    def __init__(self, text: str, *, by_server: bool) -> None:
        self._text = text
        self._by_server = by_server
        self._at = 0
        self.attributes: set[str] = set()

    def whole(self) -> _Node:
        self._blanks()
        # ldapsearch takes a lone `attribute=value` without parentheses, and so do people.
        node = self._filter(0) if self._next() == "(" else self._item(len(self._text))
        self._blanks()
        if self._at < len(self._text):
            raise self._error("the filter ends here, and more follows")
        return node

    def _filter(self, depth: int) -> _Node:
        if depth > _DEEPEST:
            raise self._error(f"more than {_DEEPEST} levels of parentheses")
        self._expect("(")
        self._blanks()
        sign = self._next()
        if sign in {"&", "|", "!"}:
            self._at += 1
            node = self._combined(sign, depth + 1)
        else:
            end = self._text.find(")", self._at)
            if end < 0:
                raise self._error("')' is missing", at=len(self._text))
            node = self._item(end)
        self._blanks()
        self._expect(")")
        return node

    def _combined(self, sign: str, depth: int) -> _Node:
        parts: list[_Node] = []
        self._blanks()
        while self._next() == "(":
            parts.append(self._filter(depth))
            self._blanks()
        if sign == "&":
            return _All(tuple(parts))  # `(&)` is true and `(|)` false: RFC 4526
        if sign == "|":
            return _Any(tuple(parts))
        if len(parts) != 1:
            raise self._error("'!' takes exactly one filter in parentheses")
        return _Not(parts[0])

    def _item(self, end: int) -> _Node:
        start, text = self._at, self._text[self._at : end]
        operator = _OPERATOR.search(text)
        if operator is None:
            raise self._error("'=' is missing: an item is attribute, operator, value")
        left, right = text[: operator.start()], text[operator.end() :]
        if "(" in right:
            at = start + operator.end() + right.index("(")
            raise self._error(r"a '(' in a value is written \28", at=at)
        self._at = end
        value_at = start + operator.end()
        if left.endswith(":"):
            if operator[0] != "=":
                raise self._error("an extended match is written ':='", at=start)
            return self._extended(left[:-1], right, start, value_at)
        attribute = self._attribute(left, start)
        if operator[0] == "=":
            return self._equality(attribute, right, value_at)
        value = self._value(right, value_at)
        if operator[0] == "~=":
            return _Equal(attribute, value)
        return _Order(attribute, value, at_least=operator[0] == ">=")

    def _equality(self, attribute: str, right: str, at: int) -> _Node:
        if right.strip() == "*":
            return _Present(attribute)
        pieces = right.split("*")
        if len(pieces) == 1:
            value = self._value(right, at)
            if attribute == "objectclass":
                return _OfClass(value)
            if attribute == "objectcategory" and "=" not in value:
                return _Category(_CATEGORY.get(value, value))
            return _Equal(attribute, value)
        first, *middle, last = (self._value(piece, at) for piece in pieces)
        return _Like(attribute, (first, *filter(None, middle), last))

    def _extended(self, left: str, right: str, start: int, value_at: int) -> _Node:
        name, _, rule = left.partition(":")
        if self._by_server:
            return self._asked_of_server(name, rule, right, start, value_at)
        if rule == _CHAIN:
            raise self._error(
                f"the rule {_CHAIN} (groups within groups) needs the server",
                at=start,
                hint="use a team's `groups`: nested groups are followed there",
            )
        if rule not in {_BITS_ALL, _BITS_ANY}:
            raise self._error(
                f"the matching rule '{rule}' is not known",
                at=start,
                hint=f"known are {_BITS_ALL} (all bits) and {_BITS_ANY} (any bit)",
            )
        attribute = self._attribute(name, start)
        mask = _number(self._value(right, value_at))
        if mask is None:
            raise self._error("a bit rule compares with a whole number", at=value_at)
        return _Bits(attribute, mask, all_of_them=rule == _BITS_ALL)

    def _asked_of_server(self, name: str, rule: str, right: str, start: int, at: int) -> _Node:
        """`cn:dn:2.5.13.5:=value`, with any of its parts but the value left out."""
        *flags, named = rule.split(":")
        if [flag for flag in flags if flag.casefold() != "dn"]:
            raise self._error(f"the matching rule '{rule}' is not known", at=start)
        if not name and not named:
            raise self._error("neither an attribute nor a matching rule", at=start)
        attribute = self._attribute(name, start) if name else ""
        return _Equal(attribute, self._value(right, at))

    def _attribute(self, text: str, at: int) -> str:
        name = text.strip()
        if not _ATTRIBUTE.fullmatch(name):
            raise self._error(f"'{name}' is no attribute name", at=at)
        key = name.casefold()
        self.attributes.add(key)
        return key

    def _value(self, text: str, at: int) -> str:
        raw = bytearray()
        last = 0
        for found in _ESCAPE.finditer(text):
            if found[1] is None:
                raise self._error(
                    r"'\' is followed by two hexadecimal digits: \2a for a star, \5c for itself",
                    at=at + found.start(),
                )
            raw += text[last : found.start()].encode("utf-8", "replace") + bytes.fromhex(found[1])
            last = found.end()
        raw += text[last:].encode("utf-8", "replace")
        return _folded(raw.decode("utf-8", "replace"))

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _blanks(self) -> None:
        while self._next().isspace():
            self._at += 1

    def _expect(self, sign: str) -> None:
        if self._next() != sign:
            found = f"not '{self._next()}'" if self._next() else "and the filter ends"
            raise self._error(f"'{sign}' is expected here, {found}")
        self._at += 1

    def _error(self, message: str, *, at: int | None = None, hint: str = "") -> FilterError:
        return FilterError(message, (self._at if at is None else at) + 1, hint)


def _folded(value: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def _number(value: str) -> int | None:
    text = value.strip()
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None
