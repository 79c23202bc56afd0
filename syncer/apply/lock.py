"""One run at a time: an advisory lock that dies with the process that holds it.

The operating system drops the lock when its holder ends, however it ends, so that nobody has
to clear away a stale one. The file itself stays; what it says is only for people.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from syncer.apply.files import PRIVATE, reading_hint, state_error
from syncer.model.errors import LockedError, StateError
from syncer.model.health import RunAtWork

_GLANCES: Final = 4
_GLANCE_SECONDS: Final = 0.05
"""`run_at_work` has the lock for an instant, and an instant later it has not."""

_NAMELESS: Final = "a run that has not told its name yet"


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


def run_at_work(path: Path) -> RunAtWork | None:
    """The run that holds the lock just now, None where none does.

    Creates nothing, and no run is refused because of it. Raises StateError where it cannot be
    told.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"cannot read the lock {path}: {error.strerror}"
        raise StateError(message, reading_hint(error)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _holder(descriptor)
        if holder is None:
            since = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
            return RunAtWork(name=_NAMELESS, since=since)
        return RunAtWork(name=f"run {holder.run_id}", since=holder.since)
    except OSError as error:
        raise state_error("cannot lock", path, error) from error
    finally:
        os.close(descriptor)
    return None


def _acquire(descriptor: int, path: Path) -> None:
    for _ in range(_GLANCES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_GLANCE_SECONDS)
        except OSError as error:
            raise state_error("cannot lock", path, error) from error
        else:
            return
    raise LockedError(
        f"another run is at work: {_holder(descriptor) or _NAMELESS}",
        f"wait until it ends; it holds {path} and lets go of it by itself",
    )


def _holder(descriptor: int) -> Holder | None:
    """The holder by its own words, None as long as it has not written them."""
    try:
        said = json.loads(os.pread(descriptor, 4096, 0))
        since = datetime.fromisoformat(said["since"])
        holder = Holder(said["run_id"], said["pid"], said["host"], since)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return holder if since.tzinfo else None


def _write(descriptor: int, text: str) -> None:
    # What the file says is a courtesy: a full disk must not keep the lock from working.
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)
    except OSError:
        return
