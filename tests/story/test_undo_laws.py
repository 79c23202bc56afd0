"""The law of an undo: whoever and whatever was there before the run is as it was before."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, note

from syncer.core.names import names_nobody
from tests.story.harness import House
from tests.story.test_laws import (
    LAW,
    Case,
    Record,
    carried_out,
    cases,
    furnished,
    gone,
    is_ours,
    key_of,
    writes,
)


def users_of(tenant: Record) -> dict[str, Record]:
    """Every user by id. Of whoever has no name Asana shows a part of the address instead."""
    users = {user["id"]: {**user, "userName": key_of(user)} for user in tenant["users"]}
    for user in users.values():
        if names_nobody(user.get("name.formatted", ""), user["userName"]):
            user.pop("name.formatted", None)
    return users


def latest_run(house: House) -> str:
    return max((house.folder / "journal").glob("*.jsonl")).stem


def check_as_before(before: Record, after: Record, plan: Record) -> None:
    """By hand is what SCIM cannot do; who is in doubt and what is held waits; everything else of
    old users and teams is as it was."""
    moves = (one["what"] for one in plan["manual"])
    by_hand = {what.split()[4].casefold() for what in moves if "the address" in what}
    doubted = {one["subject"].casefold() for one in plan["unknown"]}
    left, now = gone(before, after), users_of(after)
    unsure = {scim_id for scim_id, user in now.items() if user["userName"] in doubted}
    for scim_id, user in users_of(before).items():
        if scim_id in left or user["userName"] in by_hand | doubted:
            continue
        assert scim_id in unsure or now[scim_id] == user
    held = [one for one in plan["actions"] if one["held"]]
    assert all(one["kind"] == "change_members" and not one["add"] for one in held)
    waiting = {(one["scim_id"], member["scim_id"]) for one in held for member in one["remove"]}
    teams = {team["id"]: team for team in after["groups"]}
    inactive = {u["id"] for u in after["users"] if u.get("status") == "deactivated"}
    for team in before["groups"]:
        # Asana takes whom it deactivates out of the teams by itself.
        assert teams[team["id"]]["displayName"] == team["displayName"]
        differing = set(team["members"]) ^ set(teams[team["id"]]["members"])
        assert all(one in inactive | unsure or (team["id"], one) in waiting for one in differing)


def check_nobody_else(before: Record, between: Record, after: Record) -> None:
    """An undo creates nobody, deactivates nobody, and leaves alone what is not ours, and
    whomever and whatever the run left alone."""
    for kind in ("users", "groups"):
        untouched = [one for one in between[kind] if one in before[kind]]
        assert [one for one in untouched if one not in after[kind]] == []
    assert users_of(after).keys() == users_of(between).keys()
    assert not gone(between, after)
    now = users_of(after)
    assert all(now[one["id"]] == users_of(between)[one["id"]] for one in between["users"]
               if not is_ours(one))  # fmt: skip


def lawful(profile: str, case: Case) -> None:
    with tempfile.TemporaryDirectory() as name:
        house = furnished(Path(name), case, profile)
        before = house.tenant()
        assert carried_out(house).code in {0, 6}
        run, between = latest_run(house), house.tenant()
        saved = str(house.folder / "undo.json")
        with writes() as asked:
            planned = house.plan("--undo", run, "--out", saved, "--format", "json")
        assert planned.code in {0, 3}, planned
        assert asked == []
        note(f"--- undo\n{planned.out}")
        applied = house.apply(saved, "--approve", planned.json["digest"])
        assert applied.code in {0, 6}, applied
        after = house.tenant()
        check_as_before(before, after, planned.json["plan"])
        check_nobody_else(before, between, after)
        again = house.plan("--undo", run, "--format", "json").json["plan"]
        assert all(one["held"] for one in again["actions"])


@given(case=cases())
@LAW
@pytest.mark.parametrize("profile", ["strict", "lenient"])
def test_what_was_there_before_a_run_is_as_it_was(profile: str, case: Case) -> None:
    lawful(profile, case)
