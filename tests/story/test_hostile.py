"""A tenant that misbehaves in every undocumented way: runs may fail, and never write wrongly.

The oracle is the strict profile: what one run makes of a strict copy of the tenant is all that
any number of runs may make of the hostile one, value by value.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.story.harness import House
from tests.story.oracle import Record, doubled, wrong_writes

CONFIG = """\
version: 1
asana: {sandbox: tenant.json, domains: [example.com], requests_per_minute: 100000}
directory:
  people: [{format: csv, path: people.csv}]
  expect: {max_shrink_percent: null}
mapping:
  userName: mail
  name.formatted: name
  title: {from: title, clear: true}
  department: department
  country: country
  employeeNumber: number
  manager: manager
licenses:
  rules: [{license: enterprise, when: "department == 'R&D'"}]
teams:
  - {name: Research, when: "department == 'R&D'", previously: [Lab]}
  - {name: Sales, when: "department == 'Sales'"}
  - {name: Lunch, when: "title", mode: add_only}
  - {name: New, when: "department"}
protected: {users: ["boss@example.com"]}
guards: {deactivate: null, downgrade: null, update: null, rename: null, create: null,
         remove_members: null}
"""

PEOPLE = """\
number,mail,previous_emails,name,title,department,country,manager,status
001,ada@example.com,,Ada Lovelace,Director,R&D,DE,,active
002,bob@example.com,,Bob Ray,,Sales,FR,ada@example.com,active
003,cem@example.com,cem.old@example.com,Cem Fox,Engineer,R&D,TR,ada@example.com,active
004,dee@example.com,,Dee Dee,Engineer,R&D,,new@example.com,active
005,new@example.com,,New One,Engineer,R&D,DE,ada@example.com,active
006,two@example.com,,Two New,,Sales,DE,new@example.com,active
007,zed@example.com,,Zed Back,Engineer,R&D,DE,ada@example.com,active
008,out@example.com,,Out Gone,Engineer,R&D,DE,ada@example.com,left
009,biz@example.com,,Biz Tier,Broker,Sales,UK,ada@example.com,active
010,hal@example.com,,Hal Typo,Engineer,R&D,DE,ada@example.com,on the moon
"""

OURS = {"phone": "+1", "region": "Hill", "roles": "77", "licensingDivisionId": "5"}
"""What nobody manages here, and what each change of a user has to leave as it is."""

TENANT: dict[str, Any] = {
    "tokenOwner": "120",
    "users": [
        {"id": "100", "userName": "ADA@example.com", "userType": "enterprise", **OURS},
        {
            "id": "101",
            "userName": "bob@example.com",
            "userType": "view only",
            "name.formatted": "Bob Ray",
            "title": "To be cleared",
            "manager": "102",
            "preferredLanguage": "en",
            **OURS,
        },
        {
            "id": "102",
            "userName": "cem.old@example.com",
            "userType": "view only",
            "name.formatted": "Cem Fox",
            **OURS,
        },
        {
            "id": "103",
            "userName": "dee@example.com",
            "status": "invited",
            "userType": "enterprise",
            "employeeNumber": "004",
            "country": "US",
        },
        {"id": "104", "userName": "zed@example.com", "status": "deactivated"},
        {"id": "105", "userName": "out@example.com", "title": "Engineer"},
        {"id": "106", "userName": "left@example.com", "userType": "enterprise", **OURS},
        {"id": "107", "userName": "biz@example.com", "userType": "business", "title": "Broker"},
        {"id": "108", "userName": "hal@example.com", "title": "Old", "department": "Sales"},
        {"id": "109", "userName": "boss@example.com", "superAdmin": True, "title": "Owner"},
        {"id": "110", "userName": "far@partner.example.net", "title": "Foreign", **OURS},
        {"id": "111", "userName": "gil@partner.example.net", "guest": True, "title": "Guest"},
        {"id": "112", "userName": "gus@example.com", "guest": True},
        {"id": "120", "userName": "svc@partner.example.net", "serviceAccount": True},
    ],
    "groups": [
        {"id": "900", "displayName": "Lab", "members": ["100", "106", "110", "111", "109"]},
        {"id": "901", "displayName": "SALES", "members": ["102", "101", "108", "103", "112"]},
        {"id": "902", "displayName": "Lunch", "members": ["105", "110"]},
        {"id": "903", "displayName": "Private", "members": ["100", "102", "110", "111", "109"]},
    ],
}

SEEDS = (*range(30), 69, 171)
"""The last two lose the answer to a removal, and refuse it when it is sent again."""


def furnished(folder: Path, profile: str, seed: int) -> House:
    folder.mkdir()
    house = House(folder)
    house.write("syncer.yaml", CONFIG)
    house.write("people.csv", PEOPLE)
    reset = ("sandbox", "reset", "--yes", "--profile", profile, "--seed", str(seed))
    assert house.syncer(*reset).code == 0
    house.write("tenant.json", json.dumps({**house.tenant(), **TENANT}))
    house.sandbox().save()  # as the sandbox writes it, so that a default is never a difference
    return house


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """What a run makes of the strict copy, in which nothing may fail."""
    house = furnished(tmp_path_factory.mktemp("strict") / "house", "strict", 0)
    ended = house.apply("--format", "json")
    assert ended.code == 0, ended
    kinds = {action["kind"] for action in house.plan("--format", "json").json["plan"]["actions"]}
    assert not kinds
    tenant: Record = house.tenant()
    return tenant


def test_the_oracle_asks_for_every_kind_of_change(tmp_path: Path) -> None:
    house = furnished(tmp_path / "house", "strict", 0)
    plan = house.plan("--format", "json").json["plan"]
    assert {action["kind"] for action in plan["actions"]} == {
        "create_user",
        "update_user",
        "set_license",
        "deactivate_user",
        "create_team",
        "rename_team",
        "change_members",
    }
    assert any(change["after"] is None for a in plan["actions"] for change in a.get("changes", ()))
    assert plan["manual"]
    assert plan["unknown"]


def test_the_oracle_sees_a_wrong_write(wanted: Record) -> None:
    before = json.loads(json.dumps(wanted))
    after = json.loads(json.dumps(wanted))
    after["users"][0]["phone"] = "lost"
    after["groups"][3]["members"].remove("100")
    after["users"].append({"id": "9999", "userName": "who@example.com"})
    found = wrong_writes(before, after, wanted)
    assert sorted(found) == [
        "100: phone ['+1', '+1'] -> 'lost'",
        "team 903: ['100'] went out",
        "who@example.com was created",
    ]


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("seed", SEEDS)
def test_no_run_against_a_hostile_tenant_writes_wrongly(
    tmp_path: Path, wanted: Record, seed: int
) -> None:
    house = furnished(tmp_path / "house", "hostile", seed)
    before = house.tenant()
    for _ in range(3):
        ended = house.apply("--hold")
        assert ended.code in {0, 1, 3, 4, 6}, ended
        assert "Traceback" not in ended.err
        assert "internal error" not in ended.err
        after = house.tenant()
        assert wrong_writes(before, after, wanted) == []
        assert doubled(after) == []
