"""Whether an action is in effect, kind by kind, in whatever form Asana shows it."""

import pytest

from syncer.core.names import team_key, user_key
from syncer.core.verification import Lookup, named, unmet, unmet_reasons
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
from syncer.model.origin import Problem
from syncer.model.state import CurrentState, CurrentTeam, CurrentUser, UnreadableUser


def user(
    scim_id: str, name: str, *, active: bool = True, license_name: str | None = None, **given: str
) -> CurrentUser:
    attributes = {key.replace("_", "."): value for key, value in given.items()}
    return CurrentUser(scim_id, name, user_key(name), active, attributes, license_name)


def team(scim_id: str, name: str, *members: str, read: bool = True) -> CurrentTeam:
    return CurrentTeam(scim_id, name, team_key(name), frozenset(members) if read else None)


LIVE = CurrentState(
    users=(
        user("1", "Ann@example.com", title="Boss", license_name="enterprise"),
        user("2", "bob@example.com", manager="1", name_formatted="Bob B"),
        user("3", "cy@example.com", manager="ann@EXAMPLE.com"),
        user("4", "dee@example.com", manager="Bob B"),
        user("5", "gone@example.com", active=False),
        user("6", "twice@example.com", active=True),
        user("7", "twice@example.com", active=False),
        user("8", "accent@example.com", title=" Cafe\u0301 "),
        user("9", "Pat@example.com", name_formatted="pat"),
    ),
    teams=(team("20", "Eng", "1", "2"), team("21", "Unread", read=False), team("22", "eng", "1")),
    unreadable=(UnreadableUser("90", user_key("odd@example.com"), Problem(None, "no userName")),),
)


def create(name: str, *, license_name: str | None = None, **given: str | None) -> CreateUser:
    changes = tuple(FieldChange(key, None, value) for key, value in given.items())
    return CreateUser(ref="r", reason="", user_name=name, attributes=changes, license=license_name)


def update(scim_id: str | None, name: str, *changes: FieldChange, ref: str = "r") -> UpdateUser:
    return UpdateUser(ref=ref, reason="", user_name=name, scim_id=scim_id, changes=changes)


def change(field: str, after: str | None, reference: str | None = None) -> FieldChange:
    return FieldChange(field, "before", after, reference)


def membership(
    scim_id: str | None, name: str, add: tuple[Member, ...] = (), remove: tuple[Member, ...] = ()
) -> ChangeMembers:
    return ChangeMembers(ref="r", reason="", team=name, scim_id=scim_id, add=add, remove=remove)


def grant(scim_id: str, after: str) -> SetLicense:
    return SetLicense(ref="r", reason="", user_name="x", scim_id=scim_id, before=None, after=after)


def deactivate(scim_id: str, name: str = "x") -> DeactivateUser:
    return DeactivateUser(ref="r", reason="", user_name=name, scim_id=scim_id)


def reactivate(scim_id: str) -> ReactivateUser:
    return ReactivateUser(ref="r", reason="", user_name="x", scim_id=scim_id)


ANN = Member("ann@example.com", "1")
CY = Member("cy@example.com", None)

MET: dict[str, Action] = {
    "a created user is there, letter case aside": create("ann@example.com", title="Boss"),
    "a created user has the licence": create("ann@example.com", license_name="enterprise"),
    "what a new user does not get is not looked at": create("ann@example.com", title=None),
    "of two holders of an address the active one counts": create("twice@example.com"),
    "composition and blanks do not count": update("8", "x", change("title", "Caf\u00e9")),
    "a changed attribute": update("1", "x", change("title", "Boss")),
    "an emptied attribute": update("2", "x", change("title", None)),
    "an emptied name, for which Asana shows the address": update(
        "9", "x", change("name.formatted", None)
    ),
    "an address in another letter case": update("1", "x", change("userName", "ann@example.com")),
    "a manager by id": update("2", "x", change("manager", "ann@example.com", "1")),
    "a manager by address": update("3", "x", change("manager", "ann@example.com", "1")),
    "a manager by name": update("4", "x", change("manager", "bob@example.com", "2")),
    "a manager created in the same run": update("2", "x", change("manager", "ann@example.com")),
    "a user created in the same run": update(None, "cy@example.com", change("title", None)),
    "a licence": grant("1", "enterprise"),
    "an inactive user is deactivated": deactivate("5"),
    "a user who is not listed is deactivated": deactivate("99"),
    "an active user is reactivated": reactivate("1"),
    "a team of that name": CreateTeam(ref="r", reason="", team=" ENG "),
    "a renamed team": RenameTeam(ref="r", reason="", team="Eng", scim_id="20", before="x"),
    "members are in": membership("20", "Eng", add=(ANN,)),
    "members are out": membership("20", "Eng", remove=(CY,)),
    "members of a team created in the same run": membership(None, "ENG", add=(ANN,)),
}

