"""Reports and problems as JSON: for monitoring, for pages at night, for pull requests.

The plan's JSON is the plan file itself, `core.plan_document.document_json`.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from syncer.model.actions import REVERSIBLE
from syncer.model.errors import StaleError, SyncerError, UsageError
from syncer.model.exits import Exit
from syncer.model.origin import Origin, Problem
from syncer.model.outcome import Report, Result
from syncer.model.plan import ManualWork, UnknownSubject, Violation
from syncer.render.conclusion import MEANINGS, Done, conclude, next_step, report_exit
from syncer.render.report_text import verdict
from syncer.render.sections import subject

REPORT_VERSION: Final = 1
"""To be raised when a reader of today would misread a report, not when keys are added."""

PROBLEMS_VERSION: Final = 1
"""Likewise for problems."""


def report_json(
    report: Report, *, exit_code: Exit | None = None, error: SyncerError | None = None
) -> str:
    """The report as indented JSON with a trailing newline; equal reports, equal bytes.

    `outcomes` has every action in plan order, `failures` again those that failed. Counts add
    up to the actions of the plan. `error` is what ended the run before any change.
    """
    code = report_exit(report) if exit_code is None else exit_code
    conclusion = conclude(report)
    by_result = (conclusion.applied, conclusion.failed, conclusion.skipped, conclusion.held)
    place = {action.ref: number for number, action in enumerate(report.plan.actions)}
    told = sorted(
        (done for group in by_result for done in group),
        key=lambda done: place.get(done.outcome.ref, len(place)),
    )
    document = {
        "format_version": REPORT_VERSION,
        "run_id": report.run_id,
        "tenant": report.plan.tenant,
        "user": report.user,
        "host": report.host,
        "plan_digest": report.plan_digest,
        "exit": {"code": int(code), "name": code.name.lower(), "meaning": MEANINGS[code]},
        "headline": verdict(report, conclusion, code)[0],
        "next": (error.hint if error else "") or next_step(report, code),
        "error": _error(error),
        "counts": {**conclusion.counts, "total": conclusion.total},
        "stopped": report.stopped,
        "interrupted": report.interrupted,
        "warnings": list(report.warnings),
        "failures": [_outcome(done) for done in conclusion.failed],
        "outcomes": [_outcome(done) for done in told],
        "violations": [_violation(violation) for violation in report.violations],
        "manual": [_manual(work) for work in report.plan.manual],
        "unknown": [_unknown(subject) for subject in report.plan.unknown],
        "not_started": [action.ref for action in conclusion.not_started],
        "requests": dict(report.requests),
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "seconds": round(report.seconds, 3),
        "journal": report.journal,
    }
    return _text(document)


def problems_json(problems: Sequence[Problem]) -> str:
    """The problems as indented JSON with a trailing newline, in the order given."""
    document = {
        "format_version": PROBLEMS_VERSION,
        "problems": [_problem(problem) for problem in problems],
    }
    return _text(document)


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "origin": _origin(problem.origin),
        "column": problem.column,
        "summary": problem.summary,
        "hint": problem.hint,
        "size": problem.size.value,
        "identity": list(problem.identity),
    }


def _error(error: SyncerError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {
        "message": error.message,
        "hint": error.hint,
        "differences": list(error.differences) if isinstance(error, StaleError) else [],
        "problems": [
            _problem(problem)
            for problem in (error.problems if isinstance(error, UsageError) else ())
        ],
    }


def _violation(violation: Violation) -> dict[str, Any]:
    return {
        "guard": violation.guard,
        "subject": violation.subject,
        "message": violation.message,
        "remedy": violation.remedy,
        "counted": violation.counted,
        "refs": list(violation.refs),
    }


def _manual(work: ManualWork) -> dict[str, Any]:
    told = {"subject": work.subject, "what": work.what, "reason": work.reason}
    return {**told, "origin": _origin(work.origin)}


def _unknown(one: UnknownSubject) -> dict[str, Any]:
    told = {"subject": one.subject, "what": one.what, "reason": one.reason, "hint": one.hint}
    return {**told, "origin": _origin(one.origin)}


def _outcome(done: Done) -> dict[str, Any]:
    """One action and what became of it; `subject` is the address or the team's name."""
    action, outcome = done.action, done.outcome
    return {
        "ref": outcome.ref,
        "kind": action.kind if action else None,
        "subject": subject(action) if action else None,
        "result": Result(outcome.result).value,
        "detail": outcome.detail,
        "scim_id": outcome.scim_id or getattr(action, "scim_id", None),
        "reversible": REVERSIBLE[action.kind] if action else None,
        "origin": _origin(action.origin if action else None),
        "requests": outcome.requests,
        "in_doubt": outcome.in_doubt,
    }


def _origin(origin: Origin | None) -> dict[str, Any] | None:
    return None if origin is None else {"path": origin.path, "line": origin.line}


def _text(document: dict[str, Any]) -> str:
    # ASCII throughout: a report is read in terminals and chats, and a name in it may hold
    # characters that reorder or erase what stands around them.
    return json.dumps(document, ensure_ascii=True, indent=2) + "\n"
