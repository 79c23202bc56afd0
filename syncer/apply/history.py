"""What earlier runs left things at, by their journals: for whoever asks what changed since.

Only what is certain is believed. A journal that cannot be read, or that somebody edited, may hide
what its run did to anything at all; so nothing is said of the runs before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from syncer.apply.journal_record import JournalRecord, journals_in, read_unedited, run_began
from syncer.apply.marks import marks_of
from syncer.core.planning.recollection import tenant_key
from syncer.model.errors import StateError, SyncerError
from syncer.model.past import History, Mark, MarkedRun

MOST_DAYS: Final = 90
MOST_RUNS: Final = 1_000
MOST_BYTES: Final = 64 * 1024 * 1024
"""No more than so much is looked at: a plan must not get slower with the years."""

_BELIEF: Final = "what it and the runs before it left is not compared; restore it from a backup"

_SECOND: Final = len("20260301T120000Z")

_Journals = Sequence[tuple[datetime, Path]]


@dataclass(frozen=True, slots=True)
class _Read:
    """A run with the moment of its header, which tells which of one second came first, and the
    run that it follows against the clock."""

    run: MarkedRun
    at: str
    follows: str


def read_history(folder: Path, tenant: str, now: datetime) -> History:
    """The newest runs on this tenant: `MOST_RUNS` journals of the last `MOST_DAYS` days at most,
    as long as they do not have more than `MOST_BYTES` together.

    Raises nothing: a journal that cannot be believed is among the doubts, and ends the reading.
    """
    try:
        journals = _newest_first(folder)
        stamp = _stamp(journals)
    except SyncerError as error:
        return History(doubts=(("journal", f"{error.message}: nothing is told of drift"),))
    key, within = tenant_key(tenant), _within_bounds(journals, now)
    runs: list[_Read] = []
    doubts: tuple[tuple[str, str], ...] = ()
    looked_at = 0
    for began, path in journals[:within]:
        try:
            run = _marked(path, began, key)
        except SyncerError as error:
            doubts = ((path.name, f"{error.message}: {_BELIEF}"),)
            break
        looked_at += 1
        if run is not None:
            runs.append(run)
    runs.reverse()  # of two that began at once the one whose journal is older stays first
    return History(
        runs=_in_order(runs),
        since="" if looked_at == len(journals) else _since(journals[:looked_at], now),
        doubts=doubts,
        stamp=stamp,
    )


def later_run(folder: Path, run_id: str) -> str:
    """The run of the newest journal where that has a later name than this run's; else "".

    Raises StateError.
    """
    newest = next((path.stem for _, path in _newest_first(folder)), "")
    return newest if newest[:_SECOND] > run_id[:_SECOND] else ""


def is_written_on(folder: Path, history: History) -> bool:
    """Whether anybody has written a journal here since this history was read.

    Then what Asana showed meanwhile may be older than a run, or newer. Which journal grows is not
    for its name to say: a clock may have been set back.
    """
    try:
        return _stamp(_newest_first(folder)) != history.stamp
    except StateError:
        return True


def _newest_first(folder: Path) -> _Journals:
    """The journals with the moments when their runs began.

    Whatever has another name is no journal of ours, or one that somebody put aside.
    """
    named = ((run_began(path.stem), path) for path in journals_in(folder))
    return sorted(((began, path) for began, path in named if began is not None), reverse=True)


def _in_order(runs: Iterable[_Read]) -> tuple[MarkedRun, ...]:
    """The runs in the order in which they were: of one that began before a run which it follows,
    the clock was set back in between."""
    listed = tuple(runs)
    began = {one.run.run_id: one.at for one in listed}

    def moment(one: _Read) -> tuple[str, bool, str]:
        followed = began.get(one.follows, "")
        return max(one.at, followed), followed > one.at, one.at

    return tuple(one.run for one in sorted(listed, key=moment))


def _stamp(journals: _Journals) -> tuple[str, int]:
    """The newest journal and the number of all, and the size of as many as are ever read."""
    paths = [path for _, path in journals[:MOST_RUNS]]
    newest = paths[0].name if paths else ""
    return f"{len(journals)} {newest}", sum(map(_size_seen, paths))


def _size_seen(path: Path) -> int:
    """The size of the journal, none of one that leads nowhere: whoever reads it says so."""
    try:
        return _size(path)
    except StateError:
        return 0


def _size(path: Path) -> int:
    """Raises StateError."""
    try:
        return path.stat().st_size
    except OSError as error:
        raise StateError(f"cannot read the journal {path}: {error.strerror}") from error


def _within_bounds(journals: _Journals, now: datetime) -> int:
    """How many of the journals are looked at."""
    left, oldest = MOST_BYTES, now - timedelta(days=MOST_DAYS)
    for number, (began, path) in enumerate(journals[:MOST_RUNS]):
        try:
            left -= _size(path)
        except StateError:
            return number + 1  # whoever reads it says so
        if began < oldest or left < 0:
            return number
    return min(len(journals), MOST_RUNS)


def _since(looked_at: _Journals, now: datetime) -> str:
    """The day of the oldest run that was looked at; today where none was."""
    return (looked_at[-1][0] if looked_at else now).date().isoformat()


def _marked(path: Path, began: datetime, tenant: str) -> _Read | None:
    """The run of this journal.

    None for one on another tenant, or that was killed at once.
    """
    record = read_unedited(path)
    if record.header is None or tenant_key(str(record.header.get("tenant"))) != tenant:
        return None
    run = MarkedRun(
        run_id=record.run_id,
        at=began.isoformat().replace("+00:00", "Z"),
        ended=record.footer is not None,
        marks=_marks(record),
    )
    return _Read(run, str(record.header.get("at")), str(record.header.get("follows") or ""))


def _marks(record: JournalRecord) -> tuple[Mark, ...]:
    try:
        return tuple(marks_of(record))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StateError(f"the journal {record.path} is damaged") from error
