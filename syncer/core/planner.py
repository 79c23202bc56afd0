"""Build the plan: what to do so that Asana becomes what the directory asks for.

Nothing is judged here; `core.guards` reads the finished plan. Equal input gives an equal plan,
whatever order the people, users and teams came in.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from syncer.core.names import key_domain, our_domains
from syncer.core.planning.addresses import AddressPlan, settle_addresses
from syncer.core.planning.consequences import (
    deactivated_members,
    lost_members,
    with_consequences,
)
from syncer.core.planning.departments import departments_of
from syncer.core.planning.holding import hold_actions
from syncer.core.planning.leavers import Leavers, find_leavers
from syncer.core.planning.leaving import Doubt, Leaving, plan_leaving
from syncer.core.planning.license_plan import LicensePlan, plan_licenses
from syncer.core.planning.managers import Managers, make_managers
from syncer.core.planning.matching import match_people
from syncer.core.planning.membership import Membership, make_membership
from syncer.core.planning.ordering import in_order
from syncer.core.planning.organization import look_behind_scim
from syncer.core.planning.pairs import Matching
from syncer.core.planning.parking import make_parking
from syncer.core.planning.population import Population, populate
from syncer.core.planning.recollection import change_of_key, recalled
from syncer.core.planning.roster import (
    Roster,
    employee_number_is_key,
    make_roster,
)
from syncer.core.planning.sparing import spared_notices
from syncer.core.planning.team_plan import TeamPlan, plan_teams
from syncer.core.planning.touched import touched_by
from syncer.core.planning.unread import find_unread
from syncer.core.planning.user_plan import UserPlan, plan_users
from syncer.core.planning.waiting import nameless, suspects, taking, unidentified, untraced
from syncer.model.actions import (
    Action,
    ChangeMembers,
    DeactivateUser,
    SetLicense,
    UpdateUser,
)
from syncer.model.memory import Memory
from syncer.model.origin import Problem
from syncer.model.plan import Counts, Facts, Notice, Plan
from syncer.model.policy.config import Config
from syncer.model.state import (
    CurrentState,
    CurrentUser,
    DesiredState,
    NotDesired,
)


@dataclass(frozen=True, slots=True)
class _People:
    """Who is who, and what that allows."""

    matching: Matching
    population: Population
    addresses: AddressPlan
    leavers: Leavers


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the steps found, to be put together."""

    people: _People
    leaving: Leaving
    managers: Managers
    users: UserPlan
    licenses: LicensePlan
    membership: Membership
    teams: TeamPlan
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Workings:
    """What a plan was made from, for whoever explains it.

    `memory` is what the ledger is taken to know: without ids that it noted under another key.
    """

    desired: DesiredState
    memory: Memory
    roster: Roster
    matching: Matching
    population: Population
    leavers: Leavers
    managers: Managers
    membership: Membership


def build_plan(
    desired: DesiredState, current: CurrentState, config: Config, memory: Memory, now: datetime
) -> Plan:
    """The plan, unjudged. Its digests and its tenant are for the caller to fill in."""
    plan, _ = work_out(desired, current, config, memory, now)
    return plan


def work_out(
    desired: DesiredState, current: CurrentState, config: Config, memory: Memory, now: datetime
) -> tuple[Plan, Workings]:
    """As `build_plan`, with the workings."""
    rekeyed = tuple(change_of_key(memory, config, by_number=employee_number_is_key(config)))
    memory = recalled(memory, config)
    roster = make_roster(desired, current, config, memory)
    people = _people(desired, current, config, memory, now, roster)
    parts = _plan_parts(people, desired, current, config, roster, rekeyed)
    plan = _put_together(parts, desired, current, config, memory, roster)
    workings = Workings(
        desired,
        memory,
        roster,
        people.matching,
        people.population,
        people.leavers,
        parts.managers,
        parts.membership,
    )
    return plan, workings


