"""What a reader collects while it goes through the files of one source."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from syncer.core.names import attribute_key
from syncer.model.directory import Record
from syncer.model.origin import Origin, Problem

Where = Callable[..., Origin]
"""The place of a config key: `where("directory", "people", 0, "path")`."""

MOST_PROBLEMS = 25
"""A file with so many structural problems is not read on: the rest would be noise."""


NAMES = frozenset({"dn", "distinguishedname"})
"""References to people and groups are by distinguished name in every LDAP schema."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which attributes to keep. `keys` None keeps all; `key` is the directory key."""

    keys: frozenset[str] | None = None
    key: str | None = None

    def keeps(self, attribute: str) -> bool:
        """Whether an attribute, as an `attribute_key`, is kept."""
        return (
            self.keys is None
            or attribute in self.keys
            or attribute in NAMES
            or attribute == self.key
        )

    def asks_for(self, attribute: str) -> bool:
        """Whether the config itself wants an attribute, as an `attribute_key`."""
        return self.keys is not None and self.keeps(attribute)

    @classmethod
    def of(cls, keys: frozenset[str] | None, key: str | None) -> "Wanted":
        """The wanted attributes by any spelling of their names."""
        return cls(
            None if keys is None else frozenset(map(attribute_key, keys)),
            attribute_key(key) if key else None,
        )


class Interest(NamedTuple):
    """What somebody who reads LDAP entries keeps, and what is looked at besides."""

    wanted: Wanted
    also: frozenset[str]


@dataclass(frozen=True, slots=True)
class Range:
    """A part of a long attribute: the values `first` to `last`, None where it is the end."""

    first: int
    last: int | None
    values: tuple[str, ...]


@dataclass(slots=True)
class GroupPart:
    """One entry about a group; several may make up one group."""

    name: str
    origin: Origin
    members: list[str] = field(default_factory=list)
    dn: str | None = None
    ranges: list[Range] = field(default_factory=list)
    doubt: str = ""
    """Why the members are not all of them; empty when they are."""
    remedy: str = ""
    """What to do where a range of the members is missing."""


@dataclass(slots=True)
class PeopleFound:
    """People, the attribute names the files know, and problems, in the order of the files."""

    wanted: Wanted
    records: list[Record] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    closed: bool = False


@dataclass(slots=True)
class GroupsFound:
    """Parts of groups, and problems, in the order of the files."""

    parts: list[GroupPart] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
