"""People who go round in a circle by way of a temporary address, stopped anywhere."""

from dataclasses import replace

import pytest

from syncer.core.guards import judge
from syncer.core.names import is_address, user_key
from syncer.core.staleness import already_done, stale_differences
from syncer.model.actions import UpdateUser
from syncer.model.plan import Plan, TouchedAbsence
from syncer.model.policy.limits import Approval, GuardPolicy
from syncer.model.state import CurrentState
from tests.core.obey import obey
from tests.core.plan_input import PlanInput, plan_input

CONFIG = {
    "directory": {"key": "employeeNumber"},
    "lifecycle": {"address_cycles": "temporary", "reactivate": "attempt"},
}


def circle(size: int, *, asana_has_numbers: bool = True) -> PlanInput:
    """So many people, each of whom gets the address that the next one has."""
    names = [f"p{number}@example.com" for number in range(size)]
    numbers = [str(number) for number in range(size)]
    known = [{"employeeNumber": number} if asana_has_numbers else {} for number in numbers]
    return plan_input(
        {
            "config": CONFIG,
            "ledger": {"key": "employeenumber", "ids": dict(zip(numbers, numbers, strict=True))},
            "people": [
                {"is": names[(at + 1) % size], "number": number, "title": "Lead"}
                for at, number in enumerate(numbers)
            ],
            "asana": [
                {"id": number, "is": name, **extra}
                for number, name, extra in zip(numbers, names, known, strict=True)
            ],
        }
    )


def stopped_after(world: PlanInput, plan: Plan, number: int) -> CurrentState:
    return obey(replace(plan, actions=plan.actions[:number]), world.current)


@pytest.mark.parametrize("asana_has_numbers", [True, False])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_wherever_the_run_stops_the_next_one_finishes(
    size: int, *, asana_has_numbers: bool
) -> None:
    world = circle(size, asana_has_numbers=asana_has_numbers)
    plan = world.plan()
    assert len(plan.actions) == size + 1
    whole = obey(plan, world.current)
    for number in range(len(plan.actions) + 1):
        after = stopped_after(world, plan, number)
        again = replace(world, current=after).plan()
        assert not again.manual
        assert not again.unknown
        assert len(again.actions) <= size + 1
        assert obey(again, after) == whole


@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_saved_plan_goes_on_wherever_it_was_stopped(size: int) -> None:
    world = circle(size)
    plan = world.plan()
    refs = [action.ref for action in plan.actions]
    assert stale_differences(plan, world.current) == ()
    for number in range(len(refs) + 1):
        after = stopped_after(world, plan, number)
        assert stale_differences(plan, after, resume=True) == ()
        done = already_done(plan, after)
        assert done == set(refs[:number])
        rest = tuple(
            replace(action, depends_on=tuple(ref for ref in action.depends_on if ref not in done))
            for action in plan.actions
            if action.ref not in done
        )
        assert obey(replace(plan, actions=rest), after) == obey(plan, world.current)


def test_the_temporary_address_must_be_free_and_is_marked() -> None:
    world = circle(2)
    plan = world.plan()
    first, second, last = plan.actions
    assert isinstance(first, UpdateUser)
    assert isinstance(last, UpdateUser)
    assert [change.field for change in first.changes] == ["userName"]
    (aside,) = (change.after for change in first.changes)
    assert aside is not None
    assert is_address(aside)
    assert last.changes[0].before == aside
    assert "is lost" in first.consequences[0]
    assert not second.consequences
    assert TouchedAbsence(name=aside, kind="no_user") in plan.touched
    someone = replace(world.current.users[0], id="99", user_name=aside, key=user_key(aside))
    moved = replace(world.current, users=(*world.current.users, someone))
    assert stale_differences(plan, moved) == (
        f"user {aside} is there (id 99), and was not when the plan was made",
    )


def test_somebody_who_goes_aside_counts_once() -> None:
    limits = GuardPolicy.model_validate({"rename": {"count": 0, "floor": 0}})
    judged = judge(circle(3).plan(), limits, Approval(rename=True))
    assert [(one.guard, one.counted) for one in judged.violations] == [
        ("rename", 3),
        ("approval:rename", 3),
    ]


def test_somebody_who_comes_back_goes_aside_after_that() -> None:
    world = circle(2)
    current = world.current
    users = tuple(replace(user, active=user.id != "1") for user in current.users)
    plan = replace(world, current=replace(current, users=users)).plan()
    assert [action.ref for action in plan.actions] == [
        "reactivate_user:p0@example.com",
        "temporary_address:p0@example.com",
        "update_user:p1@example.com",
        "update_user:p0@example.com",
    ]
    assert plan.actions[1].depends_on == ("reactivate_user:p0@example.com",)
