"""The law over generated configs, on whole runs: three formats, one plan, then nothing to do."""

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, note, settings

from tests.core.rule_meaning import World
from tests.core.rule_worlds import worlds
from tests.story.harness import Ended, House
from tests.story.rule_case import BASE, plan_of, said
from tests.story.spellings import FORMATS, groups_text, people_text

LAW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
Record = dict[str, Any]


def furnished(folder: Path, world: World, form: str) -> House:
    house = House(folder / form)
    config = {**BASE, **world.config}
    config["asana"] = {**BASE["asana"], **world.config["asana"]}
    config["directory"] = {
        **world.config["directory"],
        "people": [{"format": form, "path": f"people.{form}"}],
        "groups": [{"format": form, "path": f"groups.{form}"}],
    }
    # A run of grace passes with each apply, so that the second plan would have its leavers.
    config["lifecycle"] = {**world.config["lifecycle"], "grace": {"runs": 1}}
    house.write("syncer.yaml", yaml.safe_dump(config, allow_unicode=True, sort_keys=False))
    house.write(f"people.{form}", people_text(form, world.people))
    house.write(f"groups.{form}", groups_text(form, world.groups, world.people))
    house.write("tenant.json", json.dumps(tenant(world)))
    return house


def tenant(world: World) -> Record:
    names = {"is": "userName", "license": "userType"}
    users = [
        {names.get(key, key): value for key, value in user.items() if key != "active"}
        | ({} if user["active"] else {"status": "deactivated"})
        for user in world.users
    ]
    groups = [
        {"id": team["id"], "displayName": team["name"], "members": team["members"]}
        for team in world.teams
    ]
    switches = {"reactivation": "allow"}
    return {"sandbox": 1, "switches": switches, "users": users, "groups": groups}


def plan(house: House) -> Ended:
    ended = house.plan("--format", "json")
    assert ended.code in {0, 3}, ended.err
    return ended


@LAW
@given(worlds())
def test_every_format_gives_one_plan_and_obeying_it_leaves_nothing_to_do(world: World) -> None:
    with tempfile.TemporaryDirectory() as name:
        houses = {form: furnished(Path(name), world, form) for form in FORMATS}
        plans = {form: plan(house) for form, house in houses.items()}
        results = {form: said(plan_of(ended)) for form, ended in plans.items()}
        assert results["yaml"] == results["csv"]
        assert results["ldif"] == results["csv"]
        assert len({ended.json["digest"] for ended in plans.values()}) == 1
        form = FORMATS[len(world.people) % len(FORMATS)]
        house = houses[form]
        applied = house.apply("--approve", plans[form].json["digest"])
        note(f"{results[form]}\n{applied.out}{applied.err}")
        assert applied.code in {0, 6}
        check_untouched(world, house.tenant())
        left = plan_of(plan(house))
        assert left.runnable == ()


def check_untouched(world: World, after: Record) -> None:
    """The protected, the foreign, and teams that are protected or not named are as they were."""
    before = tenant(world)
    now = {user["id"]: user for user in after["users"]}
    for user in before["users"]:
        if user["userName"].startswith(("svc-", "foreign@")):
            assert now[user["id"]] == user
    left = {user["id"] for user in after["users"] if user.get("status") == "deactivated"}
    teams = {team["id"]: team for team in after["groups"]}
    for team in before["groups"]:
        if team["displayName"] in {"Private", "Executive"}:
            stayed = [member for member in team["members"] if member not in left]
            assert teams[team["id"]] == {**team, "members": stayed}
