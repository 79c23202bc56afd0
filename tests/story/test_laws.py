"""The law, on whole runs: apply, and nothing is left to do; what is not ours is not touched."""

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.story.harness import House

CONFIG = """\
version: 1
asana:
  sandbox: tenant.json
  domains: [example.com]
  requests_per_minute: 100000
directory:
  people:
    - {format: csv, path: people.csv}
  expect: {max_shrink_percent: null}
scope:
  - {exclude: "kind == 'contractor'", because: contractors use guest access}
mapping:
  userName: mail
  name.formatted: name
  title: {from: title, clear: true}
  department: {from: department, default: Unassigned}
  manager: manager
licenses:
  rules: [{license: enterprise, when: "department == 'R&D'"}]
teams:
  - {name: Research, when: "department == 'R&D'"}
  - {name: Lunch, when: "title", mode: add_only}
protected:
  users: ["boss@example.com"]
guards: {deactivate: null, downgrade: null, update: null, rename: null, create: null,
         remove_members: null}
"""

NAMES = ("ada", "bob", "cem", "dee", "eve", "boss", "Zoë", "o'neil")
DOMAINS = ("example.com", "Example.COM", "partner.example.net")
TEXTS = ("", "Engineer", "Lead, Platform", "R&D", "Sales", "東京", " padded ", "=1+1", "O'Neil")


@st.composite
def directories(draw: st.DrawFn) -> list[dict[str, str]]:
    chosen = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))
    return [
        {
            "mail": f"{name}@{draw(st.sampled_from(DOMAINS[:2]))}",
            "name": name.title(),
            "title": draw(st.sampled_from(TEXTS)),
            "department": draw(st.sampled_from(TEXTS)),
            "manager": f"{draw(st.sampled_from(NAMES))}@example.com",
            "kind": draw(st.sampled_from(("staff", "staff", "contractor"))),
        }
        for name in chosen
    ]


@st.composite
def tenants(draw: st.DrawFn) -> dict[str, Any]:
    chosen = draw(st.lists(st.sampled_from(NAMES), max_size=6, unique=True))
    users = [
        {
            "id": str(100 + number),
            "userName": f"{name}@{draw(st.sampled_from(DOMAINS))}",
            "status": draw(st.sampled_from(("active", "invited", "deactivated"))),
            **draw(st.sampled_from(({}, {"name.formatted": name}))),
            **draw(st.sampled_from(({}, {"title": "Lead, Platform"}, {"title": "Old"}))),
            "userType": draw(st.sampled_from(("enterprise", "view only"))),
        }
        for number, name in enumerate(chosen)
    ]
    ids = [user["id"] for user in users]
    members = st.lists(st.sampled_from(ids), unique=True) if ids else st.just([])
    names = draw(st.lists(st.sampled_from(("Research", "Lunch", "Private")), unique=True))
    teams = [
        {"id": str(900 + number), "displayName": name, "members": draw(members)}
        for number, name in enumerate(names)
    ]
    return {"users": users, "groups": teams}


def furnished(
    folder: Path, people: list[dict[str, str]], tenant: dict[str, Any], profile: str
) -> House:
    house = House(folder)
    house.write("syncer.yaml", CONFIG)
    out = io.StringIO()
    writer = csv.DictWriter(out, people[0].keys())
    writer.writeheader()
    writer.writerows(people)
    house.write("people.csv", out.getvalue())
    assert house.syncer("sandbox", "reset", "--yes", "--profile", profile).code == 0
    state = house.tenant()
    state.update(users=tenant["users"], groups=tenant["groups"], nextId=1000)
    house.write("tenant.json", json.dumps(state))
    return house


def untouchable(house: House) -> list[Any]:
    """Who is protected or not ours, and the teams nobody named; a default left out is equal."""
    state = house.tenant()
    users = [
        {"status": "active", **user}
        for user in state["users"]
        if user["userName"].casefold() == "boss@example.com"
        or not user["userName"].casefold().endswith("@example.com")
    ]
    kept = {user["id"] for user in users}
    private = [team for team in state["groups"] if team["displayName"] == "Private"]
    # Whom Asana deprovisions leaves teams by itself.
    return [users, [sorted(kept & set(team["members"])) for team in private]]


@pytest.mark.parametrize("profile", ["strict", "lenient"])
@given(people=directories(), tenant=tenants())
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_apply_then_plan_is_empty(
    profile: str, people: list[dict[str, str]], tenant: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        house = furnished(Path(folder), people, tenant, profile)
        untouched = untouchable(house)
        first = house.apply("--approve", house.plan("--format", "json").json["digest"])
        assert first.code == 0, first
        assert untouchable(house) == untouched
        after = house.tenant()
        second = house.plan("--format", "json", "--detailed-exitcode")
        assert second.code == 0, second.out
        assert second.json["plan"]["actions"] == []
        assert house.apply().code == 0
        assert house.tenant() == after
