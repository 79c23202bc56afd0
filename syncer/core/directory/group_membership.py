"""Who is in which directory group, nested groups included.

Three things say so: a group's own list of members, a person's `memberOf`, and a person's
`groups`. Nesting is followed upwards, so that a cycle of groups is just a set of groups with
the same people.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, cast

from syncer.core.directory.merge import Person, place
from syncer.core.directory.references import AMBIGUOUS, PeopleIndex
from syncer.core.distinguished_names import first_value, parent_key
from syncer.core.language.expressions import NO_GROUPS, GroupNames
from syncer.core.language.filters import as_list
from syncer.core.names import team_key
from syncer.model.directory import DirectoryGroup, GroupsReading
from syncer.model.origin import Origin, Problem, Size

MEMBER_OF: Final = ("memberof", "member_of")
OWN_GROUPS: Final = "groups"
_SAYING_GROUPS: Final = (*MEMBER_OF, OWN_GROUPS)


@dataclass(slots=True)
class _Node:
    """One group while it is being put together."""

    name: str
    key: str
    origin: Origin
    dn: str | None
    people: set[int] = field(default_factory=set)
    parents: set[int] = field(default_factory=set)
    doubts: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    candidates: set[int] = field(default_factory=set)
    dangling: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the directory.

    `members` are indexes of people. `doubt` says why they are not known for certain, nested
    groups considered; empty when they are. `partial` says the same where people may be
    missing who cannot be named; `candidates` are people who may or may not be members.
    """

    name: str
    origin: Origin
    dn: str | None
    members: frozenset[int]
    doubt: str = ""
    partial: str = ""
    candidates: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Membership:
    """Every group, in the order of names, and the groups of each person by index.

    `parents` gives for each group the groups that list it as a member.
    """

    groups: tuple[Group, ...]
    of_person: tuple[GroupNames, ...]
    by_key: dict[str, tuple[int, ...]]
    notices: dict[int, tuple[Problem, ...]]
    parents: tuple[frozenset[int], ...] = ()

    def find(self, name: str, dn: str | None) -> tuple[int, ...]:
        """The indexes of groups of this name or distinguished name; several are ambiguous."""
        found = self.by_key.get(team_key(name), ())
        return found or (self.by_key.get(dn, ()) if dn else ())

    def groups_of(self, person: int) -> GroupNames:
        """The groups of a person, by index."""
        return self.of_person[person] if self.of_person else NO_GROUPS


def resolve_groups(
    readings: Sequence[GroupsReading],
    persons: tuple[Person, ...],
    index: PeopleIndex,
    *,
    shown: frozenset[str] | None,
    someone_unidentified: bool,
) -> Membership:
    """Everybody's groups.

    `shown` are the keys of groups that expressions ask for, None for all: only these stand in
    the lists of groups that people have.

    `someone_unidentified` says that a record could be anybody, so that a member who resolves
    to nobody may be that person and puts the group in doubt.
    """
    directory = _Directory(persons, index)
    groups = [group for reading in readings for group in reading.groups]
    groups.sort(key=lambda group: (team_key(group.name), group.dn or "", place(group.origin)))
    nodes = [(group, directory.add(group)) for group in groups]
    for number, person in enumerate(persons):
        directory.take_part(number, person)
    for group, node in nodes:
        directory.link(group, node)
    return directory.membership(shown, someone_unidentified=someone_unidentified)


