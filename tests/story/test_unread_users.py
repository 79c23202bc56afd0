"""Users whom Asana lists in a form that nobody could read: no second account for any of them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer.sandbox import Sandbox
from tests.story.harness import CONFIG, House, furnish

Listed = Callable[[dict[str, Any]], list[dict[str, Any]]]
"""How a user appears in the listing."""

EXTENSION = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

WAYS: dict[str, Listed] = {
    "twice": lambda user: [user, {**user, "title": "Other"}],
    "without active": lambda user: [{name: user[name] for name in user if name != "active"}],
    "a title that is no text": lambda user: [{**user, "title": ["Engineer"]}],
    "a broken extension": lambda user: [{**user, EXTENSION: "0003"}],
}


@pytest.fixture
def staffed(tmp_path: Path) -> House:
    """Three people in Asana, of whom no ledger knows anything."""
    house = furnish(tmp_path, f"{CONFIG}ledger: null\n")
    assert house.apply("--allow", "create=9").code == 0
    house.edit("people.csv", "zoe@example.com", "zoe.married@example.com")
    return house


def spoil(monkeypatch: pytest.MonkeyPatch, address: str, way: Listed) -> list[str]:
    """Let the listing show the user so; the writes from now on."""
    answer, writes = Sandbox.respond, []

    def respond(self: Sandbox, method: str, target: str, *rest: Any) -> Any:
        answered = answer(self, method, target, *rest)
        if method != "GET":
            writes.append(f"{method} {target}")
        if method != "GET" or "/Users?" not in target:
            return answered
        document = json.loads(answered.body)
        listed = document["Resources"]
        document["Resources"] = [
            one
            for user in listed
            for one in (way(user) if user["userName"] == address else [user])
        ]
        return replace(answered, body=json.dumps(document).encode())

    monkeypatch.setattr(Sandbox, "respond", respond)
    return writes


@pytest.mark.parametrize("way", WAYS)
def test_whoever_could_not_be_read_gets_no_second_account_under_a_new_address(
    staffed: House, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    before = staffed.tenant()
    with monkeypatch.context() as patch:
        writes = spoil(patch, "zoe@example.com", WAYS[way])
        ended = staffed.apply()
    assert ended.code == 0, ended
    assert writes == []
    assert staffed.tenant() == before
    assert "zoe@example.com (id" in " ".join(ended.out.split())
    afterwards = staffed.plan("--format", "json").json
    assert [action["kind"] for action in afterwards["plan"]["actions"]] == ["update_user"]


def test_newcomers_do_not_wait_for_a_broken_user_whose_address_is_in_the_directory(
    staffed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    staffed.edit("people.csv", "zoe.married@example.com", "zoe@example.com")
    people = (staffed.folder / "people.csv").read_text(encoding="utf-8")
    staffed.write("people.csv", f"{people}0004,new@example.com,New,Comer,Engineer,,,active\n")
    with monkeypatch.context() as patch:
        spoil(patch, "zoe@example.com", WAYS["a broken extension"])
        assert staffed.apply().code == 0
    names = [user["userName"] for user in staffed.tenant()["users"]]
    assert sorted(names) == [
        "ada@example.com",
        "grace@example.com",
        "new@example.com",
        "zoe@example.com",
    ]
