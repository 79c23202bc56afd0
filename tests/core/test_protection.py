"""The last line: no plan touches what is protected or takes the last administrator away."""

from dataclasses import replace
from typing import Any

import pytest

from syncer.core.guards import hold, judge, unresolved
from syncer.core.protection import never_touched
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    FieldChange,
    Member,
    ReactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.plan import Facts, Plan
from syncer.model.policy.limits import GUARD_DEFAULTS, Approval, GuardPolicy

SAFE = "Break.Glass@example.com"
FACTS = Facts(
    managed_users=100,
    desired_users=90,
    protected_users=("break.glass@*",),
    protected_teams=("Executive*",),
    administrators=("7",),
)
ALL_OFF = GuardPolicy.model_validate(dict.fromkeys(GUARD_DEFAULTS))


def deactivate(scim_id: str, name: str = "ann@example.com", held: str = "") -> DeactivateUser:
    return DeactivateUser(ref=f"d{scim_id}", reason="", held=held, user_name=name, scim_id=scim_id)


def update(before: str, **changes: str) -> UpdateUser:
    return UpdateUser(
        ref="u",
        reason="",
        user_name=before,
        scim_id="1",
        changes=tuple(FieldChange(field, None, value) for field, value in changes.items()),
    )


def members(
    team: str, *, add: tuple[Member, ...] = (), remove: tuple[Member, ...] = ()
) -> ChangeMembers:
    return ChangeMembers(ref="m", reason="", team=team, scim_id="9", add=add, remove=remove)


def plan(*actions: Action, **facts: Any) -> Plan:
    return Plan(actions=actions, facts=replace(FACTS, **facts))


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(deactivate("1", SAFE), id="deactivated"),
        pytest.param(deactivate("7", "root@example.com"), id="an-administrator-deactivated"),
        pytest.param(CreateUser(ref="c", reason="", user_name=SAFE, attributes=()), id="created"),
        pytest.param(update(SAFE, title="Lead"), id="updated"),
        pytest.param(update("ann@example.com", userName=SAFE), id="somebody-renamed-to-it"),
        pytest.param(
            SetLicense(
                ref="l", reason="", user_name=SAFE, scim_id="1", before=None, after="view only"
            ),
            id="downgraded",
        ),
        pytest.param(
            ReactivateUser(ref="r", reason="", user_name=SAFE, scim_id="1"), id="reactivated"
        ),
        pytest.param(members("Eng", add=(Member(SAFE, "1"),)), id="put-into-a-team"),
        pytest.param(members("Eng", remove=(Member(SAFE, "1"),)), id="taken-out-of-a-team"),
        pytest.param(members("executive BOARD"), id="members-of-a-protected-team"),
        pytest.param(CreateTeam(ref="t", reason="", team="Executives"), id="team-created"),
        pytest.param(
            RenameTeam(ref="t", reason="", team="Staff", scim_id="9", before="Executives"),
            id="team-renamed-from",
        ),
        pytest.param(
            RenameTeam(ref="t", reason="", team="Executives", scim_id="9", before="Staff"),
            id="team-renamed-to",
        ),
    ],
)
def test_nothing_protected_is_touched_whatever_is_allowed_or_approved(action: Action) -> None:
    judged = judge(plan(action, administrators=("7", "8")), ALL_OFF, Approval())
    (violation,) = judged.violations
    assert (violation.guard, violation.refs) == ("last_line:protected", (action.ref,))
    assert unresolved(judged, {"deactivate": 1000, "update": 1000}, approved=True) == (violation,)
    assert hold(judged, judged.violations).runnable == ()


def test_what_is_not_protected_is_no_matter_of_the_last_line() -> None:
    actions = (
        update("ann@example.com", title="Lead"),
        members("Eng", add=(Member("ann@example.com", "1"),)),
        deactivate("2", SAFE, held="waits"),
    )
    assert list(never_touched(plan(*actions))) == []


def test_the_message_names_a_few_and_counts_the_rest() -> None:
    everybody = tuple(Member(f"break.glass@{n}.example.com", str(n)) for n in range(7))
    (violation,) = never_touched(plan(members("Eng", add=everybody)))
    assert violation.message.endswith("break.glass@4.example.com and 2 more")
    assert violation.counted == 7


def test_a_plan_may_not_take_every_administrator() -> None:
    unprotected = {"administrators_protected": False, "administrators": ("7", "8")}
    both = plan(deactivate("7"), deactivate("8"), deactivate("9"), **unprotected)
    judged = judge(both, ALL_OFF, Approval())
    (violation,) = judged.violations
    assert (violation.guard, violation.counted) == ("last_line:administrators", 2)
    assert violation.refs == ("d7", "d8")
    assert unresolved(judged, {}, approved=True) == (violation,)
    one = plan(deactivate("7"), deactivate("9"), **unprotected)
    assert list(never_touched(one)) == []
    nobody_known = plan(deactivate("7"), administrators=(), administrators_protected=False)
    assert list(never_touched(nobody_known)) == []
