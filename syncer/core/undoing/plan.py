"""The plan that takes an earlier run back, judged and applied like any other.

Nothing is undone from memory: an attribute, a licence, a membership or a name is put back only
where Asana still has what the run put there. What somebody changed since is his.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from syncer.core.names import team_key
from syncer.core.planner import Workings
from syncer.core.planning.consequences import lost_members, with_consequences
from syncer.core.planning.departments import departments_of
from syncer.core.planning.holding import hold_actions
from syncer.core.planning.ordering import in_order
from syncer.core.planning.parking import Parking
from syncer.core.planning.touched import touched_by
from syncer.core.planning.waiting import taking, unidentified
from syncer.core.undoing.net import OF_TEAMS, Net, net_of
from syncer.core.undoing.teams import Untouched, undo_teams, with_found_teams
from syncer.core.undoing.users import undo_users
from syncer.core.verification import Lookup
from syncer.model.actions import Action, ChangeMembers
from syncer.model.past import DISPLAY_NAME, PastChange, PastRun
from syncer.model.plan import Counts, ManualWork, Notice, Plan
from syncer.model.policy.config import Config
from syncer.model.state import CurrentState, TeamKey

_AGAIN: Final = (
    "the next ordinary plan asks for the same changes again, unless the directory or the config "
    "says otherwise by then"
)
_UNENDED: Final = (
    "its journal has no end: the run was killed, or is still going, or lines were cut away; what "
    "they said is not taken back"
)
_BY_HAND: Final[Mapping[str, str]] = {
    "deactivate_user": "invite the person again in Asana's admin console",
    "reactivate_user": "deactivate the person in Asana's admin console, if that is wanted",
    "create_user": "deactivate the person in Asana's admin console, if that is wanted",
    "create_team": "delete the team in Asana, if that is wanted",
}
_ADOPTED: Final = "was there before the run, which took the user for the new one: left as it is"
_WHY: Final[Mapping[str, str]] = {
    "deactivate_user": "was deactivated; SCIM cannot reactivate people",
    "reactivate_user": "was reactivated; a deactivation could not be undone",
    "create_user": "was created; a deactivation could not be undone",
    "create_team": "was created; SCIM cannot delete teams",
}


def concerned_teams(run: PastRun) -> frozenset[TeamKey]:
    """The names, before and after, of the teams that the run changed."""
    names: set[str | None] = set()
    for change in run.changes:
        if change.kind in OF_TEAMS:
            names |= {
                change.subject,
                change.before.get(DISPLAY_NAME),
                change.after.get(DISPLAY_NAME),
            }
    return frozenset(team_key(name) for name in names if name and name.strip())


def undo_plan(
    run: PastRun,
    ordinary: Plan,
    workings: Workings,
    current: CurrentState,
    config: Config,
    parking: Parking | None,
) -> Plan:
    """What takes the run back.

    `ordinary` is the plan for the same tenant, with its `workings`: it lends the facts that the
    guards measure against, and nothing of what it would do.
    """
    lookup = Lookup.of(current, ordinary.any_case)
    run, unfound = with_found_teams(run, lookup)
    net = net_of(run)
    users = undo_users(run.run_id, net.users, lookup, workings, config, parking)
    untouched = Untouched(
        config.protected.teams, workings.population.protected, workings.matching.doubtful
    )
    teams = undo_teams(run.run_id, net.teams, lookup, untouched)
    actions = _settled((*users.updates, *users.licenses, *teams.actions), workings)
    actions = with_consequences(
        actions, current, workings.managers, lost_members(actions, current)
    )
    unknown = tuple(dict.fromkeys((*users.unknown, *teams.unknown)))
    problems = tuple(problem.told() for problem in workings.desired.unidentified)
    manual = (*users.manual, *_by_hand(run.run_id, net, lookup))
    told = (*unfound, *users.notices, *_adopted(net.others), *teams.notices)
    return replace(
        ordinary,
        actions=actions,
        manual=tuple(sorted(manual, key=lambda work: (work.subject, work.what))),
        unknown=tuple(sorted(unknown, key=lambda one: (one.subject, str(one.origin)))),
        in_grace=(),
        notices=(*_of_the_whole(run, any_action=bool(actions)), *told),
        violations=(),
        counts=Counts(unknown=len(unknown) + len(problems)),
        deactivated_members={},
        departments=departments_of(actions, lookup.users),
        touched=touched_by(
            (action for action in actions if not action.held), lookup.users, lookup.teams
        ),
        problems=problems,
        undoes=run.run_id,
    )


def _settled(actions: Iterable[Action], workings: Workings) -> tuple[Action, ...]:
    """The actions in order, and held what a doubt keeps back that is about no one person."""
    ordered = in_order(actions)
    doubt = unidentified(workings.desired.unidentified)
    changes = (action.ref for action in ordered if isinstance(action, ChangeMembers))
    held_back = taking(ordered, workings.population.hidden)
    return hold_actions(ordered, held_back, dict.fromkeys(changes, doubt) if doubt else {})


def _of_the_whole(run: PastRun, *, any_action: bool) -> Iterable[Notice]:
    """What there is to say of the undo as such, and of the journal it goes by."""
    if any_action:
        yield Notice(subject=f"undo of run {run.run_id}", text=_AGAIN)
    if run.resumed:
        text = f"it carried on with the plan of {', '.join(run.resumed)}: what that did is taken"
        yield Notice(subject=f"run {run.run_id}", text=f"{text} back too")
    if run.resumed_by:
        later = run.resumed_by[-1]
        text = f"run {later} carried on with its plan: undo that run to take back both"
        yield Notice(subject=f"run {run.run_id}", text=text)
    if not run.ended:
        yield Notice(subject=f"run {run.run_id}", text=_UNENDED)


def _adopted(others: Iterable[PastChange]) -> Iterable[Notice]:
    for change in others:
        if change.adopted:
            yield Notice(subject=change.subject, text=_ADOPTED, origin=change.origin)


def _by_hand(run_id: str, net: Net, lookup: Lookup) -> Iterable[ManualWork]:
    for change in net.others:
        if change.adopted or _is_past(change, net, lookup):
            continue
        yield ManualWork(
            subject=change.subject,
            what=_BY_HAND[change.kind],
            reason=f"undo of run {run_id}: {_WHY[change.kind]}",
            origin=change.origin,
        )


def _is_past(change: PastChange, net: Net, lookup: Lookup) -> bool:
    """Whether what the run did is no more, so that there is nothing to do about it."""
    if change.kind == "create_team":
        return lookup.team(change.scim_id, change.subject) is None
    user = lookup.user(change.scim_id, change.subject)
    active = user is not None and user.active
    if change.kind == "deactivate_user":
        return active or _invited_again(change, net, lookup)
    return not active


def _invited_again(change: PastChange, net: Net, lookup: Lookup) -> bool:
    """Whether the address is in use again, by a user to whom the run did not give it."""
    user = lookup.user(None, change.subject)
    created = {one.scim_id for one in net.others if one.kind == "create_user" and not one.adopted}
    return user is not None and user.active and user.id not in created | net.users.keys()
