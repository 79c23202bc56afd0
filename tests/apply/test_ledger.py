"""The ledger: remembers time, is never created by looking, and is never half written."""

import sqlite3
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.apply import ledger, ledger_file
from syncer.apply.ledger import (
    RunRecord,
    Sighting,
    catch_up,
    observe,
    read_memory,
    record_run,
)
from syncer.apply.ledger_file import sqlite_error
from syncer.apply.ledger_schema import APPLICATION_ID, FIRST_SCHEMA, MIGRATIONS
from syncer.model.errors import StateError
from syncer.model.memory import Absence, Memory
from syncer.model.state import UserKey
from tests.apply.builders import NOW

DAY = timedelta(days=1)


def saw(**changes: dict[str, str] | frozenset[str] | str) -> Sighting:
    return Sighting(**changes)  # type: ignore[arg-type] # keyed by name in each test


def a_run(run_id: str = "run-1", *, days: int = 0, good: bool = True, **rest: object) -> RunRecord:
    values: dict[str, object] = {"people": 10, "sighting": Sighting(), **rest}
    return RunRecord(run_id=run_id, at=NOW + days * DAY, good=good, **values)  # type: ignore[arg-type] # likewise


def memory(path: Path, *, days: int = 0) -> Memory:
    return read_memory(path, NOW + days * DAY, window_days=7)


def writable(path: Path) -> None:
    catch_up(path, NOW, 7, journals=path.parent / "journal")


