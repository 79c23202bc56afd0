"""Build the plan: what to do so that Asana becomes what the directory asks for.

Nothing is judged here; `core.guards` reads the finished plan. Equal input gives an equal plan,
whatever order the people, users and teams came in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from syncer.core.addresses import AddressPlan, settle_addresses
from syncer.core.consequences import with_consequences
from syncer.core.holding import hold_actions
from syncer.core.leavers import Leavers, find_leavers
from syncer.core.license_plan import (
    VIEW_ONLY_CONSEQUENCE,
    LicensePlan,
    license_of,
    plan_licenses,
    would_change_license,
)
from syncer.core.managers import Managers, make_managers
from syncer.core.matching import Matching, match_people
from syncer.core.membership import make_membership
from syncer.core.names import domain_of
from syncer.core.ordering import in_order
from syncer.core.population import Population, our_domains, populate
from syncer.core.roster import Roster, make_roster
from syncer.core.team_plan import TeamPlan, plan_teams
from syncer.core.touched import touched_by
from syncer.core.user_plan import UserPlan, plan_users, would_change
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
from syncer.model.state import ENTERPRISE, VIEW_ONLY, CurrentState, DesiredState

_PLACES: Final = 3


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the steps found, to be put together."""

    matching: Matching
    population: Population
    addresses: AddressPlan
    leavers: Leavers
    leaving: tuple[DeactivateUser | SetLicense, ...]
    managers: Managers
    users: UserPlan
    licenses: LicensePlan
    teams: TeamPlan
    notices: tuple[Notice, ...]


def build_plan(
    desired: DesiredState, current: CurrentState, config: Config, memory: Memory, now: datetime
) -> Plan:
    """The plan, unjudged. Its digests and its tenant are for the caller to fill in."""
    roster = make_roster(desired, current, config, memory)
    parts = _plan_parts(desired, current, config, memory, now, roster)
    doubt = _unidentified(desired.unidentified)
    ordered = in_order(
        (
            *parts.leaving,
            *parts.population.reactivations,
            *parts.licenses.creates,
            *parts.users.updates,
            *parts.licenses.changes,
            *parts.teams.actions,
        )
    )
    removals = {action.ref: doubt for action in ordered if isinstance(action, ChangeMembers)}
    settled = hold_actions(ordered, {}, removals if doubt else {})
    actions = with_consequences(settled, current, parts.managers)
    unknown = (*parts.matching.unknown, *parts.addresses.unknown, *parts.teams.unknown)
    return Plan(
        actions=actions,
        manual=tuple(
            sorted(
                (*parts.population.manual, *parts.addresses.manual),
                key=lambda work: (work.subject, work.what),
            )
        ),
        unknown=unknown,
        in_grace=parts.leavers.in_grace,
        notices=parts.notices,
        facts=_facts(desired, current, config, memory, parts),
        counts=_counts(desired, current, parts, actions, len(unknown)),
        touched=touched_by(
            (action for action in actions if not action.held),
            roster.by_id,
            {team.id: team for team in current.teams},
        ),
        problems=(*desired.unidentified, *(user.problem for user in current.unreadable)),
    )


def _plan_parts(
    desired: DesiredState,
    current: CurrentState,
    config: Config,
    memory: Memory,
    now: datetime,
    roster: Roster,
) -> _Parts:
    matching = match_people(desired, current, roster, memory, our_domains(config))
    population = populate(matching, current, config)
    addresses = settle_addresses(population, roster, desired.create_only)
    leavers = find_leavers(roster, matching, population, config, memory, now)
    asked_for = frozenset(person.key for person in desired.users)
    leaving, reported = _leave(leavers, current, config, roster, desired)
    managers = make_managers(
        roster,
        population,
        addresses,
        frozenset(action.scim_id for action in leaving if isinstance(action, DeactivateUser)),
        asked_for,
    )
    users = plan_users(population, addresses, managers, desired.create_only)
    licenses = plan_licenses(population, users.creates, leaving, current, config)
    membership = make_membership(
        roster,
        matching,
        population,
        addresses,
        leavers,
        remove_leavers=config.lifecycle.leavers == "view only",
    )
    teams = plan_teams(desired, current.teams, membership, config.protected.teams)
    spared = _spared(leavers, population, managers, current, config, desired)
    said = (*leavers.notices, *reported, *spared, *users.notices, *licenses.notices)
    notices = (*_told(desired.notices), *said, *teams.notices)
    return _Parts(
        matching,
        population,
        addresses,
        leavers,
        leaving,
        managers,
        users,
        licenses,
        teams,
        notices,
    )


