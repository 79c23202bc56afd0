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


def check_as_before(before: Record, after: Record, by_hand: set[str]) -> None:
    """By hand is what SCIM cannot do; everything else of old users and teams is as it was."""
    left, now = gone(before, after), users_of(after)
    for scim_id, user in users_of(before).items():
        if scim_id not in left and user["userName"] not in by_hand:
            assert now[scim_id] == user
    teams = {team["id"]: team for team in after["groups"]}
    inactive = {u["id"] for u in after["users"] if u.get("status") == "deactivated"}
    for team in before["groups"]:
        # Asana takes whom it deactivates out of the teams by itself.
        members = {one for one in team["members"] if one not in inactive}
        assert teams[team["id"]]["displayName"] == team["displayName"]
        assert {one for one in teams[team["id"]]["members"] if one not in inactive} == members


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
        assert applied.code == 0, applied
        after = house.tenant()
        moves = (one["what"] for one in planned.json["plan"]["manual"])
        by_hand = {what.split()[4].casefold() for what in moves if "the address" in what}
        check_as_before(before, after, by_hand)
        check_nobody_else(before, between, after)
        again = house.plan("--undo", run, "--format", "json").json["plan"]
        assert again["actions"] == []


@given(case=cases())
@LAW
@pytest.mark.parametrize("profile", ["strict", "lenient"])
def test_what_was_there_before_a_run_is_as_it_was(profile: str, case: Case) -> None:
    lawful(profile, case)
