"""People and groups from LDIF exports."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from syncer.model.origin import Origin, Problem, Size
from syncer.model.policy.directory import LdifSource
from syncer.sources.files import SourceError, Stream
from syncer.sources.findings import GroupsFound, Interest, PeopleFound
from syncer.sources.ldap_choice import Choice, parsed_select
from syncer.sources.ldap_entry import Entry, meaning_of
from syncer.sources.ldap_groups import MEMBERS, GroupsOfEntries
from syncer.sources.ldap_people import PeopleOfEntries
from syncer.sources.ldif_entries import LdifFile
from syncer.sources.ldif_schema import Kind


class LdifPeople:
    """Reads the files of one source of people; raises SourceError when its filter is wrong."""

    def __init__(self, source: LdifSource, asked: Origin, found: PeopleFound) -> None:
        self.choice = _choice(source, Kind.PERSON, asked)
        self.interest = Interest(found.wanted, self.choice.looked_at)
        self._source = source
        self._found = found
        self._people = PeopleOfEntries(self.choice, asked, found)

    def read(self, stream: Stream) -> None:
        """Add every person of the file. Raises SourceError when it cannot be read on."""
        _read(stream, (self,), self._found.problems)

    def meet(self, entry: Entry) -> None:
        """Add the person of the entry, if it is one."""
        self._people.meet(entry)

    def know(self, names: dict[str, str]) -> None:
        """Note the attributes that a file shows."""
        for key, spelling in names.items():
            self._found.names.setdefault(key, spelling)

    def heed(self, missing: Sequence[Problem]) -> None:
        """Note what may be missing from a file."""
        left_out = "it is left out, as referrals: ignore says"
        lenient = self._source.referrals == "ignore"
        self._found.problems.extend(_noticed(missing, left_out) if lenient else missing)

    def finish(self) -> None:
        """Join what came in ranges; a person with a gap becomes a problem."""
        self._people.finish()


class LdifGroups:
    """Reads the files of one source of groups; raises SourceError when its filter is wrong."""

    def __init__(self, source: LdifSource, asked: Origin, found: GroupsFound) -> None:
        self.choice = _choice(source, Kind.GROUP, asked)
        self.interest = Interest(MEMBERS, self.choice.looked_at)
        self._found = found
        self._groups = GroupsOfEntries(self.choice, asked, found)

    def read(self, stream: Stream) -> None:
        """Add every group of the file. Raises SourceError when it cannot be read on."""
        _read(stream, (self,), self._found.problems)

    def meet(self, entry: Entry) -> None:
        """Add the group of the entry, if it is one."""
        self._groups.meet(entry)

    def know(self, names: dict[str, str]) -> None:
        """Groups have no rules that name attributes."""

    def heed(self, missing: Sequence[Problem]) -> None:
        """Note what may be missing from a file: a group that is not there is a doubt by itself."""
        self._found.problems.extend(_noticed(missing, "export that server as well"))

    def finish(self) -> None:
        """Doubt every group when not one shows a member: then `member` was not exported."""
        self._groups.finish()


class LdifBoth:
    """Reads the files of a source of people that is a source of groups too: once for both.

    `problems` are what is wrong with a file, whichever of the two would have met it.
    """

    def __init__(self, people: LdifPeople, groups: LdifGroups) -> None:
        self._people = people
        self._groups = groups
        self.problems: list[Problem] = []

    @staticmethod
    def of(people: LdifPeople, groups: LdifGroups) -> "LdifBoth | None":
        """One reader for both; None where groups look at what people are not looked at for.

        Such an attribute would count as something that an entry of people shows.
        """
        if not groups.choice.looked_at <= people.choice.looked_at:
            return None
        return LdifBoth(people, groups)

    def read(self, stream: Stream) -> None:
        """Add everybody and every group. Raises SourceError when it cannot be read on."""
        _read(stream, (self._people, self._groups), self.problems)

    def finish(self) -> None:
        """As for each of them alone."""
        self._people.finish()
        self._groups.finish()


def _read(
    stream: Stream, readers: Sequence[LdifPeople | LdifGroups], problems: list[Problem]
) -> None:
    """Show every entry to everybody. Raises SourceError when the file cannot be read on."""
    ldif = LdifFile(stream, [reader.interest for reader in readers], problems)
    empty = True
    try:
        for entry in ldif.entries():
            empty = False
            for reader in readers:
                reader.meet(_as_read_for(reader.interest, entry) if entry.ranges else entry)
    finally:
        for reader in readers:
            reader.know(ldif.names)
    missing = tuple(ldif.missing())
    for reader in readers:
        reader.heed(missing)
    if empty:
        raise SourceError(
            stream.file.problem(
                None, "there is no entry in this file", "was the export interrupted?"
            )
        )


def _noticed(missing: Iterable[Problem], hint: str) -> Iterator[Problem]:
    """The same, of which nothing is in doubt."""
    for one in missing:
        doubt = one.size is not Size.NOTICE
        yield replace(one, size=Size.NOTICE, hint=hint) if doubt else one


def _as_read_for(interest: Interest, entry: Entry) -> Entry:
    """The entry as it would be, were it read for this interest alone.

    A range makes an entry without a class a group. What is a group to nobody but those who read
    people, whose `memberOf` came in ranges, would stand in for one that is missing.
    """
    wanted, also = interest.wanted, interest.also
    kept = {
        key: value for key, value in entry.ranges.items() if meaning_of(key, wanted, also).kept
    }
    return entry if len(kept) == len(entry.ranges) else replace(entry, ranges=kept)


def _choice(source: LdifSource, kind: Kind, asked: Origin) -> Choice:
    """Raises SourceError when the filter cannot be understood."""
    select = source.select
    return Choice(kind, filter=None if select is None else parsed_select(select, asked))
