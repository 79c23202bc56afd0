"""A plan for some people and teams alone: what concerns them, and what that cannot do without."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from syncer.core.names import folded, team_key, user_key
from syncer.core.planning.departments import departments_of
from syncer.core.planning.ordering import in_order
from syncer.core.planning.touched import touched_by
from syncer.model.actions import (
    REVERSIBLE,
    Action,
    ChangeMembers,
    CreateTeam,
    Member,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.drift import Drift
from syncer.model.errors import UsageError
from syncer.model.plan import Counts, Notice, Plan
from syncer.model.state import USER_NAME, CurrentState, DesiredState

TEAM: Final = "team:"


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for: folded names of people (addresses, directory keys, ids) and of teams."""

    people: frozenset[str]
    teams: frozenset[str]

    @classmethod
    def of(cls, wanted: Iterable[str]) -> "Selection":
        """From texts such as `ann@example.com` and `team:Engineering`."""
        people, teams = set(), set()
        for text in wanted:
            if text.casefold().startswith(TEAM):
                teams.add(str(team_key(text[len(TEAM) :])))
            else:
                people.add(folded(text))
        return cls(frozenset(people), frozenset(teams))


def narrowed(
    plan: Plan, wanted: Sequence[str], desired: DesiredState, current: CurrentState
) -> Plan:
    """The part of the plan that is about these people and teams; all of it without any.

    With an action goes what it waits for: an address that is released, a person or a team that is
    created. A removal is never taken along: what waits for one is held. Raises UsageError for a
    name that nobody and no team has.
    """
    if not wanted:
        return plan
    selection = Selection.of(wanted)
    names = _aliases(desired, current)
    _refuse_unknown(selection, names, _teams_of(plan, desired, current))
    chosen = frozenset(
        scim_id for name in selection.people for scim_id in names.get(name, frozenset())
    )
    actions = _closed(plan.actions, _kept(plan.actions, chosen, selection.teams))
    kept = {action.ref for action in actions}
    users = {user.id: user for user in current.users}
    teams = {team.id: team for team in current.teams}
    text = (
        f"{len(actions)} of {len(plan.actions)} actions are in this plan; the rest is left to a "
        "plan without --only"
    )

    def about(subject: str) -> bool:
        return str(user_key(subject)) in chosen or str(team_key(subject)) in selection.teams

    return replace(
        plan,
        actions=actions,
        departments=departments_of(actions, users),
        manual=tuple(one for one in plan.manual if about(one.subject)),
        unknown=tuple(one for one in plan.unknown if about(one.subject)),
        in_grace=tuple(one for one in plan.in_grace if about(one.user_name)),
        notices=(
            Notice(subject="--only", text=text),
            *(one for one in plan.notices if about(one.subject)),
        ),
        counts=Counts(),
        deactivated_members={
            scim_id: left
            for scim_id, refs in plan.deactivated_members.items()
            if (left := tuple(ref for ref in refs if ref in kept))
        },
        touched=touched_by((one for one in actions if not one.held), users, teams),
        problems=(),
    )


def drift_about(
    wanted: Sequence[str], desired: DesiredState, current: CurrentState
) -> Callable[[Drift], bool]:
    """Whether a drift is one of these people and teams; every one is without any."""
    if not wanted:
        return lambda _: True
    selection, names = Selection.of(wanted), _aliases(desired, current)
    chosen = {one for name in selection.people for one in names.get(name, frozenset())}

    def about(drift: Drift) -> bool:
        if drift.kind == "team" and str(team_key(drift.subject)) in selection.teams:
            return True
        person = drift.member_id if drift.kind == "team" else drift.id
        return person in chosen or str(user_key(drift.subject)) in chosen

    return about


def _aliases(desired: DesiredState, current: CurrentState) -> Mapping[str, frozenset[str]]:
    """The folded addresses and ids by whatever people go by: one person has several."""
    found: dict[str, set[str]] = {}

    def know(names: Iterable[str], meant: Iterable[str]) -> None:
        for name in names:
            found.setdefault(folded(name), set()).update(meant)

    for user in current.users:
        know((user.user_name, user.id), (str(user.key), user.id))
    for person in desired.users:
        keys = (person.key, *person.previous)
        numbers = (person.directory_key,) if person.directory_key else ()
        meant = {str(key) for key in keys}
        meant |= {scim_id for key in keys for scim_id in found.get(folded(key), ())}
        know((*keys, *numbers), meant)
    for gone in desired.not_desired:
        know(gone.keys, map(str, gone.keys))
    for doubtful in desired.unknown:
        know(doubtful.keys, map(str, doubtful.keys))
    return {name: frozenset(meant) for name, meant in found.items()}


