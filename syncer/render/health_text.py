"""The verdict of `syncer health` as text and as JSON.

The document has `format_version`, `healthy`, `verdict` (healthy, or of all troubles the first:
state, stuck, interrupted, clock, overdue, never), `sentence`, `troubles` (each with `verdict`,
`sentence` and `hint`), `notes`, `checked_at`, `max_age_hours`, `max_run_hours`, `last_good_run`
(`run_id`, `began_at`, `age_seconds`), `last_run` (`run_id`, `began_at`, `status`, which is empty
for a run without an end, `good`, `failed`, `skipped`, `held`, `stopped`) and `at_work` (`name`,
`since`); each run is null where there is none. Keys may be added without a new version.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from syncer.model.health import Health
from syncer.render.characters import harmless

HEALTH_VERSION: Final = 1
"""To be raised when a reader of today would misread the document, not when keys are added."""

_HOUR: Final = timedelta(hours=1)


def health_text(health: Health) -> str:
    """A line for each trouble, what to do below it; in a single line that all is well."""
    return "".join(f"{harmless(line)}\n" for line in _lines(health))


def health_json(health: Health, now: datetime) -> str:
    """The verdict as indented JSON with a trailing newline."""
    troubles = [
        {"verdict": one.verdict, "sentence": one.sentence, "hint": one.hint}
        for one in health.troubles
    ]
    document = {
        "format_version": HEALTH_VERSION,
        "healthy": health.healthy,
        "verdict": health.verdict,
        "sentence": health.troubles[0].sentence if health.troubles else health.sentence,
        "troubles": troubles,
        "notes": health.notes,
        "checked_at": _iso(now),
        "max_age_hours": health.limits.age / _HOUR,
        "max_run_hours": health.limits.run / _HOUR,
        "last_good_run": _good(health),
        "last_run": _last(health),
        "at_work": _at_work(health),
    }
    return json.dumps(document, ensure_ascii=True, indent=2) + "\n"


def _lines(health: Health) -> Iterator[str]:
    if health.healthy:
        yield f"healthy: {health.sentence}"
    for one in health.troubles:
        yield f"not healthy: {one.sentence}"
        if one.hint:
            yield f"  hint: {one.hint}"
    yield from (f"  note: {note}" for note in health.notes)


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


def _at_work(health: Health) -> dict[str, Any] | None:
    run = health.at_work
    return {"name": run.name, "since": _iso(run.since)} if run else None


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
