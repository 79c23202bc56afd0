"""The quickstart's tenant, turned hostile: whatever goes wrong, no write is a wrong one."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.story.harness import House

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart"
MAY_END_WITH = {0, 1, 3, 4, 5, 6}


def settled(folder: Path, profile: str, seed: int) -> House:
    """The quickstart in a folder, its tenant behaving as the profile does."""
    house = House(folder)
    for path in QUICKSTART.iterdir():
        house.write(path.name, path.read_bytes())
    tenant = house.tenant()
    tenant.update(profile=profile, seed=seed)
    house.write("tenant.json", json.dumps(tenant))
    return house


class Oracle:
    """What the plan on the well-behaved tenant names; nothing else may ever happen."""

    def __init__(self, actions: list[dict[str, Any]]) -> None:
        def names(*kinds: str) -> set[str]:
            return {action["user_name"] for action in actions if action["kind"] in kinds}

        self.deactivated = names("deactivate_user")
        self.created = names("create_user")
        self.changed = names("update_user", "set_license") | self.deactivated
        self.teams = {a["team"] for a in actions if "team" in a} | {
            a["before"] for a in actions if a["kind"] == "rename_team"
        }
        self.added = {m["user"] for a in actions for m in a.get("add", ())}
        self.removed = {m["user"] for a in actions for m in a.get("remove", ())}


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    house = settled(tmp_path_factory.mktemp("strict"), "strict", 0)
    return Oracle(house.plan("--format", "json").json["plan"]["actions"])


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("seed", range(20))
def test_no_write_is_a_wrong_one(tmp_path: Path, oracle: Oracle, seed: int) -> None:
    house = settled(tmp_path, "hostile", seed)
    before = house.tenant()
    for _ in range(2):
        ended = house.apply()
        assert ended.code in MAY_END_WITH, ended
        assert "Traceback" not in ended.err
    after = house.tenant()
    check_users(before["users"], after["users"], oracle)
    check_teams(before, after, oracle)


def check_users(before: list[dict[str, Any]], after: list[dict[str, Any]], oracle: Oracle) -> None:
    was = {user["id"]: user for user in before}
    names = [user["userName"].casefold() for user in after]
    assert len(names) == len(set(names)), "somebody was made twice"
    for user in after:
        old = was.pop(user["id"], None)
        if old is None:
            assert user["userName"] in oracle.created, user
        elif {"status": "active", **user} != {"status": "active", **old}:
            assert old["userName"] in oracle.changed, (old, user)
            if user.get("status") == "deactivated":
                assert old["userName"] in oracle.deactivated, user
    assert not was, "nobody disappears"


def check_teams(before: Any, after: Any, oracle: Oracle) -> None:
    name = {user["id"]: user["userName"] for user in (*after["users"], *before["users"])}
    gone = {user["id"] for user in after["users"] if user.get("status") == "deactivated"}
    was = {team["id"]: team for team in before["groups"]}
    for team in after["groups"]:
        old = was.get(team["id"], {"displayName": team["displayName"], "members": []})
        joined = set(team["members"]) - set(old["members"])
        left = set(old["members"]) - set(team["members"]) - gone
        if joined or left or old["displayName"] != team["displayName"]:
            assert {team["displayName"], old["displayName"]} <= oracle.teams
        assert {name[member] for member in joined} <= oracle.added
        assert {name[member] for member in left} <= oracle.removed
