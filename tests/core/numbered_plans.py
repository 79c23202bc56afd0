"""Plans in a few words for the tests of guards and holding: numbered people, one team a change."""

from collections.abc import Mapping
from typing import Any

from syncer.core.guards import judge
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateUser,
    DeactivateUser,
    FieldChange,
    Member,
    SetLicense,
    UpdateUser,
)
from syncer.model.plan import Facts, Plan
from syncer.model.policy.limits import Approval, GuardPolicy


def policy(**limits: Any) -> GuardPolicy:
    return GuardPolicy.model_validate(limits)


def deactivate(number: int, held: str = "") -> DeactivateUser:
    name = f"p{number}@example.com"
    return DeactivateUser(
        ref=f"deactivate_user:{name}",
        reason="not in the directory",
        held=held,
        user_name=name,
        scim_id=str(number),
    )


def downgrade(number: int) -> SetLicense:
    name = f"p{number}@example.com"
    return SetLicense(
        ref=f"set_license:{name}",
        reason="rule",
        user_name=name,
        scim_id=str(number),
        before="enterprise",
        after="view only",
    )


def update(number: int, field: str = "title", scim_id: str | None = "") -> UpdateUser:
    name = f"p{number}@example.com"
    return UpdateUser(
        ref=f"update_user:{name}:{field}",
        reason="differs",
        user_name=name,
        scim_id=str(number) if scim_id == "" else scim_id,
        changes=(FieldChange(field, None, f"new{number}@example.com"),),
    )


def create(number: int) -> CreateUser:
    name = f"new{number}@example.com"
    return CreateUser(
        ref=f"create_user:{name}", reason="in the directory", user_name=name, attributes=()
    )


def members(
    team: str, *, add: tuple[Member, ...] = (), removals: int = 0, before: int = 100
) -> ChangeMembers:
    gone = tuple(Member(f"p{number}@example.com", str(number)) for number in range(removals))
    return ChangeMembers(
        ref=f"change_members:{team.lower()}",
        reason="differs",
        team=team,
        scim_id=f"id of {team}",
        add=add,
        remove=gone,
        members_before=before,
    )


def plan(*actions: Action, managed: int = 212, desired: int = 200, recent: int = 0) -> Plan:
    facts = Facts(
        managed_users=managed,
        current_users=managed,
        desired_users=desired,
        recent_deactivations=recent,
        window_days=7,
    )
    return Plan(actions=actions, facts=facts)


def broken(judged: Plan) -> list[str]:
    return [violation.guard for violation in judged.violations]


def judged(made: Plan, approval: Mapping[str, bool] | None = None, **limits: Any) -> Plan:
    return judge(made, policy(**limits), Approval.model_validate(approval or {}))
