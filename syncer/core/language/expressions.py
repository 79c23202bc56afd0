"""Expressions and templates of the config over one person: compiled once, worked out cheaply.

A bare attribute name never goes through Jinja2, a template of plain `{{ name }}` pieces is a
join, and everything else is remembered by the values it looks at, since departments repeat.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, Protocol, Self

from syncer.core.distinguished_names import dn_key
from syncer.core.language.filters import as_text
from syncer.core.language.sandboxed import (
    GROUPS,
    Compiled,
    EvaluationError,
    ExpressionError,
    compiled_expression,
    compiled_template,
)
from syncer.core.names import attribute_key, team_key
from syncer.model.directory import Value

__all__ = [
    "NO_GROUPS",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "GroupNames",
    "TextSource",
    "group_key",
    "is_template",
    "text_source",
]

Attributes = Mapping[str, Value]

_NAME: Final = re.compile(r"[^\W\d]\w*")
_WORDS: Final = frozenset({"and", "or", "not", "in", "is", "if", "else", "none"})
_CONSTANTS: Final = {"true": True, "false": False}
_PLAIN_PIECE: Final = re.compile(r"\{\{\s*([^\W\d]\w*)\s*\}\}")
FALSE_WORDS: Final = frozenset({"false"})
"""Texts that count as false in every condition: LDAP's and PowerShell's way to write it."""

_MOST_REMEMBERED: Final = 50_000


class _FalseText(str):
    """The text "false" of an LDAP boolean or a spreadsheet: equal to itself, yet not true."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


def group_key(name: str) -> str:
    """The key of a group named in a rule: by name, or by distinguished name."""
    return dn_key(name) or team_key(name)


class GroupNames(tuple[str, ...]):  # noqa: SLOT001 - a tuple cannot have slots of its own
    """The groups of a person. `in` compares as Asana's team names compare, or by DN."""

    keys: frozenset[str]

    def __new__(cls, names: Iterable[str] = (), keys: Iterable[str] | None = None) -> Self:
        """The groups of these names. `keys` are their keys, by name and by DN, where known."""
        made = super().__new__(cls, names)
        made.keys = frozenset(map(team_key, made) if keys is None else keys)
        return made

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        return team_key(name) in self.keys or group_key(name) in self.keys


NO_GROUPS: Final = GroupNames()


def truth(value: object) -> bool:
    """Whether a value of an expression counts as true: not when empty, nor the text "false"."""
    if isinstance(value, str):
        return bool(value) and value.strip().lower() not in FALSE_WORDS
    return bool(value)


def _seen(value: Value, false_words: frozenset[str]) -> Value:
    if isinstance(value, str) and value.lower() in false_words:
        return _FalseText(value)
    return value


class _Reader:
    """Fetches the values that a compiled source looks at, as a key to remember results by."""

    def __init__(self, compiled: Compiled, false_words: frozenset[str] = FALSE_WORDS) -> None:
        self._false_words = false_words
        self._names = compiled.names
        self._place = compiled.names.index(GROUPS) if GROUPS in compiled.names else None
        single = len(compiled.names) == 1 and self._place is None
        self._alone = compiled.names[0] if single else None
        asked = tuple((team_key(name), group_key(name)) for name in compiled.groups_asked)
        self._asked = asked if compiled.only_asks else None

    def key(self, attributes: Attributes, groups: GroupNames) -> object:
        """What the result depends on, and nothing else."""
        if self._alone is not None:
            return attributes.get(self._alone, "")
        values: list[object] = [attributes.get(name, "") for name in self._names]
        if self._place is not None:
            # Of `'eng' in groups` only the answers matter: people share few of those, where
            # nearly everybody has a list of groups of his own.
            values[self._place] = (
                (groups, groups.keys)
                if self._asked is None
                else tuple(name in groups.keys or dn in groups.keys for name, dn in self._asked)
            )
        return tuple(values)

    def values(self, attributes: Attributes, groups: GroupNames) -> tuple[object, ...]:
        """The values as the expression sees them."""
        return tuple(
            groups if place == self._place else _seen(attributes.get(name, ""), self._false_words)
            for place, name in enumerate(self._names)
        )


