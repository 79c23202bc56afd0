"""People from LDAP entries, whether they came in an LDIF export or from a server."""

from collections.abc import Iterable, Sequence

from syncer.model.directory import Record, Value
from syncer.model.origin import Origin, Problem, Size
from syncer.sources.findings import PeopleFound, Range, Wanted
from syncer.sources.ldap_choice import Choice
from syncer.sources.ldap_entry import Entry
from syncer.sources.ldif_schema import looks_personal
from syncer.sources.ranges import joined, range_of
from syncer.sources.values import identity_of, may_name_a_person, one_or_many


class PeopleOfEntries:
    """What the entries of one source say of people."""

    def __init__(self, choice: Choice, asked: Origin, found: PeopleFound) -> None:
        self._asked = asked
        self._found = found
        self._choice = choice
        # Where each person stands among the records that were found.
        self._places: dict[str, int] = {}
        self._ranges: dict[tuple[str, str], list[Range]] = {}

    def take(self, entries: Iterable[Entry]) -> None:
        """Add every person among the entries."""
        for entry in entries:
            self.meet(entry)

    def meet(self, entry: Entry) -> None:
        """Add the person of the entry, if it is one."""
        if self._choice.takes(entry) or self._goes_on(entry):
            self._add(entry)

    def finish(self) -> None:
        """Join what came in ranges; a person with a gap becomes a problem."""
        self._found.problems.extend(self._choice.problems(self._asked))
        self._found.problems.extend(filter(None, map(self._perhaps, self._choice.unfamiliar)))
        for (dn, attribute), ranges in self._ranges.items():
            place = self._places[dn]
            record = self._found.records[place]
            values, missing = joined(ranges)
            if missing:
                self._found.problems.append(self._gap(record, attribute, missing))
            elif value := one_or_many(values):
                # Nobody has seen the record yet: this completes it.
                attributes = dict(record.attributes)
                attributes[attribute] = value
                self._found.records[place] = Record(attributes, record.origin)

    def _goes_on(self, entry: Entry) -> bool:
        """Whether the entry brings further ranges of a person already seen."""
        return bool(entry.ranges) and entry.dn.casefold() in self._places

    def _add(self, entry: Entry) -> None:
        wanted, key, records = self._found.wanted, entry.dn.casefold(), self._found.records
        record = Record(_attributes(entry, wanted), entry.origin)
        if unreadable := entry.unreadable_of(wanted):
            self._found.problems.append(_unreadable(record, unreadable, wanted))
            return
        place = self._places.setdefault(key, len(records))
        if place == len(records):
            records.append(record)
        elif not entry.ranges:
            self._found.problems.append(self._twice(records[place], record))
        for name, values in entry.ranges.items():
            attribute, part = range_of(name, values)
            if wanted.keeps(attribute):
                self._ranges.setdefault((key, attribute), []).append(part)

    def _perhaps(self, entry: Entry) -> Problem | None:
        """A class that is not known here may be below that of people, though `top` stands beside
        it: OpenLDAP shows no class in between that was not stored."""
        shown = {name: tuple(values) for name, values in entry.values.items() if values}
        identity = identity_of(shown, self._found.wanted.key)
        if not identity and not looks_personal(entry.values):
            return None
        classes = [name for name in entry.values["objectclass"] if name.casefold() != "top"]
        return Problem(
            entry.origin,
            f"'{entry.dn}' may be a person, of a class that is not known here: "
            f"{', '.join(classes) or 'top'}",
            _how_to_say(classes or ["top"], chosen=self._choice.filter is not None),
            size=Size.RECORD,
            identity=identity,
        )

    def _twice(self, first: Record, second: Record) -> Problem:
        key = self._found.wanted.key
        both = (*identity_of(first.attributes, key), *identity_of(second.attributes, key))
        return Problem(
            second.origin,
            f"{second.attributes['dn']} is here twice (first at {first.origin})",
            self._choice.words.twice,
            size=Size.RECORD,
            identity=tuple(dict.fromkeys(both)),
        )

    def _gap(self, record: Record, attribute: str, missing: str) -> Problem:
        return Problem(
            record.origin,
            f"{self._choice.words.parted}: {missing}",
            self._choice.words.parts,
            column=attribute,
            size=Size.RECORD,
            identity=identity_of(record.attributes, self._found.wanted.key),
        )


def _how_to_say(classes: Sequence[str], *, chosen: bool) -> str:
    """How the config says what entries of these classes are; `chosen` where it has a `select`.

    All of them together, for people may share one that is added to others.
    """
    these = "".join(f"(objectClass={name})" for name in classes)
    these = f"(&{these})" if len(classes) > 1 else these
    if chosen:
        return f"say so in `select`: take {these} in if it is one, else leave it out by (!{these})"
    people = "(objectClass=person)(objectClass=posixAccount)"
    return f"say so in `select`: (|{people}{these}) if it is one, else (&(|{people})(!{these}))"


def _attributes(entry: Entry, wanted: Wanted) -> dict[str, Value]:
    attributes: dict[str, Value] = {"dn": entry.dn} if entry.dn else {}
    for name, values in entry.values.items():
        if values and wanted.keeps(name):
            attributes[name] = values[0] if len(values) == 1 else tuple(values)
    return attributes


def _unreadable(record: Record, names: Sequence[str], wanted: Wanted) -> Problem:
    lost = any(may_name_a_person(name, wanted.key) for name in names)
    return Problem(
        record.origin,
        "the value is no text",
        "store it as UTF-8 in the directory, or do not map this attribute",
        column=names[0],
        size=Size.RECORD,
        identity=() if lost else identity_of(record.attributes, wanted.key),
    )
