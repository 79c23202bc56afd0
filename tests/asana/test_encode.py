"""Bodies as they are sent: nothing that was not asked for, nothing lost that is not ours."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.asana.encode import (
    changed_part,
    equality,
    new_team,
    new_user,
    patch_with_paths,
    patch_without_path,
    removing_by_filter,
    replacement,
)
from syncer.asana.records import read_user
from syncer.model.errors import UnreadableError
from syncer.model.state import ATTRIBUTES, USER_NAME, CurrentUser
from tests.asana.build import ENTERPRISE_USER, a_user, operations

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def test_a_new_user_in_the_documented_form() -> None:
    attributes = {"name.formatted": "Ann", "title": "Lead", "department": "R&D", "manager": "7"}
    assert new_user("ann@example.com", attributes, "view only") == {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "userName": "ann@example.com",
        "name": {"formatted": "Ann"},
        "emails": [{"value": "ann@example.com", "primary": True}],
        "active": True,
        "title": "Lead",
        "userType": "view only",
        ENTERPRISE_USER: {"department": "R&D", "manager": {"value": "7"}},
    }


def test_a_new_user_with_an_address_and_without_a_licence() -> None:
    attributes = {"country": "DE", "region": "BY", "phone": "1", "roles": "5", "title": ""}
    assert new_user("ann@example.com", attributes, None) == {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "userName": "ann@example.com",
        "emails": [{"value": "ann@example.com", "primary": True}],
        "active": True,
        "addresses": [{"type": "work", "country": "DE", "region": "BY"}],
        "phoneNumbers": [{"type": "work", "value": "1"}],
        "roles": [{"value": "5", "primary": True}],
    }


def test_a_new_team_has_nobody_but_whom_it_comes_with() -> None:
    body = new_team("Team")
    assert (body["displayName"], body["members"]) == ("Team", [])
    assert new_team("Team", ["1", "2"])["members"] == [{"value": "1"}, {"value": "2"}]


VALUES = {name: f"value of {name}" for name in ATTRIBUTES if name != USER_NAME}


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.dictionaries(st.sampled_from(sorted(VALUES)), st.text(min_size=1).filter(str.strip)))
def test_what_is_written_is_read_back_the_same(attributes: dict[str, str]) -> None:
    for name in ("manager",):
        attributes |= {name: attributes[name].strip()} if name in attributes else {}
    made = read_user({"id": "1", **new_user("ann@example.com", attributes, "enterprise")})
    assert isinstance(made, CurrentUser)
    assert dict(made.attributes) == attributes
    assert made.license == "enterprise"


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    st.dictionaries(st.sampled_from(sorted(VALUES)), st.sampled_from(["old", "older"])),
    st.dictionaries(st.sampled_from(sorted(VALUES)), st.sampled_from([None, "new"])),
)
def test_a_replacement_changes_what_is_asked_and_nothing_else(
    before: dict[str, str], changes: dict[str, str | None]
) -> None:
    current = {"id": "1", **new_user("ann@example.com", before, None), "rbacRoles": "1,2"}
    body = replacement(current, changes)
    after = read_user(body)
    assert isinstance(after, CurrentUser)
    expected = {name: value for name, value in (before | changes).items() if value}
    assert dict(after.attributes) == expected
    assert body["rbacRoles"] == "1,2"
    assert body["id"] == "1"


def test_a_replacement_leaves_its_source_alone() -> None:
    current = a_user(1, name={"formatted": "Ann"})
    replacement(current, {"name.formatted": None, "department": "R&D"})
    assert current == a_user(1, name={"formatted": "Ann"})


def test_a_replacement_keeps_what_is_not_ours_and_drops_what_is_read_only() -> None:
    current = a_user(
        1,
        meta={"version": "1"},
        groups=[{"value": "9"}],
        active=False,
        addresses=[{"type": "home", "country": "FR"}, {"type": "work", "country": "DE"}],
        phoneNumbers=[{"type": "mobile", "value": "1"}, {"type": "work", "value": "2"}],
    )
    body = replacement(current, {"country": None, "phone": None})
    assert body["addresses"] == [{"type": "home", "country": "FR"}, {"type": "work"}]
    assert body["phoneNumbers"] == [{"type": "mobile", "value": "1"}]
    assert body["active"] is False
    assert not {"meta", "groups"} & body.keys()


@pytest.mark.parametrize(("text", "active"), [("False", False), ("true", True)])
def test_a_replacement_sends_active_as_a_boolean(text: str, active: bool) -> None:  # noqa: FBT001 - a case
    assert replacement(a_user(1, active=text), {"title": None})["active"] is active


@pytest.mark.parametrize("current", [{"id": "1", "userName": "a@example.com"}, {"active": True}])
def test_a_user_is_not_replaced_without_active_or_user_name(current: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError, match="cannot be replaced safely"):
        replacement(current, {"title": None})


def test_a_replacement_with_a_new_name_drops_the_parts_of_the_old_one() -> None:
    name = {"givenName": "Ann", "familyName": "Old", "formatted": "Ann Old", "middleName": "M"}
    body = replacement(a_user(1, name=name), {"name.formatted": "Ann New", "title": None})
    assert body["name"] == {"formatted": "Ann New", "middleName": "M"}


def test_an_emptied_name_does_not_come_back_from_its_parts() -> None:
    name = {"givenName": "Ann", "familyName": "Old", "formatted": "Ann Old", "middleName": "M"}
    body = replacement(a_user(1, name=name), {"name.formatted": None})
    assert body["name"] == {"middleName": "M"}


def test_a_replacement_with_a_new_address_changes_that_address_only() -> None:
    emails = [{"value": "U1@Example.com", "primary": True}, {"value": "b@example.com"}, "odd"]
    body = replacement(a_user(1, emails=emails), {"userName": "new@example.com", "title": None})
    assert body["userName"] == "new@example.com"
    assert body["emails"] == [
        {"value": "new@example.com", "primary": True},
        {"value": "b@example.com"},
        "odd",
    ]


def test_a_replacement_declares_the_extension_exactly_when_it_is_used() -> None:
    plain = a_user(1, schemas=[CORE_USER])
    assert replacement(plain, {"department": "R&D"})["schemas"] == [CORE_USER, ENTERPRISE_USER]
    used = a_user(1, schemas=[CORE_USER, ENTERPRISE_USER.upper()], **{ENTERPRISE_USER: {"x": 1}})
    assert replacement(used, {"title": None})["schemas"] == used["schemas"]
    assert ENTERPRISE_USER not in replacement(plain, {"department": None})
    assert replacement(a_user(1), {"department": "R&D"})["schemas"] == [CORE_USER, ENTERPRISE_USER]


@pytest.mark.parametrize(
    ("name", "content"),
    [("phone", {"phoneNumbers": "1"}), ("country", {"addresses": ["x"]}),
     ("name.formatted", {"name": "Ann"})],
)  # fmt: skip
def test_a_user_of_another_shape_is_not_replaced(name: str, content: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        replacement(a_user(1, **content), {name: None})


def test_a_part_sends_along_what_stands_beside_it() -> None:
    current = a_user(
        1, addresses=[{"type": "home", "country": "FR"}, {"type": "work", "region": "B"}]
    )
    part = changed_part({"country": "DE", "locality": "Munich", "title": "Lead"}, current)
    assert part == {
        "title": "Lead",
        "addresses": [
            {"type": "home", "country": "FR"},
            {"type": "work", "region": "B", "country": "DE", "locality": "Munich"},
        ],
    }
    assert current["addresses"][1] == {"type": "work", "region": "B"}


def test_the_two_forms_of_a_patch() -> None:
    part = changed_part({"title": "Lead", "department": "R&D", "name.formatted": "Ann"}, None)
    (one,) = operations(patch_without_path(part))
    assert one == {"op": "replace", "value": part}
    assert operations(patch_with_paths(part)) == [
        {"op": "replace", "path": "title", "value": "Lead"},
        {"op": "replace", "path": f"{ENTERPRISE_USER}:department", "value": "R&D"},
        {"op": "replace", "path": "name.formatted", "value": "Ann"},
    ]


def test_a_filter_quotes_its_value() -> None:
    assert equality("userName", 'a"b\\c@é') == 'userName eq "a\\"b\\\\c@é"'
    (removal,) = removing_by_filter(['1"]'])
    assert removal == {"op": "remove", "path": 'members[value eq "1\\"]"]'}
