"""When it last went well, by the ledger and the journals; read, and by no means written."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from syncer.apply.journal_record import journals_in, run_began
from syncer.apply.ledger_file import (
    DAMAGED,
    BusyLedgerError,
    as_text,
    as_time,
    exists,
    looked_into,
    noted_tenant,
    schema_version,
)
from syncer.core.planning.recollection import tenant_key
from syncer.model.errors import StateError
from syncer.model.health import Fault, GoodRun, RunEnd, RunHistory

_ENDS: Final = 65_536
"""Bytes at either end of a journal in which its first line and its last ones stand."""


def read_history(ledger: Path | None, journals: Path, tenant: str, until: datetime) -> RunHistory:
    """What ledger and journals tell of the runs on this tenant, given as `tenant_key` has it.

    A run that began after `until` lies ahead of the clock. Asks the ledger first, and goes by
    the journals where there is none, where it is being written and where they know of a later
    run. Writes nothing and raises nothing: what cannot be read is among the `faults`.
    """
    history = RunHistory()
    try:
        if ledger is not None and exists(ledger):
            history = _of_ledger(ledger, tenant, until)
    except BusyLedgerError as error:
        history = RunHistory(notes=(error.message,))
    except StateError as error:
        history = RunHistory(faults=(_fault(error),))
    try:
        return _with_journals(history, journals, tenant, until)
    except StateError as error:
        return replace(history, faults=(*history.faults, _fault(error)))


def _fault(error: StateError) -> Fault:
    return Fault(message=error.message, remedy=error.hint)


def _of_ledger(path: Path, tenant: str, until: datetime) -> RunHistory:
    """The last good run that the ledger knows of. Raises StateError."""
    before = "SELECT run_id, at FROM runs WHERE good AND at <= ? ORDER BY at DESC, run_id DESC"
    after = "SELECT run_id, at FROM runs WHERE good AND at > ? ORDER BY at, run_id"
    with looked_into(path) as database:
        version = schema_version(database, path)
        if not version:
            return RunHistory()
        other = noted_tenant(database, version)
        if other not in {"", tenant}:
            return RunHistory(notes=(f"the ledger is of another tenant: {other}",))
        try:
            good, ahead = (
                _good_run(database.execute(f"{query} LIMIT 1", (as_text(until),)).fetchone())
                for query in (before, after)
            )
        except (TypeError, ValueError) as error:
            raise StateError(f"the ledger {path} is damaged: {error}", DAMAGED) from error
    return RunHistory(good=good, ahead=ahead)


def _good_run(row: tuple[Any, Any] | None) -> GoodRun | None:
    return GoodRun(run_id=str(row[0]), at=as_time(row[1])) if row else None


def _with_journals(history: RunHistory, folder: Path, tenant: str, until: datetime) -> RunHistory:
    """The history, with the newest run and with what the ledger does not know of."""
    for end in _run_ends(folder):
        if end.tenant and tenant_key(end.tenant) != tenant:
            continue
        if history.last is None:
            history = replace(history, last=end)
        if history.good is not None and end.at <= history.good.at:
            break
        if end.good and end.at > until:
            history = replace(history, ahead=GoodRun(run_id=end.run_id, at=end.at))
        elif end.good:
            return replace(history, good=GoodRun(run_id=end.run_id, at=end.at))
    return history


def _run_ends(folder: Path) -> Iterator[RunEnd]:
    """How each run ended, newest first; a journal is opened only when its turn comes."""
    named = ((run_began(path.stem), path) for path in reversed(journals_in(folder)))
    # Whatever has another name is no journal of ours, or one that somebody put aside.
    ours = ((began, path) for began, path in named if began is not None)
    for began, same in groupby(ours, itemgetter(0)):
        # Which of two runs of one second came first, only their first lines tell.
        ends = sorted((_run_end(path, began) for _, path in same), key=itemgetter(0), reverse=True)
        yield from (end for _, end in ends)


def _run_end(path: Path, began: datetime) -> tuple[str, RunEnd]:
    """When the first line was written, and how the run ended. Raises StateError."""
    head, tail = _ends_of(path)
    header = _entry(head.partition(b"\n")[0])
    # The last line is whole only where a newline follows it.
    footers = [
        line for line in map(_entry, tail.split(b"\n")[:-1]) if line.get("entry") == "footer"
    ]
    run = RunEnd(run_id=path.stem, at=began, tenant=str(header.get("tenant", "")))
    wrote = str(header.get("at", ""))
    if not footers:
        return wrote, run
    footer = footers[-1]
    counts = footer.get("counts")
    number = counts.get if isinstance(counts, dict) else {}.get
    return wrote, replace(
        run,
        status=str(footer.get("status", "")),
        # What cannot be counted did not go well.
        failed=_whole(number("failed"), otherwise=1),
        skipped=_whole(number("skipped"), otherwise=1),
        held=_whole(number("held"), otherwise=0),
        stopped=str(footer.get("stopped", "")),
    )


def _ends_of(path: Path) -> tuple[bytes, bytes]:
    """The first and the last bytes of a journal, which may be long. Raises StateError."""
    if path.is_fifo():
        raise StateError(f"cannot read the journal {path}: it is a pipe", "move it away")
    try:
        with path.open("rb") as file:
            head = file.read(_ENDS)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _ENDS))
            return head, file.read(_ENDS)
    except OSError as error:
        message = f"cannot read the journal {path}: {error.strerror}"
        raise StateError(message, "run as the user who owns it") from error


def _entry(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _whole(number: object, *, otherwise: int) -> int:
    return number if isinstance(number, int) and not isinstance(number, bool) else otherwise