class Expression:
    """A condition or value over a person. Raises ExpressionError when it cannot be compiled.

    `names` are the attribute keys it looks at, with their spelling in the source.
    `groups_asked` are the groups it looks for by name; `only_asks` says that it uses groups in
    no other way. `false_words` are texts that `not`, `and`, `or` and `if` take for false.
    """

    def __init__(self, source: str, false_words: frozenset[str] = FALSE_WORDS) -> None:
        self.source = source
        self.names: Mapping[str, str] = {}
        self.groups_asked: tuple[str, ...] = ()
        self.only_asks = True
        bare = source.strip()
        self._constant = _CONSTANTS.get(bare.lower())
        self._bare = ""
        self._compiled: Compiled | None = None
        self._memory: dict[object, object] = {}
        if self._constant is not None:
            return
        if _is_name(bare) and attribute_key(bare) != GROUPS:
            self._bare = attribute_key(bare)
            self.names = {self._bare: bare}
            return
        self._compiled = compiled_expression(source)
        self._reader = _Reader(self._compiled, false_words)
        self.names = dict(zip(self._compiled.names, self._compiled.spellings, strict=True))
        self.groups_asked = self._compiled.groups_asked
        self.only_asks = self._compiled.only_asks

    def value(self, attributes: Attributes, groups: GroupNames = NO_GROUPS) -> object:
        """The value for this person. Raises EvaluationError."""
        if self._constant is not None:
            return self._constant
        if self._compiled is None:
            return attributes.get(self._bare, "")
        key = self._reader.key(attributes, groups)
        try:
            return self._memory[key]
        except KeyError:
            pass
        result = self._compiled.value(self._reader.values(attributes, groups))
        if len(self._memory) < _MOST_REMEMBERED:
            self._memory[key] = result
        return result

    def holds(self, attributes: Attributes, groups: GroupNames = NO_GROUPS) -> bool:
        """Whether the condition is true of this person. Raises EvaluationError."""
        return truth(self.value(attributes, groups))


class TextSource(Protocol):
    """Where a text comes from: the attributes it looks at and the groups it asks for by name."""

    names: Mapping[str, str]
    groups_asked: tuple[str, ...]
    only_asks: bool

    def read(self, attributes: Attributes, groups: GroupNames = NO_GROUPS) -> Value:
        """What the source gives for this person, "" when empty. Raises EvaluationError."""


class ConstantText:
    """The same text for everybody."""

    groups_asked: tuple[str, ...] = ()
    only_asks: bool = True

    def __init__(self, text: str) -> None:
        self.names: Mapping[str, str] = {}
        self._text = text

    def read(self, attributes: Attributes, groups: GroupNames = NO_GROUPS) -> Value:
        """The text."""
        del attributes, groups
        return self._text


class AttributeText:
    """A directory attribute as it is: any name, blanks and brackets included."""

    groups_asked: tuple[str, ...] = ()
    only_asks: bool = True

    def __init__(self, name: str) -> None:
        self.key = attribute_key(name)
        self.names: Mapping[str, str] = {self.key: name.strip()}

    def read(self, attributes: Attributes, groups: GroupNames = NO_GROUPS) -> Value:
        """The value, several where there are several."""
        del groups
        return attributes.get(self.key, "")


class JoinedText:
    """A template of plain `{{ name }}` pieces and literal text.

    Empty when every attribute it names is empty: "Office {{ l }}" of nobody's city is no
    office.
    """

    groups_asked: tuple[str, ...] = ()
    only_asks: bool = True

    def __init__(self, source: str) -> None:
        parts = _PLAIN_PIECE.split(source)
        # Braces stand in no literal part, as `text_source` sees to.
        self._form = "{}".join(parts[0::2])
        spellings = parts[1::2]
        self._keys = [attribute_key(name) for name in spellings]
        self.names: Mapping[str, str] = dict(zip(self._keys, spellings, strict=True))

    def read(self, attributes: Attributes, groups: GroupNames = NO_GROUPS) -> Value:
        """The joined text."""
        del groups
        values = [
            value if isinstance(value := attributes.get(key, ""), str) else as_text(value)
            for key in self._keys
        ]
        return self._form.format(*values) if any(values) else ""


class TemplateText:
    """A template that needs Jinja2."""

    def __init__(self, source: str) -> None:
        self._compiled = compiled_template(source)
        self._reader = _Reader(self._compiled)
        self.groups_asked: tuple[str, ...] = self._compiled.groups_asked
        self.only_asks: bool = self._compiled.only_asks
        self._memory: dict[object, str] = {}
        self.names: Mapping[str, str] = dict(
            zip(self._compiled.names, self._compiled.spellings, strict=True)
        )

    def read(self, attributes: Attributes, groups: GroupNames = NO_GROUPS) -> Value:
        """The rendered text. Raises EvaluationError."""
        key = self._reader.key(attributes, groups)
        text = self._memory.get(key)
        if text is None:
            text = self._compiled.text(self._reader.values(attributes, groups))
            if len(self._memory) < _MOST_REMEMBERED:
                self._memory[key] = text
        return text


def is_template(source: str) -> bool:
    """Whether the text is a template rather than an attribute's name."""
    return "{{" in source or "{%" in source


def text_source(source: str) -> TextSource:
    """The source that a text in the config means. Raises ExpressionError."""
    if not is_template(source):
        return AttributeText(source)
    rest = _PLAIN_PIECE.sub("", source)
    plain_pieces = {attribute_key(name) for name in _PLAIN_PIECE.findall(source)}
    if "{" in rest or "}" in rest or plain_pieces & (_WORDS | _CONSTANTS.keys() | {GROUPS}):
        return TemplateText(source)
    return JoinedText(source)


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and text.lower() not in _WORDS