class _Directory:
    """The graph of groups and people."""

    def __init__(self, persons: tuple[Person, ...], index: PeopleIndex) -> None:
        self._persons = persons
        self._index = index
        self._nodes: list[_Node] = []
        self._by_dn: dict[str, int] = {}
        self._by_name: dict[str, list[int]] = defaultdict(list)

    def add(self, group: DirectoryGroup) -> int:
        """The node of a listed group. Parts of one group, in several files, share a node."""
        dn = self._index.dn_key(group.dn) if group.dn else None
        known = self._by_dn.get(dn) if dn else self._nameless(group.name)
        if known is None:
            known = self._new(group.name, group.origin, dn)
        if not group.complete:
            self._nodes[known].missing.append(
                group.why_incomplete or f"group '{group.name}' was read in part ({group.origin})"
            )
        return known

    def _nameless(self, name: str) -> int | None:
        """The group of this name that has no distinguished name."""
        found = [n for n in self._by_name[team_key(name)] if self._nodes[n].dn is None]
        return found[0] if found else None

    def _new(self, name: str, origin: Origin, dn: str | None) -> int:
        key = team_key(name)
        self._nodes.append(_Node(name, key, origin, dn))
        number = len(self._nodes) - 1
        self._by_name[key].append(number)
        if dn:
            self._by_dn[dn] = number
        return number

    def take_part(self, number: int, person: Person) -> None:
        """Enter what the person's own attributes say of groups."""
        if person.attributes.keys().isdisjoint(_SAYING_GROUPS):
            return
        for attribute in _SAYING_GROUPS:
            for text in as_list(person.attributes.get(attribute, "")):
                for node in self._named(text, person.origin):
                    self._nodes[node].people.add(number)

    def _named(self, text: str, origin: Origin) -> tuple[int, ...]:
        """The groups a person's attribute means; a group nobody lists comes into being."""
        dn = self._index.dn_key(text)
        if dn is not None:
            known = self._by_dn.get(dn)
            return (
                self._met_by_dn(first_value(text) or text, origin, dn) if known is None else known,
            )
        if not team_key(text):
            return ()
        found = self._by_name.get(team_key(text))
        return tuple(found) if found else (self._new(text, origin, None),)

    def _met_by_dn(self, name: str, origin: Origin, dn: str) -> int:
        """The group of a distinguished name that is new here.

        A group listed by name alone, in a CSV file, is taken for the same one.
        """
        namesakes = self._by_name.get(team_key(name), [])
        if len(namesakes) == 1 and self._nodes[namesakes[0]].dn is None:
            self._nodes[namesakes[0]].dn = dn
            self._by_dn[dn] = namesakes[0]
            return namesakes[0]
        return self._new(name, origin, dn)

    def link(self, group: DirectoryGroup, node: int) -> None:
        """Enter the members that the group itself lists."""
        here = self._nodes[node]
        found = self._index.find_all(group.members)
        people: set[int | None] = {*found}
        people -= {None, AMBIGUOUS}
        here.people |= cast("set[int]", people)
        if len(people) == len(found):
            return
        for reference in dict.fromkeys(group.members):
            person = self._index.find(reference)
            if person in people:
                continue
            if person == AMBIGUOUS:
                here.candidates |= self._index.candidates(reference)
                here.doubts.append(
                    f"member '{reference}' of group '{group.name}' could be several people"
                )
            else:
                self._nest(reference, node)

    def _nest(self, reference: str, node: int) -> None:
        """Enter a member that is no person: a group, or nobody at all."""
        here = self._nodes[node]
        dn = self._index.dn_key(reference)
        if dn is not None:
            inner = [self._by_dn[dn]] if dn in self._by_dn else []
        else:
            inner = self._by_name.get(team_key(reference), [])
        if len(inner) == 1:
            self._nodes[inner[0]].parents.add(node)
        elif inner:
            here.doubts.append(f"its member '{reference}' could be several groups")
        else:
            here.dangling.append(reference)

    def membership(
        self, shown: frozenset[str] | None, *, someone_unidentified: bool
    ) -> Membership:
        """The finished graph, flattened."""
        for node in self._nodes:
            self._judge_dangling(node, someone_unidentified=someone_unidentified)
        above = [self._ancestors(number) for number in range(len(self._nodes))]
        below: list[list[_Node]] = [[] for _ in self._nodes]
        for number, node in enumerate(self._nodes):
            for upper in above[number]:
                below[upper].append(node)
        groups = tuple(map(_flattened, self._nodes, below))
        for node in self._nodes:
            node.people.clear()  # the groups have them
        notices = {
            number: tuple(self._dangling_notice(node) for node in nodes if node.dangling)
            for number, nodes in enumerate(below)
        }
        parents = tuple(frozenset(node.parents) for node in self._nodes)
        names = tuple(self._names(groups, shown))
        return Membership(groups, names, self._keys(), notices, parents)

    def _judge_dangling(self, node: _Node, *, someone_unidentified: bool) -> None:
        if not node.dangling:
            return
        if someone_unidentified:
            node.doubts.append(
                f"member '{min(node.dangling)}' of group '{node.name}' was not found, and a "
                f"record of the directory could not be identified"
            )
        lost = [reference for reference in node.dangling if self._looks_like_group(reference)]
        if lost:
            node.missing.append(
                f"'{min(lost)}', a member of group '{node.name}', seems to be a group that no "
                f"source holds"
            )

    def _looks_like_group(self, reference: str) -> bool:
        """Whether the missing entry would stand where only groups stand."""
        dn = self._index.dn_key(reference)
        parent = parent_key(dn) if dn else ""
        return parent in self._containers and parent not in self._index.containers

    @cached_property
    def _containers(self) -> frozenset[str]:
        return frozenset(parent_key(key) for key in self._by_dn) - {""}

    def _dangling_notice(self, node: _Node) -> Problem:
        count = len(node.dangling)
        whom = f"'{min(node.dangling)}'" + (f" and {count - 1} more" if count > 1 else "")
        verb = "are" if count > 1 else "is"
        return Problem(
            node.origin,
            f"group '{node.name}': {whom} {verb} in no people source and counted as nobody",
            size=Size.NOTICE,
        )

    def _ancestors(self, number: int) -> list[int]:
        """The group itself and every group that holds it, at any depth."""
        seen = {number}
        waiting = [number]
        while waiting:
            for parent in self._nodes[waiting.pop()].parents:
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        return sorted(seen)

    def _names(
        self, groups: Sequence[Group], shown: frozenset[str] | None
    ) -> Iterator[GroupNames]:
        """The groups of each person. People with the same groups share one list."""
        of_person: dict[int, list[int]] = defaultdict(list)
        for number in sorted(range(len(groups)), key=lambda n: _node_order(self._nodes[n])):
            node = self._nodes[number]
            if shown is None or node.key in shown or node.dn in shown:
                for person in groups[number].members:
                    of_person[person].append(number)
        if not of_person:
            return
        known: dict[tuple[int, ...], GroupNames] = {(): NO_GROUPS}
        for person in range(len(self._persons)):
            here = tuple(of_person.get(person, ()))
            if here not in known:
                known[here] = self._names_of(here)
            yield known[here]

    def _names_of(self, numbers: Iterable[int]) -> GroupNames:
        nodes = [self._nodes[number] for number in numbers]
        names = {node.key: node.name for node in nodes}
        return GroupNames(names.values(), (*names, *(node.dn for node in nodes if node.dn)))

    def _keys(self) -> dict[str, tuple[int, ...]]:
        by_name = {key: tuple(numbers) for key, numbers in self._by_name.items() if numbers}
        return by_name | {dn: (number,) for dn, number in self._by_dn.items()}


def _node_order(node: _Node) -> tuple[str, str, str]:
    return (node.key, node.name, node.dn or "")


def _flattened(node: _Node, below: list[_Node]) -> Group:
    """The group with what it and every group inside it hold."""
    partial = min((text for inner in below for text in inner.missing), default="")
    doubt = min((text for inner in below for text in inner.doubts), default="")
    return Group(
        node.name,
        node.origin,
        node.dn,
        members=frozenset().union(*(inner.people for inner in below)),
        doubt=partial or doubt,
        partial=partial,
        candidates=frozenset().union(*(inner.candidates for inner in below)),
    )