def test_looking_creates_nothing(tmp_path: Path) -> None:
    assert memory(tmp_path / "ledger.sqlite") == Memory()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_a_ledger_without_memories(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.touch()
    assert memory(path) == Memory()


def test_what_a_run_saw_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    sighting = saw(
        addresses=frozenset({UserKey("ann@example.com")}),
        ids={"E1": "7"},
        absent={"9": "bob@example.com"},
    )
    record_run(path, a_run(sighting=sighting, people=1))
    assert memory(path) == Memory(
        seen=frozenset({UserKey("ann@example.com")}),
        ids={"E1": "7"},
        absences={"9": Absence(NOW, 1)},
        last_people=1,
        last_good_run=NOW,
        exists=True,
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_an_absence_keeps_its_beginning_and_counts_each_run_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    gone = saw(absent={"9": "bob@example.com"})
    observe(path, "run-1", NOW, gone)
    observe(path, "run-1", NOW + DAY, gone)
    record_run(path, a_run("run-2", days=2, sighting=gone))
    assert memory(path).absences == {"9": Absence(NOW, 2)}


def test_who_comes_back_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    observe(path, "run-1", NOW, saw(absent={"8": "a@example.com", "9": "b@example.com"}))
    observe(path, "run-2", NOW + DAY, saw(present=frozenset({"9"})))
    # About 8 this run learned nothing: neither cleared nor counted.
    assert memory(path).absences == {"8": Absence(NOW, 1)}
    observe(path, "run-3", NOW + 2 * DAY, saw(absent={"9": "b@example.com"}))
    assert memory(path).absences["9"] == Absence(NOW + 2 * DAY, 1)


def test_only_deactivations_inside_the_window_count_and_each_person_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    record_run(path, a_run("run-1", deactivated={"1": "a@example.com", "2": "b@example.com"}))
    record_run(path, a_run("run-2", days=5, deactivated={"2": "b@example.com"}))
    assert memory(path, days=6).recent_deactivations == 2
    assert memory(path, days=11).recent_deactivations == 1
    assert memory(path, days=13).recent_deactivations == 0


def test_who_may_have_been_deactivated_counts_and_stays_absent(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    gone = saw(absent={"9": "bob@example.com"})
    record_run(path, a_run(sighting=gone, deactivated={"9": "bob@example.com"}))
    assert memory(path).recent_deactivations == 1
    assert memory(path).absences == {"9": Absence(NOW, 1)}


def test_a_run_that_went_wrong_is_not_the_last_good_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    record_run(path, a_run("run-1", people=100))
    record_run(path, a_run("run-2", days=1, people=3, good=False))
    found = memory(path)
    assert (found.last_people, found.last_good_run) == (100, NOW)


def test_a_refused_run_is_seen_without_being_good(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    observe(path, "run-1", NOW, saw(absent={"9": "bob@example.com"}))
    assert memory(path).last_good_run is None
    record_run(path, a_run("run-2", days=1, people=5))
    assert memory(path).last_people == 5
    assert memory(path).absences == {"9": Absence(NOW, 1)}


def test_a_record_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.sqlite"
    record_run(path, a_run())

    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(ledger, "_conclude", broken)
    with pytest.raises(StateError, match="disk I/O error"):
        record_run(path, a_run("run-2", sighting=saw(absent={"9": "bob@example.com"})))
    assert memory(path).absences == {}


def test_a_run_killed_in_the_middle_of_writing_is_undone_by_the_next_look(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    record_run(path, a_run())
    # What a kill in mid-commit leaves: pages in the file, the old ones in the hot journal.
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA cache_size = 1")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM runs")
    writer.executemany(
        "INSERT INTO seen VALUES (?, '', '')", [(f"{number}" * 50,) for number in range(2000)]
    )
    hot = Path(f"{path}-journal")
    killed = tmp_path / "killed.sqlite"
    killed.write_bytes(path.read_bytes())
    Path(f"{killed}-journal").write_bytes(hot.read_bytes())
    writer.close()
    assert memory(killed).last_good_run == NOW
    assert memory(killed).seen == frozenset()


def test_a_damaged_ledger_is_an_error_and_says_what_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"this is no database at all, it is a text" * 50)
    with pytest.raises(StateError, match="cannot use the ledger") as caught:
        memory(path)
    assert "move it away" in caught.value.hint
    with pytest.raises(StateError):
        record_run(path, a_run())


@pytest.mark.parametrize("odd", ["since = 'yesterday'", "since = '2026-01-01'", "runs = 'many'"])
def test_a_ledger_with_impossible_times_is_damaged(tmp_path: Path, odd: str) -> None:
    path = tmp_path / "ledger.sqlite"
    observe(path, "run-1", NOW, saw(absent={"9": "bob@example.com"}))
    with sqlite3.connect(path) as database:
        database.execute(f"UPDATE absences SET {odd}")  # noqa: S608 - a text of this test
    database.close()
    with pytest.raises(StateError, match="is damaged"):
        memory(path)


def test_another_database_is_never_taken_for_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE precious (x)")
    database.close()
    for use in (memory, writable):
        with pytest.raises(StateError, match="not a ledger"):
            use(path)


def test_a_ledger_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    record_run(path, a_run())
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StateError, match=r"newer syncer \(schema 99\)"):
        memory(path)


def test_an_older_schema_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.sqlite"
    record_run(path, a_run())
    later = (*MIGRATIONS, "ALTER TABLE runs ADD COLUMN note TEXT; CREATE TABLE x (y)")
    for module in (ledger, ledger_file):
        monkeypatch.setattr(module, "MIGRATIONS", later)
    assert memory(path).last_people == 10
    writable(path)
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (len(later),)
        assert database.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert database.execute("SELECT note FROM runs").fetchone() == (None,)
    database.close()


def test_administrators_are_those_of_the_last_run_that_could_read_them(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    record_run(path, a_run(sighting=saw(administrators=frozenset({"1", "2"}))))
    record_run(path, a_run("run-2", days=1, sighting=saw()))
    found = memory(path, days=2)
    assert (found.administrators, found.administrators_at) == (frozenset({"1", "2"}), NOW)
    record_run(path, a_run("run-3", days=2, sighting=saw(administrators=frozenset({"2"}))))
    assert memory(path, days=3).administrators == {"2"}
    record_run(path, a_run("run-4", days=3, sighting=saw(administrators=frozenset())))
    found = memory(path, days=4)
    assert (found.administrators, found.administrators_at) == (frozenset(), None)


def of_the_first_schema(path: Path, **ids: str) -> None:
    with sqlite3.connect(path) as database:
        database.executescript(FIRST_SCHEMA)
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute("PRAGMA user_version = 1")
        database.executemany("INSERT INTO identities VALUES (?, ?)", ids.items())
    database.close()


def test_a_ledger_that_noted_no_key_attribute_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    of_the_first_schema(path, E1="7", E2="8")
    before = path.read_bytes()
    assert memory(path) == Memory(ids={"E1": "7", "E2": "8"}, exists=True)
    assert path.read_bytes() == before
    writable(path)
    assert memory(path) == Memory(ids={"E1": "7", "E2": "8"}, exists=True)


def test_ids_without_a_key_attribute_get_it_from_those_seen_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    of_the_first_schema(path, E1="7", E2="8")
    observe(path, "run-1", NOW, saw(ids={"E1": "7", "E3": "9"}, key_attribute="number"))
    found = memory(path)
    assert (found.key_attribute, found.former_ids) == ("number", {})
    assert found.ids == {"E1": "7", "E2": "8", "E3": "9"}


def test_ids_that_are_equal_by_chance_get_no_key_attribute(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    of_the_first_schema(path, **{"1": "7", "2": "8", "3": "9"})
    seen = saw(ids={"1": "7", "2": "9", "3": "8"}, key_attribute="badge")
    observe(path, "run-1", NOW, seen)
    found = memory(path)
    assert (found.key_attribute, found.ids) == ("badge", seen.ids)
    assert found.former_ids == {"": {"1": "7", "2": "8", "3": "9"}}


def test_ids_are_kept_by_the_attribute_that_was_the_key(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    numbers = saw(ids={"1": "7", "2": "8"}, key_attribute="number")
    badges = saw(ids={"1": "8"}, key_attribute="badge")
    observe(path, "run-1", NOW, numbers)
    observe(path, "run-2", NOW + DAY, badges)
    found = memory(path)
    assert (found.key_attribute, found.ids) == ("badge", {"1": "8"})
    assert found.former_ids == {"number": {"1": "7", "2": "8"}}
    observe(path, "run-3", NOW + 2 * DAY, saw(ids={"1": "7"}, key_attribute="number"))
    found = memory(path)
    assert (found.key_attribute, found.ids) == ("number", {"1": "7", "2": "8"})
    assert found.former_ids == {"badge": {"1": "8"}}


def test_a_ledger_in_use_is_an_error_that_says_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_file, "_LOCK_SECONDS", 0.0)
    path = tmp_path / "ledger.sqlite"
    record_run(path, a_run())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateError, match="locked") as caught:
        record_run(path, a_run("run-2"))
    other.close()
    assert "wait until it ends" in caught.value.hint


def test_a_place_that_cannot_be_written_is_known_before_the_first_change(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot create the ledger") as caught:
        writable(tmp_path / "none" / "ledger.sqlite")
    assert caught.value.hint == "create the folder first"
    with pytest.raises(StateError, match="cannot use the ledger") as caught:
        writable(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="Not a directory"):
        memory(tmp_path / "file" / "ledger.sqlite")


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        (sqlite3.SQLITE_FULL, "free some space"),
        (sqlite3.SQLITE_READONLY, "may not write"),
        (sqlite3.SQLITE_CORRUPT, "restore it from a backup"),
    ],
)
def test_each_trouble_has_its_remedy(code: int, hint: str, tmp_path: Path) -> None:
    error = sqlite3.OperationalError("trouble")
    error.sqlite_errorcode = code
    assert hint in sqlite_error(tmp_path, error).hint
