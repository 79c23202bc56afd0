"""A plan tried on a copy of the live tenant: what it says is what apply then does."""

import fcntl
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from syncer.sandbox import Answer, Sandbox
from syncer.sandbox.server import SandboxServer
from tests.story.harness import PEOPLE, House
from tests.story.test_exit_codes import leavers
from tests.story.test_reports import refused_by_the_tenant

ALL = ("--allow", "create=9")


class Watched:
    """A tenant on a port that notes what it is asked."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.base_path = sandbox.base_path
        self.methods: list[str] = []

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.methods.append(method)
        return self._sandbox.respond(method, target, headers, body)


@contextmanager
def remote(house: House) -> Iterator[Watched]:
    sandbox = Sandbox.open(house.folder / "remote.json", domains=("example.com",))
    watched = Watched(sandbox)
    server = SandboxServer(watched)  # type: ignore[arg-type]  # answers as one
    thread = threading.Thread(target=server.run)
    thread.start()
    house.write("token", sandbox.token)
    house.edit(
        "syncer.yaml", "sandbox: tenant.json", f"base_url: {server.url}\n  token: {{file: token}}"
    )
    try:
        yield watched
    finally:
        server.stop()
        thread.join()


def essence(outcomes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["ref"], one["result"]) for one in outcomes]


def test_it_sends_nothing_but_get_and_leaves_nothing(house: House) -> None:
    with remote(house) as watched:
        before = sorted(path.name for path in house.folder.iterdir())
        ended = house.syncer("rehearse")
        assert ended.code == 0, ended
        assert set(watched.methods) == {"GET"}
        assert sorted(path.name for path in house.folder.iterdir()) == before
    assert "nothing is changed in Asana" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


def test_what_it_says_is_what_apply_then_does(house: House) -> None:
    assert house.apply(*ALL).code == 0
    house.edit("people.csv", "Zoë,Müller,Engineer,Engineering", "Zoë,Miller,Chief,Sales")
    house.write("people.csv", (house.folder / "people.csv").read_text() + "4,new@example.com,N,"
                "One,Engineer,Engineering,,active\n")  # fmt: skip
    rehearsed = house.syncer("rehearse", "--format", "json").json
    applied = house.apply("--format", "json").json
    assert essence(rehearsed["report"]["outcomes"]) == essence(applied["outcomes"])
    assert rehearsed["report"]["requests"] == applied["requests"]
    assert rehearsed["second_plan"] == []
    assert rehearsed["after"] == {
        "active_users": len(house.tenant()["users"]),
        "licenses": dict(Counter(user["userType"] for user in house.tenant()["users"])),
        "teams": len(house.tenant()["groups"]),
    }


def test_the_tenant_that_would_result_can_be_written_and_looked_at(house: House) -> None:
    after = house.folder / "after.json"
    rehearsed = house.syncer("rehearse", "--out", str(after))
    assert rehearsed.code == 0, rehearsed
    assert f"syncer sandbox show {after}" in rehearsed.err
    assert after.stat().st_mode & 0o777 == 0o600
    shown = house.syncer("sandbox", "show", str(after)).out
    assert house.apply(*ALL).code == 0
    applied = house.syncer("sandbox", "show", str(house.folder / "tenant.json")).out
    assert members(shown) == members(applied) == [("Engineering", 2)]
    house.edit("syncer.yaml", "sandbox: tenant.json", "sandbox: after.json")
    second = house.plan("--detailed-exitcode")
    assert second.code == 0, second
    assert "nothing to do" in second.out


def members(shown: str) -> list[tuple[str, int]]:
    found = re.findall(r"^    (.+?) +(\d+) members", shown, re.MULTILINE)
    return [(name, int(number)) for name, number in found]


def test_neither_the_tenant_in_use_nor_the_plan_is_overwritten(house: House) -> None:
    assert house.apply(*ALL).code == 0
    before = (house.folder / "tenant.json").read_bytes()
    for path in ("tenant.json", "./tenant.json"):
        ended = house.syncer("rehearse", "--out", str(house.folder / path))
        assert ended.code == 64
        assert "asana.sandbox" in ended.err
        assert (house.folder / "tenant.json").read_bytes() == before
    saved = house.folder / "saved.json"
    assert house.plan("--out", str(saved)).code == 0
    ended = house.syncer("rehearse", str(saved), "--out", str(saved))
    assert ended.code == 64
    assert house.syncer("show", str(saved)).code == 0


def test_what_a_second_plan_would_do_is_told_in_words(house: House) -> None:
    ended = house.syncer("rehearse", "--only", "0001")
    told = " ".join(ended.out.split())
    assert "a second plan would still do: 1 new team, 2 creates, 1 update" in told
    assert "after 1 active user (1 enterprise), 0 teams" in told


def test_an_unchanged_tenant_has_nothing_to_rehearse(house: House) -> None:
    assert house.apply(*ALL).code == 0
    ended = house.syncer("rehearse")
    assert ended.code == 0
    assert "nothing to do." in ended.out


def test_a_guard_would_refuse_and_it_is_told_what_would_go(house: House) -> None:
    leavers(house, 12)
    ended = house.syncer("rehearse")
    assert ended.code == 3
    told = " ".join(ended.out.split())
    assert "guard deactivate REFUSES it (exit 3); accepted, 12 of 12 actions go." in told


def test_what_the_organization_would_refuse_fails_here_too(house: House) -> None:
    Sandbox.open(house.folder / "tenant.json", domains=("example.com",))
    guest = {"id": "77", "userName": "zoe@example.com", "guest": True}
    house.write("tenant.json", json.dumps({**house.tenant(), "users": [guest]}))
    ended = house.syncer("rehearse", "--format", "json")
    # A guest's address is unknown before anything is asked: nobody tries to create her.
    refs = [one["ref"] for one in ended.json["report"]["outcomes"]]
    assert "create_user:zoe@example.com" not in refs


def test_an_administrator_whom_the_directory_lacks_stays_one_in_the_copy(house: House) -> None:
    assert house.apply(*ALL).code == 0
    tenant = house.tenant()
    chief = {"id": "88", "userName": "chief@example.com", "userType": "enterprise"}
    tenant["users"].append({**chief, "superAdmin": True})
    house.write("tenant.json", json.dumps(tenant))
    house.edit("people.csv", "ada@example.com,Ada,Lovelace", "ada.king@example.com,Ada,King")
    after = house.folder / "after.json"
    rehearsed = house.syncer("rehearse", "--format", "json", "--out", str(after))
    assert rehearsed.code == 0, rehearsed
    assert rehearsed.json["second_plan"] == []
    house.edit("syncer.yaml", "sandbox: tenant.json", "sandbox: after.json")
    second = house.plan("--detailed-exitcode")
    assert second.code == 0, second
    assert "administrators: 1 person is not in the directory" in " ".join(second.out.split())


def test_a_saved_plan_is_rehearsed_while_it_fits(house: House) -> None:
    saved = str(house.folder / "saved.json")
    assert house.plan("--out", saved).code == 0
    assert house.syncer("rehearse", saved).code == 0
    assert house.apply(*ALL).code == 0
    assert house.syncer("rehearse", saved).code == 5
    assert house.syncer("rehearse", saved, "--only", "zoe@example.com").code == 64


def test_a_part_of_it_leaves_the_rest_to_a_second_plan(house: House) -> None:
    ended = house.syncer("rehearse", "--only", "ada@example.com", "--format", "json")
    assert ended.code == 0
    assert essence(ended.json["report"]["outcomes"]) == [
        ("create_user:ada@example.com", "applied")
    ]
    assert "create_user:zoe@example.com" in ended.json["second_plan"]
    assert "would still do" in " ".join(house.syncer("rehearse", "--only", "0001").out.split())


@pytest.mark.parametrize("number", [20, 400])
def test_the_time_is_that_of_asana_s_limits(house: House, number: int) -> None:
    crowd = "".join(f"9{n:03},p{n}@example.com,P,{n},Guest,Sales,,active\n" for n in range(number))
    house.write("people.csv", PEOPLE + crowd)
    found = house.syncer("rehearse", "--format", "json").json
    sent = sum(found["report"]["requests"].values())
    assert sent > number
    assert found["seconds_at_limits"] == pytest.approx(sent / 25, abs=0.1)


def other_config(house: House) -> None:
    house.edit("syncer.yaml", "  title: title\n", "")


def other_directory(house: House) -> None:
    house.edit("people.csv", "Managing Director", "Chair")


def other_tenant(house: House) -> None:
    house.edit("syncer.yaml", "sandbox: tenant.json", "sandbox: other.json")


def applied_already(house: House) -> None:
    assert house.apply(str(house.folder / "saved.json")).code == 0


def moved(house: House) -> None:
    house.edit("tenant.json", '"title": "Engineer"', '"title": "Chief"')


def promoted(house: House) -> None:
    tenant = house.tenant()
    tenant["users"] = [{**user, "superAdmin": True} for user in tenant["users"]]
    house.write("tenant.json", json.dumps(tenant))


def altered(house: House) -> None:
    house.edit("saved.json", "Admiral", "General")


REFUSED: dict[str, tuple[Callable[[House], None], tuple[str, ...], str]] = {
    "config": (other_config, (), "the config has changed since"),
    "directory": (other_directory, (), "the directory has changed since"),
    "tenant": (other_tenant, (), "this is sandbox other.json"),
    "applied": (applied_already, (), "it was applied already, by run"),
    "age": (lambda _: None, ("--max-age", "0.0000001"), "0 min is the most"),
    "altered": (altered, (), "altered"),
    "asana": (moved, (), "Asana has changed since it was made"),
    "administrator": (promoted, (), "grace@example.com is an administrator of Asana now"),
}


def contents(house: House) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in house.folder.rglob("*") if path.is_file()}


@pytest.fixture
def saved(house: House) -> str:
    """A plan to give Grace another title, in a tenant that is filled."""
    assert house.apply(*ALL).code == 0
    house.edit("people.csv", "Grace,Hopper,Engineer", "Grace,Hopper,Admiral")
    path = str(house.folder / "saved.json")
    assert house.plan("--out", path).code == 0
    return path


@pytest.mark.parametrize("name", REFUSED)
def test_what_apply_refuses_is_refused_here_in_the_same_words(
    house: House, saved: str, name: str
) -> None:
    spoil, options, said = REFUSED[name]
    spoil(house)
    before = contents(house)
    after = house.folder / "after.json"
    rehearsed = house.syncer("rehearse", saved, *options, "--out", str(after))
    # Whoever asks for a tenant that is not there gets an empty one, as with `plan`.
    left = {path: text for path, text in contents(house).items() if "other.json" not in path}
    assert left == before
    applied = house.apply(saved, *options)
    assert rehearsed.code == applied.code == 5
    assert rehearsed.err == applied.err
    assert said in " ".join(rehearsed.err.split())
    assert not rehearsed.out


def test_where_a_guard_and_asana_are_against_a_plan_apply_names_the_guard(house: House) -> None:
    leavers(house, 12)
    saved = str(house.folder / "saved.json")
    assert house.plan("--out", saved).code == 3
    house.write("tenant.json", json.dumps({**house.tenant(), "users": [], "groups": []}))
    assert house.syncer("rehearse", saved).code == 5
    assert house.apply(saved).code == 3
    assert house.apply(saved, "--allow", "deactivate=12").code == 5


def test_it_does_not_wait_for_another_run(house: House) -> None:
    (house.folder / "journal").mkdir()
    with (house.folder / "journal" / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert house.syncer("rehearse").code == 0
        assert house.apply(*ALL).code == 5


def test_a_plan_of_another_directory_is_rehearsed_where_apply_would_take_it(
    house: House, saved: str
) -> None:
    other_directory(house)
    before = contents(house)
    ended = house.syncer("rehearse", saved, "--ignore-sources", "--max-age", "48")
    assert ended.code == 0, ended
    assert contents(house) == before
    assert house.syncer("rehearse", saved, "--max-age", "nan").code == 64


def test_the_rest_of_a_plan_that_is_partly_applied_is_rehearsed(house: House) -> None:
    refused_by_the_tenant(house, 1)
    plan = str(house.folder / "saved.json")
    assert house.plan("--out", plan).code == 0
    assert house.apply(plan).code == 4
    before = contents(house)
    rehearsed = house.syncer("rehearse", plan, "--format", "json")
    assert contents(house) == before
    assert rehearsed.code == 0, rehearsed
    assert "this plan is partly applied: run" in rehearsed.err
    assert "the rest is left to do" in rehearsed.err
    # The copy takes the domains of the config, and with them whom the tenant refused.
    sent = rehearsed.json["report"]["requests"]
    assert sent["POST"] == 1
    outcomes = {one["result"] for one in rehearsed.json["report"]["outcomes"]}
    assert outcomes == {"applied"}


def test_an_undo_of_teams_that_are_managed_no_more_is_rehearsed(house: House) -> None:
    assert house.apply(*ALL).code == 0
    (journal,) = (house.folder / "journal").glob("*.jsonl")
    text = (house.folder / "syncer.yaml").read_text(encoding="utf-8")
    house.write("syncer.yaml", text.partition("teams:")[0])
    plan = str(house.folder / "undo.json")
    assert house.plan("--undo", journal.stem, "--out", plan).code == 0
    house.edit("people.csv", "Managing Director", "Chair")
    ended = house.syncer("rehearse", plan, "--format", "json")
    assert ended.code == 0, ended
    assert "change_members:engineering" in {one["ref"] for one in ended.json["report"]["outcomes"]}
