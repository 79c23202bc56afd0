"""One LDAP entry, and what its attributes mean to us, whichever way it came."""

from dataclasses import dataclass, field

from syncer.core.names import attribute_key
from syncer.model.origin import Origin, Problem, Size
from syncer.sources.findings import Wanted
from syncer.sources.values import BINARY


@dataclass(slots=True)
class Entry:
    """One entry: its place, its name, and the attributes that were asked for.

    Values are trimmed, and the empty ones left out. What has a range option stands in
    `ranges` by the whole attribute description. `unreadable` names attributes of which a
    value is no text though somebody wants it.
    """

    origin: Origin
    dn: str
    values: dict[str, list[str]] = field(default_factory=dict)
    ranges: dict[str, list[str]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    def unreadable_of(self, wanted: Wanted) -> list[str]:
        """The unreadable attributes that this reader wants."""
        return [key for key in self.unreadable if wanted.asks_for(_name_of(key))]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an attribute description means: whether its values are kept, and by which key.

    `explicit` says that the config itself wants the attribute.
    """

    key: str
    kept: bool
    explicit: bool
    ranged: bool

    @property
    def base(self) -> str:
        """The attribute without its options."""
        return self.key.partition(";")[0]

    @property
    def name(self) -> str:
        """What rules call the attribute."""
        return _name_of(self.key)


def meaning_of(spelling: str, wanted: Wanted, also: frozenset[str]) -> Meaning:
    """What `spelling` means where `wanted` is wanted and `also` looked at."""
    key = attribute_key(spelling)
    ranged = ";range=" in key
    name = _name_of(key)
    base = key.partition(";")[0]
    explicit = wanted.asks_for(name)
    kept = base not in BINARY and (wanted.keeps(name) or name in also)
    return Meaning(key, kept, explicit, ranged)


def never_read(origin: Origin, spelling: str) -> Problem:
    """What to say of an attribute that somebody wants and nobody gets."""
    summary = "binary data or a password, which is never read"
    return Problem(origin, summary, column=spelling, size=Size.NOTICE)


def _name_of(key: str) -> str:
    """What rules call an attribute: a range is a part of it, other options are not."""
    return key.partition(";")[0] if ";range=" in key else key
