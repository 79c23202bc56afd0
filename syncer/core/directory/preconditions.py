"""What must be known before people can be judged, and what is still known when it is not.

A fault in one rule or source must not hide the faults of the others, nor make up faults that
are none: a person whom a broken rule would exclude has no wrong address.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from syncer.core.directory.group_membership import MEMBER_OF, OWN_GROUPS, Membership
from syncer.core.directory.rules import Rules, Use, Where
from syncer.core.directory.teams import group_hint, several_groups
from syncer.core.distinguished_names import dn_key
from syncer.core.language.sandboxed import GROUPS
from syncer.core.rules_check import check_names
from syncer.model.directory import Snapshot
from syncer.model.origin import Problem, Size


@dataclass(frozen=True, slots=True)
class Known:
    """The problems of sources and rules, and what they leave known.

    `people` says that every rule which picks people can be worked out for everybody read,
    `whole` that this is everybody, so that nobody else can be missed. `groups` says that the
    directory has groups and that all of them were read.
    """

    problems: tuple[Problem, ...]
    people: bool
    whole: bool
    groups: bool


def is_structural(problems: Iterable[Problem]) -> bool:
    """Whether any of the problems stops the run."""
    return any(problem.size is Size.STRUCTURAL for problem in problems)


def known_of(rules: Rules, snapshot: Snapshot, where: Where) -> Known:
    """What the sources and the rules are worth together, before any person is looked at."""
    found: list[tuple[Use | None, Problem]] = []
    damaged = [one for one in snapshot.people if is_structural(one.problems) or not one.records]
    # What was not read to its end may have any name, but for a file with a header.
    if all(reading.closed for reading in damaged):
        found += check_names(rules, snapshot.people)
        without_groups = _without_groups(snapshot)
        found += _groups_missing(rules) if without_groups else ()
    else:
        without_groups = not snapshot.groups
    # People may bring their own groups: where people are missing, groups may be.
    unread = damaged or any(
        reading.unread or is_structural(reading.problems) for reading in snapshot.groups
    )
    groups = not without_groups and not unread
    # One source of several may be the one with the addresses.
    people = rules.picks_known and (not damaged or len(snapshot.people) == 1)
    picking = [use for use in rules.uses if use.picks]
    return Known(
        problems=(*_reading_problems(snapshot, where), *(problem for _, problem in found)),
        people=people
        and not any(use is not None and use.picks for use, _ in found)
        and (groups or not any(GROUPS in use.names for use in picking)),
        whole=not damaged,
        groups=groups,
    )


def asked(rules: Rules) -> Iterator[tuple[Use, str]]:
    """Each group that a rule about people, and not about a team, asks for by name."""
    for use in rules.uses:
        if not use.team:
            yield from ((use, name) for name in use.groups_asked)


def asked_groups(rules: Rules, membership: Membership) -> Iterator[tuple[Use, Problem]]:
    """Groups that decide over people must be there and be read whole.

    With the group missing or cut short, everybody in it would read as gone. There is no team
    to freeze instead, so the run stops.
    """
    for use, name in asked(rules):
        found = membership.find(name, dn_key(name))
        if not found:
            summary = f"{use.place}: group '{name}' was not found"
            yield use, Problem(use.origin, summary, group_hint(membership, name))
        partial = [membership.groups[number].partial for number in found]
        for text in filter(None, partial):
            summary = f"{use.place}: group '{name}' is not known whole: {text}"
            yield use, Problem(use.origin, summary, "export the whole group")
        if len(found) > 1:
            text, origin, hint = several_groups(membership, name, found, use.origin)
            summary = f"{use.place}: {text}; being in any of them counts"
            yield use, Problem(origin, summary, hint, size=Size.NOTICE)


def _reading_problems(snapshot: Snapshot, where: Where) -> Iterator[Problem]:
    """What the readers found wrong, and a source that gave nobody at all."""
    for number, people in enumerate(snapshot.people):
        yield from people.problems
        if not (people.records or people.unread or is_structural(people.problems)):
            yield Problem(
                where("directory", "people", number),
                f"directory.people[{number}] holds nobody",
                "an empty source is never taken to mean that everybody left; check the export",
            )
    for groups in snapshot.groups:
        yield from groups.problems


def _without_groups(snapshot: Snapshot) -> bool:
    """Whether nothing in the sources could name a group."""
    names = {name for reading in snapshot.people for name in reading.names}
    return not snapshot.groups and names.isdisjoint((*MEMBER_OF, OWN_GROUPS))


def _groups_missing(rules: Rules) -> Iterator[tuple[Use | None, Problem]]:
    """A problem for each rule that asks for groups where there are none."""
    hint = "name a source under directory.groups, or read a column named groups or memberOf"
    for use in rules.uses:
        if OWN_GROUPS in use.names:
            yield use, Problem(use.origin, f"{use.place}: the directory has no groups", hint)
    for team in rules.teams:
        if team.policy.groups or team.pattern is not None:
            summary = f"teams[{team.number}]: the directory has no groups"
            yield None, Problem(team.origin, summary, hint)
