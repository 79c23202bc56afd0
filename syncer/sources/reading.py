"""Read everything that the config calls its directory.

Every source is read, whatever is wrong with another, so that all problems come at once.
"""

import gc
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar, assert_never

from syncer.model.directory import GroupsReading, PeopleReading, Snapshot
from syncer.model.origin import Origin, Problem
from syncer.model.policy.directory import (
    CsvSource,
    DirectoryPolicy,
    FileSource,
    LdapSource,
    LdifSource,
    Source,
    YamlSource,
)
from syncer.sources.csv_file import CsvGroups, CsvPeople
from syncer.sources.files import SourceError, Stream, find_files, opened
from syncer.sources.findings import GroupsFound, PeopleFound, Wanted, Where
from syncer.sources.ldap_live import read_groups, read_people
from syncer.sources.ldap_question import LiveDirectory
from syncer.sources.ldif_file import LdifBoth, LdifGroups, LdifPeople
from syncer.sources.ranges import JoinedGroups, join_groups
from syncer.sources.yaml_file import YamlGroups, YamlPeople

Found = TypeVar("Found")


class _Reader(Protocol):
    """Reads the files of one source, one after the other."""

    def read(self, stream: Stream) -> None:
        """Take in one file. Raises SourceError when it cannot be read on."""

    def finish(self) -> None:
        """Say what only all files together can tell."""


@dataclass(slots=True)
class _Bytes:
    """What passed through our hands: one digest per file or server, and the oldest file."""

    digests: list[bytes] = field(default_factory=list)
    oldest: float | None = None
    unread: bool = False


@dataclass(slots=True)
class _Asked(Generic[Found]):
    """One source of the config, where it stands there, and what it says."""

    source: Source
    asked: Origin
    found: Found
    passed: _Bytes = field(default_factory=_Bytes)
    done: bool = False


def read_snapshot(
    policy: DirectoryPolicy,
    base: Path,
    where: Where,
    wanted: frozenset[str] | None = None,
    live: LiveDirectory | None = None,
) -> Snapshot:
    """Everything the sources say. Never raises for bad input: problems are in the readings.

    Paths are relative to `base`. `wanted` names the attributes to keep, None keeps all.
    `where` finds the place of a config key, for problems that concern the config. `live` asks
    servers; without it they stay unread.
    """
    people = [
        _Asked(
            source,
            where("directory", "people", at, _place(source)),
            PeopleFound(Wanted.of(wanted, policy.key)),
        )
        for at, source in enumerate(policy.people)
    ]
    groups = [
        _Asked(source, where("directory", "groups", at, _place(source)), GroupsFound())
        for at, source in enumerate(policy.groups)
    ]
    everything: list[_Asked[PeopleFound] | _Asked[GroupsFound]] = [*people, *groups]
    with _collector_off():
        for one in people:
            _read_together(one, groups, base)
        for each in everything:
            if not each.done:
                each.passed = _read(each.source, base, each.asked, each.found, live)
        joined = join_groups([one.found.parts for one in groups])
    digests = b"".join(digest for each in everything for digest in each.passed.digests)
    return Snapshot(
        people=tuple(map(_people_reading, people)),
        groups=tuple(map(_groups_reading, groups, joined)),
        digest=f"sha256:{hashlib.sha256(digests).hexdigest()}",
    )


def _people_reading(one: _Asked[PeopleFound]) -> PeopleReading:
    found, passed = one.found, one.passed
    return PeopleReading(
        records=tuple(found.records),
        names=found.names,
        problems=tuple(found.problems),
        closed=found.closed,
        modified_at=passed.oldest,
        unread=passed.unread,
    )


def _groups_reading(one: _Asked[GroupsFound], whole: JoinedGroups) -> GroupsReading:
    problems = (*one.found.problems, *whole.problems)
    return GroupsReading(whole.groups, problems, one.passed.oldest, one.passed.unread)


def _read_together(
    one: _Asked[PeopleFound], groups: Sequence[_Asked[GroupsFound]], base: Path
) -> None:
    """Read an export once in which the config looks for people and for groups.

    Nothing is done where there is no such source of groups, or the two cannot be read as one. Nor
    where anything is wrong with a file: what the one meets need not concern the other, and each
    tells of what it meets itself.
    """
    people = one.source
    for other in groups:
        source = other.source
        if not isinstance(people, LdifSource) or not isinstance(source, LdifSource) or other.done:
            continue
        if (source.path, source.encoding) != (people.path, people.encoding):
            continue
        persons, parts = PeopleFound(one.found.wanted), GroupsFound()
        try:
            reader = LdifBoth.of(
                LdifPeople(people, one.asked, persons), LdifGroups(source, other.asked, parts)
            )
        except SourceError:  # a wrong filter
            return
        if reader is None:
            continue
        passed = _read_files(people, base, one.asked, reader, reader.problems.append)
        if not reader.problems:
            one.found, other.found = persons, parts
            one.passed = other.passed = passed
            one.done = other.done = True
        return


def _place(source: Source) -> str:
    """The key that says where the source is."""
    return "url" if isinstance(source, LdapSource) else "path"


def _read(
    source: Source,
    base: Path,
    asked: Origin,
    found: PeopleFound | GroupsFound,
    live: LiveDirectory | None,
) -> _Bytes:
    """Go through a source, be it files or a server."""
    try:
        if not isinstance(source, LdapSource):
            return _read_files(
                source, base, asked, _reader(source, asked, found), found.problems.append
            )
        if isinstance(found, PeopleFound):
            digest = read_people(source, asked, found, live)
        else:
            digest = read_groups(source, asked, found, live)
    except SourceError as error:
        found.problems.append(error.problem)
        return _Bytes(unread=_unread(source, live))
    return _Bytes([digest], unread=_unread(source, live))


def _unread(source: Source, live: LiveDirectory | None) -> bool:
    """Whether the source is a server and nobody asks it."""
    return isinstance(source, LdapSource) and live is None


def _read_files(
    source: FileSource,
    base: Path,
    asked: Origin,
    reader: _Reader,
    refuse: Callable[[Problem], None],
) -> _Bytes:
    """Go through the files of a source."""
    passed = _Bytes()
    complete = True
    try:
        files = find_files(source.path, base, asked)
    except SourceError as error:
        refuse(error.problem)
        return passed
    for file in files:
        try:
            with opened(file, _encoding(source)) as stream:
                reader.read(stream)
                passed.digests.append(stream.digest())
                oldest = passed.oldest
                at = stream.modified_at
                passed.oldest = at if oldest is None else min(oldest, at)
        except SourceError as error:
            refuse(error.problem)
            complete = False
    if complete:
        reader.finish()
    return passed


def _encoding(source: FileSource) -> str:
    return "auto" if isinstance(source, YamlSource) else source.encoding


def _reader(source: FileSource, asked: Origin, found: PeopleFound | GroupsFound) -> _Reader:
    """The reader of this format for people or groups, whichever are to be found."""
    match source:
        case CsvSource():
            if isinstance(found, PeopleFound):
                return CsvPeople(source, found)
            return CsvGroups(source, found)
        case YamlSource():
            if isinstance(found, PeopleFound):
                return YamlPeople(asked, found)
            return YamlGroups(asked, found)
        case LdifSource():
            if isinstance(found, PeopleFound):
                return LdifPeople(source, asked, found)
            return LdifGroups(source, asked, found)
        case _:
            assert_never(source)


@contextmanager
def _collector_off() -> Iterator[None]:
    """Half a million new objects and no garbage: the cyclic collector would only cost time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
