"""Whether the next run could write what it must, found out without writing anything."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from syncer.model.health import Fault

LEAST_FREE: Final = 1024 * 1024
"""Bytes; the journal of a run that changes a thousand people takes about as much."""

_OWNER: Final = (
    "run as the user who runs 'syncer apply', or give that user the folder; in a container mount "
    "a writable volume there"
)


def state_faults(ledger: Path | None, journals: Path) -> tuple[Fault, ...]:
    """Why the next run could not write its ledger, lock and journal; empty when it could.

    Asks the system and writes nothing: a folder that is not there yet is made by the next run
    where its parent can be written.
    """
    found: dict[Fault, None] = {}
    try:
        for fault in _faults(ledger, journals):
            found[fault] = None
    except OSError as error:
        message = f"{error.filename} cannot be looked at: {error.strerror}"
        found[Fault(message=message, remedy=_OWNER)] = None
    return tuple(found)


def _faults(ledger: Path | None, journals: Path) -> Iterator[Fault]:
    for folder in (journals, *([ledger.parent] if ledger else [])):
        there = folder
        # The journal's folder is made by the run that needs it, the ledger's is not.
        while folder == journals and not there.exists() and there != there.parent:
            there = there.parent
        yield from _of_folder(there)
    for file in (journals / ".lock", *([ledger] if ledger else [])):
        if file.exists() and not os.access(file, os.R_OK | os.W_OK):
            yield Fault(message=f"{file} cannot be written", remedy=_OWNER)


def _of_folder(folder: Path) -> Iterator[Fault]:
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "is not there"
        yield Fault(message=f"the folder {folder} {what}", remedy="create the folder")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Fault(message=f"the folder {folder} cannot be written", remedy=_OWNER)
        return
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < LEAST_FREE or (disk.f_files and not disk.f_favail):
        remedy = "free some space: move old journals away"
        yield Fault(message=f"the disk of {folder} is full", remedy=remedy)
