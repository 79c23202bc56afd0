"""The file of the ledger: how it is opened, and what it says of itself.

The ledger itself, what it remembers and when, is in `ledger`; `last_runs` reads of it when it
last went well.
"""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from syncer.apply.files import PRIVATE, state_error
from syncer.apply.ledger_schema import APPLICATION_ID, MIGRATIONS, TENANT_SINCE
from syncer.model.errors import StateError

_LOCK_SECONDS: Final = 5.0

DAMAGED: Final = (
    "restore it from a backup, or move it away: grace periods then begin anew, and of earlier "
    "deactivations the guards know what the journals say"
)


class BusyLedgerError(StateError):
    """The ledger cannot be read just now; nothing is wrong with it."""


def exists(path: Path) -> bool:
    """Whether there is a ledger. Raises StateError where that cannot be told, or what is there
    is no file: SQLite would wait for ever, deaf to signals, for somebody to write to a pipe."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    except OSError as error:
        raise state_error("cannot use the ledger", path, error) from error
    if not stat.S_ISREG(mode):
        message = f"cannot use the ledger {path}: it is no file"
        raise StateError(message, "name another file under 'ledger:'")
    return True


@contextmanager
def opened(path: Path, *, create: bool) -> Iterator[sqlite3.Connection]:
    """The database of the ledger, closed after the block. Raises StateError for all of it."""
    try:
        if create and not exists(path):
            path.touch(mode=PRIVATE)
    except OSError as error:
        raise state_error("cannot create the ledger", path, error) from error
    # "rw" creates nothing, and falls back to reading alone where the file is protected.
    # A plain "ro" could not undo what a killed run left half written.
    try:
        with _connected(path, "rw") as database:
            yield database
    except sqlite3.Error as error:
        raise sqlite_error(path, error) from error


@contextmanager
def looked_into(path: Path) -> Iterator[sqlite3.Connection]:
    """The database of the ledger, to be read and by no means written; closed after the block.

    Raises StateError, and BusyLedgerError where it cannot be read just now although nothing is
    wrong with it: a run is writing, or one that was killed left it half written, which to put
    right takes a writer.
    """
    try:
        with _connected(path, "ro") as database:
            yield database
    except sqlite3.Error as error:
        raise _reading_error(path, error) from error


@contextmanager
def _connected(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=_LOCK_SECONDS)
    with closing(connection) as database:
        yield database


def _reading_error(path: Path, error: sqlite3.Error) -> StateError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    half_written = path.with_name(f"{path.name}-journal").exists()
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return BusyLedgerError("the ledger is being written just now")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN if half_written:
            return BusyLedgerError(
                "a run was killed while it wrote the ledger; the next one puts that right"
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            hint = "this user may not read it: run as the user who owns it"
            return StateError(f"cannot read the ledger {path}: {error}", hint)
    return sqlite_error(path, error)


def schema_version(database: sqlite3.Connection, path: Path) -> int:
    """The schema version, 0 for a file without anything in it."""
    (mark,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables and not mark:
        return 0
    if mark != APPLICATION_ID:
        raise StateError(
            f"{path} is a database, but not a ledger", "name another file under 'ledger:'"
        )
    if version > len(MIGRATIONS):
        raise StateError(
            f"the ledger {path} was written by a newer syncer (schema {version})",
            "use that version, or name another file under 'ledger:'",
        )
    return int(version)


def noted_tenant(database: sqlite3.Connection, version: int) -> str:
    """The tenant that the people are of; empty where nobody noted that."""
    if version < TENANT_SINCE:
        return ""
    row = database.execute("SELECT name FROM tenant").fetchone()
    return str(row[0]) if row else ""


def sqlite_error(path: Path, error: sqlite3.Error) -> StateError:
    """The error for people: what SQLite said of this ledger, and what helps."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code of an extended one
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            hint = "another process is using it: wait until it ends"
        case sqlite3.SQLITE_FULL:
            hint = "the disk is full: free some space and run again"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            hint = "this user may not write there: change the owner or choose another path"
        case _:
            hint = DAMAGED
    return StateError(f"cannot use the ledger {path}: {error}", hint)


def as_text(at: datetime) -> str:
    """A time as the ledger notes it: in one fixed form, so that texts sort as times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def as_time(text: str) -> datetime:
    """The time that the ledger noted. Raises ValueError for a text that is none."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    return at
