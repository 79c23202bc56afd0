"""The README's table of requests, line by line, counted at the tenant."""

import json
from collections import Counter
from typing import Any

import pytest

from syncer.sandbox import Sandbox
from tests.story.conftest import BESIDE, Counted
from tests.story.harness import PEOPLE, House

ALL = ("--allow", "create=999", "--allow", "update=999")
pytestmark = pytest.mark.usefixtures("no_waiting")


def crowd(number: int, hosts: int = 0) -> str:
    """The rows of so many people, the first of them hosts and the others guests."""
    rows = []
    for n in range(number):
        title = "Host" if n < hosts else "Guest"
        rows.append(f"9{n:04},p{n}@example.com,P,{n},{title},Sales,,active\n")
    return "".join(rows)


def in_asana(house: House, people: str, **switches: Any) -> None:
    """A tenant as this directory asks for, in this form."""
    house.write("people.csv", people)
    assert house.apply(*ALL).code == 0
    tenant = house.tenant()
    house.write("tenant.json", json.dumps({**tenant, "switches": switches}))


def asked(house: House, seen: Counter[str], *arguments: str) -> Counter[str]:
    """What a run that comes to its end asks, but for what SCIM hides."""
    seen.clear()
    ended = house.apply(*ALL, *arguments)
    assert ended.code == 0, ended
    return Counter({name: number for name, number in seen.items() if name not in BESIDE})


def test_a_licence_goes_with_the_attributes(counted: Counted) -> None:
    house, seen = counted
    in_asana(house, PEOPLE, view_only_domain=True)
    users = [{**one, "userType": "view only"} for one in house.tenant()["users"]]
    house.write("tenant.json", json.dumps({**house.tenant(), "users": users}))
    rules = "licenses:\n  rules: [{license: enterprise, when: \"title == 'Chief'\"}]\nteams:\n"
    house.edit("syncer.yaml", "teams:\n", rules)
    house.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    assert asked(house, seen) == {
        "GET Users": 2, "GET Groups": 1, "GET Groups/id": 1, "PATCH Users/id": 1,
    }  # fmt: skip


def test_an_emptied_attribute_takes_one_reading_more(counted: Counted) -> None:
    house, seen = counted
    in_asana(house, PEOPLE)
    house.edit("syncer.yaml", "title: title", "title: {from: title, clear: true}")
    house.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Müller,")
    found = asked(house, seen)
    assert (found["GET Users/id"], found["PUT Users/id"], found["PATCH Users/id"]) == (1, 1, 0)


def test_a_new_team_comes_with_its_members_in_one_request_a_hundred(counted: Counted) -> None:
    house, seen = counted
    in_asana(house, PEOPLE)
    house.edit(
        "syncer.yaml", "teams:", "teams:\n  - {name: Sales, when: \"department == 'Sales'\"}"
    )
    house.write("people.csv", PEOPLE + crowd(150))
    found = asked(house, seen)
    assert (found["POST Users"], found["POST Groups"], found["PATCH Groups/id"]) == (150, 1, 1)


def test_a_new_name_goes_with_the_members(counted: Counted) -> None:
    house, seen = counted
    in_asana(house, PEOPLE)
    house.edit("syncer.yaml", "{name: Engineering", "{name: Builders, previously: [Engineering]")
    house.edit("people.csv", "Lovelace,Managing Director,Executive", "Lovelace,Chief,Engineering")
    found = asked(house, seen)
    assert (found["PATCH Groups/id"], found["PATCH Users/id"]) == (1, 1)


def test_a_listing_that_shows_members_saves_the_reading_of_each_team(counted: Counted) -> None:
    house, seen = counted
    in_asana(house, PEOPLE, group_members="everywhere")
    assert asked(house, seen) == {"GET Users": 1, "GET Groups": 1}


@pytest.mark.parametrize(("changed", "singly", "listed"), [(2, 2, 4), (3, 3, 4), (9, 0, 8)])
def test_few_changes_in_many_pages_are_read_back_one_by_one(
    counted: Counted, changed: int, singly: int, listed: int
) -> None:
    house, seen = counted
    in_asana(house, PEOPLE + crowd(340), paging="honours")
    house.write("people.csv", PEOPLE + crowd(340, changed))
    found = asked(house, seen)
    assert found["PATCH Users/id"] == changed
    assert found["GET Users/id"] == singly
    assert found["GET Users"] == listed


def test_a_team_is_read_back_by_its_id_where_users_are_listed(counted: Counted) -> None:
    house, seen = counted
    in_asana(house, PEOPLE)
    house.edit("people.csv", "Engineer,Engineering,ada", "Lead,Sales,ada")
    assert asked(house, seen) == {
        "GET Users": 2, "GET Groups": 1, "GET Groups/id": 2,
        "PATCH Users/id": 1, "PATCH Groups/id": 1,
    }  # fmt: skip


def test_a_listing_that_shows_members_reads_back_all_teams_at_once(counted: Counted) -> None:
    house, seen = counted
    two = "teams:\n  - {name: Sales, when: \"department == 'Sales'\"}"
    house.edit("syncer.yaml", "teams:", two)
    in_asana(house, PEOPLE + crowd(4), group_members="everywhere")
    house.edit("people.csv", "P,0,Guest,Sales", "P,0,Guest,Engineering")
    assert asked(house, seen) == {
        "GET Users": 2, "GET Groups": 2, "PATCH Users/id": 1, "PATCH Groups/id": 2,
    }  # fmt: skip


def test_a_change_of_members_alone_is_read_back_in_one_request(counted: Counted) -> None:
    house, seen = counted
    in_asana(house, PEOPLE)
    house.edit("syncer.yaml", "department == 'Engineering'", "title")
    assert asked(house, seen) == {
        "GET Users": 1, "GET Groups": 1, "GET Groups/id": 2, "PATCH Groups/id": 1,
    }  # fmt: skip


def test_nothing_but_the_sandbox_s_own_count_is_believed(counted: Counted) -> None:
    """The report says what the tenant counted."""
    house, seen = counted
    seen.clear()
    report = house.apply(*ALL, "--format", "json").json
    told = Counter(name.split()[0] for name in seen.elements())
    assert report["requests"] == told
    assert Sandbox.open(house.folder / "tenant.json").describe().users
