"""People and groups from LDIF exports: which entries are taken, and what becomes of them."""

from dataclasses import dataclass, field

from syncer.model.directory import Record, Value
from syncer.model.origin import Origin, Problem, Size
from syncer.model.policy.directory import LdifSource
from syncer.sources.files import SourceError, SourceFile, Stream
from syncer.sources.findings import GroupPart, GroupsFound, PeopleFound, Range, Wanted
from syncer.sources.ldap_filter import FilterError, LdapFilter, parse_filter
from syncer.sources.ldif_entries import Entry, LdifFile
from syncer.sources.ldif_schema import (
    LOOKED_AT,
    MEMBER_ATTRIBUTES,
    Kind,
    group_name,
    hides_members,
    kind_of,
)
from syncer.sources.ranges import entry_key, joined, range_of
from syncer.sources.values import identity_of, may_name_a_person, one_or_many


@dataclass(slots=True)
class _Choice:
    """Which entries of a source are taken, and what was left out for want of evidence."""

    kind: Kind
    filter: LdapFilter | None = None
    entries: int = 0
    taken: int = 0
    classless: int = 0
    doubtful: list[Origin] = field(default_factory=list)

    @property
    def looked_at(self) -> frozenset[str]:
        """The attributes that the choice depends on."""
        return LOOKED_AT | (self.filter.attributes if self.filter else frozenset())

    def takes(self, entry: Entry, file: SourceFile) -> bool:
        """Whether the entry is one of ours; a `select` of the config has the only say."""
        self.entries += 1
        self.classless += "objectclass" not in entry.values
        if self.filter is not None:
            entry.values["dn"] = [entry.dn]
            taken = self.filter.matches(entry.values)
        else:
            kind = kind_of(entry.dn, entry.values, ranged=bool(entry.ranges))
            if kind is Kind.DOUBTFUL and self.kind is Kind.PERSON:
                self.doubtful.append(file.origin(entry.line))
            # A group without members, exported without its class, shows nothing but a name.
            taken = kind is self.kind or (kind is Kind.DOUBTFUL and self.kind is Kind.GROUP)
        self.taken += taken
        return taken

    def problems(self, asked: Origin) -> list[Problem]:
        """What to say at the end: nothing was taken, or something may have been missed."""
        if self.entries and not self.taken:
            hint = "does `select` fit, and is the export the right one?"
            if self.filter and "objectclass" in self.filter.attributes and self.classless:
                hint = "the entries show no objectClass: export it too, or change `select`"
            what = f"none of {self.entries} entries is a {self.kind.value}"
            return [Problem(asked, what, hint)]
        if not self.doubtful:
            return []
        summary = (
            "neither a class nor an attribute says that this is a person: left out, as are "
            f"{len(self.doubtful) - 1} further entries"
        )
        hint = "export objectClass too, or choose entries with `select`"
        return [Problem(self.doubtful[0], summary, hint, size=Size.NOTICE)]


def _choice(source: LdifSource, kind: Kind, asked: Origin) -> _Choice:
    """Raises SourceError when the filter cannot be understood."""
    if source.select is None:
        return _Choice(kind)
    try:
        return _Choice(kind, parse_filter(source.select))
    except FilterError as error:
        summary = f"character {error.position} of '{source.select}': {error}"
        raise SourceError(Problem(asked, summary, error.hint, column="select")) from error


class LdifPeople:
    """Reads the files of one source of people; raises SourceError when its filter is wrong."""

    def __init__(self, source: LdifSource, asked: Origin, found: PeopleFound) -> None:
        self._asked = asked
        self._found = found
        self._choice = _choice(source, Kind.PERSON, asked)
        self._seen: dict[str, Record] = {}
        self._ranges: dict[tuple[str, str], list[Range]] = {}

    def read(self, stream: Stream) -> None:
        """Add every person of the file. Raises SourceError when it cannot be read on."""
        found = self._found
        ldif = LdifFile(stream, found.wanted, self._choice.looked_at, found.problems)
        before = self._choice.entries
        try:
            for entry in ldif.entries():
                if self._choice.takes(entry, stream.file) or self._goes_on(entry):
                    self._add(stream.file, entry)
        finally:
            for key, spelling in ldif.names.items():
                found.names.setdefault(key, spelling)
        _refuse_no_entries(stream.file, self._choice.entries - before)

    def finish(self) -> None:
        """Join what came in ranges; a person with a gap becomes a problem."""
        self._found.problems.extend(self._choice.problems(self._asked))
        for (dn, attribute), ranges in self._ranges.items():
            record = self._seen[dn]
            values, missing = joined(ranges)
            if missing:
                self._found.problems.append(self._gap(record, attribute, missing))
            elif value := one_or_many(values):
                # Nobody has seen the record yet: this completes it.
                attributes = dict(record.attributes)
                attributes[attribute] = value
                complete = Record(attributes, record.origin)
                at = next(i for i, one in enumerate(self._found.records) if one is record)
                self._found.records[at] = self._seen[dn] = complete

    def _goes_on(self, entry: Entry) -> bool:
        """Whether the entry brings further ranges of a person already seen."""
        return bool(entry.ranges) and entry.dn.casefold() in self._seen

    def _add(self, file: SourceFile, entry: Entry) -> None:
        wanted, key = self._found.wanted, entry.dn.casefold()
        record = Record(_attributes(entry, wanted), file.origin(entry.line))
        if entry.unreadable:
            self._found.problems.append(_unreadable(record, entry, wanted))
            return
        first = self._seen.setdefault(key, record)
        if first is record:
            self._found.records.append(record)
        elif not entry.ranges:
            self._found.problems.append(self._twice(first, record))
        for name, values in entry.ranges.items():
            attribute, part = range_of(name, values)
            if wanted.keeps(attribute):
                self._ranges.setdefault((key, attribute), []).append(part)

    def _twice(self, first: Record, second: Record) -> Problem:
        key = self._found.wanted.key
        both = (*identity_of(first.attributes, key), *identity_of(second.attributes, key))
        return Problem(
            second.origin,
            f"{second.attributes['dn']} is here twice (first at {first.origin})",
            "remove one of the two entries",
            size=Size.RECORD,
            identity=tuple(dict.fromkeys(both)),
        )

    def _gap(self, record: Record, attribute: str, missing: str) -> Problem:
        return Problem(
            record.origin,
            f"not all values are in the export: {missing}",
            "export the further ranges of the attribute as well",
            column=attribute,
            size=Size.RECORD,
            identity=identity_of(record.attributes, self._found.wanted.key),
        )


