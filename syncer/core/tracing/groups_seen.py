"""The groups of one person that rules look at, and by which chain the person is in them.

A chain is one way in; there may be others, and none is preferred by the rules.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from syncer.core.directory.group_membership import Group
from syncer.core.directory.rules import Use
from syncer.core.distinguished_names import dn_key
from syncer.core.language.patterns import LONGEST_SUBJECT
from syncer.core.language.sandboxed import GROUPS
from syncer.core.tracing.evidence import Evidence
from syncer.core.tracing.trace import Asking, GroupSeen


def groups_seen(evidence: Evidence, number: int) -> tuple[GroupSeen, ...]:
    """The groups that the person is in, or may be in, and that a rule looks at, by name."""
    membership = evidence.directory.membership
    asked = _asked_by_name(evidence)
    found = []
    for place, group in enumerate(membership.groups):
        member = number in group.members
        if not member and number not in group.candidates:
            continue
        rules = (*asked.get(place, ()), *_asked_by_pattern(evidence, group))
        if rules:
            chain = _chain(evidence, place, number) if member else ()
            found.append(
                GroupSeen(
                    name=group.name,
                    origin=group.origin,
                    member=member,
                    chain=chain,
                    asked=rules,
                    doubt=group.doubt,
                )
            )
    return tuple(sorted(found, key=lambda group: (group.name, str(group.origin))))


def _asked_by_name(evidence: Evidence) -> Mapping[int, list[Asking]]:
    """The rules that ask for a group by its name, by index of the group."""
    membership = evidence.directory.membership
    asked: dict[int, list[Asking]] = defaultdict(list)
    for use in evidence.directory.rules.uses:
        for name in use.groups_asked:
            for place in membership.find(name, dn_key(name)):
                asked[place].append(Asking(rule=use.place, origin=use.origin))
    for team in evidence.directory.rules.teams:
        for at, name in enumerate(team.policy.groups):
            rule = Asking(
                rule=f"teams[{team.number}].groups",
                origin=evidence.where("teams", team.number, "groups", at),
            )
            for place in membership.find(name, dn_key(name)):
                asked[place].append(rule)
    return asked


def _asked_by_pattern(evidence: Evidence, group: Group) -> Iterator[Asking]:
    """The rules that look at a group without naming it."""
    rules = evidence.directory.rules
    for use in rules.uses:
        if _looks_at_all(use):
            yield Asking(rule=use.place, origin=use.origin)
    name = " ".join(group.name.split())
    for team in rules.teams:
        if team.pattern and len(name) <= LONGEST_SUBJECT and team.pattern.fullmatch(name):
            yield Asking(rule=f"teams[{team.number}].for_each_group", origin=team.origin)


def _looks_at_all(use: Use) -> bool:
    return GROUPS in use.names and not use.only_asks


def _chain(evidence: Evidence, place: int, number: int) -> tuple[str, ...]:
    """The groups inside this one that lead to the person; empty for a direct member."""
    groups = evidence.directory.membership.groups
    inside: dict[int, list[int]] = defaultdict(list)
    for inner, outer in enumerate(evidence.directory.membership.parents):
        for upper in outer:
            inside[upper].append(inner)
    seen = {place}
    chain: list[str] = []
    here: int | None = place
    while here is not None:
        here = next(
            (n for n in inside[here] if n not in seen and number in groups[n].members), None
        )
        if here is not None:
            seen.add(here)
            chain.append(groups[here].name)
    return tuple(chain)
