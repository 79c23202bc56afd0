"""Users and teams as they come: read, or kept as somebody who could not be read."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.asana.records import doubtful, read_team, read_user
from syncer.model.errors import UnreadableError
from syncer.model.origin import Size
from syncer.model.state import CurrentUser, UnreadableUser
from tests.asana.build import ENTERPRISE_USER, a_user

CASES = sorted((Path(__file__).parent / "cases" / "users").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_users(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    user = read_user(case["raw"])
    if "user" in case:
        assert user == CurrentUser(**case["user"])
        return
    expected = case["unreadable"]
    assert isinstance(user, UnreadableUser)
    assert (user.id, user.key) == (expected["id"], expected["key"])
    assert user.problem.column == expected["column"]
    assert expected["words"] in user.problem.summary
    assert user.problem.size is Size.RECORD
    assert user.problem.origin is None


def test_what_still_names_an_unreadable_user_is_its_identity() -> None:
    user = read_user(a_user(1, active=None))
    assert isinstance(user, UnreadableUser)
    assert user.problem.identity == ("u1@example.com", "1")
    assert user.problem.summary == "Asana's user u1@example.com: 'active' is missing"


def test_a_user_in_two_versions_is_in_doubt() -> None:
    user = read_user(a_user(1))
    doubt = doubtful(user)
    assert (doubt.id, doubt.key, doubt.employee_number) == ("1", "u1@example.com", "")
    assert "listed twice" in doubt.problem.summary
    assert doubtful(doubt) is doubt


NUMBERED = {"employeeNumber": "0017"}
DOUBLED = {**NUMBERED, "employeenumber": "17"}
ODD_NUMBER = {"employeeNumber": ["17"]}


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({ENTERPRISE_USER: NUMBERED}, "0017"),
        ({ENTERPRISE_USER.upper(): NUMBERED}, "0017"),
        ({ENTERPRISE_USER: {"employeeNumber": 17}}, "17"),
        ({ENTERPRISE_USER: {**NUMBERED, "department": []}}, "0017"),
        ({ENTERPRISE_USER: NUMBERED, "TITLE": "two spellings", "title": "T"}, "0017"),
        ({ENTERPRISE_USER: NUMBERED, ENTERPRISE_USER.upper(): NUMBERED}, "0017"),
        ({ENTERPRISE_USER: NUMBERED, ENTERPRISE_USER.upper(): {}}, None),
        ({ENTERPRISE_USER: {"employeeNumber": " "}}, ""),
        ({ENTERPRISE_USER: None}, ""),
        ({}, ""),
        ({ENTERPRISE_USER: DOUBLED}, None),
        ({ENTERPRISE_USER: ODD_NUMBER}, None),
        ({ENTERPRISE_USER: "17"}, None),
        ({"id": None, "userName": None, "emails": None}, None),
    ],
)
def test_the_number_of_an_unreadable_user_is_kept_where_it_is_in_no_doubt(
    changes: dict[str, Any], number: str | None
) -> None:
    user = read_user({**a_user(1, active=None), **changes})
    assert isinstance(user, UnreadableUser)
    assert user.employee_number == number


def test_each_version_of_a_user_keeps_its_number() -> None:
    user = read_user({**a_user(1), ENTERPRISE_USER: NUMBERED})
    assert doubtful(user).employee_number == "0017"


def test_a_number_counts_though_neither_id_nor_address_is_shown() -> None:
    user = read_user({"active": True, ENTERPRISE_USER: NUMBERED})
    assert isinstance(user, UnreadableUser)
    assert (user.id, user.key, user.employee_number) == (None, None, "0017")


def test_of_what_is_no_user_no_number_is_known() -> None:
    user = read_user(None)
    assert isinstance(user, UnreadableUser)
    assert user.employee_number is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=8), parts),
    max_leaves=8,
)
NAMES = ("id", "userName", "active", "userType", "name", "title", "addresses", "phoneNumbers")
MORE = ("roles", "emails", "schemas", ENTERPRISE_USER)
INNER = ("value", "type", "primary", "$ref", "manager", "formatted", "country", "department")


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(NAMES + MORE),
        JSON | st.lists(st.dictionaries(st.sampled_from(INNER), JSON), max_size=2)
        | st.dictionaries(st.sampled_from(INNER), JSON),
    )
)  # fmt: skip
def test_nobody_is_ever_dropped(raw: dict[str, Any]) -> None:
    user = read_user(raw)
    if isinstance(user, CurrentUser):
        assert user.id
        assert user.key
        assert all(value.strip() for value in user.attributes.values())
    else:
        assert user.problem.summary


@pytest.mark.parametrize(
    ("raw", "name", "members"),
    [
        pytest.param({"id": "1", "displayName": "A  b"}, "A  b", None, id="no-members-key"),
        pytest.param({"id": 1, "displayName": "A b", "members": []}, "A b", [], id="empty-list"),
        pytest.param(
            {"id": "1", "displayName": "A b", "members": [{"value": 2}, {"value": "3"}]},
            "A b",
            ["2", "3"],
            id="numbers-and-texts",
        ),
        pytest.param(
            {"id": "1", "displayName": "A b", "Members": ["2", {"$ref": "x/Users/3"}]},
            "A b",
            ["2", "3"],
            id="plain-ids-and-references",
        ),
        pytest.param({"id": "1", "displayName": "A b", "members": None}, "A b", None, id="null"),
        pytest.param({"id": "1", "displayName": "A b", "members": {}}, "A b", None, id="object"),
        pytest.param(
            {"id": "1", "displayName": "A b", "members": [{"value": "2"}, {}]},
            "A b",
            None,
            id="one-member-who-cannot-be-read",
        ),
    ],
)
def test_teams(raw: dict[str, Any], name: str, members: list[str] | None) -> None:
    team = read_team(raw, "GET /Groups")
    assert (team.id, team.name, team.key) == ("1", name, "a b")
    assert team.members == (None if members is None else frozenset(members))


@pytest.mark.parametrize("raw", [{"id": "1"}, {"id": "1", "displayName": None}])
def test_a_team_without_a_name_is_kept_and_answers_to_nothing(raw: dict[str, Any]) -> None:
    assert read_team(raw, "GET /Groups").key == ""


def test_a_team_named_by_a_number_has_a_name() -> None:
    assert read_team({"id": "1", "displayName": 2024}, "GET /Groups").name == "2024"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (7, "a number instead of a team"),
        ({"displayName": "A"}, "'id' is missing"),
        ({"id": "1", "displayName": ["A"]}, "'displayName' is a list"),
        ({"id": "1", "displayName": True}, "'displayName' is a boolean"),
        ({"id": "1", "ID": "2"}, "two spellings"),
    ],
)
def test_a_team_that_could_be_any_team_stops_the_run(raw: object, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read_team(raw, "GET /Groups")
