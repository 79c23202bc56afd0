"""From a directory snapshot to the desired state, with every doubt kept as doubt.

Read, scope, map, licence, teams: pure, and equal for equal records in any order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from syncer.core.directory.activity import activity_judge
from syncer.core.directory.group_membership import Membership, resolve_groups
from syncer.core.directory.mapping import UnmappableError, problem_of
from syncer.core.directory.merge import People, merge_people, place
from syncer.core.directory.people_state import PeopleState, people_state, problems_of
from syncer.core.directory.preconditions import Known, asked, asked_groups, is_structural, known_of
from syncer.core.directory.references import (
    ACCOUNT_ATTRIBUTES,
    ADDRESS_ATTRIBUTES,
    NAME_ATTRIBUTES,
    PeopleIndex,
)
from syncer.core.directory.rules import Rules, TeamSource, Where, compile_rules, doubled_teams
from syncer.core.directory.standing import (
    Standing,
    add_doubt,
    doubt_doubles,
    judge_people,
    spread_doubt,
)
from syncer.core.directory.teams import Roll, Teams, desired_teams
from syncer.core.directory.unreadable import Unreadable, unreadable_records
from syncer.core.distinguished_names import dn_key
from syncer.core.language.expressions import AttributeText
from syncer.core.names import our_domains
from syncer.model.directory import Snapshot
from syncer.model.origin import Problem, Size
from syncer.model.policy.config import Config
from syncer.model.policy.rules import MappingRule
from syncer.model.state import FORMATTED_NAME, USER_NAME, DesiredState


@dataclass(frozen=True, slots=True)
class Desired:
    """The desired state, and every problem of any size found on the way to it.

    With a structural problem the state must not be planned from; it then holds every removal.
    """

    state: DesiredState
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Workings:
    """What the desired state was made from, for whoever explains it."""

    rules: Rules
    people: People
    unreadable: Unreadable
    index: PeopleIndex
    membership: Membership
    standing: Standing


def desire(snapshot: Snapshot, config: Config, where: Where) -> Desired:
    """What this directory and this config ask for. `where` gives the place of a config key.

    With a structural problem everything that can still be judged is, for its problems alone.
    """
    desired, _ = work_out(snapshot, config, where)
    return desired


def work_out(snapshot: Snapshot, config: Config, where: Where) -> tuple[Desired, Workings | None]:
    """As `desire`, with the workings; None where people could not be judged at all."""
    rules, faults = compile_rules(config, where)
    doubled = tuple(doubled_teams(rules))
    known = known_of(rules, snapshot, where)
    problems = [*faults, *doubled, *known.problems]
    if not known.people:
        return _stopped(snapshot, config, problems), None
    unreadable = unreadable_records(snapshot.people, keyed=config.directory.key is not None)
    people = merge_people(snapshot.people, rules, config.directory.key)
    source = rules.user_name.source
    index = PeopleIndex(people.persons, source.key if isinstance(source, AttributeText) else None)
    membership = resolve_groups(
        snapshot.groups,
        people.persons,
        index,
        shown=rules.groups_asked,
        someone_unidentified=bool(unreadable.unidentified),
    )
    groups = tuple(asked_groups(rules, membership)) if known.groups else ()
    problems += (problem for _, problem in groups)
    if any(use.picks and is_structural((problem,)) for use, problem in groups):
        return _stopped(snapshot, config, problems), None
    standing = _standing(snapshot, people, membership, rules, config, unreadable)
    workings = Workings(rules, people, unreadable, index, membership, standing)
    state = people_state(people, standing, index, config, unreadable, _naming(rules))
    roll = Roll(people.persons, state.wanted, membership, index, where)
    teams = desired_teams(() if doubled else _workable_teams(rules, known), roll)
    problems += problems_of(standing)
    if known.whole:
        problems += (*teams.problems, *state.notices)
    if is_structural(problems):
        return _stopped(snapshot, config, problems), workings
    return _assembled(snapshot, config, problems, state, teams), workings


def _naming(rules: Rules) -> tuple[str, ...]:
    """The attributes that hold people's names: those of the mapping, and the usual ones."""
    named = (rule for rule in rules.attributes if rule.attribute == FORMATTED_NAME)
    sources = (rules.user_name, *named)
    mapped = (name for rule in sources for name in rule.source.names)
    usual = (*NAME_ATTRIBUTES, *ACCOUNT_ATTRIBUTES, *ADDRESS_ATTRIBUTES)
    return tuple(dict.fromkeys((*mapped, *usual)))