def _teams_of(plan: Plan, desired: DesiredState, current: CurrentState) -> frozenset[str]:
    named = [team.key for team in current.teams] + [team.key for team in desired.teams]
    named += [team_key(one.before) for one in plan.actions if isinstance(one, RenameTeam)]
    return frozenset(map(str, named))


def _refuse_unknown(
    selection: Selection, names: Mapping[str, frozenset[str]], teams: frozenset[str]
) -> None:
    strangers = sorted(selection.people - names.keys())
    strangers += [f"{TEAM}{name}" for name in sorted(selection.teams - teams)]
    if strangers:
        raise UsageError(
            f"--only {', '.join(strangers)}: neither the directory nor Asana knows that name",
            "name a person by address or directory key, a team as team:NAME",
        )


def _kept(
    actions: Sequence[Action], people: frozenset[str], teams: frozenset[str]
) -> dict[str, Action]:
    """The actions asked for, by ref; of a change of members only those who are."""
    found: dict[str, Action] = {}
    for action in actions:
        match action:
            case CreateTeam(team=name) | RenameTeam(team=name):
                before = getattr(action, "before", name)
                if {str(team_key(name)), str(team_key(before))} & teams:
                    found[action.ref] = action
            case ChangeMembers():
                if str(team_key(action.team)) in teams:
                    found[action.ref] = action
                elif part := _part(action, people):
                    found[action.ref] = part
            case _:
                if _names(action) & people:
                    found[action.ref] = action
    return found


def _names(action: Action) -> set[str]:
    names = {str(user_key(getattr(action, "user_name", "")))}
    if scim_id := getattr(action, "scim_id", None):
        names.add(scim_id)
    if isinstance(action, UpdateUser):
        after = (one.after or "" for one in action.changes if one.field == USER_NAME)
        names |= {str(user_key(name)) for name in after}
    return names - {""}


def _part(action: ChangeMembers, people: frozenset[str]) -> ChangeMembers | None:
    def asked(member: Member) -> bool:
        return bool({str(user_key(member.user)), member.scim_id or ""} & people)

    add, remove = tuple(filter(asked, action.add)), tuple(filter(asked, action.remove))
    return replace(action, add=add, remove=remove) if add or remove else None


def _closed(actions: Sequence[Action], kept: dict[str, Action]) -> tuple[Action, ...]:
    """The kept actions with what they wait for, in order; what waits for a removal is held."""
    by_ref = {action.ref: action for action in actions}
    waiting = list(kept)
    while waiting:
        action = kept[waiting.pop()]
        for ref in action.depends_on:
            needed = by_ref.get(ref)
            if needed is None or ref in kept or _takes_away(needed):
                continue
            # Members of a team who were not asked for need nobody to be created for them.
            if isinstance(action, ChangeMembers) and not _joins(action, needed):
                continue
            kept[ref] = needed
            waiting.append(ref)
    return in_order(_settled(action, by_ref, kept) for action in kept.values())


def _settled(action: Action, by_ref: Mapping[str, Action], kept: Mapping[str, Action]) -> Action:
    left = tuple(ref for ref in action.depends_on if ref in kept or ref not in by_ref)
    missing = [ref for ref in action.depends_on if ref in by_ref and ref not in kept]
    blocked = [ref for ref in missing if _takes_away(by_ref[ref])]
    held = action.held or (f"waits for {blocked[0]}, which --only leaves out" if blocked else "")
    return replace(action, depends_on=left, held=held)


def _joins(action: ChangeMembers, needed: Action) -> bool:
    if isinstance(needed, CreateTeam | RenameTeam):
        return True
    return any(str(user_key(member.user)) in _names(needed) for member in action.add)


def _takes_away(action: Action) -> bool:
    irreversible = not REVERSIBLE[action.kind] and not isinstance(action, CreateTeam)
    return irreversible or (isinstance(action, SetLicense) and action.downgrade)
