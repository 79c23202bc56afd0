"""Read everything that the config calls its directory.

Every source is read, whatever is wrong with another, so that all problems come at once.
"""

import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, assert_never

from syncer.model.directory import GroupsReading, PeopleReading, Snapshot
from syncer.model.origin import Origin
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
from syncer.sources.ldif_file import LdifGroups, LdifPeople
from syncer.sources.ranges import join_groups
from syncer.sources.yaml_file import YamlGroups, YamlPeople


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
    digests: list[bytes] = []
    with _collector_off():
        people = [
            _read_people(
                source,
                policy,
                base,
                where("directory", "people", at, _place(source)),
                wanted,
                live,
            )
            for at, source in enumerate(policy.people)
        ]
        found = [
            _read_groups(source, base, where("directory", "groups", at, _place(source)), live)
            for at, source in enumerate(policy.groups)
        ]
        joined = join_groups([groups.parts for groups, _ in found])
    for _, passed in (*people, *found):
        digests.extend(passed.digests)
    return Snapshot(
        people=tuple(reading for reading, _ in people),
        groups=tuple(
            GroupsReading(
                whole.groups, (*parts.problems, *whole.problems), passed.oldest, passed.unread
            )
            for whole, (parts, passed) in zip(joined, found, strict=True)
        ),
        digest=f"sha256:{hashlib.sha256(b''.join(digests)).hexdigest()}",
    )


def _read_people(
    source: Source,
    policy: DirectoryPolicy,
    base: Path,
    asked: Origin,
    wanted: frozenset[str] | None,
    live: LiveDirectory | None,
) -> tuple[PeopleReading, _Bytes]:
    found = PeopleFound(Wanted.of(wanted, policy.key))
    try:
        passed = _read(source, base, asked, found, live)
    except SourceError as error:
        found.problems.append(error.problem)
        passed = _Bytes(unread=_unread(source, live))
    reading = PeopleReading(
        records=tuple(found.records),
        names=found.names,
        problems=tuple(found.problems),
        closed=found.closed,
        modified_at=passed.oldest,
        unread=passed.unread,
    )
    return reading, passed


def _read_groups(
    source: Source, base: Path, asked: Origin, live: LiveDirectory | None
) -> tuple[GroupsFound, _Bytes]:
    found = GroupsFound()
    try:
        return found, _read(source, base, asked, found, live)
    except SourceError as error:
        found.problems.append(error.problem)
        return found, _Bytes(unread=_unread(source, live))


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
    """Go through a source, be it files or a server. Raises SourceError when it cannot be had."""
    if not isinstance(source, LdapSource):
        return _read_files(source, base, asked, found)
    if isinstance(found, PeopleFound):
        digest = read_people(source, asked, found, live)
    else:
        digest = read_groups(source, asked, found, live)
    return _Bytes([digest], unread=_unread(source, live))


def _unread(source: Source, live: LiveDirectory | None) -> bool:
    """Whether the source is a server and nobody asks it."""
    return isinstance(source, LdapSource) and live is None


def _read_files(
    source: FileSource, base: Path, asked: Origin, found: PeopleFound | GroupsFound
) -> _Bytes:
    """Go through the files of a source. Raises SourceError when there are none to read."""
    reader = _reader(source, asked, found)
    passed = _Bytes()
    complete = True
    for file in find_files(source.path, base, asked):
        try:
            with opened(file, _encoding(source)) as stream:
                reader.read(stream)
                passed.digests.append(stream.digest())
                oldest = passed.oldest
                at = stream.modified_at
                passed.oldest = at if oldest is None else min(oldest, at)
        except SourceError as error:
            found.problems.append(error.problem)
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