def _workable_teams(rules: Rules, known: Known) -> tuple[TeamSource, ...]:
    """The team rules that can be worked out; what is wrong with the others is told already."""
    return tuple(
        team
        for team in rules.teams
        if (team.when is not None or team.policy.when is None)
        and (known.groups or not (team.policy.groups or team.pattern))
    )


def _standing(
    snapshot: Snapshot,
    people: People,
    membership: Membership,
    rules: Rules,
    config: Config,
    unreadable: Unreadable,
) -> Standing:
    """Everybody's standing, with the doubt that people cast on each other."""
    persons = people.persons
    names = {name for reading in snapshot.people for name in reading.names}
    active = activity_judge(rules.active, names)
    domains = our_domains(config)
    standing = judge_people(persons, membership.groups_of, rules, active, domains)
    for use, name in asked(rules):
        for number in membership.find(name, dn_key(name)):
            group = membership.groups[number]
            for person in group.candidates - group.members:
                text = f"{group.doubt}, this one among them; {use.place} asks for the group"
                hint = "name members by address, directory key or distinguished name"
                error = UnmappableError(text, hint)
                add_doubt(standing, person, problem_of(persons[person], error))
    doubt_doubles(standing, persons)
    spread_doubt(
        standing,
        persons,
        [key for person in unreadable.unknown for key in person.keys],
        [key for person in unreadable.unknown for key in person.directory_keys],
    )
    return standing


def _stopped(snapshot: Snapshot, config: Config, problems: Sequence[Problem]) -> Desired:
    """No state at all, in a form in which nobody could be removed."""
    found = _sized(problems, config)
    state = DesiredState(
        users=(),
        managed=frozenset(config.mapping.rules()),
        unidentified=tuple(p for p in found if p.size is Size.STRUCTURAL),
        people_read=snapshot.people_read,
    )
    return Desired(state, found)


def _assembled(
    snapshot: Snapshot,
    config: Config,
    problems: Sequence[Problem],
    people: PeopleState,
    teams: Teams,
) -> Desired:
    rules = config.mapping.rules()
    found = _sized(problems, config)
    stopping = (problem for problem in found if problem.size is Size.STRUCTURAL)
    state = DesiredState(
        users=people.users,
        managed=frozenset(rules),
        teams=teams.teams,
        teams_managed=config.teams is not None,
        licenses_managed=config.licenses is not None,
        not_desired=people.not_desired,
        unknown=people.unknown,
        unidentified=(*people.unidentified, *stopping),
        create_only=frozenset(name for name, rule in rules.items() if rule.on == "create"),
        any_case=any_case(rules),
        people_read=snapshot.people_read,
        notices=tuple(problem for problem in found if problem.size is Size.NOTICE),
    )
    return Desired(state, found)


def any_case(rules: Mapping[str, MappingRule]) -> frozenset[str]:
    """The attributes whose letter case alone is no difference.

    An address means the same person in any letter case, and a server may fold it; a name or a
    title is a text that somebody reads.
    """
    usual = {name: "ignore" if name == USER_NAME else "exact" for name in rules}
    asked = {name: rule.letter_case or usual[name] for name, rule in rules.items()}
    return frozenset(name for name, how in asked.items() if how == "ignore")


def _sized(problems: Iterable[Problem], config: Config) -> tuple[Problem, ...]:
    """The problems, each once, by place; record-level ones stop the run where the policy says."""
    stop = config.directory.on_problem == "stop"
    sized = (
        replace(problem, size=Size.STRUCTURAL) if stop and problem.size is Size.RECORD else problem
        for problem in problems
    )
    return tuple(sorted(dict.fromkeys(sized), key=_order))


def _order(problem: Problem) -> tuple[tuple[str, int], str, str]:
    origin = place(problem.origin) if problem.origin else ("", 0)
    return (origin, problem.column, problem.summary)
