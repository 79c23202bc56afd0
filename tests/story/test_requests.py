"""The fewest requests: counted at the tenant, one by one."""

import pytest

from syncer.sandbox import Sandbox
from tests.story.conftest import BESIDE, Counted


def test_a_plan_reads_one_listing_each_and_the_managed_teams(
    counted: Counted,
) -> None:
    house, seen = counted
    assert house.apply().code == 0
    seen.clear()
    assert house.plan().code == 0
    assert seen == {"GET Users": 1, "GET Groups": 1, "GET Groups/id": 1, **BESIDE}


def test_without_teams_none_are_read(counted: Counted) -> None:
    house, seen = counted
    text = (house.folder / "syncer.yaml").read_text(encoding="utf-8")
    house.write("syncer.yaml", text[: text.index("teams:")])
    assert house.plan().code == 0
    assert seen == {"GET Users": 1, **BESIDE}


def test_unmanaged_teams_are_not_read(counted: Counted) -> None:
    house, seen = counted
    sandbox = Sandbox.open(house.folder / "tenant.json", domains=("example.com",))
    headers = {"Authorization": f"Bearer {sandbox.token}", "Content-Type": "application/json"}
    schema = '"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]'
    for name in ("Book Club", "Choir"):
        body = f'{{{schema},"displayName":"{name}"}}'.encode()
        target = f"{sandbox.base_path}/Groups"
        assert sandbox.respond("POST", target, headers, body).status == 201
    seen.clear()
    assert house.plan().code == 0
    assert seen == {"GET Users": 1, "GET Groups": 1, **BESIDE}


def test_one_write_a_changed_user_and_one_listing_to_verify(
    counted: Counted,
) -> None:
    house, seen = counted
    assert house.apply().code == 0
    house.edit("people.csv", "Engineer,Engineering,ada", "Lead,Engineering,ada")
    seen.clear()
    assert house.apply().code == 0
    assert seen == {
        "GET Users": 2,
        "GET Groups": 1,
        "GET Groups/id": 1,
        "PATCH Users/id": 1,
        **BESIDE,
    }


def test_nothing_to_do_sends_nothing_but_the_reading(
    counted: Counted,
) -> None:
    house, seen = counted
    assert house.apply().code == 0
    seen.clear()
    assert house.apply().code == 0
    assert seen == {"GET Users": 1, "GET Groups": 1, "GET Groups/id": 1, **BESIDE}


@pytest.mark.parametrize(
    ("workspace", "asked"),
    [
        ("null", {}),
        ("'1200'", {"GET workspaces/id": 1}),
    ],
)
def test_what_scim_hides_is_asked_for_as_the_config_says(
    counted: Counted, workspace: str, asked: dict[str, int]
) -> None:
    house, seen = counted
    house.edit("syncer.yaml", "  domains:", f"  workspace: {workspace}\n  domains:")
    planned = house.plan()
    assert planned.code == 0
    rest = {name: number for name, number in seen.items() if "workspaces" in name}
    assert rest == asked
    assert planned.out.count("what SCIM hides was not read: GET /workspaces/1200: 404") == len(
        asked
    )
