"""Ledger, journal and lock that cannot be used: said before the first change, with what to do."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.story.harness import House

ALL = ("--allow", "create=9", "--format", "json")


def a_file_for_a_folder(house: House) -> None:
    house.write("journal", "no folder")


def a_folder_for_the_lock(house: House) -> None:
    (house.folder / "journal" / ".lock").mkdir(parents=True)


def a_folder_for_the_ledger(house: House) -> None:
    (house.folder / "syncer-ledger.sqlite").mkdir()


def noise_for_the_ledger(house: House) -> None:
    house.write("syncer-ledger.sqlite", b"SQLite format 3\x00" + bytes(range(256)) * 20)


def another_database(house: House) -> None:
    with closing(sqlite3.connect(house.folder / "syncer-ledger.sqlite")) as database:
        database.execute("CREATE TABLE theirs (thing TEXT)")
        database.commit()


def a_torn_journal(house: House) -> None:
    house.write("journal/20991125T000000Z-abcdef.jsonl", '{"entry":"header"}\nnoise\n{"a":1}\n')


SPOILT: dict[str, tuple[Callable[[House], None], str]] = {
    "journal-is-a-file": (a_file_for_a_folder, "journal folder"),
    "lock-is-a-folder": (a_folder_for_the_lock, "cannot open the lock"),
    "ledger-is-a-folder": (a_folder_for_the_ledger, "ledger"),
    "ledger-is-noise": (noise_for_the_ledger, "ledger"),
    "ledger-is-another-database": (another_database, "is a database, but not a ledger"),
    "journal-is-torn": (a_torn_journal, "the journal is damaged"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_cannot_be_used_ends_the_run_before_any_change(house: House, name: str) -> None:
    spoil, said = SPOILT[name]
    spoil(house)
    ended = house.apply(*ALL)
    assert ended.code == 1, ended
    assert said in ended.err
    assert "hint: " in ended.err
    assert ended.json["error"]["hint"]
    assert not house.sandbox().describe().users


def test_a_ledger_that_another_process_writes_to_is_not_waited_for_without_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.apply.ledger_file._LOCK_SECONDS", 0.01)
    assert house.apply(*ALL).code == 0
    house.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    path: Path = house.folder / "syncer-ledger.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        ended = house.apply(*ALL)
        assert ended.code == 1, ended
        assert "database is locked" in ended.err
        assert "another process is using it" in ended.err
        assert "Chief" not in str(house.tenant())
        other.execute("ROLLBACK")
    assert house.apply(*ALL).code == 0
