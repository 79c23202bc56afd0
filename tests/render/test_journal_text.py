"""A journal shown again: header, end, and what became of each action."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from syncer.model.outcome import Outcome, Result
from syncer.render.text import render_journal
from tests.render import golden, samples
from tests.render.laws import stands_still


@dataclass(frozen=True)
class Record:
    path: Path = Path("journal/20251123T182200Z-3fa9c1.jsonl")
    run_id: str = "20251123T182200Z-3fa9c1"
    header: Mapping[str, Any] | None = field(
        default_factory=lambda: {
            "at": "2025-11-23T18:22:00.104Z",
            "user": "cron",
            "host": "sync-1",
            "version": "0.1.0",
            "tenant": "sandbox tenant.json",
            "plan_digest": samples.DIGEST,
            "actions": 4,
            "approvals": ["--allow deactivate=2"],
        }
    )
    outcomes: tuple[Outcome, ...] = (
        Outcome(ref="deactivate_user:marco", result=Result.APPLIED),
        Outcome(ref="create_user:zoë", result=Result.FAILED, detail="POST /Users: 402 no seat"),
        Outcome(ref="members:finance", result=Result.SKIPPED, detail="after create_user:zoë"),
    )
    changes: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: {
            "deactivate_user:marco": {"before": {"active": True}, "after": {"active": False}},
            "create_user:zoë": {"before": None, "after": {"title": "Lead", "manager": None}},
            "members:finance": {
                "add": [{"user": "zoë@kranich.example", "scim_id": None}],
                "remove": [{"user": "tom@kranich.example", "scim_id": "20"}],
            },
        }
    )
    doubtful: tuple[str, ...] = ("rename_team:engineering",)
    footer: Mapping[str, Any] | None = None
    cut: bool = True


def test_a_killed_run_reads_as_it_should() -> None:
    text = render_journal(Record())
    stands_still(text, 80)
    golden.agrees("journal-killed", text)


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
    assert "? rename_team:engineering" in text
    assert "402 no seat" not in text


def test_many_applied_actions_are_folded() -> None:
    outcomes = tuple(Outcome(ref=f"create_user:{n}", result=Result.APPLIED) for n in range(50))
    assert "... and 30 more actions" in render_journal(Record(outcomes=outcomes))
