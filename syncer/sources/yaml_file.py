"""People and groups from YAML files, written by hand or by an exporter."""

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Final

from syncer.core.names import attribute_key, team_key
from syncer.model.directory import Record, Value
from syncer.model.origin import Origin, Problem, Size
from syncer.sources.files import SourceError, SourceFile, Stream
from syncer.sources.findings import GroupPart, GroupsFound, PeopleFound
from syncer.sources.values import addresses_in, identity_of, may_name_a_person, one_or_many
from syncer.sources.yaml_events import Item, Items, Node, Pairs, Text, YamlFile

_GROUP_KEYS: Final = ("name", "members", "dn", "description")
_POOL: Final = 1 << 14


@dataclass(slots=True)
class YamlPeople:
    """Reads the files of one source of people."""

    asked: Origin
    found: PeopleFound
    _pool: dict[Value, Value] = field(default_factory=dict)
    _items: int = 0

    def read(self, stream: Stream) -> None:
        """Add every person of the file. Raises SourceError when it cannot be read on."""
        document = YamlFile(stream, self.found.problems)
        for item in document.items():
            if item.section in {"", "people"}:
                self._items += 1
                self._add(stream.file, item.node)
        _refuse_empty(document, stream.file)

    def finish(self) -> None:
        """An empty source would read as if everybody had left."""
        if not self._items:
            hint = "list them under `people:`"
            self.found.problems.append(Problem(self.asked, "there are no people here", hint))

    def _add(self, file: SourceFile, node: Node) -> None:
        if not isinstance(node, Pairs) or not node.pairs:
            self.found.problems.append(_no_person(file, node))
            return
        person = _Person(file, self.found.wanted.key)
        for key, value in node.pairs:
            person.learn(key, value)
        if person.problems:
            self.found.problems.extend(person.finished())
            return
        for name, spelled in person.known.items():
            self.found.names.setdefault(name, spelled.value)
        wanted = self.found.wanted
        kept = {
            name: self._shared(value)
            for name, value in person.attributes.items()
            if wanted.keeps(name)
        }
        self.found.records.append(Record(kept, file.origin(node.line)))

    def _shared(self, value: Value) -> Value:
        """The value, in one text for all who have it, as titles and departments are."""
        if len(self._pool) < _POOL:
            return self._pool.setdefault(value, value)
        return self._pool.get(value, value)


@dataclass(slots=True)
class _Person:
    """One person while their mapping is read."""

    file: SourceFile
    key: str | None
    attributes: dict[str, Value] = field(default_factory=dict)
    known: dict[str, Text] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    lost: bool = False
    """Whether what cannot be read may have held what names the person."""

    def learn(self, key: Text, node: Node) -> None:
        """Take one attribute, or note what is wrong with it."""
        name = attribute_key(key.value)
        if first := self.known.get(name):
            summary = f"'{key.value}' is here twice (first in line {first.line})"
            self._refuse(key.line, summary, "remove one of the two", key.value)
            name = f"{name} {len(self.known)}"  # kept apart, for its addresses count too
        self.known[name] = key
        values = _texts(node)
        if values is None:
            hint = "an attribute is a text or a list of texts"
            self._refuse(node.line, "values within values", hint, key.value)
            self.lost = self.lost or may_name_a_person(name, self.key)
        elif value := one_or_many(values):
            self.attributes[name] = value

    def finished(self) -> list[Problem]:
        """The problems, each with whom it is about."""
        identity = () if self.lost else identity_of(self.attributes, self.key)
        return [replace(problem, identity=identity) for problem in self.problems]

    def _refuse(self, line: int, summary: str, hint: str, column: str) -> None:
        self.problems.append(
            Problem(self.file.origin(line), summary, hint, column, size=Size.RECORD)
        )


