"""A plan for some people and teams alone, through the command line."""

from typing import Any

import pytest

from tests.story.harness import PEOPLE, Ended, House

ALL = ("--allow", "create=9", "--allow", "rename=9")


def actions(ended: Ended) -> dict[str, Any]:
    assert ended.code in {0, 3}, ended
    return {one["ref"]: one for one in ended.json["plan"]["actions"]}


def only(house: House, *names: str) -> dict[str, Any]:
    options = [part for name in names for part in ("--only", name)]
    return actions(house.plan("--format", "json", *options))


def test_one_person_comes_with_what_he_cannot_do_without(house: House) -> None:
    found = only(house, "grace@example.com")
    # The team comes to be for her, and so does her manager; Zoë does not.
    assert list(found) == [
        "create_user:ada@example.com",
        "create_user:grace@example.com",
        "update_user:grace@example.com:manager",
        "create_team:engineering",
        "change_members:engineering",
    ]
    assert [one["user"] for one in found["change_members:engineering"]["add"]] == [
        "grace@example.com"
    ]
    assert house.apply("--only", "grace@example.com", *ALL).code == 0
    assert len(house.tenant()["users"]) == 2
    assert only(house, "grace@example.com") == {}
    assert house.apply(*ALL).code == 0
    assert house.plan("--detailed-exitcode").code == 0


def test_a_team_comes_with_its_people(house: House) -> None:
    found = only(house, "team:engineering")
    assert {"create_team:engineering", "change_members:engineering"} <= found.keys()
    assert len(found["change_members:engineering"]["add"]) == 2
    assert house.apply("--only", "team:Engineering", *ALL).code == 0
    assert len(house.tenant()["groups"][0]["members"]) == 2


@pytest.mark.parametrize("name", ["0003", "ZOE@example.com", "zoe.m@example.com"])
def test_a_person_goes_by_key_old_and_new_address(house: House, name: str) -> None:
    assert house.apply(*ALL).code == 0
    house.edit("people.csv", "zoe@example.com", "zoe.m@example.com")
    house.edit("people.csv", "Grace,Hopper,Engineer", "Grace,Hopper,Chief")
    assert list(only(house, name)) == ["update_user:zoe.m@example.com"]
    scim_id = next(
        one["id"] for one in house.tenant()["users"] if one["userName"] == "zoe@example.com"
    )
    assert list(only(house, scim_id)) == ["update_user:zoe.m@example.com"]


def test_several_names_are_all_of_them(house: House) -> None:
    assert house.apply(*ALL).code == 0
    house.edit("people.csv", "Engineer,Engineering", "Chief,Engineering")
    assert len(only(house, "zoe@example.com", "grace@example.com")) == 2
    assert len(only(house, "zoe@example.com")) == 1


def test_a_removal_is_asked_for_by_name_and_never_taken_along(house: House) -> None:
    gone = "0009,gone@example.com,Gone,One,Guest,Engineering,,active\n"
    house.write("people.csv", PEOPLE + gone)
    house.edit("syncer.yaml", "  key:", "  expect: {max_shrink_percent: null}\n  key:")
    assert house.apply(*ALL).code == 0
    house.write("people.csv", PEOPLE.replace("Zoë,Müller,Engineer", "Zoë,Müller,Chief"))
    assert list(only(house, "zoe@example.com")) == ["update_user:zoe@example.com"]
    assert list(only(house, "gone@example.com")) == ["deactivate_user:gone@example.com"]
    assert house.apply("--only", "zoe@example.com").code == 0
    assert [one.get("status") for one in house.tenant()["users"]].count("deactivated") == 0
    # What was left out is in the next plan, as ever.
    assert list(actions(house.plan("--format", "json"))) == ["deactivate_user:gone@example.com"]


def test_a_rename_takes_along_the_one_that_frees_the_address(house: House) -> None:
    assert house.apply(*ALL).code == 0
    house.edit("people.csv", "0003,zoe@example.com", "0003,free@example.com")
    house.edit("people.csv", "0002,grace@example.com", "0002,zoe@example.com")
    found = only(house, "0002")
    assert set(found) == {"update_user:zoe@example.com", "update_user:free@example.com"}
    assert house.apply("--only", "0002", *ALL).code == 0


def test_the_plan_says_that_it_is_a_part(house: House) -> None:
    shown = " ".join(house.plan("--only", "ada@example.com").out.split())
    assert "--only: 1 of 7 actions are in this plan" in shown


@pytest.mark.parametrize("name", ["nobody@example.com", "team:Nowhere", "", "team:"])
def test_a_name_that_nobody_has_is_refused(house: House, name: str) -> None:
    ended = house.plan("--only", name)
    assert ended.code == 64, ended
    assert "neither the directory nor Asana knows that name" in ended.err


def test_what_makes_no_sense_together_is_refused(house: House) -> None:
    saved = str(house.folder / "saved.json")
    assert house.plan("--out", saved).code == 0
    refused = house.apply(saved, "--only", "ada@example.com")
    assert refused.code == 64
    assert "a saved plan is carried out as it is" in refused.err
    undo = house.plan("--undo", "20", "--only", "ada@example.com")
    assert undo.code == 64