class LdifGroups:
    """Reads the files of one source of groups; raises SourceError when its filter is wrong."""

    def __init__(self, source: LdifSource, asked: Origin, found: GroupsFound) -> None:
        self._asked = asked
        self._found = found
        self._choice = _choice(source, Kind.GROUP, asked)
        self._seen: dict[str, GroupPart] = {}

    def read(self, stream: Stream) -> None:
        """Add every group of the file. Raises SourceError when it cannot be read on."""
        wanted = Wanted(frozenset(MEMBER_ATTRIBUTES))
        ldif = LdifFile(stream, wanted, self._choice.looked_at, self._found.problems)
        before = self._choice.entries
        for entry in ldif.entries():
            if self._choice.takes(entry, stream.file) or self._goes_on(entry):
                self._add(stream.file, entry)
        _refuse_no_entries(stream.file, self._choice.entries - before)

    def finish(self) -> None:
        """Doubt every group when not one shows a member: then `member` was not exported."""
        self._found.problems.extend(self._choice.problems(self._asked))
        parts = self._seen.values()
        if parts and not any(part.members or part.ranges for part in parts):
            for part in parts:
                part.doubt = part.doubt or "no group of this export shows any member"
            summary = f"none of {len(parts)} groups shows a member; they are taken as incomplete"
            hint = "was the attribute 'member' exported?"
            self._found.problems.append(Problem(self._asked, summary, hint, size=Size.NOTICE))

    def _goes_on(self, entry: Entry) -> bool:
        """Whether the entry brings further ranges of a group already seen."""
        return bool(entry.ranges) and entry_key(entry.dn) in self._seen

    def _add(self, file: SourceFile, entry: Entry) -> None:
        part = _group_part(file, entry)
        first = self._seen.setdefault(entry_key(entry.dn), part)
        if first is part or first.ranges or part.ranges:
            self._found.parts.append(part)
        elif set(first.members) != set(part.members) or part.doubt:
            first.doubt = f"it is here twice, with other members at {part.origin}"
            summary = f"group '{part.name}' is here twice (first at {first.origin})"
            hint = "remove one of the two entries; its teams stay as they are until then"
            self._found.problems.append(
                Problem(part.origin, summary, hint, size=Size.RECORD, identity=(part.name,))
            )


def _group_part(file: SourceFile, entry: Entry) -> GroupPart:
    part = GroupPart(group_name(entry.dn, entry.values), file.origin(entry.line), dn=entry.dn)
    for name in MEMBER_ATTRIBUTES:
        part.members.extend(entry.values.get(name, ()))
    for name, values in entry.ranges.items():
        attribute, ranged = range_of(name, values)
        if attribute in MEMBER_ATTRIBUTES:
            part.ranges.append(ranged)
    if entry.unreadable:
        part.doubt = "one of its members is no text"
    elif not part.members and hides_members(entry.dn, entry.values):
        part.doubt = (
            "it is the primary group of its members, whom Active Directory does not list here"
        )
    return part


def _attributes(entry: Entry, wanted: Wanted) -> dict[str, Value]:
    attributes: dict[str, Value] = {"dn": entry.dn} if entry.dn else {}
    for name, values in entry.values.items():
        if values and wanted.keeps(name):
            attributes[name] = values[0] if len(values) == 1 else tuple(values)
    return attributes


def _unreadable(record: Record, entry: Entry, wanted: Wanted) -> Problem:
    lost = any(may_name_a_person(name, wanted.key) for name in entry.unreadable)
    return Problem(
        record.origin,
        "the value is no text",
        "store it as UTF-8 in the directory, or do not map this attribute",
        column=entry.unreadable[0],
        size=Size.RECORD,
        identity=() if lost else identity_of(record.attributes, wanted.key),
    )


def _refuse_no_entries(file: SourceFile, entries: int) -> None:
    if not entries:
        raise SourceError(
            file.problem(None, "there is no entry in this file", "was the export interrupted?")
        )
