"""A disk that fills up: known before the first change, and afterwards told as it is."""

import errno
import functools
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.journal_record import read_journal
from tests.story.harness import Ended, House

ALL = ("--allow", "create=9", "--format", "json")
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Disk:
    """Makes so many writes to the files of a kind durable, and no more.

    Torn, it takes half of the next write; else it takes all and says so only when asked to
    make it durable, as a file system may that allocates late.
    """

    def __init__(
        self, concerns: Callable[[str], bool], writes: int = 0, *, torn: bool = False
    ) -> None:
        self.left = writes
        self.full = False
        self._torn = torn
        self._concerns = concerns
        self._write = os.write
        self._sync = os.fsync

    def write(self, descriptor: int, content: memoryview) -> int:
        if self.left or not self._torn or not self._is_mine(descriptor):
            return self._write(descriptor, content)
        if self.full:
            raise FULL
        self.full = True
        return self._write(descriptor, content[: len(content) // 2])

    def sync(self, descriptor: int) -> None:
        if self._is_mine(descriptor):
            self.full = self.left == 0
            if self.full:
                raise FULL
            self.left -= 1
        self._sync(descriptor)

    def fill(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(os, "write", self.write)
        patch.setattr(os, "fsync", self.sync)

    def _is_mine(self, descriptor: int) -> bool:
        return self._concerns(str(Path(f"/proc/self/fd/{descriptor}").readlink()))


def is_journal(path: str) -> bool:
    return path.endswith(".jsonl")


def fill_for_the_ledger(patch: pytest.MonkeyPatch, *, transactions: int) -> None:
    """Let SQLite commit so many transactions, and then meet a full disk."""
    left = iter(range(transactions))

    class Filling(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            if statement == "COMMIT" and next(left, None) is None:
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            return super().execute(statement, *values)

    plain = sqlite3.connect
    patch.setattr(sqlite3, "connect", functools.partial(plain, factory=Filling))


def assert_said_before_any_change(house: House, ended: Ended) -> None:
    assert ended.code == 1, ended
    assert "hint: the disk is full: free some space and run again" in ended.err
    assert "Traceback" not in ended.err
    assert not house.sandbox().describe().users


@pytest.mark.parametrize("torn", [False, True])
def test_a_journal_that_cannot_begin_ends_the_run_before_any_change(
    house: House, monkeypatch: pytest.MonkeyPatch, *, torn: bool
) -> None:
    with monkeypatch.context() as patch:
        Disk(is_journal, torn=torn).fill(patch)
        ended = house.apply(*ALL)
    assert "No space left on device" in ended.err
    assert_said_before_any_change(house, ended)
    assert list((house.folder / "journal").glob("*.jsonl")) == []
    assert house.apply(*ALL).code == 0


def test_a_ledger_that_cannot_be_written_ends_the_run_before_any_change(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fill_for_the_ledger(patch, transactions=0)
        ended = house.apply(*ALL)
    assert "database or disk is full" in ended.err
    assert_said_before_any_change(house, ended)
    assert house.apply(*ALL).code == 0


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_plan_that_cannot_be_saved_ends_the_run_before_any_change(
    house: House, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    saved = house.write("saved.json", "the plan of yesterday")
    arguments = {"plan": ("plan",), "apply": ("apply", "--yes", *ALL)}[command]
    with monkeypatch.context() as patch:
        Disk(lambda path: ".saved.json." in path).fill(patch)
        ended = house.syncer(*arguments, "--out", str(saved))
    assert "No space left on device" in ended.err
    assert_said_before_any_change(house, ended)
    assert saved.read_text(encoding="utf-8") == "the plan of yesterday"
    assert list(house.folder.glob(".saved.json.*")) == []


def there(house: House) -> set[str]:
    """The refs of the creates that the tenant shows."""
    state = house.tenant() if (house.folder / "tenant.json").exists() else {}
    users = {f"create_user:{user['userName']}" for user in state.get("users", ())}
    return users | {
        f"create_team:{team['displayName'].lower()}" for team in state.get("groups", ())
    }


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize("writes", range(1, 13))
def test_a_disk_that_fills_up_stops_the_run_and_every_outcome_is_true(
    house: House, monkeypatch: pytest.MonkeyPatch, writes: int, *, torn: bool
) -> None:
    with monkeypatch.context() as patch:
        disk = Disk(is_journal, writes, torn=torn)
        disk.fill(patch)
        ended = house.apply(*ALL)
    assert "Traceback" not in ended.err
    outcomes = {one["ref"]: one for one in ended.json["outcomes"]}
    applied = {ref for ref, one in outcomes.items() if one["result"] == "applied"}
    assert there(house) == {ref for ref in applied if ref.startswith("create_")}
    assert not any(one["requests"] for one in outcomes.values() if one["result"] == "skipped")
    said = " ".join([ended.json["stopped"], *ended.json["warnings"]])
    assert ("No space left on device" in said) == disk.full
    assert ended.code == (4 if ended.json["stopped"] else 0)
    # What the journal says is true as far as it goes, and the next run does the rest.
    (journal,) = (house.folder / "journal").glob("*.jsonl")
    assert {one.ref for one in read_journal(journal).outcomes} <= outcomes.keys()
    assert house.apply(*ALL).code == 0
    assert house.plan("--detailed-exitcode").code == 0


def test_a_ledger_that_fills_up_afterwards_is_a_warning(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = (house.folder / "people.csv").read_text(encoding="utf-8")
    house.write("people.csv", f"{people}2000,l@example.com,L,0,Guest,Sales,,active\n")
    house.edit("syncer.yaml", "  key:", "  expect: {max_shrink_percent: null}\n  key:")
    assert house.apply(*ALL).code == 0
    house.write("people.csv", people)
    with monkeypatch.context() as patch:
        fill_for_the_ledger(patch, transactions=1)
        ended = house.apply(*ALL)
    assert ended.code == 0, ended
    (warning,) = ended.json["warnings"]
    assert warning.startswith("the ledger does not know of this run: ")
    assert "database or disk is full" in warning
    # The journal does, and the guards of the next run ask it.
    assert "1 deactivated in the last 7 days" in house.plan().out
