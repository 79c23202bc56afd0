"""Whether a run could write what it must, found out without writing anything."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from syncer.model.health import Fault

LEAST_FREE: Final = 1024 * 1024
"""Bytes; the journal of a run that changes a thousand people takes about as much."""

_WRITING: Final = os.W_OK | os.X_OK
_OWNER: Final = (
    "run as the user who runs 'syncer apply', or give that user the folder; in a container mount "
    "a writable volume there"
)


def state_faults(ledger: Path | None, journals: Path) -> tuple[Fault, ...]:
    """Why the next run could not write its ledger, lock and journal, each reason once; empty when
    it could."""
    found = (*journal_faults(journals), *(ledger_faults(ledger) if ledger else ()))
    return tuple(dict.fromkeys(found))


def journal_faults(journals: Path) -> tuple[Fault, ...]:
    """Why the next run could not write its lock and its journal; empty when it could.

    A folder that is not there yet is made by the run that needs it, where it may be made.
    """
    return _told(_of_journals(journals))


def ledger_faults(ledger: Path) -> tuple[Fault, ...]:
    """Why the next run could not write its ledger; empty when it could.

    Nobody makes its folder: a missing one is a fault.
    """
    return _told(_of_ledger(ledger))


def folder_faults(folder: Path) -> tuple[Fault, ...]:
    """Why no file could be put into a folder; empty when one could. Nobody makes the folder."""
    return _told(_of_folder(folder, _WRITING))


def _of_journals(journals: Path) -> Iterator[Fault]:
    there = journals
    while not there.exists() and there != there.parent:
        there = there.parent
    yield from _of_folder(there, _WRITING | os.R_OK)
    yield from _of_file(journals / ".lock")


def _of_ledger(ledger: Path) -> Iterator[Fault]:
    yield from _of_folder(ledger.parent, _WRITING | os.R_OK)
    yield from _of_file(ledger)


def _of_folder(folder: Path, rights: int) -> Iterator[Fault]:
    if folder.exists() and not folder.is_dir():
        remedy = "move the file away, or name another folder"
        yield Fault(message=f"the folder {folder} is a file, not a folder", remedy=remedy)
        return
    if not folder.exists():
        yield Fault(message=f"the folder {folder} is not there", remedy="create the folder")
        return
    if not os.access(folder, rights):
        yield Fault(message=f"the folder {folder} cannot be written", remedy=_OWNER)
        return
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < LEAST_FREE or (disk.f_files and not disk.f_favail):
        remedy = "free some space: move old journals away"
        yield Fault(message=f"the disk of {folder} is full", remedy=remedy)


def _of_file(file: Path) -> Iterator[Fault]:
    if file.exists() and not os.access(file, os.R_OK | os.W_OK):
        yield Fault(message=f"{file} cannot be written", remedy=_OWNER)


def _told(faults: Iterator[Fault]) -> tuple[Fault, ...]:
    """All of them; a place that cannot be looked at is one more."""
    found = []
    try:
        for fault in faults:
            found.append(fault)  # noqa: PERF402 - what was found before an error is told too
    except OSError as error:
        message = f"{error.filename} cannot be looked at: {error.strerror}"
        found.append(Fault(message=message, remedy=_OWNER))
    return tuple(found)
