"""Licences from the very first fill on, in tenants that know them and in those that do not."""

import json

import pytest

from tests.story.harness import CONFIG, House

LICENSES = """\
licenses:
  default: view only
  rules:
    - {license: enterprise, when: "department == 'Engineering'"}
"""
WANTED = {
    "ada@example.com": "view only",
    "grace@example.com": "enterprise",
    "zoe@example.com": "enterprise",
}


@pytest.fixture
def licensed(house: House) -> House:
    house.write("syncer.yaml", CONFIG + LICENSES)
    return house


def without_licenses(house: House, answer: str) -> None:
    """A tenant that never shows a userType and answers one that it is sent like this."""
    switches = {"view_only_domain": False, "user_type_outside": answer}
    house.write("tenant.json", json.dumps({"sandbox": 1, "switches": switches}))


def test_the_first_fill_of_an_empty_tenant_gives_everybody_the_right_licence(
    licensed: House,
) -> None:
    ended = licensed.apply()
    assert ended.code == 0, ended.out + ended.err
    users = licensed.tenant()["users"]
    assert {user["userName"]: user["userType"] for user in users} == WANTED
    again = licensed.plan("--format", "json")
    assert again.code == 0, again.out
    assert again.json["plan"]["actions"] == []


def test_a_tenant_that_ignores_licences_is_filled_and_then_says_that_they_are_inactive(
    licensed: House,
) -> None:
    without_licenses(licensed, "ignore")
    ended = licensed.apply()
    assert ended.code == 0, ended.out + ended.err
    again = licensed.plan()
    assert again.code == 0, again.out
    assert "licenses: inactive: Asana returned no userType for anybody" in again.out


def test_a_tenant_that_refuses_licences_says_so_in_the_report(licensed: House) -> None:
    without_licenses(licensed, "reject")
    ended = licensed.apply()
    assert ended.code == 4
    assert "this domain has no view-only users" in ended.out
    assert not licensed.tenant().get("users")
