"""Judge a plan before anyone applies it. A guard reads the plan, and only the plan.

A class is violated when it counts more than its `floor` and, besides, more than its `count`
or more than its `percent` of what there is. At or below the floor nothing is violated: in a
tenant of eight people two leavers are ordinary and three are a question. Actions that are
held already are not counted, for they do not happen.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from syncer.core.planning.holding import hold_actions
from syncer.core.protection import never_touched
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateUser,
    DeactivateUser,
    SetLicense,
    UpdateUser,
)
from syncer.model.plan import Facts, Plan, Violation
from syncer.model.policy.limits import Approval, GuardClass, GuardLimit, GuardPolicy

APPROVAL: Final = "approval:"
POLICY: Final = "policy:"
LAST_LINE: Final = "last_line:"
"""Guards that no key of the config switches off and no --allow accepts: to empty a tenant
takes an approval that names the very plan (bitwarden/directory-connector#107)."""

NEVER: Final = frozenset({f"{LAST_LINE}protected", f"{LAST_LINE}administrators"})
"""Those of them that not even that approval accepts: what is protected is no matter of numbers,
and an organization without an administrator cannot be repaired by anybody in it."""

ORDINARY: Final = 2
"""So many may always go, as with the default floor: a tenant of one is no mass deactivation."""


def judge(plan: Plan, policy: GuardPolicy, approval: Approval) -> Plan:
    """The plan with every broken limit, not just the first. No violation: safe to apply."""
    counted = _counted(plan.runnable)
    limits = policy.limits()
    violations = (
        *_last_line(plan, counted),
        *(
            violation
            for name, actions in counted.items()
            for violation in _over_limit(name, actions, limits[name], plan.facts)
        ),
        *(
            _needs_approval(name, actions)
            for name, actions in counted.items()
            if actions and getattr(approval, name)
        ),
    )
    return replace(
        plan,
        violations=violations,
        guards_off=tuple(name for name, limit in limits.items() if limit is None),
        on_violation=policy.on_violation,
    )


def unresolved(
    plan: Plan,
    allow: Mapping[str, int],
    approved: bool,  # noqa: FBT001 - the agreed signature
) -> tuple[Violation, ...]:
    """The violations that still stand.

    `allow` accepts, by guard class, up to so many actions, limit and approval alike; for
    `remove_members` so many in each team. `approved` means that a person approved exactly
    this plan, and accepts all but `NEVER`. Only that accepts a last-line violation.
    """
    return tuple(
        violation
        for violation in plan.violations
        if violation.guard in NEVER
        or (
            not approved
            and (
                violation.guard.startswith(LAST_LINE)
                or violation.counted > allow.get(guard_class(violation), -1)
            )
        )
    )


def refusing(plan: Plan, standing: Iterable[Violation]) -> tuple[Violation, ...]:
    """Those of the standing violations that refuse the whole run.

    Where the config says hold, none does, but for a policy that says refuse. An approval never
    does: its class waits for a person, and the rest need not wait with it.
    """
    return tuple(one for one in standing if not holds_back(plan, one))


def holds_back(plan: Plan, violation: Violation) -> bool:
    """Whether this violation lets its own actions wait, and not the whole run."""
    if violation.guard.startswith(APPROVAL):
        return True
    return (violation.on_violation or plan.on_violation) == "hold"


def guard_class(violation: Violation) -> str:
    """The class that a limit or an approval is about; a policy is a class of its own."""
    return violation.guard.removeprefix(APPROVAL).removeprefix(LAST_LINE)


def hold(plan: Plan, violations: Iterable[Violation]) -> Plan:
    """The plan with the actions of these violations held, and with them their dependants.

    Of a change of members only the removals wait; the additions go, but for what is protected and
    what a policy forbids whole.
    """
    waiting: dict[str, str] = {}
    removals: dict[str, str] = {}
    kinds = {action.ref: action.kind for action in plan.actions}
    for violation in violations:
        reason = f"{called(violation.guard)}: {violation.message}"
        for ref in violation.refs:
            members = kinds.get(ref) == "change_members" and violation.guard not in NEVER
            target = removals if members and ref not in violation.whole else waiting
            target.setdefault(ref, reason)
    return replace(plan, actions=hold_actions(plan.actions, waiting, removals))


def called(guard: str) -> str:
    """What is broken, in words: `guard deactivate`, `policy quiet-friday`."""
    if guard.startswith(POLICY):
        return f"policy {guard.removeprefix(POLICY)}"
    return f"guard {guard}"


@dataclass(frozen=True, slots=True)
class _Counted:
    """One action as a guard counts it: `weight` is 1, or the number of members removed."""

    action: Action
    weight: int = 1


def _counted(actions: Iterable[Action]) -> Mapping[GuardClass, tuple[_Counted, ...]]:
    found: dict[GuardClass, list[_Counted]] = {
        "deactivate": [],
        "downgrade": [],
        "update": [],
        "rename": [],
        "create": [],
        "remove_members": [],
    }
    for action in actions:
        match action:
            case DeactivateUser():
                found["deactivate"].append(_Counted(action))
            case SetLicense() if action.downgrade:
                found["downgrade"].append(_Counted(action))
            case UpdateUser() if action.scim_id is not None:
                # Not those of people whom this plan creates: the create counted them.
                found["update"].append(_Counted(action))
                if action.rename:
                    found["rename"].append(_Counted(action))
            case CreateUser():
                found["create"].append(_Counted(action))
            case ChangeMembers() if action.remove:
                found["remove_members"].append(_Counted(action, len(action.remove)))
            case _:
                pass
    return {name: tuple(counted) for name, counted in found.items()}


def _over_limit(
    name: GuardClass, counted: tuple[_Counted, ...], limit: GuardLimit | None, facts: Facts
) -> Iterator[Violation]:
    if limit is None or not counted:
        return
    if name == "remove_members":
        teams = (one.action for one in counted if isinstance(one.action, ChangeMembers))
        yield from (violation for team in teams if (violation := _team(team, limit)))
        return
    count = _people(counted)
    # The window: ten today and ten tomorrow are twenty, and those gone already were people.
    recent = facts.recent_deactivations if name == "deactivate" else 0
    total = facts.managed_users + recent
    if not _exceeds(count + recent, total, limit):
        return
    before = f", after {recent} in the last {facts.window_days} days" if recent else ""
    measure = f"{count} against" if name == "create" else f"{count} of"
    yield Violation(
        guard=name,
        message=(
            f"plan {_VERBS[name]} {measure} {_number(total, 'managed user')} "
            f"({_share(count + recent, total)}){before}; the limits are {_limits(limit)}"
        ),
        remedy=f"{_CHECKS[name]}; if it is right, --allow {name}={count}",
        counted=count,
        refs=tuple(one.action.ref for one in counted),
    )


def _team(action: ChangeMembers, limit: GuardLimit) -> Violation | None:
    count, total = len(action.remove), action.members_before
    if not _exceeds(count, total, limit):
        return None
    return Violation(
        guard="remove_members",
        message=(
            f"plan removes {count} of {_number(total, 'member')} of team {action.team} "
            f"({_share(count, total)}); the limits are {_limits(limit)}"
        ),
        remedy=f"check the team's rule; if it is right, --allow remove_members={count}",
        counted=count,
        refs=(action.ref,),
        subject=action.team,
    )


def _needs_approval(name: GuardClass, counted: tuple[_Counted, ...]) -> Violation:
    count = _people(counted)
    most = max(one.weight for one in counted)
    across = "" if name != "remove_members" else f" in {_number(len(counted), 'team')}"
    return Violation(
        guard=f"{APPROVAL}{name}",
        message=f"plan {_VERBS[name]} {count}{across}; approval.{name} lets none go unseen",
        remedy=f"review them; if they are right, --allow {name}={most if across else count}",
        counted=most if across else count,
        refs=tuple(one.action.ref for one in counted),
    )


def _last_line(
    plan: Plan, counted: Mapping[GuardClass, tuple[_Counted, ...]]
) -> Iterator[Violation]:
    leaving = counted["deactivate"]
    everybody = plan.facts.managed_users
    if len(leaving) > ORDINARY and len(leaving) >= everybody:
        yield Violation(
            guard=f"{LAST_LINE}deactivate",
            message=f"plan deactivates all {_number(everybody, 'managed user')}",
            remedy="check the sources and the scope; only --approve with this plan's digest goes",
            counted=len(leaving),
            refs=tuple(one.action.ref for one in leaving),
        )
    yield from never_touched(plan)
    removing = (*leaving, *counted["downgrade"], *counted["remove_members"])
    if _people(removing) > ORDINARY and not plan.facts.desired_users:
        yield Violation(
            guard=f"{LAST_LINE}empty",
            message=f"plan takes away from {_people(removing)} and asks for nobody at all",
            remedy="check the sources and the scope; only --approve with this plan's digest goes",
            counted=_people(removing),
            refs=tuple(one.action.ref for one in removing),
        )


def _people(counted: tuple[_Counted, ...]) -> int:
    """How many people: somebody with two updates is one; members count in each team."""
    users = {
        one.action.scim_id if isinstance(one.action, UpdateUser) else one.action.ref
        for one in counted
        if not isinstance(one.action, ChangeMembers)
    }
    return len(users) + sum(one.weight for one in counted if isinstance(one.action, ChangeMembers))


def _exceeds(count: int, total: int, limit: GuardLimit) -> bool:
    if count <= limit.floor:
        return False
    if limit.count is not None and count > limit.count:
        return True
    # In an empty tenant any first person is more than every percentage.
    return limit.percent is not None and count * 100 > limit.percent * max(total, 1)


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.1f}%" if total else "nobody was there"


def _limits(limit: GuardLimit) -> str:
    parts = [] if limit.count is None else [str(limit.count)]
    if limit.percent is not None:
        parts.append(f"{limit.percent:g}%")
    return f"{' and '.join(parts)}, from {limit.floor + 1} on"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


_VERBS: Final[Mapping[GuardClass, str]] = {
    "deactivate": "deactivates",
    "downgrade": "downgrades",
    "update": "updates",
    "rename": "renames",
    "create": "creates",
    "remove_members": "removes",
}

_CHECKS: Final[Mapping[GuardClass, str]] = {
    "deactivate": "check the export and the scope",
    "downgrade": "check the licence rules",
    "update": "check the mapping and the export",
    "rename": "check the addresses in the export",
    "create": "check the scope, or this is the first fill",
    "remove_members": "check the teams' rules",
}
