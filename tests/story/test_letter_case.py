"""Differences in letter case alone, through the real command line."""

import json

import pytest

from tests.story.harness import House

EXACT = "userName: {from: mail, letter_case: exact}"


@pytest.fixture
def filled(house: House) -> House:
    """The house after its first apply, then with other capitals in the directory."""
    assert house.apply("--allow", "create=9").code == 0
    house.edit("people.csv", "ada@example.com,Ada", "Ada@Example.com,Ada")
    house.edit("people.csv", "Managing Director", "managing director")
    house.edit("syncer.yaml", "name: Engineering", "name: ENGINEERING")
    return house


def fields(house: House) -> list[tuple[str, list[str]]]:
    actions = house.plan("--format", "json").json["plan"]["actions"]
    return [(one["ref"], [c["field"] for c in one.get("changes", ())]) for one in actions]


def test_by_default_an_attribute_heeds_it_and_an_address_and_a_team_do_not(filled: House) -> None:
    assert fields(filled) == [("update_user:ada@example.com", ["title"])]
    assert filled.apply().code == 0
    assert filled.plan("--detailed-exitcode").code == 0
    assert "ada@example.com" in {one["userName"] for one in filled.tenant()["users"]}


def test_an_attribute_that_ignores_it_plans_nothing(filled: House) -> None:
    filled.edit("syncer.yaml", "title: title", "title: {from: title, letter_case: ignore}")
    assert filled.plan("--detailed-exitcode").code == 0


def test_exact_addresses_and_teams_are_respelled_once(filled: House) -> None:
    filled.edit("syncer.yaml", "userName: mail", EXACT)
    filled.edit("syncer.yaml", "{name: ENGINEERING,", "{name: ENGINEERING, letter_case: exact,")
    assert fields(filled) == [
        ("update_user:ada@example.com", ["userName", "title"]),
        ("rename_team:engineering", []),
    ]
    assert filled.apply("--allow", "rename=1").code == 0
    tenant = filled.tenant()
    assert "Ada@Example.com" in {one["userName"] for one in tenant["users"]}
    assert [one["displayName"] for one in tenant["groups"]] == ["ENGINEERING"]
    assert filled.plan("--detailed-exitcode").code == 0


@pytest.mark.usefixtures("no_waiting")
def test_a_server_that_folds_addresses_is_no_success(filled: House) -> None:
    filled.edit("syncer.yaml", "userName: mail", EXACT)
    state = filled.tenant()
    state["switches"] = {**state.get("switches", {}), "stored_case": "lower"}
    filled.write("tenant.json", json.dumps(state))
    for _ in range(2):
        ended = filled.apply("--allow", "rename=1")
        assert ended.code == 4, ended
        told = " ".join(ended.out.split())
        assert "userName is 'ada@example.com' instead of 'Ada@Example.com'" in told
