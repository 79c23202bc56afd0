"""People and groups from LDIF exports."""

from syncer.model.origin import Origin
from syncer.model.policy.directory import LdifSource
from syncer.sources.files import SourceError, SourceFile, Stream
from syncer.sources.findings import GroupsFound, PeopleFound, Wanted
from syncer.sources.ldap_choice import Choice, parsed_select
from syncer.sources.ldap_groups import GroupsOfEntries
from syncer.sources.ldap_people import PeopleOfEntries
from syncer.sources.ldif_entries import LdifFile
from syncer.sources.ldif_schema import MEMBER_ATTRIBUTES, Kind


class LdifPeople:
    """Reads the files of one source of people; raises SourceError when its filter is wrong."""

    def __init__(self, source: LdifSource, asked: Origin, found: PeopleFound) -> None:
        self._found = found
        self._choice = _choice(source, Kind.PERSON, asked)
        self._people = PeopleOfEntries(self._choice, asked, found)

    def read(self, stream: Stream) -> None:
        """Add every person of the file. Raises SourceError when it cannot be read on."""
        found = self._found
        ldif = LdifFile(stream, found.wanted, self._choice.looked_at, found.problems)
        before = self._choice.entries
        try:
            self._people.take(ldif.entries())
        finally:
            for key, spelling in ldif.names.items():
                found.names.setdefault(key, spelling)
        _refuse_no_entries(stream.file, self._choice.entries - before)

    def finish(self) -> None:
        """Join what came in ranges; a person with a gap becomes a problem."""
        self._people.finish()


class LdifGroups:
    """Reads the files of one source of groups; raises SourceError when its filter is wrong."""

    def __init__(self, source: LdifSource, asked: Origin, found: GroupsFound) -> None:
        self._found = found
        self._choice = _choice(source, Kind.GROUP, asked)
        self._groups = GroupsOfEntries(self._choice, asked, found)

    def read(self, stream: Stream) -> None:
        """Add every group of the file. Raises SourceError when it cannot be read on."""
        wanted = Wanted(frozenset(MEMBER_ATTRIBUTES))
        ldif = LdifFile(stream, wanted, self._choice.looked_at, self._found.problems)
        before = self._choice.entries
        self._groups.take(ldif.entries())
        _refuse_no_entries(stream.file, self._choice.entries - before)

    def finish(self) -> None:
        """Doubt every group when not one shows a member: then `member` was not exported."""
        self._groups.finish()


def _choice(source: LdifSource, kind: Kind, asked: Origin) -> Choice:
    """Raises SourceError when the filter cannot be understood."""
    select = source.select
    return Choice(kind, filter=None if select is None else parsed_select(select, asked))


def _refuse_no_entries(file: SourceFile, entries: int) -> None:
    if not entries:
        raise SourceError(
            file.problem(None, "there is no entry in this file", "was the export interrupted?")
        )
