"""The department of everybody a plan is about, as the plan leaves it."""

from syncer.core.planning.departments import departments_of
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    FieldChange,
    Member,
    SetLicense,
    UpdateUser,
)
from syncer.model.state import CurrentUser, UserKey


def user(name: str, department: str | None) -> CurrentUser:
    attributes = {} if department is None else {"department": department}
    return CurrentUser(f"id-{name}", name, UserKey(name), active=True, attributes=attributes)


USERS = {
    one.id: one
    for one in (user("ann", "Sales"), user("bob", None), user("cem", " "), user("dan", "Legal"))
}


def update(name: str, after: str | None) -> UpdateUser:
    changes = (FieldChange("department", "x", after),)
    return UpdateUser(ref=name, reason="", user_name=name, scim_id=f"id-{name}", changes=changes)


def gone(name: str) -> DeactivateUser:
    return DeactivateUser(ref=f"-{name}", reason="", user_name=name, scim_id=f"id-{name}")


def found(*actions: Action) -> dict[str, str]:
    return departments_of(actions, USERS)


def test_somebody_has_the_department_that_asana_shows() -> None:
    assert found(gone("ann"), gone("bob"), gone("cem"), gone("stranger")) == {"ann": "Sales"}


def test_a_change_wins_whatever_else_is_done_and_in_whatever_order() -> None:
    seat = SetLicense(
        ref="l", reason="", user_name="ann", scim_id="id-ann", before=None, after="x"
    )
    for actions in ((seat, update("ann", "Legal")), (update("ann", "Legal"), seat)):
        assert found(*actions) == {"ann": "Legal"}
    assert found(seat, update("ann", None)) == {}


def test_a_new_person_has_the_department_that_is_set() -> None:
    new = CreateUser(
        ref="c", reason="", user_name="eve", attributes=(FieldChange("department", None, "IT"),)
    )
    assert found(new) == {"eve": "IT"}


def test_members_have_theirs_and_a_team_has_none() -> None:
    members = ChangeMembers(
        ref="m",
        reason="",
        team="T",
        scim_id="1",
        add=(Member("dan", "id-dan"), Member("new", None)),
        remove=(Member("ann", "id-ann"),),
    )
    assert found(CreateTeam(ref="t", reason="", team="T"), members) == {
        "ann": "Sales",
        "dan": "Legal",
    }
