"""What runs did that the ledger was never told of: killed ones, and those it failed on."""

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from syncer.apply.journal_record import JournalRecord, journals_in, read_journal, run_began
from syncer.model.errors import StateError, SyncerError
from syncer.model.outcome import Result

_LONGEST_RUN: Final = timedelta(days=1)
"""A journal is named by when its run began; what it holds happened up to so much later."""

_UNCOUNTED: Final = (
    "restore it from a backup, or move it away: the guards then do not count the "
    "deactivations of that run"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrecordedRun:
    """A run by its journal. `at` is its last sign of life; `deactivated` maps the SCIM ids of
    those whom it deactivated, or may have, to their addresses."""

    run_id: str
    at: datetime
    deactivated: Mapping[str, str]


def unrecorded_runs(
    folder: Path, known: Container[str], since: datetime, *, most_bytes: float = math.inf
) -> tuple[UnrecordedRun, ...]:
    """The runs journaled in this folder that are not known and went on after `since`.

    Journals of known and of older runs are not opened: there may be thousands. Nor are any longer
    than `most_bytes`, for whoever asks only whether they can be read. Raises
    StateError when one of the others cannot be read, for a deactivation that is forgotten
    loosens a guard.
    """
    runs = []
    for path in journals_in(folder):
        if path.stem in known:
            continue
        began = run_began(path.stem)
        # Whatever has another name is no journal of ours, or one that somebody put aside.
        if began is None or began < since - _LONGEST_RUN:
            continue
        if not is_longer(path, most_bytes):
            runs.append(_run(path, began))
    return tuple(run for run in runs if run.at >= since)


def is_longer(path: Path, size: float) -> bool:
    """Whether the file is longer; one that cannot be looked at is not."""
    try:
        return path.stat().st_size > size
    except OSError:
        return False


def _run(path: Path, began: datetime) -> UnrecordedRun:
    try:
        record = read_journal(path)
        last = datetime.fromisoformat(record.entries[-1]["at"]) if record.entries else began
        deactivated = _deactivated(record)
    except SyncerError as error:
        raise StateError(error.message, _UNCOUNTED) from error
    except (KeyError, TypeError, ValueError) as error:
        raise StateError(f"the journal {path} is damaged", _UNCOUNTED) from error
    return UnrecordedRun(run_id=path.stem, at=last.astimezone(UTC), deactivated=deactivated)


def _deactivated(record: JournalRecord) -> dict[str, str]:
    """Everybody whom the run began to deactivate, but for those whom it knows it did not."""
    not_done = {
        outcome.ref
        for outcome in record.outcomes
        if outcome.result is not Result.APPLIED and not outcome.in_doubt
    }
    return {
        entry["scim_id"]: entry["user"]
        for entry in record.entries
        if entry["entry"] == "intent"
        and entry["kind"] == "deactivate_user"
        and entry["ref"] not in not_done
    }