def _leave(
    leavers: Leavers,
    current: CurrentState,
    config: Config,
    roster: Roster,
    desired: DesiredState,
) -> tuple[tuple[DeactivateUser | SetLicense, ...], tuple[Notice, ...]]:
    """What the policy does with leavers whose time has come."""
    asked_for = {person.key for person in desired.users}
    held = _unidentified(desired.unidentified)
    actions: list[DeactivateUser | SetLicense] = []
    notices: list[Notice] = []
    policy = config.lifecycle.leavers
    if policy == "view only" and leavers.due and not current.license_support:
        text = "view only is inactive: Asana returned no userType for anybody"
        return (), (Notice(subject="lifecycle.leavers", text=text),)
    for leaver in leavers.due:
        user = leaver.user
        # Two users may show one address, and a person of the directory may be coming to it.
        alone = user.key not in asked_for and len(roster.by_key[user.key]) == 1
        name = user.key if alone else f"{user.key}#{user.id}"
        if policy == "deactivate":
            actions.append(
                DeactivateUser(
                    ref=f"deactivate_user:{name}",
                    reason=leaver.reason,
                    origin=leaver.origin,
                    held=held,
                    user_name=user.user_name,
                    scim_id=user.id,
                )
            )
        elif policy == "report":
            text = f"reported only: {leaver.reason}"
            notices.append(Notice(subject=user.user_name, text=text, origin=leaver.origin))
        elif license_of(user.license) == ENTERPRISE:
            actions.append(
                SetLicense(
                    ref=f"set_license:{name}",
                    reason=leaver.reason,
                    origin=leaver.origin,
                    consequences=(VIEW_ONLY_CONSEQUENCE,),
                    held=held,
                    user_name=user.user_name,
                    scim_id=user.id,
                    before=user.license,
                    after=VIEW_ONLY,
                )
            )
        elif license_of(user.license) != VIEW_ONLY:
            text = f"{leaver.reason}; userType {user.license!r} is left alone"
            notices.append(Notice(subject=user.user_name, text=text, origin=leaver.origin))
    return tuple(actions), tuple(notices)


def _unidentified(problems: tuple[Problem, ...]) -> str:
    """Why removals wait; empty when every record of the directory could be identified."""
    if not problems:
        return ""
    places = [str(problem.origin) for problem in problems if problem.origin][:_PLACES]
    where = f" ({', '.join(places)}{', ...' if len(problems) > _PLACES else ''})"
    records = "1 record" if len(problems) == 1 else f"{len(problems)} records"
    return f"{records} could be anybody's{where if places else ''}: the leaver may be one of them"


def _spared(
    leavers: Leavers,
    population: Population,
    managers: Managers,
    current: CurrentState,
    config: Config,
    desired: DesiredState,
) -> Iterable[Notice]:
    """What the plan would have changed if it were not protected."""
    supported = config.licenses if current.license_support else None
    for leaver in leavers.spared:
        text = f"protected: left as it is, though {leaver.reason}"
        yield Notice(subject=leaver.user.user_name, text=text, origin=leaver.origin)
    for pair in population.protected_pairs:
        differs = not pair.current.active or would_change(pair, managers, desired.create_only)
        if differs or would_change_license(pair, supported):
            text = "protected: left as it is, though the directory asks for a change"
            yield Notice(subject=pair.current.user_name, text=text, origin=pair.desired.origin)
    for person in population.protected_absent:
        text = "protected: not created, though the directory asks for it"
        yield Notice(subject=person.user_name, text=text, origin=person.origin)


def _told(problems: Iterable[Problem]) -> Iterable[Notice]:
    for problem in problems:
        subject = problem.column or next(iter(problem.identity), "directory")
        text = f"{problem.summary}; {problem.hint}" if problem.hint else problem.summary
        yield Notice(subject=subject, text=text, origin=problem.origin)


def _facts(
    desired: DesiredState,
    current: CurrentState,
    config: Config,
    memory: Memory,
    parts: _Parts,
) -> Facts:
    domains = our_domains(config)
    doubtful = sum(
        user.active and user.id in parts.matching.doubtful and domain_of(user.key) in domains
        for user in current.users
    )
    paired = sum(pair.current.active for pair in parts.population.pairs.values())
    leaving = len(parts.leavers.due) + len(parts.leavers.in_grace)
    return Facts(
        managed_users=paired + leaving + doubtful,
        current_users=sum(user.active for user in current.users),
        desired_users=len(desired.users),
        recent_deactivations=memory.recent_deactivations,
        window_days=config.guards.window_days,
    )


def _counts(
    desired: DesiredState,
    current: CurrentState,
    parts: _Parts,
    actions: tuple[Action, ...],
    unknown: int,
) -> Counts:
    changed = {
        action.scim_id
        for action in actions
        if isinstance(action, UpdateUser | SetLicense | DeactivateUser)
    }
    protected = sum(
        user.active and user.id in parts.population.protected for user in current.users
    )
    return Counts(
        unchanged=sum(
            pair.current.active and pair.current.id not in changed
            for pair in parts.population.pairs.values()
        ),
        excluded=len(desired.not_desired),
        unmanaged=len(parts.leavers.unmanaged - parts.population.protected),
        protected=protected + parts.teams.protected,
        unknown=unknown,
        in_grace=len(parts.leavers.in_grace),
        teams_unchanged=parts.teams.unchanged,
    )