def _put_together(
    parts: _Parts,
    desired: DesiredState,
    current: CurrentState,
    config: Config,
    memory: Memory,
    roster: Roster,
) -> Plan:
    actions, lost = _settled(parts, desired, current)
    unknown = (
        *parts.people.matching.unknown,
        *parts.people.population.unknown,
        *parts.people.addresses.unknown,
        *parts.teams.unknown,
    )
    return Plan(
        actions=actions,
        manual=tuple(
            sorted(
                (*parts.people.population.manual, *parts.people.addresses.manual),
                key=lambda work: (work.subject, work.what),
            )
        ),
        unknown=unknown,
        in_grace=parts.people.leavers.in_grace,
        notices=parts.notices,
        facts=_facts(desired, config, memory, roster, parts),
        counts=_counts(desired, roster, parts, actions, len(unknown) + len(desired.unidentified)),
        deactivated_members=deactivated_members(actions, lost),
        any_case=tuple(sorted(desired.any_case)),
        departments=departments_of(actions, roster.by_id),
        touched=touched_by(
            (action for action in actions if not action.held),
            roster.by_id,
            {team.id: team for team in current.teams},
        ),
        problems=(
            *(problem.told() for problem in desired.unidentified),
            *(user.problem for user in current.unreadable),
        ),
    )


def _settled(
    parts: _Parts, desired: DesiredState, current: CurrentState
) -> tuple[tuple[Action, ...], Mapping[str, frozenset[str]]]:
    """All actions in order, with what is held and what follows from them; whom teams lose."""
    ordered = in_order(
        (
            *parts.leaving.actions,
            *parts.people.population.reactivations,
            *parts.licenses.creates,
            *parts.users.updates,
            *parts.licenses.changes,
            *parts.teams.actions,
        )
    )
    doubt = unidentified(desired.unidentified)
    changes = (action.ref for action in ordered if isinstance(action, ChangeMembers))
    held_back = taking(ordered, parts.people.population.hidden)
    held = hold_actions(ordered, held_back, dict.fromkeys(changes, doubt) if doubt else {})
    lost = lost_members(held, current)
    return with_consequences(held, current, parts.managers, lost), lost


def _people(
    desired: DesiredState,
    current: CurrentState,
    config: Config,
    memory: Memory,
    now: datetime,
    roster: Roster,
) -> _People:
    unread = find_unread(desired, current, config, roster, memory)
    matching = match_people(desired, unread, roster, memory, our_domains(config))
    population = populate(
        matching, current, config, look_behind_scim(current, roster, config, memory)
    )
    return _People(
        matching,
        population,
        settle_addresses(
            population,
            roster,
            matching.owners,
            desired.create_only,
            desired.any_case,
            make_parking(desired, current, roster, config),
        ),
        find_leavers(roster, matching, population, config, memory, now),
    )


def _plan_parts(
    people: _People,
    desired: DesiredState,
    current: CurrentState,
    config: Config,
    roster: Roster,
    rekeyed: tuple[Notice, ...],
) -> _Parts:
    population, addresses, leavers = people.population, people.addresses, people.leavers
    policy = config.lifecycle.leavers
    asked_for = frozenset(person.key for person in desired.users)
    held = Doubt(
        unidentified(desired.unidentified),
        untraced(one.person for one in people.matching.untraced if not one.identified)
        or (nameless(population.joiners) if rekeyed else ""),
        suspects(people.matching.untraced, our_domains(config)),
    )
    leaving = plan_leaving(
        leavers.due, policy, roster, asked_for, licensed=current.license_support, held=held
    )
    gone = frozenset(one.scim_id for one in leaving.actions if isinstance(one, DeactivateUser))
    managers = make_managers(
        roster, population, addresses, gone, people.matching.owners, asked_for
    )
    users = plan_users(population, addresses, managers, desired.create_only, desired.any_case)
    licenses = plan_licenses(population, users.creates, leaving.actions, current, config)
    staying = leavers.due if policy == "view only" else ()
    membership = make_membership(
        roster,
        people.matching,
        population,
        addresses,
        leavers,
        staying=staying,
        spared=held.spared(staying, roster, population.hidden),
    )
    teams = plan_teams(desired, current.teams, membership, config.protected.teams)
    spared = spared_notices(population, leavers, managers, current, config, desired)
    behind = (*population.hidden.notices, *population.notices)
    said = (*leavers.notices, *leaving.notices, *spared, *users.notices, *licenses.notices)
    notices = (*rekeyed, *_told(desired.notices), *behind, *said, *teams.notices)
    return _Parts(people, leaving, managers, users, licenses, membership, teams, notices)


