"""JSON Schema of a report, for programs that read `apply --format json`.

A key may be added without a new version, so that other keys are allowed.
"""

from collections.abc import Mapping
from typing import Any, Final

from syncer.model.actions import REVERSIBLE
from syncer.model.exits import Exit
from syncer.model.origin import Size
from syncer.model.outcome import Result
from syncer.render.conclusion import MEANINGS
from syncer.render.json_text import REPORT_VERSION

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def report_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `render.json_text.report_json` writes."""
    return {
        "$schema": DRAFT,
        "title": "syncer report",
        "description": "What a run of syncer apply did.",
        **_report(),
        "$defs": {
            "exit": _exit(),
            "counts": _counts(),
            "outcome": _outcome(),
            "error": _error(),
            "violation": _violation(),
            "manual": _subject("Why."),
            "unknown": _subject("What the doubt is.", hint=_text("What to do.")),
            "origin": _object(
                {
                    "path": _text("File that asked for it."),
                    "line": _or_null(_number(), "Line of it, from 1; null for the whole file."),
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
            "tenant": _text("Which Asana this was about; empty when that was not read."),
            "user": _text("Account that started the run."),
            "host": _text("Machine on which it ran."),
            "plan_digest": _text("The plan that was carried out: sha256: and 64 digits."),
            "exit": {"$ref": "#/$defs/exit", "description": "How the run ended."},
            "headline": _text("What the run came to, in one sentence."),
            "next": _text("What to do now; empty where nothing is."),
            "error": _or_null(
                {"$ref": "#/$defs/error"}, "What ended the run before any change; null if not."
            ),
            "counts": {"$ref": "#/$defs/counts", "description": "Actions by how they ended."},
            "stopped": _text("Why the run ended before its last action; empty if not."),
            "interrupted": _of("boolean", "Whether a signal ended the run."),
            "warnings": _list({"type": "string"}, "What went wrong around the run."),
            "failures": _list(_OUTCOME, "The outcomes that failed, in plan order."),
            "outcomes": _list(_OUTCOME, "Every outcome, in plan order."),
            "violations": _list(_VIOLATION, "Broken guards that nobody accepted."),
            "manual": _list({"$ref": "#/$defs/manual"}, "What only a person can do in Asana."),
            "unknown": _list({"$ref": "#/$defs/unknown"}, "Whom or what there is doubt about."),
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
_VIOLATION: Final = {"$ref": "#/$defs/violation"}
_ORIGIN: Final = {"$ref": "#/$defs/origin"}


def _error() -> dict[str, Any]:
    described = _object(
        {
            "message": _text("Where and what."),
            "hint": _text("What to do."),
            "differences": _list({"type": "string"}, "Why a plan is stale, one by one."),
            "problems": _list(
                _object(
                    {
                        "origin": _or_null(_ORIGIN, "The place, where there is one."),
                        "column": _text("Column or attribute at fault."),
                        "summary": _text("What is wrong."),
                        "hint": _text("What to do."),
                        "size": {
                            "enum": [size.value for size in Size],
                            "description": "Whether it is one record or stops the run.",
                        },
                        "identity": _list({"type": "string"}, "Whom a record names."),
                    }
                ),
                "What is wrong with the config or the directory, one by one.",
            ),
        }
    )
    return {**described, "description": "What ended the run before any change."}


def _violation() -> dict[str, Any]:
    return _object(
        {
            "guard": _text("Guard class."),
            "subject": _text("Team of a guard for each team; else empty."),
            "message": _text("What was counted, against what."),
            "remedy": _text("What accepts it."),
            "counted": _number("How many actions."),
            "refs": _list({"type": "string"}, "Actions concerned."),
        }
    )


def _subject(reason: str, **more: Any) -> dict[str, Any]:
    return _object(
        {
            "subject": _text("Address of the person, or name of the team."),
            "what": _text("What is to be done, or whether it is a person or a team."),
            "reason": _text(reason),
            "origin": _or_null(_ORIGIN, "The record or rule that it comes from."),
            **more,
        }
    )


def _exit() -> dict[str, Any]:
    return _object(
        {
            "code": {"enum": [int(code) for code in Exit], "description": "The exit code."},
            "name": {
                "enum": [code.name.lower() for code in Exit],
                "description": "A word for it.",
            },
            "meaning": {"enum": list(MEANINGS.values()), "description": "A sentence for it."},
        }
    )


def _counts() -> dict[str, Any]:
    ends = {
        **{result.value: f"Actions that were {result.value}." for result in Result},
        "not_started": "Actions that the run did not come to.",
        "total": "All actions of the plan.",
    }
    described = _object({name: _number(text) for name, text in ends.items()})
    total = "How many actions came to each end; they add up to the total."
    return {**described, "description": total}


def _outcome() -> dict[str, Any]:
    return _object(
        {
            "ref": _text("Name of the action in its plan."),
            "kind": _or_null({"enum": sorted(REVERSIBLE)}, "What it does."),
            "subject": _or_null({"type": "string"}, "Address of the person, or name of the team."),
            "result": {
                "enum": [result.value for result in Result],
                "description": "How it ended.",
            },
            "detail": _text("Why, when it is not plainly applied."),
            "scim_id": _or_null({"type": "string"}, "Asana's id of the user or team."),
            "reversible": _or_null({"type": "boolean"}, "Whether SCIM can take it back."),
            "origin": _or_null(_ORIGIN, "The record or rule that asked for it."),
            "requests": _number(
                "Requests sent for this action; one that two actions share counts for both."
            ),
            "in_doubt": _of("boolean", "Whether a failed action may have been carried out."),
        }
    )


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _list(items: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"type": "array", "items": dict(items), "description": description}


def _or_null(schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"anyOf": [dict(schema), {"type": "null"}], "description": description}


def _text(description: str) -> dict[str, Any]:
    return _of("string", description)


def _number(description: str = "") -> dict[str, Any]:
    told = {"description": description} if description else {}
    return {"type": "integer", "minimum": 0, **told}


def _of(kind: str, description: str) -> dict[str, Any]:
    return {"type": kind, "description": description}
