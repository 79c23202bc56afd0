"""Answers that are lost: what was done all the same is told as it is, and can be undone."""

import json
from pathlib import Path
from typing import Any

import pytest

from syncer.sandbox import Sandbox
from syncer.sandbox.faults import Fault, FaultSchedule
from tests.story.harness import Ended, House

LOST = Fault(kind="bad_gateway_after", method="POST", path="/Groups")
LOST_MEMBERS = Fault(kind="cut_after", method="PATCH", path="/Groups")
TOGETHER = ("create_team:engineering", "change_members:engineering")


def losing(monkeypatch: pytest.MonkeyPatch, *faults: Fault) -> None:
    """From now on every tenant that is opened has these faults."""
    plain = Sandbox.open

    def opened(*arguments: Any, **options: Any) -> Sandbox:
        sandbox = plain(*arguments, **options)
        sandbox._schedule = FaultSchedule(faults)
        return sandbox

    monkeypatch.setattr(Sandbox, "open", opened)


def switched(house: House, **switches: object) -> None:
    house.write("tenant.json", json.dumps({**house.tenant(), "switches": switches}))


def journal_of(ended: Ended) -> list[dict[str, Any]]:
    lines = Path(ended.json["journal"]).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture
def forgetful(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A tenant that loses the answer to a new team, and does not show the team at once."""
    Sandbox.open(house.folder / "tenant.json", domains=("example.com",))
    switched(house, stale_reads=1)
    losing(monkeypatch, LOST)
    return house


@pytest.mark.usefixtures("no_waiting")
def test_members_that_came_with_a_team_whose_answer_was_lost_are_no_skipped_ones(
    forgetful: House,
) -> None:
    ended = forgetful.apply("--allow", "create=9", "--format", "json")
    assert ended.code == 0, ended
    results = {one["ref"]: one["result"] for one in ended.json["outcomes"]}
    assert {results[ref] for ref in TOGETHER} == {"applied"}
    (team,) = forgetful.tenant()["groups"]
    told = [one for one in journal_of(ended) if one["entry"] == "outcome"]
    first, last = (one for one in told if one["ref"] == TOGETHER[1])
    # Before the read-back nobody knows; whoever undoes a killed run must be told so.
    assert (first["result"], first["in_doubt"], first["requests"]) == ("failed", True, 1)
    assert {one["result"] for one in first["add"]} == {"in_doubt"}
    assert {one["scim_id"] for one in last["add"]} == set(team["members"])
    assert {one["result"] for one in last["add"]} == {"changed"}
    assert forgetful.plan("--detailed-exitcode").code == 0


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("again", ["accept", "reject"])
def test_members_who_joined_although_a_repetition_was_refused_leave_with_an_undo(
    house: House, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    assert house.apply("--allow", "create=9").code == 0
    switched(house, member_noop=again)
    before = house.tenant()["groups"]
    house.edit("people.csv", "Managing Director,Executive", "Managing Director,Engineering")
    with monkeypatch.context() as troubled:
        losing(troubled, LOST_MEMBERS)
        ended = house.apply("--format", "json")
    assert ended.code == 0, ended
    assert house.tenant()["groups"] != before
    entries = [one for one in journal_of(ended) if one.get("ref", "").startswith("change_members")]
    answers = [one for one in entries if one["entry"] == "answer"]
    if again == "reject":
        # That she is a member already may be the doing of the first try.
        assert [(one["accepted"], one["unsure"]) for one in answers] == [(False, True)]
        results = [one["add"][0]["result"] for one in entries if one["entry"] == "outcome"]
        assert results == ["in_doubt", "changed"]
    undo = str(house.folder / "undo.json")
    run = Path(ended.json["journal"]).stem
    assert house.plan("--undo", run, "--out", undo).code == 0
    assert house.apply(undo).code == 0
    assert house.tenant()["groups"] == before
    assert house.plan("--undo", run, "--detailed-exitcode").code == 0
