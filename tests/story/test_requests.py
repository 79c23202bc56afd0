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
        resource = target.split("?")[0].removeprefix(self.base_path).strip("/").split("/")
        seen[f"{method} {resource[0]}{'/id' if len(resource) > 1 else ''}"] += 1
        return respond(self, method, target, headers, body)

    monkeypatch.setattr(Sandbox, "respond", counting)
    return house, seen


def test_a_plan_reads_one_listing_each_and_the_managed_teams(
    counted: tuple[House, Counter[str]],
) -> None:
    house, seen = counted
    assert house.apply().code == 0
    seen.clear()
    assert house.plan().code == 0
    assert seen == {"GET Users": 1, "GET Groups": 1, "GET Groups/id": 1}


def test_without_teams_none_are_read(counted: tuple[House, Counter[str]]) -> None:
    house, seen = counted
    text = (house.folder / "syncer.yaml").read_text(encoding="utf-8")
    house.write("syncer.yaml", text[: text.index("teams:")])
    assert house.plan().code == 0
    assert seen == {"GET Users": 1}


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
    assert seen == {"GET Users": 1, "GET Groups": 1}


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
    }


def test_nothing_to_do_sends_nothing_but_the_reading(
    counted: tuple[House, Counter[str]],
) -> None:
    house, seen = counted
    assert house.apply().code == 0
    seen.clear()
    assert house.apply().code == 0
    assert seen == {"GET Users": 1, "GET Groups": 1, "GET Groups/id": 1}
