"""The fewest requests: counted at the tenant, one by one."""

from collections import Counter

import pytest

from syncer.sandbox import Sandbox
from tests.story.harness import House


@pytest.fixture
def counted(house: House, monkeypatch: pytest.MonkeyPatch) -> tuple[House, Counter[str]]:
    """A house whose sandbox counts what it is asked, by method and resource."""
    seen: Counter[str] = Counter()
    respond = Sandbox.respond

    def counting(self, method, target, headers, body):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        path = target.split("?")[0].removeprefix("/api/1.0/").removeprefix("scim/")
        resource = path.strip("/").split("/")
        below = "".join(f"/{part}" for part in ("id", *resource[2:])[: len(resource) - 1])
        seen[f"{method} {resource[0]}{below}"] += 1
        return respond(self, method, target, headers, body)

    monkeypatch.setattr(Sandbox, "respond", counting)
    return house, seen


BESIDE = {"GET workspaces": 1, "GET workspaces/id/workspace_memberships": 1}
"""What SCIM hides: one request, and one for each hundred members of the organization."""


def test_a_plan_reads_one_listing_each_and_the_managed_teams(
    counted: tuple[House, Counter[str]],
) -> None:
    house, seen = counted
    assert house.apply().code == 0
    seen.clear()
    assert house.plan().code == 0
    assert seen == {"GET Users": 1, "GET Groups": 1, "GET Groups/id": 1, **BESIDE}


def test_without_teams_none_are_read(counted: tuple[House, Counter[str]]) -> None:
    house, seen = counted
    text = (house.folder / "syncer.yaml").read_text(encoding="utf-8")
    house.write("syncer.yaml", text[: text.index("teams:")])
    assert house.plan().code == 0
    assert seen == {"GET Users": 1, **BESIDE}


def test_unmanaged_teams_are_not_read(counted: tuple[House, Counter[str]]) -> None:
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
    counted: tuple[House, Counter[str]],
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
    counted: tuple[House, Counter[str]],
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
    counted: tuple[House, Counter[str]], workspace: str, asked: dict[str, int]
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
