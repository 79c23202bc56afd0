"""The plan that takes an earlier run back, judged and applied like any other.

Nothing is undone from memory: an attribute, a licence, a membership or a name is put back only
where Asana still has what the run put there. What somebody changed since is his.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from syncer.core.names import team_key, user_key
from syncer.core.planner import Workings
from syncer.core.planning.consequences import with_consequences
from syncer.core.planning.ordering import in_order
from syncer.core.planning.parking import Parking
from syncer.core.planning.touched import touched_by
from syncer.core.undoing.net import Net, net_of
from syncer.core.undoing.teams import undo_teams
from syncer.core.undoing.users import Bounds, undo_users
from syncer.core.verification import Lookup
from syncer.model.past import PastChange, PastRun
from syncer.model.plan import Counts, ManualWork, Notice, Plan
from syncer.model.policy.config import Config
from syncer.model.state import USER_NAME, CurrentState, TeamKey

_AGAIN: Final = (
    "the next ordinary plan asks for the same changes again, unless the directory or the config "
    "says otherwise by then"
)
_BY_HAND: Final[Mapping[str, str]] = {
    "deactivate_user": "invite the person again in Asana's admin console",
    "reactivate_user": "deactivate the person in Asana's admin console, if that is wanted",
    "create_user": "deactivate the person in Asana's admin console, if that is wanted",
    "create_team": "delete the team in Asana, if that is wanted",
}
_WHY: Final[Mapping[str, str]] = {
    "deactivate_user": "was deactivated; SCIM cannot reactivate people",
    "reactivate_user": "was reactivated; a deactivation could not be undone",
    "create_user": "was created; a deactivation could not be undone",
    "create_team": "was created; SCIM cannot delete teams",
}


def concerned_teams(run: PastRun) -> frozenset[TeamKey]:
    """The names, before and after, of the teams that the run changed."""
    net = net_of(run)
    names = {team.name for team in net.teams.values()}
    for team in net.teams.values():
        if team.renamed is not None:
            names |= {name for name in (team.renamed.before, team.renamed.after) if name}
    return frozenset(team_key(name) for name in names if name.strip())


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
    net = net_of(run)
    lookup = Lookup.of(current, ordinary.any_case)
    users = undo_users(run.run_id, net.users, lookup, _bounds(workings, config, parking, net))
    protected = workings.population.protected
    teams = undo_teams(run.run_id, net.teams, lookup, config.protected.teams, protected)
    actions = in_order((*users.updates, *users.licenses, *teams.actions))
    actions = with_consequences(actions, current, workings.managers)
    manual = (*users.manual, *_by_hand(run.run_id, net.others, lookup))
    told = (*users.notices, *teams.notices)
    again = (Notice(subject=f"undo of run {run.run_id}", text=_AGAIN),) if actions else ()
    return replace(
        ordinary,
        actions=actions,
        manual=tuple(sorted(manual, key=lambda work: (work.subject, work.what))),
        unknown=(),
        in_grace=(),
        notices=(*again, *told),
        violations=(),
        counts=Counts(),
        deactivated_members={},
        touched=touched_by(actions, lookup.users, lookup.teams),
        problems=(),
        undoes=run.run_id,
    )


def _bounds(workings: Workings, config: Config, parking: Parking | None, net: Net) -> Bounds:
    hidden = workings.population.hidden
    addresses = (
        user_key(one.before)
        for user in net.users.values()
        if (one := user.fields.get(USER_NAME)) and one.before
    )
    return Bounds(
        protected=workings.population.protected,
        patterns=config.protected.users,
        hidden={key: holder for key in addresses if (holder := hidden.holder(key))},
        parking=parking,
        keyed=frozenset(
            pair.current.id for pair in workings.population.pairs.values() if pair.keyed
        ),
    )


def _by_hand(run_id: str, others: Iterable[PastChange], lookup: Lookup) -> Iterable[ManualWork]:
    for change in others:
        if _is_past(change, lookup):
            continue
        yield ManualWork(
            subject=change.subject,
            what=_BY_HAND[change.kind],
            reason=f"undo of run {run_id}: {_WHY[change.kind]}",
            origin=change.origin,
        )


def _is_past(change: PastChange, lookup: Lookup) -> bool:
    """Whether what the run did is no more, so that there is nothing to do about it."""
    if change.kind == "create_team":
        return lookup.team(change.scim_id, change.subject) is None
    user = lookup.user(change.scim_id, change.subject)
    active = user is not None and user.active
    return active if change.kind == "deactivate_user" else not active
