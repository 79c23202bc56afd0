"""What follows from taking somebody out of Asana, as far as it is documented or can be seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from syncer.core.planning.managers import Managers
from syncer.model.actions import (
    Action,
    ChangeMembers,
    DeactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.state import MANAGER, CurrentState

_WIDTH: Final = 75

# Asana's help on deprovisioning: the tasks move, the ownership does not, and there is no way
# back over SCIM.
_DEACTIVATED: Final = (
    "leaves the teams that the config does not name too; those are not read",
    "tasks go to 'Previously assigned tasks', whose owner an Asana setting picks",
    "ownership of projects, portfolios and dashboards is not transferred",
    "SCIM cannot undo it: only an invitation from Asana's admin console does",
)
# Asana's help on view-only licences: such a person is assigned tasks and cannot complete them.
_DOWNGRADED: Final = (
    "cannot create, edit, complete or comment any more; tasks stay with the person",
    "can be undone by a later run while a seat is free",
)


def lost_members(actions: Iterable[Action], current: CurrentState) -> Mapping[str, frozenset[str]]:
    """Whom a team loses by deactivations, both by SCIM id; without the teams that lose nobody."""
    leaving = frozenset(one.scim_id for one in actions if isinstance(one, DeactivateUser))
    if not leaving:
        return {}
    lost = ((team.id, team.members & leaving) for team in current.teams if team.members)
    return {scim_id: gone for scim_id, gone in lost if gone}


def with_consequences(
    actions: tuple[Action, ...],
    current: CurrentState,
    managers: Managers,
    lost: Mapping[str, frozenset[str]],
) -> tuple[Action, ...]:
    """The actions, with what follows written on every deactivation, downgrade and removal.

    `lost` are the `lost_members`.
    """
    leaving = {action.scim_id for action in actions if isinstance(action, DeactivateUser)}
    lowered = {a.scim_id for a in actions if isinstance(a, SetLicense) and a.downgrade}
    removing = any(isinstance(action, ChangeMembers) and action.remove for action in actions)
    if not leaving and not lowered and not removing:
        return actions
    reports = _reports(actions, current, managers, leaving | lowered)
    teams = _teams(actions, current, lost)
    teams_of: dict[str, list[_TeamImpact]] = {}
    for team in teams.values():
        for scim_id in team.leavers | team.removed:
            teams_of.setdefault(scim_id, []).append(team)
    seen = _Impact(teams, teams_of, reports)
    return tuple(_explained(action, seen) for action in actions)


def deactivated_members(
    actions: Iterable[Action], lost: Mapping[str, frozenset[str]]
) -> Mapping[str, tuple[str, ...]]:
    """The refs of deactivations that cost a team members, by the SCIM id of the team.

    Only teams whose members the plan changes besides are in it. `lost` are the `lost_members`.
    """
    actions = tuple(actions)
    refs = {one.scim_id: one.ref for one in actions if isinstance(one, DeactivateUser)}
    changed = {one.scim_id for one in actions if isinstance(one, ChangeMembers)}
    return {
        scim_id: tuple(sorted(refs[one] for one in gone))
        for scim_id, gone in sorted(lost.items())
        if scim_id in changed
    }


@dataclass(frozen=True, slots=True)
class _TeamImpact:
    """Who goes out of a team, by deactivation or by removal, and whether anybody stays."""

    name: str
    leavers: frozenset[str]
    removed: frozenset[str]
    emptied: bool


@dataclass(frozen=True, slots=True)
class _Impact:
    """Teams by SCIM id and by whoever goes out of them; the people who report to somebody, by
    the manager's SCIM id."""

    teams: Mapping[str, _TeamImpact]
    teams_of: Mapping[str, list[_TeamImpact]]
    reports: Mapping[str, tuple[str, ...]]

    def of_person(self, scim_id: str) -> tuple[str, ...]:
        """The teams that the person goes out of, and those that lose everybody by it."""
        gone = self.teams_of.get(scim_id, ())
        return (
            *_listed("leaves", "team", sorted(team.name for team in gone)),
            *_listed(
                "leaves nobody in", "team", sorted(team.name for team in gone if team.emptied)
            ),
        )


def _explained(action: Action, impact: _Impact) -> Action:
    match action:
        case DeactivateUser():
            reports = impact.reports.get(action.scim_id, ())
            told = (*_listed("is manager of", "person", reports), *_DEACTIVATED)
        case SetLicense() if action.downgrade:
            reports = impact.reports.get(action.scim_id, ())
            told = (*_listed("stays the manager of", "person", reports), *_DOWNGRADED)
        case ChangeMembers() if action.remove:
            team = impact.teams.get(action.scim_id or "")
            emptied = team is not None and team.emptied
            told = ("leaves nobody in the team",) if emptied else ()
            return replace(action, consequences=(*action.consequences, *told))
        case _:
            return action
    teams = impact.of_person(action.scim_id)
    return replace(action, consequences=(*action.consequences, *teams, *told))


def _teams(
    actions: Iterable[Action], current: CurrentState, lost: Mapping[str, frozenset[str]]
) -> Mapping[str, _TeamImpact]:
    inactive = {user.id for user in current.users if not user.active}
    removed: dict[str, set[str]] = {}
    joined: set[str] = set()
    names = {team.id: team.name for team in current.teams}
    for action in actions:
        if isinstance(action, RenameTeam) and not action.held:
            names[action.scim_id] = action.team
        if isinstance(action, ChangeMembers) and action.scim_id is not None:
            gone = {member.scim_id for member in action.remove if member.scim_id is not None}
            removed.setdefault(action.scim_id, set()).update(gone)
            if action.add:
                joined.add(action.scim_id)
    found = {}
    for team in current.teams:
        leavers = lost.get(team.id, frozenset())
        gone = removed.get(team.id, set())
        if team.members and (leavers or gone):
            out = (inactive, leavers, gone)
            stays = any(not any(one in away for away in out) for one in team.members)
            emptied = not stays and team.id not in joined
            found[team.id] = _TeamImpact(names[team.id], leavers, frozenset(gone), emptied)
    return found


def _reports(
    actions: Iterable[Action],
    current: CurrentState,
    managers: Managers,
    asked: set[str],
) -> Mapping[str, tuple[str, ...]]:
    """Who reports to each of those asked about, and still will when the plan is carried out."""
    if not asked:
        return {}
    gone = {action.scim_id for action in actions if isinstance(action, DeactivateUser)}
    moved = {
        action.scim_id
        for action in actions
        if isinstance(action, UpdateUser)
        and any(change.field == MANAGER for change in action.changes)
    }
    reports: dict[str, list[str]] = {}
    known = managers.roster.by_id
    for user in current.users:
        shown = user.attributes.get(MANAGER)
        if not shown or (shown in known and shown not in asked):
            continue
        if user.active and user.id not in gone and user.id not in moved:
            manager = managers.present(user)
            if manager is not None and manager.id in asked:
                reports.setdefault(manager.id, []).append(user.user_name)
    return {scim_id: tuple(sorted(names)) for scim_id, names in reports.items()}


def _listed(what: str, noun: str, names: Iterable[str]) -> tuple[str, ...]:
    """One line that names as many as fit, or nothing when there is nobody to name."""
    found = list(names)
    if not found:
        return ()
    plural = "people" if noun == "person" else f"{noun}s"
    start = f"{what} {len(found)} {noun if len(found) == 1 else plural}: "
    told = ", ".join(found)
    room = _WIDTH - len(start)
    return (start + (told if len(told) <= room else told[: room - 3] + "..."),)
