"""A journal to look at: a run that was killed in the middle."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.model.outcome import Outcome, Result
from tests.render import samples


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
            "deactivate_user:marco": {
                "kind": "deactivate_user",
                "user": "marco@kranich.example",
                "before": {"active": True},
                "after": {"active": False},
            },
            "create_user:zoë": {
                "kind": "create_user",
                "user": "zoë@kranich.example",
                "before": None,
                "after": {"title": "Lead", "manager": None},
            },
            "rename_team:engineering": {
                "kind": "rename_team",
                "team": "Engineering",
                "before": {"displayName": "Eng"},
                "after": {"displayName": "Engineering"},
            },
            "members:finance": {
                "add": [{"user": "zoë@kranich.example", "scim_id": None, "result": "not_asked"}],
                "remove": [{"user": "tom@kranich.example", "scim_id": "20"}],
            },
        }
    )
    doubtful: tuple[str, ...] = ("rename_team:engineering",)
    footer: Mapping[str, Any] | None = None
    cut: bool = True


KILLED = Record()
