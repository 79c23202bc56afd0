"""Whether a saved plan still fits, exactly, and what of it is done already."""

from dataclasses import replace

import pytest

from syncer.core.names import team_key, user_key
from syncer.core.staleness import already_done, stale_actions, stale_differences
from syncer.model.actions import (
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
from syncer.model.origin import Problem
from syncer.model.plan import Plan, TouchedAbsence, TouchedTeam, TouchedUser
from syncer.model.state import CurrentState, CurrentTeam, CurrentUser, UnreadableUser

ANN = CurrentUser(
    "7", "ann@example.com", user_key("ann@example.com"), active=True,
    attributes={"title": "A", "department": "R&D"}, license="view only",
)  # fmt: skip
OLD = CurrentUser("8", "old@example.com", user_key("old@example.com"), active=True)
BACK = CurrentUser("9", "back@example.com", user_key("back@example.com"), active=False)
ENG = CurrentTeam("3", "Eng", team_key("Eng"), frozenset({"8"}))
LIVE = CurrentState(users=(ANN, OLD, BACK), teams=(ENG,), license_support=True)

PLAN = Plan(
    actions=(
        DeactivateUser(ref="deactivate", reason="", user_name="old@example.com", scim_id="8"),
        ReactivateUser(ref="reactivate", reason="", user_name="back@example.com", scim_id="9"),
        CreateUser(
            ref="create",
            reason="",
            user_name="new@example.com",
            attributes=(FieldChange("title", None, "N"),),
        ),
        SetLicense(
            ref="license",
            reason="",
            user_name="ann@example.com",
            scim_id="7",
            before="view only",
            after="enterprise",
        ),
        UpdateUser(
            ref="update",
            reason="",
            user_name="ann@example.com",
            scim_id="7",
            changes=(
                FieldChange("userName", "ann@example.com", "anna@example.com"),
                FieldChange("title", "A", "B"),
                FieldChange("phone", None, "1"),
            ),
        ),
        CreateTeam(ref="team", reason="", team="Ops"),
        RenameTeam(ref="rename", reason="", team="Engineering", scim_id="3", before="Eng"),
        ChangeMembers(
            ref="members",
            reason="",
            team="Engineering",
            scim_id="3",
            add=(Member("ann@example.com", "7"), Member("new@example.com", None)),
            remove=(Member("old@example.com", "8"),),
        ),
    ),
    touched=(
        TouchedUser(
            scim_id="7",
            user_name="ann@example.com",
            active=True,
            license="view only",
            # As the planner writes it: what Asana does not show is "".
            attributes={"title": "A", "phone": ""},
        ),
        TouchedUser(
            scim_id="8", user_name="old@example.com", active=True, license=None, attributes={}
        ),
        TouchedUser(
            scim_id="9", user_name="back@example.com", active=False, license=None, attributes={}
        ),
        TouchedTeam(scim_id="3", name="Eng", members={"7": False, "8": True}),
        TouchedAbsence(name="new@example.com", kind="no_user"),
        TouchedAbsence(name="anna@example.com", kind="no_user"),
        TouchedAbsence(name="Ops", kind="no_team"),
        TouchedAbsence(name="Engineering", kind="no_team"),
    ),
)


def live(*users: CurrentUser, teams: tuple[CurrentTeam, ...] = (ENG,)) -> CurrentState:
    """The tenant with these users in place of those of the same id, and these teams."""
    by_id = {user.id: user for user in (*LIVE.users, *users)}
    return replace(LIVE, users=tuple(by_id.values()), teams=teams)


def without(scim_id: str) -> CurrentState:
    return replace(LIVE, users=tuple(user for user in LIVE.users if user.id != scim_id))


def named(scim_id: str, name: str) -> CurrentUser:
    return CurrentUser(scim_id, name, user_key(name), active=True)


THEN = "when the plan was made"
MADE = "the plan was made when it was"
SUBJECT = "user ann@example.com (id 7)"

MOVED: dict[str, tuple[CurrentState, tuple[str, ...], set[str]]] = {
    "an attribute the plan changes": (
        live(replace(ANN, attributes={"title": "Z"})),
        ("user ann@example.com (id 7): title is 'Z', the plan was made when it was 'A'",),
        {"license", "update"},
    ),
    "an attribute that was empty": (
        live(replace(ANN, attributes={"title": "A", "phone": "2"})),
        ("user ann@example.com (id 7): phone is '2', the plan was made when it was empty",),
        {"license", "update"},
    ),
    "an attribute that is empty now": (
        live(replace(ANN, attributes={})),
        ("user ann@example.com (id 7): title is empty, the plan was made when it was 'A'",),
        {"license", "update"},
    ),
    "address, licence and activity": (
        live(replace(named("7", "x@example.com"), active=False, attributes=ANN.attributes)),
        (
            f"{SUBJECT}: active is no, the plan was made when it was yes",
            f"{SUBJECT}: license is empty, the plan was made when it was 'view only'",
            f"{SUBJECT}: userName is 'x@example.com', {MADE} 'ann@example.com'",
        ),
        {"license", "update"},
    ),
    "a user who is gone": (
        without("7"),
        ("user ann@example.com (id 7) is no longer in Asana's listing",),
        {"license", "update"},
    ),
    "a user who cannot be read": (
        replace(without("8"), unreadable=(UnreadableUser("8", None, Problem(None, "odd")),)),
        ("user old@example.com (id 8) was listed and could not be read",),
        {"deactivate"},
    ),
    "a team that is gone": (
        live(teams=()),
        ("team Eng (id 3) is no longer in Asana's listing",),
        {"rename", "members"},
    ),
    "a team under another name": (
        live(teams=(replace(ENG, name="Sales", key=team_key("Sales")),)),
        ("team Eng (id 3): name is 'Sales', the plan was made when it was 'Eng'",),
        {"rename", "members"},
    ),
    "members who came and went": (
        live(teams=(replace(ENG, members=frozenset({"7"})),)),
        (
            f"team Eng (id 3): ann@example.com is a member now, and was none {THEN}",
            f"team Eng (id 3): old@example.com is no member, and was one {THEN}",
        ),
        {"rename", "members"},
    ),
    "members who cannot be read": (
        live(teams=(replace(ENG, members=None),)),
        ("team Eng (id 3): its members could not be read",),
        {"rename", "members"},
    ),
    "a user who was not there": (
        live(named("5", "New@example.com")),
        (f"user new@example.com is there (id 5), and was not {THEN}",),
        {"create"},
    ),
    "a user who was not there and cannot be read": (
        replace(
            LIVE,
            unreadable=(UnreadableUser(None, user_key("new@example.com"), Problem(None, "odd")),),
        ),
        ("user new@example.com was listed and could not be read",),
        {"create"},
    ),
    "an address that was free": (
        live(named("5", "anna@example.com")),
        (f"user anna@example.com is there (id 5), and was not {THEN}",),
        {"update"},
    ),
    "a team name that was free": (
        live(teams=(ENG, CurrentTeam("4", "ops", team_key("ops"), frozenset()))),
        (f"team Ops is there (id 4), and was not {THEN}",),
        {"team"},
    ),
}


def test_a_world_that_stands_still_is_not_stale() -> None:
    assert stale_differences(PLAN, LIVE) == ()
    assert stale_differences(PLAN, LIVE, resume=True) == ()
    assert stale_actions(PLAN, LIVE) == {}


@pytest.mark.parametrize(("current", "lines", "refs"), MOVED.values(), ids=MOVED.keys())
def test_what_moved_is_told_exactly(
    current: CurrentState, lines: tuple[str, ...], refs: set[str]
) -> None:
    assert stale_differences(PLAN, current) == lines
    moved = stale_actions(PLAN, current)
    assert set(moved) == refs
    assert all(lines[0] in reason for reason in moved.values())


@pytest.mark.parametrize(
    "current",
    [
        live(replace(ANN, attributes={**ANN.attributes, "department": "Sales", "manager": "8"})),
        live(named("50", "stranger@example.com")),
        live(teams=(replace(ENG, members=frozenset({"8", "50"})),)),
        live(teams=(ENG, CurrentTeam("4", "Sales", team_key("Sales"), None))),
        live(replace(ANN, user_name="Ann@Example.com")),
        live(replace(ANN, attributes={**ANN.attributes, "title": " A "})),
    ],
    ids=[
        "an attribute that the plan leaves alone",
        "another user",
        "another member",
        "another team",
        "letter case of an address",
        "blanks",
    ],
)
def test_what_the_plan_does_not_touch_may_move(current: CurrentState) -> None:
    assert stale_differences(PLAN, current) == ()


APPLIED = CurrentState(
    users=(
        CurrentUser("7", "anna@example.com", user_key("anna@example.com"), active=True,
                    attributes={"title": "B", "phone": "1"}, license="enterprise"),
        replace(OLD, active=False),
        replace(BACK, active=True),
        CurrentUser("10", "new@example.com", user_key("new@example.com"), active=True,
                    attributes={"title": "N"}),
    ),
    teams=(
        CurrentTeam("3", "Engineering", team_key("Engineering"), frozenset({"7", "10"})),
        CurrentTeam("4", "Ops", team_key("Ops"), frozenset()),
    ),
)  # fmt: skip


def test_a_plan_that_was_applied_is_stale_and_may_be_resumed() -> None:
    assert len(stale_differences(PLAN, APPLIED)) >= 8
    assert stale_differences(PLAN, APPLIED, resume=True) == ()
    assert already_done(PLAN, APPLIED) == {action.ref for action in PLAN.actions}


def test_a_plan_that_was_not_begun_has_nothing_done() -> None:
    assert already_done(PLAN, LIVE) == frozenset()


@pytest.mark.parametrize("scim_id", ["7", "8", "9"])
def test_a_plan_may_be_resumed_from_the_middle(scim_id: str) -> None:
    (after,) = (user for user in APPLIED.users if user.id == scim_id)
    assert stale_differences(PLAN, live(after), resume=True) == ()


def test_a_deactivated_user_who_is_hidden_now_was_our_doing() -> None:
    assert stale_differences(PLAN, without("8"), resume=True) == ()
    assert len(stale_differences(PLAN, without("7"), resume=True)) == 1


def test_resuming_does_not_accept_what_the_plan_never_said() -> None:
    strange = live(replace(ANN, attributes={"title": "Z", "phone": "1"}))
    (line,) = stale_differences(PLAN, strange, resume=True)
    assert "title is 'Z'" in line


def test_a_created_user_who_is_not_as_planned_is_told() -> None:
    other = replace(named("10", "new@example.com"), attributes={"title": "other"})
    (line,) = stale_differences(PLAN, live(other), resume=True)
    assert line == (
        "user new@example.com is there (id 10), and not as planned: "
        "title is 'other' instead of 'N'"
    )


def test_an_address_claimed_by_somebody_else_is_not_our_doing() -> None:
    (line,) = stale_differences(PLAN, live(named("5", "anna@example.com")), resume=True)
    assert line.startswith("user anna@example.com is there (id 5)")


def test_a_held_action_promises_nothing() -> None:
    held = replace(PLAN, actions=tuple(replace(one, held="guard") for one in PLAN.actions))
    assert len(stale_differences(held, APPLIED, resume=True)) >= 8
    assert already_done(held, APPLIED) == frozenset()


def test_a_manager_counts_as_the_same_in_whatever_form_asana_shows_it() -> None:
    boss = FieldChange("manager", "old@example.com", "back@example.com", "9")
    plan = Plan(
        actions=(
            UpdateUser(
                ref="u", reason="", user_name="ann@example.com", scim_id="7", changes=(boss,)
            ),
        ),
        touched=(
            TouchedUser(
                scim_id="7",
                user_name="ann@example.com",
                active=True,
                license="view only",
                attributes={"manager": "8"},
            ),
        ),
    )
    for shown in ("8", "OLD@example.com"):
        current = live(replace(ANN, attributes={"manager": shown}))
        assert stale_differences(plan, current) == ()
        assert already_done(plan, current) == frozenset()
    for shown in ("9", "back@example.com"):
        current = live(replace(ANN, attributes={"manager": shown}))
        assert len(stale_differences(plan, current)) == 1
        assert stale_differences(plan, current, resume=True) == ()
        assert already_done(plan, current) == {"u"}


def test_what_the_plan_changes_is_compared_even_when_it_was_not_noted() -> None:
    noted = PLAN.touched[0]
    assert isinstance(noted, TouchedUser)
    bare = replace(noted, attributes={})
    plan = replace(PLAN, touched=(bare,))
    assert stale_differences(plan, LIVE) == ()
    (line,) = stale_differences(plan, live(replace(ANN, attributes={"title": "Z"})))
    assert "title is 'Z'" in line
