"""A rehearsal as JSON, and the JSON Schema of that."""

import json
from typing import Any, Final

from syncer.render.json_text import report_json
from syncer.render.rehearsal_text import Rehearsal
from syncer.render.report_schema import DRAFT, report_schema

REHEARSAL_VERSION: Final = 1
"""To be raised when a reader of today would misread a rehearsal, not when keys are added."""


def rehearsal_json(done: Rehearsal) -> str:
    """The rehearsal as indented JSON with a trailing newline; equal rehearsals, equal bytes."""
    told = {
        "format_version": REHEARSAL_VERSION,
        "seconds_at_limits": round(done.seconds_at_limits, 1),
        "after": {
            "active_users": done.users,
            "licenses": dict(done.licenses),
            "teams": done.teams,
        },
        "second_plan": [action.ref for action in done.left],
        "report": json.loads(report_json(done.report, exit_code=done.code)),
    }
    return json.dumps(told, ensure_ascii=True, indent=2) + "\n"


def rehearsal_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `rehearsal_json` writes."""
    report = report_schema()
    definitions = report.pop("$defs")
    del report["$schema"], report["title"]
    properties: dict[str, Any] = {
        "format_version": {
            "const": REHEARSAL_VERSION,
            "description": "Raised when a reader of today would misread a rehearsal.",
        },
        "seconds_at_limits": {
            "type": "number",
            "minimum": 0,
            "description": "The least time that the requests take at Asana's limits.",
        },
        "after": _after_schema(),
        "second_plan": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Refs of what a second plan would do; none where the plan converges.",
        },
        "report": {**report, "description": "What apply would report."},
    }
    return {
        "$schema": DRAFT,
        "title": "syncer rehearsal",
        "description": "What came of a plan on a copy of the tenant: rehearse --format json.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "$defs": definitions,
    }


def _after_schema() -> dict[str, Any]:
    count = {"type": "integer", "minimum": 0}
    properties = {
        "active_users": {**count, "description": "Active users."},
        "licenses": {
            "type": "object",
            "additionalProperties": count,
            "description": "Of these, how many have each licence; empty where Asana shows none.",
        },
        "teams": {**count, "description": "Teams."},
    }
    return {
        "type": "object",
        "description": "What the copy has when all is done.",
        "properties": properties,
        "required": list(properties),
    }
