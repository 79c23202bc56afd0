"""What the guards refuse and let through, branch by branch."""

from dataclasses import replace

import pytest

from syncer.core.guards import guard_class, unresolved
from syncer.model.actions import (
    Action,
    Member,
)
from tests.core.numbered_plans import (
    broken,
    create,
    deactivate,
    downgrade,
    judged,
    members,
    plan,
    update,
)


def test_a_plan_within_every_limit_has_no_violation() -> None:
    made = judged(plan(*map(deactivate, range(2)), create(1), update(1), members("Eng")))
    assert made.violations == ()
    assert made.guards_off == ()
    assert made.on_violation == "refuse"


def test_a_violation_has_the_numbers_a_person_needs_and_the_one_that_accepts_it() -> None:
    (violation,) = judged(plan(*map(deactivate, range(47)))).violations
    assert violation.guard == "deactivate"
    assert violation.message == (
        "plan deactivates 47 of 212 managed users (22.2%); the limits are 10 and 5%, from 3 on"
    )
    assert violation.remedy == (
        "check the export and the scope; if it is right, --allow deactivate=47"
    )
    assert violation.counted == 47
    assert violation.refs == tuple(deactivate(number).ref for number in range(47))


@pytest.mark.parametrize(
    ("leavers", "managed", "refused"),
    [
        pytest.param(2, 8, False, id="two-of-eight-is-the-floor"),
        pytest.param(3, 8, True, id="three-of-eight-is-37-percent"),
        pytest.param(5, 100, False, id="just-five-percent"),
        pytest.param(6, 100, True, id="past-five-percent"),
        pytest.param(10, 80_000, False, id="ten-of-many"),
        pytest.param(11, 80_000, True, id="past-the-count"),
    ],
)
def test_the_default_fits_tenants_of_every_size(
    leavers: int, managed: int, *, refused: bool
) -> None:
    made = judged(plan(*map(deactivate, range(leavers)), managed=managed))
    assert broken(made) == (["deactivate"] if refused else [])


def test_deactivations_of_the_last_days_count_too() -> None:
    made = plan(*map(deactivate, range(4)), managed=1000, recent=7)
    (violation,) = judged(made).violations
    assert violation.message == (
        "plan deactivates 4 of 1007 managed users (1.1%), after 7 in the last 7 days; "
        "the limits are 10 and 5%, from 3 on"
    )
    assert violation.counted == 4
    assert broken(judged(plan(create(1), recent=50))) == []


def test_actions_that_are_held_already_are_not_counted() -> None:
    made = plan(*(deactivate(number, held="1 record could be anybody's") for number in range(50)))
    assert broken(judged(made)) == []


@pytest.mark.parametrize(
    ("name", "actions", "verb"),
    [
        ("downgrade", [downgrade(number) for number in range(30)], "downgrades 30 of 212"),
        ("update", [update(number) for number in range(120)], "updates 120 of 212"),
        ("rename", [update(n, "userName") for n in range(6)], "renames 6 of 212"),
        ("create", [create(number) for number in range(120)], "creates 120 against 212"),
    ],
)
def test_every_class_has_a_limit(name: str, actions: list[Action], verb: str) -> None:
    (violation,) = judged(plan(*actions)).violations
    assert violation.guard == name
    assert f"plan {verb} managed users" in violation.message
    assert f"--allow {name}={len(actions)}" in violation.remedy


def test_the_first_fill_of_an_empty_tenant_asks_first() -> None:
    (violation,) = judged(plan(*map(create, range(300)), managed=0)).violations
    assert violation.guard == "create"
    assert "creates 300 against 0 managed users (nobody was there)" in violation.message
    assert broken(judged(plan(*map(create, range(25)), managed=0))) == []


def test_a_limit_may_have_a_count_or_a_percentage_alone() -> None:
    limit = {"count": None, "percent": 10, "floor": 0}
    made = judged(plan(*map(deactivate, range(22))), deactivate=limit)
    assert made.violations[0].message.endswith("the limits are 10%, from 1 on")
    limit = {"count": 3, "percent": None, "floor": 0}
    made = judged(plan(*map(deactivate, range(4))), deactivate=limit)
    assert made.violations[0].message.endswith("the limits are 3, from 1 on")


def test_a_person_with_two_updates_is_updated_once() -> None:
    both = [update(n, field) for n in range(20) for field in ("title", "manager")]
    assert broken(judged(plan(*both, managed=30))) == []


