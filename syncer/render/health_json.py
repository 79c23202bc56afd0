"""The verdict of `syncer health` as JSON, and the JSON Schema of that."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from syncer.model.health import Health, HealthVerdict
from syncer.render.report_schema import DRAFT

HEALTH_VERSION: Final = 1
"""To be raised when a reader of today would misread the document, not when keys are added."""

_HOUR: Final = timedelta(hours=1)


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


def health_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `health_json` writes."""
    trouble = _object(
        "One thing that is not well.",
        {
            "verdict": {"enum": list(HealthVerdict)[1:], "description": "What it is."},
            "sentence": _text("The same for people."),
            "hint": _text("What to do; may be empty."),
        },
    )
    properties = {
        "format_version": {
            "const": HEALTH_VERSION,
            "description": "Raised when a reader of today would misread the document.",
        },
        "healthy": {"type": "boolean", "description": "Whether all is well."},
        "verdict": {
            "enum": list(HealthVerdict),
            "description": "healthy, or of several troubles the gravest.",
        },
        "sentence": _text("The verdict for people."),
        "troubles": {"type": "array", "items": trouble, "description": "All that is not well."},
        "notes": {
            "type": "array",
            "items": {"type": "string"},
            "description": "What else was found, for people.",
        },
        "checked_at": _text("When this was found out, ISO 8601 in UTC."),
        "max_age_hours": _number("How old the last good run may be."),
        "max_run_hours": _number("How long a run may be at work."),
        **_run_schemas(),
    }
    return {
        "$schema": DRAFT,
        "title": "syncer health",
        **_object("Whether all is well with scheduled runs: health --format json.", properties),
    }


def _run_schemas() -> dict[str, Any]:
    run_id, began = _text("The run."), _text("When it began, ISO 8601 in UTC.")
    good = {
        "run_id": run_id,
        "began_at": began,
        "age_seconds": {**_number("How long ago that is."), "type": "integer"},
    }
    status = ["", "complete", "stopped", "interrupted"]
    last = {
        "run_id": run_id,
        "began_at": began,
        "status": {"type": "string", "description": f"One of {status}; empty without an end."},
        "good": {"type": "boolean", "description": "Whether nothing failed."},
        "failed": _count("Actions that failed."),
        "skipped": _count("Actions that were skipped."),
        "held": _count("Actions that were held back."),
        "stopped": _text("Why it ended early; else empty."),
    }
    at_work = {
        "name": _text("What the run calls itself."),
        "since": _text("Since when it holds the lock, ISO 8601 in UTC."),
    }
    return {
        "last_good_run": _or_none("The last run in which nothing failed.", good),
        "last_run": _or_none("The newest run that has a journal.", last),
        "at_work": _or_none("The run that holds the lock.", at_work),
    }


def _object(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
    }


def _or_none(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        **_object(f"{description} null where there is none.", properties),
        "type": ["object", "null"],
    }


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _number(description: str) -> dict[str, Any]:
    return {"type": "number", "minimum": 0, "description": description}


def _count(description: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "description": description}


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
