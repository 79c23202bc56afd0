"""Which teams there should be, and with whom.

A team whose members are not known for certain is frozen: people may join and nobody is
removed. Only people who should be in Asana are members; all others are the lifecycle's
business.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from syncer.core.directory.group_membership import Group, Membership
from syncer.core.directory.merge import Person
from syncer.core.directory.references import AMBIGUOUS, PeopleIndex
from syncer.core.directory.rules import TeamSource, Where
from syncer.core.distinguished_names import dn_key
from syncer.core.language.expressions import EvaluationError, Expression
from syncer.core.language.filters import as_text
from syncer.core.language.patterns import LONGEST_SUBJECT
from syncer.core.language.sandboxed import GROUPS
from syncer.core.names import attribute_key, clean, team_key
from syncer.model.members import Alike
from syncer.model.origin import Origin, Problem, Size
from syncer.model.state import DesiredTeam, TeamKey, UserKey


@dataclass(frozen=True)
class Roll:
    """Everything a team rule may look at. `wanted` are the people who should be in Asana."""

    persons: Sequence[Person]
    wanted: Mapping[int, UserKey]
    membership: Membership
    index: PeopleIndex
    where: Where

    @cached_property
    def keys(self) -> Sequence[UserKey | None]:
        """The key of each person who should be in Asana, None for all others.

        Half a million memberships are looked up in it.
        """
        return [*map(self.wanted.get, range(len(self.persons)))]


@dataclass(frozen=True, slots=True)
class Teams:
    """The teams by key, and every problem met on the way."""

    teams: tuple[DesiredTeam, ...]
    problems: tuple[Problem, ...]


def desired_teams(sources: Sequence[TeamSource], roll: Roll) -> Teams:
    """The teams that the rules ask for."""
    crowd = _Crowd(roll)
    problems: list[Problem] = []
    made: list[DesiredTeam] = []
    for source in sources:
        if source.pattern is None:
            made.append(_Builder(source, roll, problems).team(crowd))
        else:
            made.extend(_teams_of_groups(source, roll, problems))
    first: dict[TeamKey, DesiredTeam] = {}
    for team in sorted(made, key=lambda team: (team.key, team.origin.line or 0, team.name)):
        earlier = first.setdefault(team.key, team)
        if earlier is not team:
            problems.append(_double(earlier, team))
    return Teams(tuple(first.values()), tuple(problems))


def _double(earlier: DesiredTeam, team: DesiredTeam) -> Problem:
    return Problem(
        team.origin,
        f"two rules or groups ask for one team, '{team.name}' (the other: {earlier.origin})",
        "one team has one rule: exclude the group from the pattern, or merge the rules",
    )


class _Builder:
    """One team while its members are gathered."""

    def __init__(
        self, source: TeamSource, roll: Roll, problems: list[Problem], group: str = ""
    ) -> None:
        self._source = source
        self._called = f"of group '{group}'" if group else f"'{source.policy.name}'"
        self._roll = roll
        self._problems = problems
        self._reasons: dict[UserKey, str] | Alike = {}
        self._doubts: list[str] = []

    def team(self, crowd: "_Crowd") -> DesiredTeam:
        """The team of a rule with groups, an expression or a list of people."""
        policy, number = self._source.policy, self._source.number
        for at, name in enumerate(policy.groups):
            self._add_group(name, self._roll.where("teams", number, "groups", at))
        if self._source.when is not None:
            self._add_matching(self._source.when, crowd)
        for at, reference in enumerate(policy.members):
            self._add_listed(reference, self._roll.where("teams", number, "members", at))
        return self.finish({})

    def finish(self, variables: Mapping[str, str]) -> DesiredTeam:
        """The team as it stands. Raises EvaluationError when its name cannot be worked out."""
        policy, source = self._source.policy, self._source
        name = clean(as_text(source.name.read(variables)))
        previous = (team_key(as_text(text.read(variables))) for text in source.previously)
        return DesiredTeam(
            key=team_key(name),
            name=name,
            members=self._reasons.keys(),
            origin=source.origin,
            mode=policy.mode,
            create=policy.create,
            previously=tuple(key for key in previous if key),
            frozen="; ".join(dict.fromkeys(self._doubts)),
            exact_case=policy.letter_case == "exact",
            member_reasons=self._reasons,
        )

    def doubt(self, text: str, origin: Origin, hint: str = "") -> None:
        """Freeze the team, and say so as a problem."""
        self._doubts.append(text)
        summary = f"team {self._called}: {text}; nobody is removed from it"
        identity = (f"team {self._called}",)
        self._problems.append(Problem(origin, summary, hint, size=Size.RECORD, identity=identity))

    def add_members(self, group: Group, notices: Iterable[Problem]) -> None:
        """Everybody in a group that is known for certain, or as far as it is."""
        reason = f"in group {group.name}"
        keys = [*filter(None, map(self._roll.keys.__getitem__, group.members))]
        found = Alike(keys, reason)
        # Half a million memberships are not put into tables where there is one group.
        self._reasons = {**found, **self._reasons} if self._reasons else found
        if group.doubt:
            self._doubts.append(group.doubt)
        self._problems.extend(notices)

    def _add_group(self, name: str, origin: Origin) -> None:
        membership = self._roll.membership
        found = membership.find(name, dn_key(name))
        if not found:
            self.doubt(f"group '{name}' was not found", origin, group_hint(membership, name))
        elif len(found) > 1:
            self.doubt(*several_groups(membership, name, found, origin))
        else:
            group = membership.groups[found[0]]
            self.add_members(group, membership.notices.get(found[0], ()))

    def _add_matching(self, condition: Expression, crowd: "_Crowd") -> None:
        origin = self._roll.where("teams", self._source.number, "when")
        membership = self._roll.membership
        for name in condition.groups_asked:
            if not membership.find(name, dn_key(name)):
                hint = group_hint(membership, name)
                self.doubt(f"group '{name}' was not found", origin, hint)
        self._doubts += group_doubts(membership, condition.groups_asked)
        reason = f"when {' '.join(condition.source.split())}"
        for numbers, error in crowd.matching(condition):
            if error:
                person = self._roll.persons[numbers[0]]
                self.doubt(f"'when' cannot be worked out for {person.address}: {error}", origin)
                continue
            self._add([self._roll.wanted[number] for number in numbers], reason)

    def _add(self, keys: Iterable[UserKey], reason: str) -> None:
        """Add members for a reason; who is there already keeps his own."""
        # A condition brings everybody by himself: no copy for each of them.
        if isinstance(self._reasons, Alike):
            self._reasons = dict(self._reasons)
        for key in keys:
            self._reasons.setdefault(key, reason)

    def _add_listed(self, reference: str, origin: Origin) -> None:
        person = self._roll.index.find(reference)
        if person == AMBIGUOUS:
            self.doubt(f"member '{reference}' could be several people", origin)
            return
        key = None if person is None else self._roll.wanted.get(person)
        if key is not None:
            self._add([key], "listed in the config")
            return
        what = "not in the directory" if person is None else "not wanted in Asana, or in doubt"
        summary = f"team {self._called}: member '{reference}' is {what}"
        self._problems.append(Problem(origin, summary, size=Size.NOTICE))


def _teams_of_groups(
    source: TeamSource, roll: Roll, problems: list[Problem]
) -> Iterator[DesiredTeam]:
    """One team for each group whose whole name fits the pattern."""
    by_key: dict[TeamKey, list[int]] = defaultdict(list)
    for number, group in enumerate(roll.membership.groups):
        by_key[team_key(group.name)].append(number)
    matched = False
    for key in sorted(by_key):
        group = roll.membership.groups[by_key[key][0]]
        name = " ".join(group.name.split())
        if source.pattern is None or len(name) > LONGEST_SUBJECT:
            continue
        found = source.pattern.fullmatch(name)
        if found is None:
            continue
        matched = True
        builder = _Builder(source, roll, problems, group=name)
        if len(by_key[key]) > 1:
            builder.doubt(*several_groups(roll.membership, name, by_key[key], source.origin))
        else:
            builder.add_members(group, roll.membership.notices.get(by_key[key][0], ()))
        variables = {attribute_key(k): clean(v or "") for k, v in found.groupdict().items()}
        try:
            team = builder.finish({**variables, "group": name})
        except EvaluationError as error:
            problems.append(_no_name(source, group, str(error)))
            continue
        if any(sign.isprintable() and not sign.isspace() for sign in team.name):
            yield team
        else:  # nobody could see or name such a team, and SCIM deletes none
            problems.append(_no_name(source, group, "it is empty"))
    if not matched:
        summary = f"teams[{source.number}]: no group fits '{source.policy.for_each_group}'"
        problems.append(Problem(source.origin, summary, size=Size.NOTICE))


def _no_name(source: TeamSource, group: Group, why: str) -> Problem:
    summary = f"teams[{source.number}]: no team name for group '{group.name}': {why}"
    return Problem(
        source.origin, summary, size=Size.RECORD, identity=(f"team of group '{group.name}'",)
    )


def group_hint(membership: Membership, name: str) -> str:
    """What the administrator may have meant by a group that is not there."""
    names: dict[str, str] = {team_key(g.name): g.name for g in membership.groups}
    near = get_close_matches(team_key(name), list(names), n=3)
    if near:
        return f"did you mean {' or '.join(repr(names[key]) for key in near)}?"
    if not names:
        return "the directory has no groups: see directory.groups"
    return f"{len(names)} groups were read, none with a similar name"


def several_groups(
    membership: Membership, name: str, found: Sequence[int], origin: Origin
) -> tuple[str, Origin, str]:
    """What to say of a name that several groups have: text, place and hint."""
    places = ", ".join(sorted(str(membership.groups[number].origin) for number in found))
    hint = "name the group by its distinguished name"
    return f"{len(found)} groups are called '{name}' ({places})", origin, hint


def group_doubts(membership: Membership, names: Iterable[str]) -> list[str]:
    """Why the groups of these names are not known for certain."""
    found = (number for name in names for number in membership.find(name, dn_key(name)))
    return [doubt for doubt in (membership.groups[number].doubt for number in found) if doubt]


class _Crowd:
    """The wanted people, gathered by what an expression looks at: departments repeat."""

    def __init__(self, roll: Roll) -> None:
        self._roll = roll
        self._gathered: dict[tuple[str, ...], list[list[int]]] = {}

    def matching(self, condition: Expression) -> Iterator[tuple[list[int], str]]:
        """People of whom the condition is true, or (second) cannot be worked out."""
        for numbers in self._alike(condition):
            person = self._roll.persons[numbers[0]]
            try:
                holds = condition.holds(
                    person.attributes, self._roll.membership.groups_of(numbers[0])
                )
            except EvaluationError as error:
                yield numbers, str(error)
                continue
            if holds:
                yield numbers, ""

    def _alike(self, condition: Expression) -> Iterable[list[int]]:
        """Lists of people who are the same to this condition."""
        names = tuple(condition.names)
        if GROUPS in names:
            return ([number] for number in sorted(self._roll.wanted))
        if names not in self._gathered:
            alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
            for number in sorted(self._roll.wanted):
                attributes = self._roll.persons[number].attributes
                alike[tuple([attributes.get(name) for name in names])].append(number)
            self._gathered[names] = list(alike.values())
        return self._gathered[names]