def test_the_manager_of_a_person_whom_the_plan_creates_is_no_update() -> None:
    steps = [update(number, "manager", scim_id=None) for number in range(50)]
    assert broken(judged(plan(*steps, managed=10))) == []


def test_a_change_of_everybodys_manager_is_an_update() -> None:
    steps = [update(number, "manager") for number in range(50)]
    assert broken(judged(plan(*steps, managed=60))) == ["update"]


def test_upgrades_and_additions_have_no_limit() -> None:
    upgrades = [replace(downgrade(n), before="view only", after="enterprise") for n in range(99)]
    joined = tuple(Member(f"p{number}@example.com", str(number)) for number in range(99))
    assert broken(judged(plan(*upgrades, members("Eng", add=joined, before=1)))) == []


def test_removals_are_judged_team_by_team() -> None:
    made = judged(
        plan(
            members("Small", removals=3, before=3),
            members("Half", removals=5, before=10),
            members("Large", removals=51, before=10_000),
        )
    )
    assert [violation.subject for violation in made.violations] == ["Half", "Large"]
    half = made.violations[0]
    assert half.guard == "remove_members"
    assert half.message == (
        "plan removes 5 of 10 members of team Half (50.0%); the limits are 50 and 30%, from 4 on"
    )
    assert half.remedy == "check the team's rule; if it is right, --allow remove_members=5"
    assert half.refs == ("change_members:half",)


def test_a_class_that_is_off_is_named_and_not_judged() -> None:
    made = judged(
        plan(*map(deactivate, range(50)), members("Eng", removals=90)),
        deactivate=None,
        remove_members=None,
        on_violation="hold",
    )
    assert made.violations == ()
    assert made.guards_off == ("deactivate", "remove_members")
    assert made.on_violation == "hold"


def test_a_class_under_approval_always_waits_for_a_person() -> None:
    made = judged(plan(deactivate(1)), approval={"deactivate": True, "create": True})
    (violation,) = made.violations
    assert violation.guard == "approval:deactivate"
    assert violation.message == "plan deactivates 1; approval.deactivate lets none go unseen"
    assert violation.remedy == "review them; if they are right, --allow deactivate=1"
    assert guard_class(violation) == "deactivate"
    assert unresolved(made, {"deactivate": 1}, approved=False) == ()


def test_approval_of_removals_names_all_teams_and_the_largest_number() -> None:
    made = judged(
        plan(members("A", removals=2), members("B", removals=1)),
        approval={"remove_members": True},
    )
    (violation,) = made.violations
    assert violation.message == (
        "plan removes 3 in 2 teams; approval.remove_members lets none go unseen"
    )
    assert violation.remedy.endswith("--allow remove_members=2")
    assert unresolved(made, {"remove_members": 2}, approved=False) == ()
    assert unresolved(made, {"remove_members": 1}, approved=False) == made.violations


def test_allow_accepts_exactly_up_to_the_number_reviewed() -> None:
    made = judged(plan(*map(deactivate, range(47)), *map(create, range(120))))
    assert unresolved(made, {}, approved=False) == made.violations
    left = unresolved(made, {"deactivate": 47}, approved=False)
    assert [violation.guard for violation in left] == ["create"]
    assert len(unresolved(made, {"deactivate": 46, "create": 500}, approved=False)) == 1
    assert unresolved(made, {}, approved=True) == ()


def test_a_plan_that_deactivates_everybody_is_refused_with_every_guard_off() -> None:
    everybody = tuple(deactivate(number) for number in range(8))
    made = judged(plan(*everybody, create(1), managed=8), deactivate=None)
    (violation,) = made.violations
    assert violation.guard == "last_line:deactivate"
    assert violation.message == "plan deactivates all 8 managed users"
    assert unresolved(made, {"deactivate": 99}, approved=False) == made.violations
    assert unresolved(made, {}, approved=True) == ()


def test_a_plan_that_asks_for_nobody_takes_nothing_away() -> None:
    actions = (deactivate(1), downgrade(2), members("Eng", removals=2))
    made = judged(plan(*actions, desired=0), remove_members=None)
    (violation,) = made.violations
    assert violation.guard == "last_line:empty"
    assert violation.message == "plan takes away from 4 and asks for nobody at all"
    assert violation.refs == tuple(action.ref for action in actions)
    assert broken(judged(plan(*actions, desired=1))) == []


def test_the_last_line_leaves_a_tenant_of_two_alone() -> None:
    made = judged(plan(deactivate(1), deactivate(2), managed=2, desired=0))
    assert broken(made) == []