UNMET: dict[str, tuple[Action, str]] = {
    "nobody there": (create("zoe@example.com"), "there is no such user"),
    "listed and unreadable": (
        create("odd@example.com"),
        "the user could not be read",
    ),
    "created and not active": (create("gone@example.com"), "the user is not active"),
    "other attributes": (
        create("ann@example.com", title="Clerk", department="X", license_name="view only"),
        (
            "department is empty instead of 'X'; license is 'enterprise' instead of 'view only'; "
            "title is 'Boss' instead of 'Clerk'"
        ),
    ),
    "not emptied": (update("1", "x", change("title", None)), "title is 'Boss' instead of empty"),
    "another manager": (
        update("2", "x", change("manager", "dee@example.com", "4")),
        "manager is '1' instead of 'dee@example.com'",
    ),
    "a manager who is nobody": (
        update("4", "x", change("manager", "zoe@example.com", "99")),
        "manager is 'Bob B' instead of 'zoe@example.com'",
    ),
    "another address": (
        update("2", "x", change("userName", "b@example.com")),
        "userName is 'bob@example.com' instead of 'b@example.com'",
    ),
    "no licence shown": (grant("2", "enterprise"), "license is empty instead of 'enterprise'"),
    "no user of that id": (grant("99", "enterprise"), "there is no such user"),
    "still active": (deactivate("1"), "the user is still active"),
    "deactivated and unreadable": (deactivate("90"), "the user could not be read"),
    "not reactivated": (reactivate("5"), "the user is not active"),
    "no team": (CreateTeam(ref="r", reason="", team="Ops"), "there is no team of this name"),
    "not renamed": (
        RenameTeam(ref="r", reason="", team="Ops", scim_id="20", before="Eng"),
        "name is 'Eng' instead of 'Ops'",
    ),
    "renamed in letter case alone": (
        RenameTeam(ref="r", reason="", team="ENG", scim_id="20", before="Eng"),
        "name is 'Eng' instead of 'ENG'",
    ),
    "no team to rename": (
        RenameTeam(ref="r", reason="", team="Ops", scim_id="99", before="Eng"),
        "there is no such team",
    ),
    "members of no team": (membership("99", "X", add=(ANN,)), "there is no such team"),
    "members not read": (
        membership("21", "Unread", add=(ANN,)),
        "the members of the team could not be read",
    ),
    "members not in and not out": (
        membership("20", "Eng", add=(CY,), remove=(ANN,)),
        "cy@example.com is no member; ann@example.com is still a member",
    ),
    "a member who does not exist": (
        membership("20", "Eng", add=(Member("zoe@example.com", None),)),
        "zoe@example.com is no member",
    ),
}


@pytest.mark.parametrize("action", MET.values(), ids=MET.keys())
def test_an_action_in_effect_is_met(action: Action) -> None:
    assert unmet(action, LIVE) == ""


@pytest.mark.parametrize(("action", "reason"), UNMET.values(), ids=UNMET.keys())
def test_an_action_not_in_effect_says_what_is_there_instead(action: Action, reason: str) -> None:
    assert unmet(action, LIVE) == reason
    assert unmet(action, Lookup.of(LIVE)) == reason


def test_a_newcomer_who_cannot_be_read_is_not_taken_for_who_is_shown_with_the_address() -> None:
    bearer = "ann@example.com"
    assert unmet(create(bearer), Lookup.of(LIVE)) == ""
    lookup = Lookup.of(LIVE, learned={user_key(bearer): "90"})
    assert unmet(create(bearer), lookup) == "the user could not be read"


def test_a_licence_counts_for_nothing_where_asana_shows_none_for_anybody() -> None:
    paid = create("bob@example.com", license_name="enterprise")
    assert unmet(paid, LIVE) == "license is empty instead of 'enterprise'"
    without = CurrentState(users=(user("2", "bob@example.com"), user("3", "cy@example.com")))
    assert unmet(paid, without) == ""
    assert unmet(grant("2", "enterprise"), without)


def test_a_value_that_a_later_action_has_replaced_counts_as_met() -> None:
    park = update("2", "x", change("userName", "parked@example.com"), ref="park")
    land = update("2", "x", change("userName", "bob@example.com"), ref="land")
    assert unmet_reasons([park, land], LIVE) == {"park": "", "land": ""}
    late = update("2", "x", change("userName", "late@example.com"), ref="late")
    assert all(unmet_reasons([park, late], LIVE).values())


def test_a_long_list_is_cut_and_counted() -> None:
    assert named(str(number) for number in range(12)).endswith("; 9; and 2 more")
    assert named([]) == ""
