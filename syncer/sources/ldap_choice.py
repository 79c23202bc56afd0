"""Which LDAP entries of a source are people or groups, whichever way they came."""

import re
from dataclasses import dataclass, field
from typing import Final

from syncer.model.origin import Origin, Problem, Size
from syncer.sources.files import SourceError
from syncer.sources.ldap_entry import Entry
from syncer.sources.ldap_filter import FilterError, LdapFilter, parse_filter
from syncer.sources.ldif_schema import LOOKED_AT, STRUCTURAL_PERSONS, Kind, is_unfamiliar, kind_of

_ABOVE: Final = re.compile(r"(?<!\\),\s*")
"""What stands between an entry's own name and that of the entry above it."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a hint calls the source: its entries came in a file, or from a server."""

    wrong_entries: str
    no_classes: str
    doubtful: str
    hidden: str
    parted: str
    parts: str
    parts_of_group: str
    memberless: str
    no_member: str
    twice: str
    twice_group: str


EXPORT: Final = Words(
    wrong_entries="does `select` fit, and is the export the right one?",
    no_classes="the entries show no objectClass: export it too, or change `select`",
    doubtful="export objectClass too, or choose entries with `select`",
    hidden="may the login of the export read this entry? else let it, or leave the entry out",
    parted="not all values are in the export",
    parts="export the further ranges of the attribute as well",
    parts_of_group=(
        "export the further ranges too (ldapsearch ... 'member;range=1500-*') as another file"
    ),
    memberless="no group of this export shows any member",
    no_member="was the attribute 'member' exported?",
    twice="remove one of the two entries",
    twice_group="remove one of the two entries; its teams stay as they are until then",
)
LIVE: Final = Words(
    wrong_entries="do `base` and `select` fit, and may this login read objectClass?",
    no_classes="this login may not read objectClass: let it, or change `select`",
    doubtful="let this login read objectClass, or choose entries with `select`",
    hidden="let this login read the entry",
    parted="the server did not hand out all values",
    parts="they may have changed meanwhile: run again",
    parts_of_group="they may have changed meanwhile: run again",
    memberless="no group of this search shows any member",
    no_member="may this login read the attribute 'member'?",
    twice="it may have been moved during the search: run again",
    twice_group="it may have been moved during the search: run again",
)


@dataclass(slots=True)
class Choice:
    """Which entries of a source are taken, and what was left out for want of evidence.

    `by_server` says that a server has chosen already: whatever it sent is taken. `by_schema` says
    that it has chosen by class, and knows which classes are below which. `unfamiliar` were left
    out, and may be people.
    """

    kind: Kind
    words: Words = EXPORT
    filter: LdapFilter | None = None
    by_server: bool = False
    by_schema: bool = False
    entries: int = 0
    taken: int = 0
    classless: int = 0
    doubtful: list[Entry] = field(default_factory=list)
    unfamiliar: list[Entry] = field(default_factory=list)
    _homes: set[str] = field(default_factory=set)

    @property
    def looked_at(self) -> frozenset[str]:
        """The attributes that the choice depends on."""
        return LOOKED_AT | (self.filter.attributes if self.filter else frozenset())

    def takes(self, entry: Entry) -> bool:
        """Whether the entry is one of ours; a `select` of the config has the only say."""
        self.entries += 1
        shows_class = "objectclass" in entry.values
        self.classless += not shows_class
        if self.by_server:
            taken = True
        elif self.filter is not None:
            doubtful = not shows_class and self._kind(entry) is Kind.DOUBTFUL
            entry.values["dn"] = [entry.dn]
            taken = self.filter.matches(entry.values)
            if self.kind is Kind.PERSON and not taken:
                if doubtful:
                    self.doubtful.append(entry)
                elif shows_class:
                    self._look_again(entry, self.filter)
        else:
            taken = self._takes_kind(entry, self._kind(entry))
        self.taken += taken
        if taken and not shows_class:
            self._homes.add(_above(entry))
        return taken

    def _takes_kind(self, entry: Entry, kind: Kind) -> bool:
        """Whether an entry of this kind is one of ours where there is no `select`."""
        if self.kind is Kind.GROUP:
            # A group without members, exported without its class, shows nothing but a name.
            return kind in {Kind.GROUP, Kind.DOUBTFUL}
        if kind is Kind.DOUBTFUL:
            self.doubtful.append(entry)
        elif kind is Kind.UNFAMILIAR and not self.by_schema:
            self.unfamiliar.append(entry)
        return kind is Kind.PERSON or (kind is Kind.UNFAMILIAR and self.by_schema)

    def _look_again(self, entry: Entry, chosen: LdapFilter) -> None:
        """Note an entry that the filter leaves out for its class alone, which is not known here.

        A server, which knows what that is below, might have taken it.
        """
        if not is_unfamiliar(entry.values) or self._kind(entry) is Kind.OTHER:
            return
        shown = entry.values["objectclass"]
        if any(
            chosen.matches({**entry.values, "objectclass": [*shown, name]})
            for name in STRUCTURAL_PERSONS
        ):
            self.unfamiliar.append(entry)

    @staticmethod
    def _kind(entry: Entry) -> Kind:
        return kind_of(entry.dn, entry.values, entry.ranges)

    def problems(self, asked: Origin) -> list[Problem]:
        """What to say at the end: nothing was taken, or something may have been missed."""
        if self.entries and not self.taken:
            hint = self.words.wrong_entries
            if self.filter and "objectclass" in self.filter.attributes and self.classless:
                hint = self.words.no_classes
            what = f"none of {self.entries} entries is a {self.kind.value}"
            return [Problem(asked, what, hint)]
        problems = [_unseen(one, self.words) for one in self.doubtful if self._hidden(one)]
        rest = [one for one in self.doubtful if not self._hidden(one)]
        if rest and not self.filter:
            summary = (
                "neither a class nor an attribute says that this is a person: left out, as are "
                f"{len(rest) - 1} further entries"
            )
            hint = self.words.doubtful
            problems.append(Problem(rest[0].origin, summary, hint, size=Size.NOTICE))
        return problems

    def _hidden(self, entry: Entry) -> bool:
        """Whether a doubtful entry may be a person who was shown with attributes before.

        Every entry has a class, so that where others show theirs the login may not read this
        one. Where none does, an entry without any attribute among people may be one of them.
        """
        if self.classless < self.entries:
            return True
        shown = entry.values.keys() - {"dn"}
        return not self.filter and not shown and _above(entry) in self._homes


def _above(entry: Entry) -> str:
    """The name of the entry above, as one server writes it."""
    parts = _ABOVE.split(entry.dn, maxsplit=1)
    return parts[1].casefold() if len(parts) > 1 else ""


def _unseen(entry: Entry, words: Words) -> Problem:
    summary = f"'{entry.dn}' shows neither a class nor what a person has: it may be somebody"
    return Problem(entry.origin, summary, words.hidden, size=Size.RECORD)


def parsed_select(select: str, asked: Origin, *, by_server: bool = False) -> LdapFilter:
    """The filter of a source. Raises SourceError, with the position, when it is none."""
    try:
        return parse_filter(select, by_server=by_server)
    except FilterError as error:
        summary = f"character {error.position} of '{select}': {error}"
        raise SourceError(Problem(asked, summary, error.hint, column="select")) from error
