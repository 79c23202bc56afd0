"""What the plan says of one person: actions, teams, manual work, doubt, notices, guards.

It picks from the plan and adds nothing to it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from syncer.core.names import user_key
from syncer.core.tracing.evidence import Evidence
from syncer.core.tracing.trace import Planned
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    Member,
    UpdateUser,
    UserAction,
)
from syncer.model.drift import MEMBER, Drift
from syncer.model.origin import Origin
from syncer.model.plan import ManualWork, Notice, Plan, UnknownSubject, Violation
from syncer.model.state import UserKey


@dataclass(frozen=True, slots=True)
class Names:
    """What a plan may call one person.

    `scim_ids` are users who are, or may be, the person; `key` is the address of somebody who
    should be in Asana, None for all others.
    """

    scim_ids: frozenset[str]
    key: UserKey | None
    addresses: frozenset[UserKey]
    origins: frozenset[Origin]


def planned(evidence: Evidence, names: Names) -> Planned:
    """Everything in the plan that is about this person."""
    shown = evidence.shown_plan
    concerns = _concerning(evidence.plan, names)
    return Planned(
        actions=tuple(one for one in shown.actions if _is_about(one, names)),
        members=tuple(_memberships(shown, names)),
        manual=tuple(work for work in shown.manual if _tells_of(work, names)),
        unknown=tuple(
            one for one in shown.unknown if one.what == "person" and _tells_of(one, names)
        ),
        notices=tuple(notice for notice in shown.notices if _tells_of(notice, names)),
        violations=tuple(
            violation for violation in evidence.standing_violations if concerns(violation)
        ),
        refused_by=tuple(dict.fromkeys(one.guard for one in evidence.refusals)),
        drift=tuple(one for one in shown.drift if _has_drifted(one, names)),
    )


def _has_drifted(drift: Drift, names: Names) -> bool:
    """Whether it is about this person, or about a membership of this person."""
    if drift.what == MEMBER:
        return drift.member_id in names.scim_ids
    mine = drift.id in names.scim_ids or user_key(drift.subject) in names.addresses
    return drift.kind == "person" and mine


def _is_about(action: Action, names: Names) -> bool:
    if not isinstance(action, UserAction):
        return False
    if isinstance(action, CreateUser) or (
        isinstance(action, UpdateUser) and action.scim_id is None
    ):
        return names.key is not None and user_key(action.user_name) == names.key
    return action.scim_id in names.scim_ids


def _memberships(plan: Plan, names: Names) -> Iterator[ChangeMembers]:
    """The changes of teams that name the person, without everybody else."""
    own = {action.ref for action in plan.actions if _is_about(action, names)}
    new_teams = {action.ref for action in plan.actions if isinstance(action, CreateTeam)}
    for action in plan.actions:
        if isinstance(action, ChangeMembers):
            add, remove = _mine(action.add, names), _mine(action.remove, names)
            if add or remove:
                waits = tuple(ref for ref in action.depends_on if ref in own | new_teams)
                yield replace(action, add=add, remove=remove, depends_on=waits)


def _mine(members: Iterable[Member], names: Names) -> tuple[Member, ...]:
    return tuple(
        member
        for member in members
        if (
            member.scim_id in names.scim_ids
            if member.scim_id is not None
            else user_key(member.user) == names.key
        )
    )


def _concerning(plan: Plan, names: Names) -> Callable[[Violation], bool]:
    """Whether a violation of the unheld plan is about this person.

    Of a change of members a guard counts those who leave, and a policy may forbid the whole.
    """
    own = {action.ref for action in plan.actions if _is_about(action, names)}
    memberships = tuple(_memberships(plan, names))
    leaving = {action.ref for action in memberships if action.remove}
    changed = {action.ref for action in memberships}

    def concerns(violation: Violation) -> bool:
        counted = own | leaving
        return not (counted.isdisjoint(violation.refs) and changed.isdisjoint(violation.whole))

    return concerns


def _tells_of(told: ManualWork | UnknownSubject | Notice, names: Names) -> bool:
    """Whether it is about this person: by its place, else by its subject."""
    if told.origin is not None:
        return told.origin in names.origins
    return user_key(told.subject) in names.addresses
