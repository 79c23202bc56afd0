"""What the directory said: people and groups as read, each with file and line."""

from collections.abc import Mapping
from dataclasses import dataclass

from syncer.model.bulk import bulk_record
from syncer.model.origin import Origin, Problem

Value = str | tuple[str, ...]
"""One attribute: a text, or several where the source had more than one. Never empty."""


@bulk_record
class Record:
    """One person as a source gave it.

    `attributes` is keyed by `core.names.attribute_key`: case and blanks in a header or an
    LDAP attribute name do not count. An attribute that the source left empty is not there.
    The distinguished name of an LDIF entry is the attribute `dn`.
    """

    attributes: Mapping[str, Value]
    origin: Origin


@dataclass(frozen=True, slots=True)
class DirectoryGroup:
    """One group as a source gave it.

    `members` are references as written, one again where the rows of a file repeat it: addresses,
    keys, user ids, distinguished names of people or of other groups. `complete` is false when the
    source showed only a part of them (a range of Active Directory, an unreadable row): a team fed
    by it is frozen.
    """

    name: str
    members: tuple[str, ...]
    origin: Origin
    dn: str | None = None
    complete: bool = True
    why_incomplete: str = ""


@dataclass(frozen=True, slots=True)
class PeopleReading:
    """What one people source said, and everything that was wrong with it.

    `names` are the attributes the source knows about, keyed by `attribute_key` with the
    spelling of the source, so that an unknown name can be answered with a list. `closed`
    says that no other attribute can exist (the header of a CSV file), where an LDAP export
    shows only attributes that somebody has. `unread` says that a server was not asked: nothing
    is known of it, which is no fault.
    """

    records: tuple[Record, ...]
    names: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    closed: bool = False
    modified_at: float | None = None
    unread: bool = False


@dataclass(frozen=True, slots=True)
class GroupsReading:
    """What one group source said, and everything that was wrong with it.

    `unread` says that a server was not asked: nothing is known of it, which is no fault.
    """

    groups: tuple[DirectoryGroup, ...]
    problems: tuple[Problem, ...] = ()
    modified_at: float | None = None
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the sources said, in the order of the config.

    `digest` names the bytes that were read: equal files give equal digests, and so do equal
    entries of a server in any order.
    """

    people: tuple[PeopleReading, ...]
    groups: tuple[GroupsReading, ...] = ()
    digest: str = ""

    def forgotten(self) -> "Snapshot":
        """What is left of it once the desired state was worked out: the name of its bytes."""
        return Snapshot((), digest=self.digest)

    @property
    def unread(self) -> int:
        """How many sources were not asked, for they are servers."""
        people = sum(reading.unread for reading in self.people)
        return people + sum(reading.unread for reading in self.groups)

    @property
    def people_read(self) -> int:
        """How many records of people the sources gave, those in doubt not counted."""
        return sum(len(reading.records) for reading in self.people)
