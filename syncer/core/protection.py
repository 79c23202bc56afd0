"""The last look at a plan for what no plan may touch: protected people and teams, and the last
administrators. It reads the plan and trusts nothing that made it."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from syncer.core.enumeration import listed
from syncer.core.names import covering
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    ReactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.plan import Plan, Violation
from syncer.model.state import USER_NAME

PROTECTED: Final = "last_line:protected"
ADMINISTRATORS: Final = "last_line:administrators"

_NAMED: Final = 5
_FAULT: Final = "do not apply it, and report this: no option accepts it"


def never_touched(plan: Plan) -> Iterator[Violation]:
    """A violation when the plan touches what is protected, one when it takes every administrator.

    The planner leaves all of these alone, so that a violation tells of a fault, or of a plan
    that was made elsewhere.
    """
    is_protected_user = covering(plan.facts.protected_users)
    is_protected_team = covering(plan.facts.protected_teams)
    kept = frozenset(plan.facts.administrators if plan.facts.administrators_protected else ())
    touched: dict[str, list[str]] = {}
    for action in plan.runnable:
        names = [
            name for name, scim_id in _people(action) if scim_id in kept or is_protected_user(name)
        ]
        names += filter(is_protected_team, _teams(action))
        if names:
            touched[action.ref] = names
    if touched:
        yield _touched(touched)
    gone = {
        action.scim_id: action.ref
        for action in plan.runnable
        if isinstance(action, DeactivateUser)
    }
    administrators = frozenset(plan.facts.administrators)
    if administrators and administrators <= gone.keys():
        yield Violation(
            guard=ADMINISTRATORS,
            message=f"plan deactivates every known administrator ({len(administrators)})",
            remedy="keep one of them in scope; no option accepts it",
            counted=len(administrators),
            refs=tuple(gone[scim_id] for scim_id in sorted(administrators)),
        )


def touched_people(plan: Plan, ids: Collection[str]) -> tuple[str, ...]:
    """Whom of these SCIM ids the plan changes, by the address that each has now."""
    found: dict[str, str] = {}
    for action in plan.runnable:
        for name, scim_id in _people(action):
            if scim_id is not None and scim_id in ids:
                found.setdefault(scim_id, name)
    return tuple(sorted(found.values()))


def _touched(touched: dict[str, list[str]]) -> Violation:
    names = list(dict.fromkeys(name for found in touched.values() for name in found))
    return Violation(
        guard=PROTECTED,
        message=f"plan touches what is protected: {listed(names, _NAMED)}",
        remedy=_FAULT,
        counted=len(names),
        refs=tuple(touched),
    )


def _people(action: Action) -> Iterable[tuple[str, str | None]]:
    """Everybody whom the action changes, by address and id; the new address counts too."""
    match action:
        case CreateUser():
            return ((action.user_name, None),)
        case UpdateUser():
            renamed = (c.after or "" for c in action.changes if c.field == USER_NAME)
            return ((name, action.scim_id) for name in (action.user_name, *renamed))
        case SetLicense() | DeactivateUser() | ReactivateUser():
            return ((action.user_name, action.scim_id),)
        case ChangeMembers():
            return ((member.user, member.scim_id) for member in (*action.add, *action.remove))
        case _:
            return ()


def _teams(action: Action) -> tuple[str, ...]:
    match action:
        case RenameTeam():
            return (action.team, action.before)
        case CreateTeam() | ChangeMembers():
            return (action.team,)
        case _:
            return ()
