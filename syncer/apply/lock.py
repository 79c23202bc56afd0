"""One run at a time: an advisory lock that dies with the process that holds it.

The operating system drops the lock when its holder ends, however it ends, so that nobody has
to clear away a stale one. The file itself stays; what it says is only for people.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from syncer.apply.files import PRIVATE, state_error
from syncer.model.errors import LockedError


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock."""

    run_id: str
    pid: int
    host: str
    since: datetime

    def __str__(self) -> str:
        since = self.since.strftime("%Y-%m-%d %H:%M:%S %Z")
        return f"run {self.run_id} (process {self.pid} on {self.host}, since {since})"


@contextmanager
def run_lock(path: Path, holder: Holder) -> Iterator[None]:
    """Hold the lock for the time of the block.

    Raises LockedError that names the other holder, and StateError when there can be no lock
    at all: without one, two runs could create the same user twice.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE)
    except OSError as error:
        raise state_error("cannot open the lock", path, error) from error
    try:
        _acquire(descriptor, path)
        _write(descriptor, json.dumps(asdict(holder), default=str))
        yield
        # Only on a clean end: after a crash the name of the last holder helps.
        _write(descriptor, "")
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LockedError(
            f"another run is at work: {_holder(descriptor)}",
            f"wait until it ends; it holds {path} and lets go of it by itself",
        ) from None
    except OSError as error:
        raise state_error("cannot lock", path, error) from error


def _holder(descriptor: int) -> str:
    """The holder by its own words, as far as it has written them yet."""
    try:
        said = json.loads(os.pread(descriptor, 4096, 0))
        since = datetime.fromisoformat(said["since"])
        return str(Holder(said["run_id"], said["pid"], said["host"], since))
    except (OSError, ValueError, KeyError, TypeError):
        return "a run that has not told its name yet"


def _write(descriptor: int, text: str) -> None:
    # What the file says is a courtesy: a full disk must not keep the lock from working.
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)
    except OSError:
        return
