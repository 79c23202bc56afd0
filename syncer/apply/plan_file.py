"""Saved plans on disk: written whole, and carried out only while they still fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from syncer.apply.files import reading_hint, write_whole
from syncer.apply.journal_record import JournalRecord
from syncer.core.plan_document import AlteredError, PlanDocument, document_json, read_document
from syncer.model.errors import StaleError, UsageError
from syncer.model.outcome import Result

DEFAULT_MAX_AGE: Final = timedelta(hours=24)

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far the clock of the machine that made the plan may be ahead of ours."""

_SAVED: Final = "name a file that 'syncer plan --out FILE' of this version has saved"

_ALTERED: Final = (
    "make the plan again; what it should do otherwise belongs in the config or the directory"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a plan must have been made from; None where that is not asked."""

    config_digest: str | None = None
    sources_digest: str | None = None
    tenant: str | None = None


def write_plan(path: Path, document: PlanDocument) -> None:
    """Save the document, readable by its owner only. Raises StateError."""
    write_whole(path, document_json(document), what="the plan")


def read_plan(path: Path, *, even_altered: bool = False) -> PlanDocument:
    """The saved document.

    Raises UsageError when there is none to read, and StaleError when it was altered, which
    `even_altered` lets pass for a reader that only shows.
    """
    try:
        return read_document(path.read_text(encoding="utf-8"), even_altered=even_altered)
    except FileNotFoundError:
        hint = f"make one with 'syncer plan --out {path}'"
        raise UsageError(f"there is no plan file {path}", hint) from None
    except OSError as error:
        message = f"cannot read the plan {path}: {error.strerror}"
        raise UsageError(message, reading_hint(error)) from error
    except UnicodeDecodeError:
        raise UsageError(f"{path}: this is not a plan: it is not UTF-8 text", _SAVED) from None
    except AlteredError as error:
        raise StaleError(f"{path}: {error}", _ALTERED) from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}", _SAVED) from None


def check_fits(
    document: PlanDocument,
    *,
    now: datetime,
    earlier: Sequence[JournalRecord] = (),
    max_age: timedelta = DEFAULT_MAX_AGE,
    expected: Expected = Expected(),
) -> bool:
    """Whether this apply resumes an earlier one of the same document.

    `earlier` are the journals of that document (`journal_record.runs_of`). Raises StaleError with
    every reason why the document must not be applied. Whether the live records still fit is
    for `core.staleness` to say.
    """
    reasons = [
        *_wrong_age(document.created_at, now, max_age),
        *_wrong_origin(document, expected),
        *_applied_already(earlier),
    ]
    if reasons:
        raise StaleError(
            "the plan must not be applied", "make the plan again", differences=tuple(reasons)
        )
    return any(record.outcomes or record.doubtful for record in earlier)


def _wrong_age(created_at: datetime, now: datetime, max_age: timedelta) -> list[str]:
    if created_at - now > CLOCK_SKEW:
        made = f"{created_at:%Y-%m-%d %H:%M} UTC"
        return [f"it was made in the future, at {made}: one of the two clocks is wrong"]
    if now - created_at > max_age:
        return [f"it is {_hours(now - created_at)} old, and {_hours(max_age)} is the most"]
    return []


def _wrong_origin(document: PlanDocument, expected: Expected) -> list[str]:
    plan = document.plan
    pairs = (
        ("the config", plan.config_digest, expected.config_digest),
        ("the directory", plan.sources_digest, expected.sources_digest),
    )
    reasons = [f"{what} has changed since" for what, was, now in pairs if now not in (None, was)]
    if expected.tenant not in (None, plan.tenant):
        reasons.append(f"it was made for {plan.tenant}, and this is {expected.tenant}")
    return reasons


def _applied_already(earlier: Sequence[JournalRecord]) -> list[str]:
    for record in earlier:
        results = {outcome.result for outcome in record.outcomes}
        # What failed, or was held back, may be tried again with the same plan.
        if record.complete and results <= {Result.APPLIED}:
            return [f"it was applied already, by run {record.run_id} at {record.finished_at}"]
    return []


def _hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:.0f} h" if hours >= 1 else f"{span.total_seconds() / 60:.0f} min"