def _told(problems: Iterable[Problem]) -> Iterable[Notice]:
    for problem in problems:
        subject = problem.column or next(iter(problem.identity), "directory")
        text = f"{problem.summary}; {problem.hint}" if problem.hint else problem.summary
        yield Notice(subject=subject, text=text, origin=problem.origin)


def _facts(
    desired: DesiredState, config: Config, memory: Memory, roster: Roster, parts: _Parts
) -> Facts:
    domains = our_domains(config)
    doubtful = sum(
        user.active and key_domain(user.key) in domains
        for user in _among(roster, parts.people.matching.doubtful)
    )
    paired = sum(pair.current.active for pair in parts.people.population.pairs.values())
    leaving = len(parts.people.leavers.due) + len(parts.people.leavers.in_grace)
    return Facts(
        managed_users=paired + leaving + doubtful,
        current_users=sum(user.active for user in roster.by_id.values()),
        desired_users=len(desired.users),
        recent_deactivations=memory.recent_deactivations,
        window_days=config.guards.window_days,
        protected_users=config.protected.users,
        protected_teams=config.protected.teams,
        administrators=_administrators(roster, parts.people.population),
        administrators_protected=config.protected.administrators,
        administrators_read=parts.people.population.hidden.read,
    )


def _among(roster: Roster, scim_ids: Iterable[str]) -> Iterable[CurrentUser]:
    """Those of the users whom SCIM lists."""
    return (roster.by_id[scim_id] for scim_id in scim_ids if scim_id in roster.by_id)


def _administrators(roster: Roster, population: Population) -> tuple[str, ...]:
    known = _among(roster, population.hidden.administrators)
    return tuple(sorted(user.id for user in known if user.active))


def _counts(
    desired: DesiredState,
    roster: Roster,
    parts: _Parts,
    actions: tuple[Action, ...],
    unknown: int,
) -> Counts:
    changed = {
        action.scim_id
        for action in actions
        if isinstance(action, UpdateUser | SetLicense | DeactivateUser)
    }
    protected = sum(user.active for user in _among(roster, parts.people.population.protected))
    kept_out = Counter(one.kind for one in _at_rest(desired, parts))
    return Counts(
        unchanged=sum(
            pair.current.active and pair.current.id not in changed
            for pair in parts.people.population.pairs.values()
        ),
        excluded=kept_out["out_of_scope"],
        inactive=kept_out["inactive"],
        unmanaged=len(parts.people.leavers.unmanaged - parts.people.population.protected),
        protected=protected + parts.teams.protected,
        unknown=unknown,
        in_grace=len(parts.people.leavers.in_grace),
        invited=len(parts.people.population.invited),
        teams_unchanged=parts.teams.unchanged,
    )


def _at_rest(desired: DesiredState, parts: _Parts) -> Iterable[NotDesired]:
    """People not desired of whom neither an action nor another count speaks."""
    people = parts.people
    spoken_of = {
        *(action.scim_id for action in parts.leaving.actions),
        *(one.scim_id for one in people.leavers.in_grace),
        *people.leavers.unmanaged,
        *people.population.protected,
        *people.matching.doubtful,
    }
    busy = {gone for scim_id, gone in people.matching.retired.items() if scim_id in spoken_of}
    return (gone for gone in desired.not_desired if gone not in busy)
