"""A tenant that holds something of everything, and its export."""

import json
from pathlib import Path
from typing import Any

from tests.story.harness import House

BLANK = "it has line breaks, control characters or runs of blanks"
USERS = [
    {"id": "1", "userName": "ada@example.com", "name.formatted": "Ada", "manager": "2"},
    {"id": "2", "userName": "bob@example.com", "title": "00123", "employeeNumber": "0002"},
    {"id": "3", "userName": "gone@example.com", "status": "deactivated"},
    {"id": "4", "userName": "ext@other.example", "userType": "view only"},
    {"id": "5", "userName": "o=brien@example.com"},
    {"id": "6", "userName": "svc-1@example.com", "title": "two  blanks"},
]
TEAMS = [
    {"id": "11", "displayName": "Core", "members": ["1", "2", "3", "4"]},
    {"id": "12", "displayName": "../Growth & Sales", "members": ["1"]},
    {"id": "13", "displayName": "Empty", "members": []},
]


def fill(house: House, **changes: Any) -> None:
    state = {"sandbox": 1, "domains": [], "users": USERS, "groups": TEAMS, "nextId": 100}
    house.write("tenant.json", json.dumps({**state, **changes}))


def out(house: House) -> House:
    """The house in the folder of the export."""
    return House(house.folder / "out")


def export(house: House, *arguments: str) -> House:
    """Export into the folder `out`, which must work."""
    ended = house.syncer("export", "--out", str(out(house).folder), *arguments)
    assert ended.code == 0, ended
    return out(house)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files)}


def is_empty(exported: House) -> bool:
    """Whether a plan on the export has nothing to do, nothing in doubt, and nothing to judge."""
    planned = exported.plan("--format", "json", "--detailed-exitcode")
    if planned.code != 0:
        return False
    plan = planned.json["plan"]
    kinds = ("actions", "unknown", "manual", "violations", "problems", "in_grace")
    return not any(plan[kind] for kind in kinds)
