"""The ledger: the small local memory of time, in one SQLite file.

It remembers when somebody was first absent, who was ever seen and when the last good run was;
never what Asana looks like. It is read by every plan and written by apply alone.
"""

import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from syncer.apply.ledger_file import (
    DAMAGED,
    BusyLedgerError,
    as_text,
    as_time,
    exists,
    looked_into,
    noted_tenant,
    opened,
    schema_version,
)
from syncer.apply.ledger_schema import (
    ADMINISTRATORS_SINCE,
    APPLICATION_ID,
    MIGRATIONS,
    TENANT_SINCE,
)
from syncer.apply.unrecorded import unrecorded_runs
from syncer.model.errors import StateError
from syncer.model.health import Fault
from syncer.model.memory import Absence, Memory
from syncer.model.state import UserKey

# The rollback journal, not WAL: a ledger lives on whatever volume a container has, and WAL
# needs shared memory beside the file, which network volumes lack, and cannot be read from a
# read-only mount. One transaction a run is nothing to make faster.
_SETTINGS: Final = ("PRAGMA journal_mode = DELETE", "PRAGMA synchronous = FULL")

_MOST_BYTES: Final = 16 * 1024 * 1024
"""Of a journal that is looked at to see whether it can be read."""

Opening = Callable[[Path], AbstractContextManager[sqlite3.Connection]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What a run saw, whether or not it changed anything.

    `addresses` are those of the directory, `ids` those of its people by directory key, which is
    the attribute `key_attribute`. `absent` maps the SCIM ids of leavers (due, in
    grace or held) to their addresses; `present` are ids of users the directory has, or whom
    Asana no longer has: their absence is over. About everybody else there is doubt, and
    nothing is learned. `administrators` are SCIM ids, None where they could not be read. `tenant`
    is the Asana that all of them are of; what the ledger knew of people elsewhere is forgotten.
    """

    tenant: str = ""
    addresses: frozenset[UserKey] = frozenset()
    ids: Mapping[str, str] = field(default_factory=dict)
    key_attribute: str | None = None
    absent: Mapping[str, str] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    administrators: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run. `good` means that nothing failed.

    `deactivated` maps the SCIM ids of those whom the run deactivated, or may have, to their
    addresses.
    """

    run_id: str
    at: datetime
    people: int
    good: bool
    sighting: Sighting
    deactivated: Mapping[str, str] = field(default_factory=dict)


def _to_read_on(path: Path) -> AbstractContextManager[sqlite3.Connection]:
    return opened(path, create=False)


def read_memory(
    path: Path,
    now: datetime,
    window_days: int,
    *,
    journals: Path | None = None,
    tenant: str = "",
    opening: Opening = _to_read_on,
    most_bytes: float = math.inf,
) -> Memory:
    """What earlier runs saw, up to `now`; empty when there is no ledger yet.

    Counts the deactivations of the window, those of runs as well that were killed before the
    ledger knew of them, as far as the folder `journals` tells. Of people of another tenant than
    `tenant` it knows nothing. Creates nothing. Raises StateError
    when the ledger, or such a journal, cannot be read: to forget an absence is harmless, to
    forget a deactivation would loosen a guard.
    """
    since = now - timedelta(days=window_days)
    memory, known, deactivated = Memory(), frozenset[str](), frozenset[str]()
    if exists(path):
        with opening(path) as database:
            if version := schema_version(database, path):
                memory = _memory(database, path, version)
                other = noted_tenant(database, version)
                if tenant and other not in {"", tenant}:
                    last, at = memory.last_people, memory.last_good_run
                    memory = Memory(last_people=last, last_good_run=at, elsewhere=other)
                known = _known_runs(database)
                deactivated = _deactivated(database, since)
    if journals is not None:
        runs = unrecorded_runs(journals, known, since, most_bytes=most_bytes)
        deactivated = deactivated.union(*(run.deactivated for run in runs))
    return replace(memory, recent_deactivations=len(deactivated))


def memory_faults(
    path: Path, now: datetime, window_days: int, *, journals: Path | None
) -> tuple[Fault, ...]:
    """Why the next run could not remember; empty when it could. Writes nothing, and takes little
    memory: of a journal that is very long it does not know."""
    try:
        read_memory(
            path,
            now,
            window_days,
            journals=journals,
            opening=looked_into,
            most_bytes=_MOST_BYTES,
        )
    except BusyLedgerError:
        return ()
    except StateError as error:
        return (Fault(message=error.message, remedy=error.hint),)
    return ()


def catch_up(path: Path, now: datetime, window_days: int, *, journals: Path) -> None:
    """Take in what the journals tell of runs that the ledger does not know.

    Asked before the first change, and under the lock: a run of these journals that nobody
    knows is a dead one. Raises StateError when the ledger cannot be written or a journal of
    the window cannot be read.
    """
    with opened(path, create=True) as database, _transaction(database, path):
        since = now - timedelta(days=window_days)
        for run in unrecorded_runs(journals, _known_runs(database), since):
            dead = RunRecord(
                run_id=run.run_id,
                at=run.at,
                people=0,
                good=False,
                sighting=Sighting(),
                deactivated=run.deactivated,
            )
            _conclude(database, dead)


def observe(path: Path, run_id: str, at: datetime, sighting: Sighting) -> None:
    """Remember what a run saw; for a run that a guard refused. Raises StateError."""
    with opened(path, create=True) as database, _transaction(database, path):
        _see(database, run_id, at, sighting)


def record_run(path: Path, run: RunRecord) -> None:
    """Remember what a run saw and how it ended, both or neither. Raises StateError.

    The same run recorded again counts once.
    """
    with opened(path, create=True) as database, _transaction(database, path):
        _see(database, run.run_id, run.at, run.sighting)
        _conclude(database, run)


@contextmanager
def _transaction(database: sqlite3.Connection, path: Path) -> Iterator[None]:
    for setting in _SETTINGS:
        database.execute(setting)
    # Taken at once: two writers that both begin by reading could block each other for good.
    database.execute("BEGIN IMMEDIATE")
    try:
        version = schema_version(database, path)
        for step, migration in enumerate(MIGRATIONS[version:], version + 1):
            _migrate(database, migration, step)
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _migrate(database: sqlite3.Connection, migration: str, version: int) -> None:
    # Statement by statement: executescript would commit what is open.
    for statement in migration.split(";"):
        if statement.strip():
            database.execute(statement)
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {version}")


def _memory(database: sqlite3.Connection, path: Path, version: int) -> Memory:
    query: Callable[..., sqlite3.Cursor] = database.execute
    absences = query("SELECT scim_id, since, runs FROM absences")
    last = "SELECT at, people FROM runs WHERE good ORDER BY at DESC, run_id DESC LIMIT 1"
    good = query(last).fetchone()
    key_attribute, ids, former_ids = _identities(database, version)
    administrators: list[tuple[str, str]] = []
    if version >= ADMINISTRATORS_SINCE:
        administrators = query("SELECT scim_id, last_at FROM administrators").fetchall()
    try:
        return Memory(
            seen=frozenset(UserKey(address) for (address,) in query("SELECT address FROM seen")),
            ids=ids,
            key_attribute=key_attribute,
            former_ids=former_ids,
            absences={
                scim_id: Absence(as_time(at), _whole(runs)) for scim_id, at, runs in absences
            },
            last_people=_whole(good[1]) if good else None,
            last_good_run=as_time(good[0]) if good else None,
            administrators=frozenset(scim_id for scim_id, _ in administrators),
            administrators_at=max((as_time(at) for _, at in administrators), default=None),
            exists=True,
        )
    except (TypeError, ValueError) as error:
        raise StateError(f"the ledger {path} is damaged: {error}", DAMAGED) from error


def _identities(
    database: sqlite3.Connection, version: int
) -> tuple[str | None, Mapping[str, str], Mapping[str, Mapping[str, str]]]:
    """The attribute of the last directory key, its ids, and those of former ones by attribute."""
    # A plan reads a ledger of the first schema as it is: only apply may change the file.
    columns = "'', directory_key, scim_id, ''" if version == 1 else "*"
    found: dict[str, dict[str, str]] = {}
    for attribute, directory_key, scim_id, _ in database.execute(
        # The names put equal times into an order, so that equal ledgers give equal plans.
        f"SELECT {columns} FROM identities ORDER BY 4 DESC, 1 DESC"  # noqa: S608 - both texts are ours
    ):
        found.setdefault(attribute, {})[directory_key] = scim_id
    latest = next(iter(found), "")
    ids = found.pop(latest, {})
    return latest or None, ids, found


def _settle_in(database: sqlite3.Connection, tenant: str) -> None:
    """From now on the people are of this tenant; those of another one are forgotten."""
    if tenant and (other := noted_tenant(database, TENANT_SINCE)) != tenant:
        tables = ("seen", "identities", "absences", "administrators", "tenant")
        for table in tables if other else ():
            database.execute(f"DELETE FROM {table}")  # noqa: S608 - the names are ours
        database.execute("INSERT INTO tenant VALUES (?)", (tenant,))


def _known_runs(database: sqlite3.Connection) -> frozenset[str]:
    return frozenset(run_id for (run_id,) in database.execute("SELECT run_id FROM runs"))


def _deactivated(database: sqlite3.Connection, since: datetime) -> frozenset[str]:
    query = "SELECT scim_id FROM deactivations WHERE at >= ?"
    return frozenset(scim_id for (scim_id,) in database.execute(query, (as_text(since),)))


def _see(database: sqlite3.Connection, run_id: str, at: datetime, sighting: Sighting) -> None:
    now = as_text(at)
    _settle_in(database, sighting.tenant)
    database.executemany(
        "INSERT INTO seen VALUES (?, ?, ?)"
        " ON CONFLICT (address) DO UPDATE SET last_at = excluded.last_at",
        [(address, now, now) for address in sorted(sighting.addresses)],
    )
    _learn_ids(database, sighting.key_attribute or "", sighting.ids, now)
    if sighting.administrators is not None:
        database.execute("DELETE FROM administrators")
        database.executemany(
            "INSERT INTO administrators VALUES (?, ?)",
            [(scim_id, now) for scim_id in sorted(sighting.administrators)],
        )
    database.executemany(
        "DELETE FROM absences WHERE scim_id = ?",
        [(scim_id,) for scim_id in sorted(sighting.present)],
    )
    database.executemany(
        "INSERT INTO absences VALUES (?, ?, ?, 1, ?)"
        " ON CONFLICT (scim_id) DO UPDATE SET user_name = excluded.user_name,"
        " runs = runs + (last_run <> excluded.last_run), last_run = excluded.last_run",
        [(scim_id, name, now, run_id) for scim_id, name in sorted(sighting.absent.items())],
    )


def _learn_ids(
    database: sqlite3.Connection, attribute: str, ids: Mapping[str, str], now: str
) -> None:
    unnamed = dict(
        database.execute(
            "SELECT directory_key, scim_id FROM identities WHERE key_attribute = ''"
        ).fetchall()
    )
    same = len(unnamed.items() & ids.items())
    # Ids of an older ledger are of this kind where most of those seen again are as they were:
    # single numbers may be equal by chance.
    if same * 2 > len(unnamed.keys() & ids.keys()):
        database.execute(
            "UPDATE OR REPLACE identities SET key_attribute = ? WHERE key_attribute = ''",
            (attribute,),
        )
    database.executemany(
        "INSERT OR REPLACE INTO identities VALUES (?, ?, ?, ?)",
        [(attribute, key, scim_id, now) for key, scim_id in sorted(ids.items())],
    )


def _conclude(database: sqlite3.Connection, run: RunRecord) -> None:
    now = as_text(run.at)
    database.executemany(
        "INSERT OR REPLACE INTO deactivations VALUES (?, ?, ?, ?)",
        [(run.run_id, scim_id, name, now) for scim_id, name in sorted(run.deactivated.items())],
    )
    database.execute(
        "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)",
        (run.run_id, now, run.people, int(run.good)),
    )


def _whole(number: object) -> int:
    if isinstance(number, int):
        return number
    raise TypeError(f"{number!r} is no whole number")  # SQLite keeps any text in any column
