"""Groups from LDAP entries, whether they came in an LDIF export or from a server."""

from collections.abc import Iterable
from itertools import chain
from typing import Final

from syncer.model.origin import Origin, Problem, Size
from syncer.sources.findings import GroupPart, GroupsFound, Wanted
from syncer.sources.ldap_choice import Choice
from syncer.sources.ldap_entry import Entry
from syncer.sources.ldif_schema import (
    MEMBER_ATTRIBUTES,
    group_name,
    hides_members,
    lists_members,
    must_have_members,
)
from syncer.sources.ranges import entry_key, range_of

MEMBERS: Final = Wanted(frozenset(MEMBER_ATTRIBUTES))
"""What a group is read for."""


class GroupsOfEntries:
    """What the entries of one source say of groups."""

    def __init__(self, choice: Choice, asked: Origin, found: GroupsFound) -> None:
        self._asked = asked
        self._found = found
        self._choice = choice
        self._seen: dict[str, GroupPart] = {}

    def take(self, entries: Iterable[Entry]) -> None:
        """Add every group among the entries."""
        for entry in entries:
            self.meet(entry)

    def meet(self, entry: Entry) -> None:
        """Add the group of the entry, if it is one."""
        if self._choice.takes(entry) or self._goes_on(entry):
            self._add(entry)

    def finish(self) -> None:
        """Doubt every group when not one shows a member: then `member` was not exported."""
        self._found.problems.extend(self._choice.problems(self._asked))
        parts = self._seen.values()
        if parts and not any(part.members or part.ranges for part in parts):
            for part in parts:
                part.doubt = part.doubt or self._choice.words.memberless
            summary = f"none of {len(parts)} groups shows a member; they are taken as incomplete"
            hint = self._choice.words.no_member
            self._found.problems.append(Problem(self._asked, summary, hint, size=Size.NOTICE))

    def _goes_on(self, entry: Entry) -> bool:
        """Whether the entry brings further ranges of a group already seen."""
        return lists_members(entry.ranges) and entry_key(entry.dn) in self._seen

    def _add(self, entry: Entry) -> None:
        choice = self._choice
        chosen = choice.filter is not None
        part = _group_part(entry, choice.words.parts_of_group, chosen=chosen)
        first = self._seen.setdefault(entry_key(entry.dn), part)
        if first is part or first.ranges or part.ranges:
            self._found.parts.append(part)
        elif set(first.members) != set(part.members) or part.doubt:
            first.doubt = f"it is here twice, with other members at {part.origin}"
            summary = f"group '{part.name}' is here twice (first at {first.origin})"
            hint = self._choice.words.twice_group
            self._found.problems.append(
                Problem(part.origin, summary, hint, size=Size.RECORD, identity=(part.name,))
            )


def _group_part(entry: Entry, remedy: str, *, chosen: bool) -> GroupPart:
    """The group of an entry; `chosen` says that the config chooses groups with a `select`."""
    part = GroupPart(group_name(entry.dn, entry.values), entry.origin, dn=entry.dn, remedy=remedy)
    listed = [entry.values[name] for name in MEMBER_ATTRIBUTES if name in entry.values]
    part.members.extend(dict.fromkeys(chain(*listed)))
    for name, values in entry.ranges.items():
        attribute, ranged = range_of(name, values)
        if attribute in MEMBER_ATTRIBUTES:
            part.ranges.append(ranged)
    if entry.unreadable_of(MEMBERS):
        part.doubt = "one of its members is no text"
    elif not part.members and hides_members(entry.dn, entry.values):
        part.doubt = (
            "it is the primary group of its members, whom Active Directory does not list here"
        )
    elif not (part.members or part.ranges or chosen) and must_have_members(entry.values):
        # Servers that let it be empty exist; there the config says so by choosing its groups.
        part.doubt = (
            "it shows no member, and a group of its class has one: it may not be read (where "
            "yours may be empty, choose the groups with `select`)"
        )
    return part