@dataclass(slots=True)
class YamlGroups:
    """Reads the files of one source of groups."""

    asked: Origin
    found: GroupsFound
    _seen: dict[str, GroupPart] = field(default_factory=dict)
    _known: dict[str, str] = field(default_factory=dict)
    _items: int = 0

    def read(self, stream: Stream) -> None:
        """Add every group of the file. Raises SourceError when it cannot be read on."""
        document = YamlFile(stream, self.found.problems)
        for item in document.items():
            if item.section != "people":
                self._items += 1
                self._add(stream.file, item)
        _refuse_empty(document, stream.file)

    def finish(self) -> None:
        """A source without groups would read as if every group had gone."""
        if not self._items:
            hint = "list them under `groups:`, each with `name` and `members`"
            self.found.problems.append(Problem(self.asked, "there are no groups here", hint))

    def _add(self, file: SourceFile, item: Item) -> None:
        group = _Group(file, item)
        if not group.name:
            self.found.problems.append(
                file.problem(item.node.line, "a group without a name", "add `name`")
            )
            return
        # People stand in many groups: each in one text.
        members = [self._known.setdefault(member, member) for member in group.members]
        part = GroupPart(group.name, file.origin(group.line), members, group.dn)
        first = self._seen.setdefault(team_key(part.name), part)
        if first is part:
            self.found.parts.append(part)
        else:
            group.refuse(
                group.line,
                f"group '{part.name}' is here twice (first at {first.origin})",
                "join the two lists of members",
            )
        self.found.problems.extend(group.problems)
        if group.problems:
            first.doubt = f"its list of members is in doubt ({group.problems[0].origin})"


class _Group:
    """One group while its item is read; what is wrong is collected in `problems`."""

    def __init__(self, file: SourceFile, item: Item) -> None:
        self._file = file
        self.problems: list[Problem] = []
        self.members: tuple[str, ...] = ()
        self.dn: str | None = None
        self.line = item.key.line if item.key else item.node.line
        self.name = item.key.value.strip() if item.key else ""
        if isinstance(item.node, Pairs):
            self._learn(item.node)
        elif item.key:
            self._take_members(item.node)

    def refuse(self, line: int, summary: str, hint: str) -> None:
        """Note a problem of this group; it names the group, and nobody in particular."""
        self.problems.append(
            Problem(
                self._file.origin(line), summary, hint, size=Size.RECORD, identity=(self.name,)
            )
        )

    def _learn(self, node: Pairs) -> None:
        values = {key.value: value for key, value in reversed(node.pairs)}
        if not self.name and isinstance(name := values.get("name"), Text):
            self.name = name.value.strip()
        if isinstance(dn := values.get("dn"), Text) and not dn.absent:
            self.dn = dn.value.strip() or None
        seen: dict[str, int] = {}
        for key, _ in node.pairs:
            if key.value in seen:
                first = seen[key.value]
                summary = f"'{key.value}' is here twice (first in line {first})"
                self.refuse(key.line, summary, "remove one of the two")
            elif key.value not in _GROUP_KEYS:
                near = get_close_matches(key.value.casefold(), _GROUP_KEYS, 1)
                hint = f"did you mean '{near[0]}'?" if near else "known: " + ", ".join(_GROUP_KEYS)
                self.refuse(key.line, f"unknown key '{key.value}' of a group", hint)
            seen.setdefault(key.value, key.line)
        if "members" in values:
            self._take_members(values["members"])
        else:
            self.refuse(node.line, f"group '{self.name}' has no `members`", _EMPTY)

    def _take_members(self, node: Node) -> None:
        if isinstance(node, Text) and node.absent:
            self.refuse(node.line, f"nothing is said about the members of '{self.name}'", _EMPTY)
            return
        members = _texts(node)
        if members is None:
            hint = "a member is an address, a key or a distinguished name"
            self.refuse(node.line, f"the members of '{self.name}' are no list of texts", hint)
            return
        self.members = tuple(text for member in members if (text := member.strip()))


_EMPTY: Final = "write `members: []` for a group without members"


def _texts(node: Node) -> tuple[str, ...] | None:
    """The texts of a value, none where it is absent; None when there is more than texts."""
    if isinstance(node, Text):
        return () if node.absent else (node.value,)
    if isinstance(node, Items) and all(isinstance(item, Text) for item in node.items):
        texts = (item for item in node.items if isinstance(item, Text))
        return tuple(text.value for text in texts if not text.absent)
    return None


def _no_person(file: SourceFile, node: Node) -> Problem:
    said = (node.value,) if isinstance(node, Text) else ()
    return Problem(
        file.origin(node.line),
        "this is no person: a person is attributes with values",
        "for example `- {mail: ada@example.com, givenName: Ada}`",
        size=Size.RECORD,
        identity=addresses_in(said),
    )


def _refuse_empty(document: YamlFile, file: SourceFile) -> None:
    if document.empty:
        raise SourceError(
            file.problem(None, "there is nothing in this file", "was the export interrupted?")
        )
