"""Make people of records: what several sources say of one person becomes one.

Records meet by the directory key, else by address. Two records of one source never meet:
they are kept apart under one identity, for scope to tell them apart or not.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from syncer.core.directory.rules import Rules
from syncer.core.language.expressions import Attributes, EvaluationError
from syncer.core.language.filters import as_text
from syncer.core.names import attribute_key, clean, folded, is_address, plain, user_key
from syncer.model.directory import PeopleReading, Record, Value
from syncer.model.origin import Origin, Problem, Size
from syncer.model.state import UserKey

NO_KEY: Final = UserKey("")
_MOST_CONFLICTS: Final = 20


class Person(NamedTuple):
    """One person of the directory.

    `address` is what the mapping gives as userName, as written; `key` is its key, or
    `NO_KEY` when it is no address. `identity` is shared by records that claim to be the same
    person. `aliases` are addresses that other sources give. `merged` are the records of which
    the person was made where there were several, the first of them speaking loudest.
    """

    attributes: Attributes
    origin: Origin
    address: str
    key: UserKey
    directory_key: str | None
    identity: str
    aliases: tuple[str, ...] = ()
    merged: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class People:
    """Everybody in the directory, in the order of their places, and what sources disagree on."""

    persons: tuple[Person, ...]
    notices: tuple[Problem, ...] = ()


class _Entry(NamedTuple):
    """A record with the person it would be by itself."""

    source: int
    record: Record
    alone: Person


def place(origin: Origin) -> tuple[str, int]:
    """What origins are sorted by."""
    return (origin.path, origin.line or 0)


def _place_of(person: Person) -> tuple[str, int]:
    return place(person.origin)


def merge_people(
    readings: Sequence[PeopleReading], rules: Rules, directory_key: str | None
) -> People:
    """Everybody the readings speak of. Equal for equal records in any order."""
    key_name = attribute_key(directory_key) if directory_key else None
    if len(readings) == 1 and (alone := _one_each(readings[0], rules, key_name)):
        return People(alone)
    entries = [
        _Entry(source, record, _alone(record, rules, key_name))
        for source, reading in enumerate(readings)
        for record in reading.records
    ]
    entries.sort(key=lambda entry: place(entry.record.origin))
    conflicts = _Conflicts(_names_that_matter(rules))
    persons = [
        person
        for identity, group in _meet(entries).items()
        for person in _people_of(identity, group, rules, conflicts)
    ]
    persons.sort(key=_place_of)
    return People(tuple(persons), conflicts.notices())


def _one_each(
    reading: PeopleReading, rules: Rules, key_name: str | None
) -> tuple[Person, ...] | None:
    """A person for each record of one source; None where two records may be of one person.

    Without a directory key records are told apart by scope alone.
    """
    persons = [_alone(record, rules, key_name) for record in reading.records]
    if key_name is not None:
        keyed = all(person.directory_key for person in persons)
        if not keyed or len({person.identity for person in persons}) < len(persons):
            return None
    persons.sort(key=_place_of)
    return tuple(persons)


def address_of(rules: Rules, attributes: Attributes) -> str:
    """What the mapping gives as userName, as it would be sent; empty when nothing."""
    try:
        return plain(as_text(rules.user_name.source.read(attributes)))
    except EvaluationError:
        return ""


def _alone(record: Record, rules: Rules, key_name: str | None) -> Person:
    """The person of a record by itself: by directory key, else somebody whom no other knows."""
    attributes, origin = record.attributes, record.origin
    address = address_of(rules, attributes)
    key = user_key(address) if is_address(address) else NO_KEY
    number = clean(as_text(attributes.get(key_name, ""))) if key_name else ""
    if number:
        identity = f"key {folded(number)}"
    else:
        # Without any address a record is nobody else's: its own place is its identity.
        identity = f"address {key}" if key else f"place {origin}"
    return Person(attributes, origin, address, key, number or None, identity)


def _meet(entries: Iterable[_Entry]) -> Mapping[str, list[_Entry]]:
    """Entries by identity: by directory key; without one, by the address of whoever has one."""
    keys_of_address: dict[UserKey, set[str]] = defaultdict(set)
    groups: dict[str, list[_Entry]] = defaultdict(list)
    keyless: list[_Entry] = []
    for entry in entries:
        person = entry.alone
        if person.directory_key is None:
            keyless.append(entry)
            continue
        groups[person.identity].append(entry)
        if person.key:
            keys_of_address[person.key].add(person.identity)
    for entry in keyless:
        owners = keys_of_address.get(entry.alone.key, set())
        identity = next(iter(owners)) if len(owners) == 1 else entry.alone.identity
        groups[identity].append(entry)
    return groups


def _people_of(
    identity: str, entries: list[_Entry], rules: Rules, conflicts: "_Conflicts"
) -> Iterator[Person]:
    """One person, or one per record where a source has several records of this identity."""
    if len(entries) == 1:
        yield entries[0].alone._replace(identity=identity)
        return
    by_source: dict[int, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_source[entry.source].append(entry)
    doubled = [source for source, found in by_source.items() if len(found) > 1]
    if not doubled:
        yield _merged(identity, [by_source[source][0] for source in sorted(by_source)], rules)
        conflicts.compare([by_source[source][0] for source in sorted(by_source)])
    elif len(doubled) > 1 or len(by_source) == 1:
        yield from (entry.alone._replace(identity=identity) for entry in entries)
    else:
        # What other sources say may belong to either record of the doubled one.
        for candidate in by_source[doubled[0]]:
            single = {source: found[0] for source, found in by_source.items()}
            single[doubled[0]] = candidate
            merged = _merged(identity, [single[source] for source in sorted(single)], rules)
            yield merged._replace(origin=candidate.record.origin)


def _merged(identity: str, entries: list[_Entry], rules: Rules) -> Person:
    """The person of these entries, one per source in the order of the config."""
    attributes: dict[str, Value] = {}
    for entry in reversed(entries):
        attributes.update(entry.record.attributes)
    address = address_of(rules, attributes)
    key = user_key(address) if is_address(address) else NO_KEY
    people = [entry.alone for entry in entries]
    numbers = [person.directory_key for person in people if person.directory_key]
    return Person(
        attributes,
        entries[0].record.origin,
        address,
        key,
        numbers[0] if numbers else None,
        identity,
        aliases=tuple(person.address for person in people if person.key not in (key, NO_KEY)),
        merged=tuple(entry.record for entry in entries),
    )


def _names_that_matter(rules: Rules) -> tuple[str, ...]:
    return tuple(sorted({name for use in rules.uses for name in use.names}))


class _Conflicts:
    """Attributes on which sources disagree, where a rule looks at the attribute."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._found: dict[str, list[Problem]] = defaultdict(list)

    def compare(self, entries: list[_Entry]) -> None:
        """Note each attribute that a later entry holds otherwise than the first that has it."""
        for name in self._names:
            holders = [entry for entry in entries if name in entry.record.attributes]
            for other in holders[1:]:
                first, second = (e.record.attributes[name] for e in (holders[0], other))
                if comparable(first) != comparable(second):
                    self._found[name].append(
                        Problem(
                            holders[0].record.origin,
                            f"{_shown(first)} here, {_shown(second)} at {other.record.origin}; "
                            f"the first is used",
                            column=name,
                            size=Size.NOTICE,
                        )
                    )

    def notices(self) -> tuple[Problem, ...]:
        """The conflicts by attribute and place, cut where there are very many of one kind."""
        notices: list[Problem] = []
        for name, found in sorted(self._found.items()):
            found.sort(key=lambda p: place(p.origin) if p.origin else ("", 0))
            notices += found[:_MOST_CONFLICTS]
            if len(found) > _MOST_CONFLICTS:
                rest = len(found) - _MOST_CONFLICTS
                summary = f"{rest} more people have one value here and another elsewhere"
                notices.append(Problem(None, summary, column=name, size=Size.NOTICE))
        return tuple(notices)


def comparable(value: Value) -> object:
    """What two sources must have in common for them to agree."""
    if isinstance(value, str):
        return folded(clean(value)) if "@" in value else clean(value)
    return frozenset(folded(one) for one in value)


def _shown(value: Value) -> str:
    return repr(value if isinstance(value, str) else "; ".join(value))
