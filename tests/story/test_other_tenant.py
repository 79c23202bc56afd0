"""A ledger that comes from another Asana, where the same ids are other people."""

import json
from pathlib import Path
from typing import Any

import pytest

from syncer.core.planning.recollection import tenant_key
from tests.story.harness import House, furnish

CONFIG = """\
version: 1
asana: {sandbox: tenant.json, domains: [example.com]}
directory:
  people: [{format: csv, path: people.csv}]
  key: employeeNumber
mapping: {userName: mail, title: title}
lifecycle: {leavers: deactivate, grace: {days: 0, runs: 2}}
"""


def people(*addresses: str) -> list[dict[str, Any]]:
    return [{"id": str(n), "userName": address} for n, address in enumerate(addresses, 1)]


@pytest.fixture
def moved(tmp_path: Path) -> House:
    """A house whose ledger is of tenant.json, and whose config names other.json by now."""
    house = furnish(tmp_path, CONFIG)
    for name, users in (
        ("tenant.json", people("ada@example.com", "grace@example.com", "gone@example.com")),
        ("other.json", people("boss@example.com", "ada@example.com", "kim@example.com")),
    ):
        document = {"sandbox": 1, "domains": ["example.com"], "users": users}
        house.write(name, json.dumps(document))
    assert house.apply().code == 0
    house.edit("syncer.yaml", "tenant.json", "other.json")
    return house


def test_nobody_is_taken_for_whoever_has_the_same_id_elsewhere(moved: House) -> None:
    plan = moved.plan("--format", "json").json["plan"]
    renamed = [
        change
        for action in plan["actions"]
        for change in action.get("changes", ())
        if change["field"] == "userName"
    ]
    assert renamed == []
    told = [notice["text"] for notice in plan["notices"] if notice["subject"] == "ledger"]
    assert [text.partition(":")[0] for text in told] == [
        "is about another tenant (sandbox tenant.json)"
    ]


def test_the_grace_of_one_tenant_is_none_in_another_and_apply_begins_anew(moved: House) -> None:
    def leaving() -> tuple[list[str], list[str]]:
        plan = moved.plan("--format", "json").json["plan"]
        gone = [one["user_name"] for one in plan["actions"] if one["kind"] == "deactivate_user"]
        return gone, [one["user_name"] for one in plan["in_grace"]]

    assert leaving() == ([], ["boss@example.com", "kim@example.com"])
    assert moved.apply().code == 0
    assert leaving() == (["boss@example.com", "kim@example.com"], [])
    assert "another tenant" not in moved.plan().out


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://app.asana.com/api/1.0/scim", "https://APP.asana.com/api/1.0/scim/", True),
        ("http://127.0.0.1:8400/api/1.0/scim", "http://localhost:9/api/1.0/scim", True),
        ("https://app.asana.com/api/1.0/scim", "http://localhost:9/api/1.0/scim", False),
        ("https://app.asana.com/api/1.0/scim", "https://app.asana.com:443/api/1.0/scim", True),
        ("https://a.example/scim", "https://a.example:80/scim", False),
        ("https://a.example:1/scim", "https://a.example:2/scim", False),
        ("sandbox tenant.json", "sandbox other.json", False),
        ("sandbox tenant.json", "https://app.asana.com/api/1.0/scim", False),
    ],
)
def test_what_counts_as_the_same_tenant(one: str, other: str, *, same: bool) -> None:
    assert (tenant_key(one) == tenant_key(other)) is same
