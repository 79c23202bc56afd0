"""The order of execution: a fixed rank per action, then its ref, never before what it needs."""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from typing import Final

from syncer.model.actions import (
    Action,
    SetLicense,
    UpdateUser,
)

_RANKS: Final = {
    "deactivate_user": 1,
    "reactivate_user": 2,
    "create_user": 4,
    "create_team": 8,
    "rename_team": 8,
    "change_members": 9,
}


def rank(action: Action) -> int:
    """Free seats first, then addresses, people, licences, attributes, managers, teams."""
    match action:
        case SetLicense():
            return 0 if action.downgrade else 5
        case UpdateUser():
            return 3 if action.rename else 7 if action.manager_only else 6
        case _:
            return _RANKS[action.kind]


def in_order(actions: Iterable[Action]) -> tuple[Action, ...]:
    """The actions in the order of execution; equal sets give equal orders.

    Raises ValueError when actions depend on each other in a circle, which no planner makes.
    """
    by_ref = {action.ref: action for action in actions}
    followers: dict[str, list[str]] = {}
    missing: dict[str, int] = {}
    for ref, action in by_ref.items():
        needed = {other for other in action.depends_on if other in by_ref}
        missing[ref] = len(needed)
        for other in needed:
            followers.setdefault(other, []).append(ref)
    ready = [(rank(by_ref[ref]), ref) for ref, count in missing.items() if not count]
    heapify(ready)
    ordered: list[Action] = []
    while ready:
        _, ref = heappop(ready)
        ordered.append(by_ref[ref])
        for follower in followers.get(ref, ()):
            missing[follower] -= 1
            if not missing[follower]:
                heappush(ready, (rank(by_ref[follower]), follower))
    if len(ordered) < len(by_ref):
        circle = ", ".join(sorted(ref for ref, count in missing.items() if count))
        raise ValueError(f"actions depend on each other in a circle: {circle}")
    return tuple(ordered)
