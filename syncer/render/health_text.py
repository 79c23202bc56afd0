"""The verdict of `syncer health` as text and as JSON.

The document has `format_version`, `healthy`, `verdict` (healthy, never, overdue, clock or state),
`sentence` and `hint` (for people), `notes`, `checked_at`, `max_age_hours`, `last_good_run`
(`run_id`, `began_at`, `age_seconds`) and `last_run` (`run_id`, `began_at`, `status`, which is
empty for a run without an end, `good`, `failed`, `skipped`, `held`, `stopped`); each run is null
where there is none. Keys may be added without a new version.
"""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from syncer.model.health import Health
from syncer.render.characters import harmless

HEALTH_VERSION: Final = 1
"""To be raised when a reader of today would misread the document, not when keys are added."""


def health_text(health: Health) -> str:
    """The verdict in a line, notes and what to do in further ones."""
    head = "healthy" if health.healthy else "not healthy"
    lines = [f"{head}: {health.sentence}"]
    lines += [f"  note: {note}" for note in health.notes]
    if health.hint:
        lines.append(f"  hint: {health.hint}")
    return "".join(f"{harmless(line)}\n" for line in lines)


def health_json(health: Health, now: datetime) -> str:
    """The verdict as indented JSON with a trailing newline."""
    document = {
        "format_version": HEALTH_VERSION,
        "healthy": health.healthy,
        "verdict": health.verdict,
        "sentence": health.sentence,
        "hint": health.hint,
        "notes": health.notes,
        "checked_at": _iso(now),
        "max_age_hours": health.max_age / timedelta(hours=1),
        "last_good_run": _good(health),
        "last_run": _last(health),
    }
    return json.dumps(document, ensure_ascii=True, indent=2) + "\n"


def _good(health: Health) -> dict[str, Any] | None:
    run, age = health.history.good, health.age
    if run is None or age is None:
        return None
    seconds = round(age.total_seconds())
    return {"run_id": run.run_id, "began_at": _iso(run.at), "age_seconds": seconds}


def _last(health: Health) -> dict[str, Any] | None:
    run = health.history.last
    if run is None:
        return None
    return {
        "run_id": run.run_id,
        "began_at": _iso(run.at),
        "status": run.status,
        "good": run.good,
        "failed": run.failed,
        "skipped": run.skipped,
        "held": run.held,
        "stopped": run.stopped,
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
