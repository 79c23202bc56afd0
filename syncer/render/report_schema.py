"""JSON Schema of a report, for programs that read `apply --format json`.

A key may be added without a new version, so that other keys are allowed.
"""

from collections.abc import Mapping
from typing import Any, Final

from syncer.model.actions import REVERSIBLE
from syncer.model.exits import Exit
from syncer.model.outcome import Result
from syncer.render.conclusion import MEANINGS
from syncer.render.json_text import REPORT_VERSION

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def report_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `render.json_text.report_json` writes."""
    return {
        "$schema": _DRAFT,
        "title": "syncer report",
        "description": "What a run of syncer apply did.",
        **_report(),
        "$defs": {
            "exit": _exit(),
            "counts": _counts(),
            "outcome": _outcome(),
            "origin": _object(
                {
                    "path": _text("File that asked for it."),
                    "line": _or_null(_number("Line of it, from 1.")),
                }
            ),
        },
    }


def _report() -> dict[str, Any]:
    return _object(
        {
            "format_version": {
                "const": REPORT_VERSION,
                "description": "Raised when a reader of today would misread a report.",
            },
            "run_id": _text("Name of the run; the journal is called after it."),
            "tenant": _text("Which Asana this was about."),
            "plan_digest": _text("The plan that was carried out: sha256: and 64 digits."),
            "exit": {"$ref": "#/$defs/exit"},
            "counts": {"$ref": "#/$defs/counts"},
            "stopped": _text("Why the run ended before its last action; empty if not."),
            "interrupted": _of("boolean", "Whether a signal ended the run."),
            "warnings": _list({"type": "string"}, "What went wrong around the run."),
            "failures": _list(_OUTCOME, "The outcomes that failed, in plan order."),
            "outcomes": _list(_OUTCOME, "Every outcome, in plan order."),
            "not_started": _list({"type": "string"}, "Refs that the run did not come to."),
            "requests": {
                "type": "object",
                "additionalProperties": _number(),
                "description": "Requests sent, by HTTP method.",
            },
            "started_at": _text("ISO 8601, in UTC."),
            "finished_at": _text("ISO 8601, in UTC."),
            "seconds": {"type": "number", "minimum": 0, "description": "Duration."},
            "journal": _text("Path of the journal; empty when none was written."),
        }
    )


_OUTCOME: Final = {"$ref": "#/$defs/outcome"}


def _exit() -> dict[str, Any]:
    return _object(
        {
            "code": {"enum": [int(code) for code in Exit], "description": "The exit code."},
            "name": {"enum": [code.name.lower() for code in Exit]},
            "meaning": {"enum": list(MEANINGS.values())},
        }
    )


def _counts() -> dict[str, Any]:
    results = (*(result.value for result in Result), "not_started", "total")
    description = "How many actions came to each end; they add up to the total."
    return {**_object({name: _number() for name in results}), "description": description}


def _outcome() -> dict[str, Any]:
    return _object(
        {
            "ref": _text("Name of the action in its plan."),
            "kind": _or_null({"enum": sorted(REVERSIBLE)}),
            "subject": _or_null(_text("Address of the person, or name of the team.")),
            "result": {"enum": [result.value for result in Result]},
            "detail": _text("Why, when it is not plainly applied."),
            "scim_id": _or_null(_text("Asana's id of the user or team.")),
            "reversible": _or_null(_of("boolean", "Whether SCIM can take it back.")),
            "origin": _or_null({"$ref": "#/$defs/origin"}),
            "requests": _number("Requests sent for this action."),
        }
    )


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _list(items: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"type": "array", "items": dict(items), "description": description}


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [dict(schema), {"type": "null"}]}


def _text(description: str) -> dict[str, Any]:
    return _of("string", description)


def _number(description: str = "") -> dict[str, Any]:
    told = {"description": description} if description else {}
    return {"type": "integer", "minimum": 0, **told}


def _of(kind: str, description: str) -> dict[str, Any]:
    return {"type": kind, "description": description}
