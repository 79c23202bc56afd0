"""What follows from taking somebody out of Asana, as far as it is documented or can be seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from syncer.core.planning.managers import Managers
from syncer.model.actions import Action, ChangeMembers, DeactivateUser, RenameTeam, UpdateUser
from syncer.model.state import MANAGER, CurrentState

_WIDTH: Final = 75

# Asana's help on deprovisioning: the tasks move, the ownership does not.
_ALWAYS: Final = (
    "tasks go to 'Previously assigned tasks', whose owner an Asana setting picks",
    "ownership of projects, portfolios and dashboards is not transferred",
)


def with_consequences(
    actions: tuple[Action, ...], current: CurrentState, managers: Managers
) -> tuple[Action, ...]:
    """The actions, with what follows written on every deactivation and removal."""
    leaving = {action.scim_id for action in actions if isinstance(action, DeactivateUser)}
    removing = {
        action.scim_id for action in actions if isinstance(action, ChangeMembers) and action.remove
    }
    if not leaving and not removing:
        return actions
    seen = _Impact(_teams(actions, current, leaving), _reports(actions, current, managers))
    return tuple(_explained(action, seen, leaving) for action in actions)


def deactivated_members(
    actions: Iterable[Action], current: CurrentState
) -> Mapping[str, tuple[str, ...]]:
    """The refs of deactivations that cost a team members, by the SCIM id of the team.

    Only teams whose members the plan changes besides are in it.
    """
    actions = tuple(actions)
    refs = {one.scim_id: one.ref for one in actions if isinstance(one, DeactivateUser)}
    changed = {one.scim_id for one in actions if isinstance(one, ChangeMembers)}
    lost = {
        team.id: tuple(sorted(refs[scim_id] for scim_id in refs.keys() & team.members))
        for team in current.teams
        if team.id in changed and team.members
    }
    return {scim_id: gone for scim_id, gone in sorted(lost.items()) if gone}


@dataclass(frozen=True, slots=True)
class _TeamImpact:
    name: str
    leavers: frozenset[str]
    emptied: bool


@dataclass(frozen=True, slots=True)
class _Impact:
    """Teams by SCIM id, and the people who report to somebody, by the manager's SCIM id."""

    teams: Mapping[str, _TeamImpact]
    reports: Mapping[str, tuple[str, ...]]

    def teams_of(self, scim_id: str, *, emptied: bool) -> list[str]:
        return sorted(
            team.name
            for team in self.teams.values()
            if scim_id in team.leavers and (team.emptied or not emptied)
        )


def _explained(action: Action, impact: _Impact, leaving: set[str]) -> Action:
    if isinstance(action, DeactivateUser) and action.scim_id in leaving:
        return replace(
            action,
            consequences=(
                *_listed("leaves", "team", impact.teams_of(action.scim_id, emptied=False)),
                *_listed(
                    "leaves nobody in", "team", impact.teams_of(action.scim_id, emptied=True)
                ),
                *_listed("is manager of", "person", impact.reports.get(action.scim_id, ())),
                *_ALWAYS,
            ),
        )
    if isinstance(action, ChangeMembers) and action.remove:
        team = impact.teams.get(action.scim_id or "")
        if team is not None and team.emptied:
            return replace(
                action, consequences=(*action.consequences, "leaves nobody in the team")
            )
    return action


def _teams(
    actions: Iterable[Action], current: CurrentState, leaving: set[str]
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
        leavers = (team.members or frozenset()) & leaving
        gone = removed.get(team.id, set())
        if team.members and (leavers or gone):
            rest = team.members - inactive - leavers - gone
            emptied = not rest and team.id not in joined
            found[team.id] = _TeamImpact(names[team.id], leavers, emptied)
    return found


def _reports(
    actions: Iterable[Action], current: CurrentState, managers: Managers
) -> Mapping[str, tuple[str, ...]]:
    leaving: set[str] = set()
    moved: set[str] = set()
    for action in actions:
        if isinstance(action, DeactivateUser):
            leaving.add(action.scim_id)
        elif (
            isinstance(action, UpdateUser)
            and action.scim_id is not None
            and any(change.field == MANAGER for change in action.changes)
        ):
            moved.add(action.scim_id)
    if not leaving:
        return {}
    reports: dict[str, list[str]] = {}
    for user in current.users:
        if user.active and user.id not in leaving and user.id not in moved:
            manager = managers.present(user)
            if manager is not None and manager.id in leaving:
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
