"""A journal shown again: header, end, and what became of each action."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from syncer.model.outcome import Outcome, Result
from syncer.render.text import render_journal
from tests.render import golden
from tests.render.journals import Record
from tests.render.laws import stands_still


def test_a_killed_run_reads_as_it_should() -> None:
    text = render_journal(Record())
    stands_still(text, 80)
    golden.agrees("journal-killed", text)


def test_what_a_run_changed_reads_as_before_and_after() -> None:
    footer = {"at": "2025-11-23T18:22:12.900Z", "status": "complete", "stopped": ""}
    people = [f"person.{number:02}@kranich.example" for number in range(40)]
    changes: dict[str, Mapping[str, Any]] = {
        "set_license:ilse": {
            "kind": "set_license",
            "user": "ilse@kranich.example",
            "before": {"userType": "enterprise"},
            "after": {"userType": "view only"},
        },
        "update_user:ann": {
            "before": {"title": None, "department": "Sales", "manager": "tom@kranich.example"},
            "after": {"title": "Lead", "department": None, "manager": "zoë@kranich.example"},
        },
        "rename_team:press": {
            "kind": "rename_team",
            "team": "Press",
            "before": {"displayName": "Press"},
            "after": {"displayName": "Press and everybody else who speaks for us " * 2},
        },
        "change_members:press": {
            "kind": "change_members",
            "team": "Press",
            "add": [
                {"user": "ann@kranich.example", "scim_id": "1", "result": "changed"},
                {"user": "bob@kranich.example", "scim_id": "2", "result": "refused"},
            ],
            "remove": [{"user": "cem@kranich.example", "scim_id": "3", "result": "in_doubt"}],
        },
        "change_members:all": {"add": [{"user": one, "scim_id": one} for one in people]},
        "update_user:old": {"result": "applied"},
    }
    outcomes = tuple(
        Outcome(ref=ref, result=Result.APPLIED)
        if ref != "change_members:press"
        else Outcome(ref=ref, result=Result.FAILED, detail="1 of 3 not changed: bob: 400 no")
        for ref in changes
    )
    record = Record(footer=footer, doubtful=(), cut=False, outcomes=outcomes, changes=changes)
    text = render_journal(record)
    stands_still(text, 80)
    golden.agrees("journal-complete", text)


def test_a_name_of_another_kind_in_an_odd_journal_is_shown_as_the_ref() -> None:
    odd: dict[str, Mapping[str, Any]] = {
        "a": {"kind": "set_license"},
        "b": {"kind": "rename_team", "before": {}},
        "c": {"kind": ["rename_team"], "user": 7},
        "d": {"kind": "create_user", "user": "\x1b[2Kzoë"},
    }
    outcomes = tuple(Outcome(ref=ref, result=Result.APPLIED) for ref in odd)
    text = render_journal(Record(outcomes=outcomes, changes=odd, doubtful=()))
    stands_still(text, 80)
    assert [line.strip() for line in text.splitlines() if line.startswith("  * ")] == [
        "* a", "* b", "* c", '* create "\\x1b[2Kzoë"',
    ]  # fmt: skip


def test_a_run_that_ended_says_how() -> None:
    footer = {"at": "2025-11-23T18:22:12.900Z", "status": "complete", "stopped": ""}
    done = Record(footer=footer, doubtful=(), cut=False)
    assert "The run came to the end of its plan." in render_journal(done)
    interrupted = replace(done, footer={**footer, "status": "interrupted"})
    assert "The run ended: interrupted." in render_journal(interrupted)
    stopped = replace(done, footer={**footer, "status": "stopped", "stopped": "401 revoked"})
    assert "The run stopped: 401 revoked" in render_journal(stopped)


def test_a_lost_header_is_no_reason_to_show_nothing() -> None:
    text = render_journal(Record(header=None, outcomes=(), doubtful=()))
    assert "journal: run 20251123T182200Z-3fa9c1" in text
    assert "outcomes  none" in text


def test_quiet_keeps_the_doubts() -> None:
    text = render_journal(Record(), quiet=True)
    assert "? rename team Eng" in text
    assert "402 no seat" not in text


def test_many_applied_actions_are_folded() -> None:
    outcomes = tuple(Outcome(ref=f"create_user:{n}", result=Result.APPLIED) for n in range(50))
    assert "... and 30 more actions" in render_journal(Record(outcomes=outcomes))
