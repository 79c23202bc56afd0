"""A YAML file as a stream of small trees: one per person or group, each with its line.

Every scalar stays the text that was written: `00123`, `no` and `12:30` mean themselves. The
document as a whole is never held.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

import yaml

from syncer.model.origin import Problem
from syncer.sources.files import SourceError, Stream

# The C parser is five times faster and not in every build of PyYAML.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST: Final = 20
_LISTS: Final = ("people", "groups")
_ONE_GROUP: Final = ("name", "members", "dn", "description")


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar as written. `absent` tells `title:`, `title: ~` and `title: null` from texts;
    quoted, or with a capital as in the surname Null, it is a text."""

    value: str
    line: int
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping in the order of the file, doubled keys included."""

    pairs: tuple[tuple[Text, "Node"], ...]
    line: int


Node = Text | Items | Pairs


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list or mapping of the document, which is called `section`.

    `section` is empty where the document itself is the list. `key` is there in a mapping.
    """

    section: str
    node: Node
    key: Text | None = None


class YamlFile:
    """One YAML file on its way in."""

    def __init__(self, stream: Stream, problems: list[Problem]) -> None:
        self._file = stream.file
        self._stream = stream
        self._problems = problems
        self._events: Iterator[Any] = iter(())
        self.empty = True

    def items(self) -> Iterator[Item]:
        """Every item of every document. Raises SourceError when the file cannot be read on."""
        self._events = yaml.parse(self._stream.text(), Loader=_LOADER)
        try:
            for event in self._events:
                if isinstance(event, yaml.DocumentStartEvent):
                    yield from self._document(next(self._events))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = error.problem or error.context or "a mistake in the YAML"
            column = f" (column {mark.column + 1})" if mark else ""
            raise SourceError(
                self._problem(
                    mark.line + 1 if mark else None,
                    f"not readable as YAML: {what}{column}",
                    "indent with blanks, and quote texts that contain ': ' or start with a sign",
                )
            ) from error
        except yaml.reader.ReaderError as error:
            raise SourceError(
                self._problem(
                    None, f"not readable as YAML: {error.reason}", "is this a text file?"
                )
            ) from error

    def _document(self, event: Any) -> Iterator[Item]:
        if isinstance(event, yaml.SequenceStartEvent):
            self.empty = False
            yield from self._listed("")
        elif isinstance(event, yaml.MappingStartEvent):
            self.empty = False
            yield from self._sections(event)
        else:
            text = self._node(event, 0)
            if not (isinstance(text, Text) and text.absent):
                raise SourceError(
                    self._problem(_line(event), "neither a mapping nor a list", _FORM)
                )

    def _sections(self, start: Any) -> Iterator[Item]:
        """The items of the known top-level keys; others are problems."""
        seen: dict[str, int] = {}
        group: list[tuple[Text, Node]] = []
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event)
            first = seen.setdefault(key.value, key.line)
            value = next(self._events)
            if first != key.line:
                self._refuse(
                    key.line,
                    f"'{key.value}' is here twice (first in line {first})",
                    "join the two",
                )
                self._node(value, -1)
            elif key.value in _LISTS:
                yield from self._section(key, value)
            elif key.value in _ONE_GROUP:
                group.append((key, self._node(value, 1)))
            else:
                self._unknown(key)
                self._skip(value)
        if group:
            yield Item("group", Pairs(tuple(group), _line(start)))

    def _section(self, key: Text, event: Any) -> Iterator[Item]:
        if isinstance(event, yaml.SequenceStartEvent):
            yield from self._listed(key.value)
        elif isinstance(event, yaml.MappingStartEvent) and key.value == "groups":
            yield from self._mapped(key.value)
        else:
            absent = isinstance(event, yaml.ScalarEvent) and self._text(event).absent
            self._skip(event)
            if not absent:
                self._refuse(key.line, f"'{key.value}' is no list", _FORM)

    def _listed(self, section: str) -> Iterator[Item]:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield Item(section, self._node(event, 0))

    def _mapped(self, section: str) -> Iterator[Item]:
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                return
            key = self._key(event)
            yield Item(section, self._node(next(self._events), 0), key)

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._text(event)
        if isinstance(event, yaml.AliasEvent):
            raise SourceError(
                self._problem(
                    _line(event),
                    f"'*{event.anchor}' refers to another place of the file",
                    "write the values out: directory data is read without anchors and aliases",
                )
            )
        if depth > _DEEPEST:
            raise SourceError(self._problem(_line(event), "nested too deeply", _FORM))
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
                items.append(self._node(inner, depth + 1))
            return Items(tuple(items), _line(event))
        pairs = []
        while not isinstance(inner := next(self._events), yaml.MappingEndEvent):
            key = self._key(inner)
            pairs.append((key, self._node(next(self._events), depth + 1)))
        return Pairs(tuple(pairs), _line(event))

    def _key(self, event: Any) -> Text:
        if isinstance(event, yaml.ScalarEvent):
            return self._text(event)
        raise SourceError(self._problem(_line(event), "a key must be a plain text", _FORM))

    def _skip(self, event: Any) -> None:
        depth = 0
        while True:
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if not depth:
                return
            event = next(self._events)

    def _text(self, event: Any) -> Text:
        plain = event.implicit[0]
        return Text(event.value, _line(event), plain and event.value in {"", "~", "null"})

    def _unknown(self, key: Text) -> None:
        near = get_close_matches(key.value.casefold(), (*_LISTS, *_ONE_GROUP), 1)
        hint = f"did you mean '{near[0]}'?" if near else _FORM
        self._refuse(key.line, f"unknown key '{key.value}'", hint)

    def _refuse(self, line: int, summary: str, hint: str) -> None:
        self._problems.append(self._problem(line, summary, hint))

    def _problem(self, line: int | None, summary: str, hint: str) -> Problem:
        return self._file.problem(line, summary, hint)


_FORM: Final = "the file holds `people:` and `groups:`, or a list of people"


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
