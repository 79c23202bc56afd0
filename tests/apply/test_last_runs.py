"""How earlier runs ended, out of what is left of them on disk."""

import json
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.last_runs import read_history
from syncer.apply.ledger import RunRecord, Sighting, record_run
from syncer.core.planning.recollection import tenant_key
from syncer.model.health import RunHistory

UNTIL = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
TENANT = "https://asana.example/scim"
ALL_WELL = {"failed": 0, "skipped": 0, "held": 0}


def journal(folder: Path, day: int, *, name: str = "aaaaaa", at: str = "", **footer: Any) -> str:
    """A journal of a run on that day of November at two; without a footer it was killed."""
    folder.mkdir(exist_ok=True)
    run_id = f"202611{day:02}T020000Z-{name}"
    tenant = footer.pop("tenant", TENANT)
    lines: list[dict[str, Any]] = [{"entry": "header", "at": at, "tenant": tenant}]
    if footer:
        lines += [{"entry": "footer", "counts": ALL_WELL, **footer}, {"entry": "end"}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / f"{run_id}.jsonl").write_text(text, encoding="utf-8")
    return run_id


def history(folder: Path, ledger: Path | None = None) -> RunHistory:
    return read_history(ledger, folder, tenant_key(TENANT), UNTIL)


def good(folder: Path, ledger: Path | None = None) -> str:
    found = history(folder, ledger)
    assert not found.faults
    return found.good.run_id if found.good else ""


def recorded(
    path: Path, run_id: str, at: datetime, *, well: bool = True, tenant: str = ""
) -> Path:
    sighting = Sighting(tenant=tenant)
    record_run(
        path,
        RunRecord(run_id=run_id, at=at, people=3, good=well, sighting=sighting, deactivated={}),
    )
    return path


def test_nothing_is_known_of_nothing(tmp_path: Path) -> None:
    assert history(tmp_path / "none", tmp_path / "none.sqlite") == RunHistory()


@pytest.mark.parametrize(
    "footer",
    [
        {},
        {"status": "interrupted"},
        {"status": "stopped"},
        {"status": "complete", "counts": {**ALL_WELL, "failed": 1}},
        {"status": "complete", "counts": {**ALL_WELL, "skipped": 1}},
        {"status": "complete", "counts": {"failed": "none"}},
        {"status": "complete", "counts": None},
    ],
)
def test_only_what_is_known_to_have_gone_well_is_good(tmp_path: Path, footer: Any) -> None:
    before = journal(tmp_path, 23, status="complete")
    last = journal(tmp_path, 24, **footer)
    found = history(tmp_path)
    assert found.good is not None
    assert found.good.run_id == before
    assert found.last is not None
    assert (found.last.run_id, found.last.status) == (last, footer.get("status", ""))


def test_what_is_held_is_no_failure(tmp_path: Path) -> None:
    run_id = journal(tmp_path, 24, status="complete", counts={**ALL_WELL, "held": 4})
    assert good(tmp_path) == run_id


def test_a_run_that_lies_ahead_of_the_clock_proves_nothing(tmp_path: Path) -> None:
    run_id = journal(tmp_path, 29, status="complete")
    found = history(tmp_path)
    assert found.good is None
    assert found.ahead is not None
    assert found.ahead.run_id == run_id


def test_runs_of_another_tenant_and_other_files_do_not_count(tmp_path: Path) -> None:
    journal(tmp_path, 24, status="complete", tenant="https://other.example/scim")
    for name in ("notes.jsonl", "20261124T030000Z-abc.jsonl.bak", "20261199T030000Z-a.jsonl"):
        (tmp_path / name).write_text("{}\n")
    assert history(tmp_path) == RunHistory()


@pytest.mark.parametrize("first", ["aaaaaa", "ffffff"])
def test_of_two_runs_of_one_second_the_later_one_is_the_last(tmp_path: Path, first: str) -> None:
    second = "ffffff" if first == "aaaaaa" else "aaaaaa"
    journal(tmp_path, 24, name=first, at="2026-11-24T02:00:00.100+00:00", status="complete")
    last = journal(tmp_path, 24, name=second, at="2026-11-24T02:00:00.900+00:00")
    found = history(tmp_path)
    assert found.last is not None
    assert found.last.run_id == last


def test_a_footer_that_is_not_whole_is_none(tmp_path: Path) -> None:
    run_id = journal(tmp_path, 24, status="complete")
    path = tmp_path / f"{run_id}.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.rindex('{"entry": "end"') - 1], encoding="utf-8")
    assert good(tmp_path) == ""
    assert history(tmp_path).last is not None


def test_a_long_journal_is_read_at_its_ends_alone(tmp_path: Path) -> None:
    run_id = journal(tmp_path, 24, status="complete")
    path = tmp_path / f"{run_id}.jsonl"
    header, rest = path.read_text(encoding="utf-8").split("\n", 1)
    middle = json.dumps({"entry": "answer", "text": "x" * 500}) + "\n"
    path.write_text(f"{header}\n{middle * 1000}{rest}", encoding="utf-8")
    assert good(tmp_path) == run_id


def test_what_stands_in_a_journal_without_sense_is_no_good_run(tmp_path: Path) -> None:
    for number, content in enumerate([b"", b"\xff\xfe\n", b"[]\n", b'"x"\n', b"[" * 100_000]):
        (tmp_path / f"20261124T0200{number:02}Z-aaaaaa.jsonl").write_bytes(content)
    assert good(tmp_path) == ""


def test_a_pipe_is_a_fault_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "20261124T020000Z-aaaaaa.jsonl")
    (fault,) = history(tmp_path).faults
    assert "it is a pipe" in fault.message


def test_a_folder_that_is_none_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("")
    (fault,) = history(tmp_path / "journal").faults
    assert "cannot read the journal folder" in fault.message


def test_the_ledger_knows_what_journals_no_longer_tell(tmp_path: Path) -> None:
    ledger = recorded(tmp_path / "l.sqlite", "run-1", UNTIL - timedelta(hours=3))
    recorded(ledger, "run-2", UNTIL - timedelta(hours=2), well=False)
    assert good(tmp_path / "journal", ledger) == "run-1"


def test_journals_tell_of_what_the_ledger_does_not_know_yet(tmp_path: Path) -> None:
    ledger = recorded(tmp_path / "l.sqlite", "run-1", UNTIL - timedelta(days=9))
    run_id = journal(tmp_path / "journal", 24, status="complete")
    assert good(tmp_path / "journal", ledger) == run_id


def test_the_ledger_of_another_tenant_says_nothing(tmp_path: Path) -> None:
    ledger = recorded(tmp_path / "l.sqlite", "run-1", UNTIL - timedelta(hours=1), tenant="other")
    found = history(tmp_path / "journal", ledger)
    assert found == RunHistory(notes=("the ledger is of another tenant: other",))


def test_a_ledger_that_is_being_written_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.apply.ledger_file._LOCK_SECONDS", 0.0)
    ledger = recorded(tmp_path / "l.sqlite", "run-1", UNTIL - timedelta(hours=1))
    run_id = journal(tmp_path / "journal", 24, status="complete")
    other = sqlite3.connect(ledger, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    found = history(tmp_path / "journal", ledger)
    other.close()
    assert found.notes == ("the ledger is being written just now",)
    assert found.good is not None
    assert found.good.run_id == run_id


def test_a_ledger_that_is_none_is_a_fault_and_the_journals_still_tell(tmp_path: Path) -> None:
    ledger = tmp_path / "l.sqlite"
    ledger.write_bytes(b"not a database, though long enough to be looked at as one " * 20)
    run_id = journal(tmp_path / "journal", 24, status="complete")
    found = history(tmp_path / "journal", ledger)
    assert found.good is not None
    assert found.good.run_id == run_id
    assert "cannot use the ledger" in found.faults[0].message


def test_a_time_without_a_zone_is_damage(tmp_path: Path) -> None:
    ledger = recorded(tmp_path / "l.sqlite", "run-1", UNTIL - timedelta(hours=1))
    with sqlite3.connect(ledger) as database:
        database.execute("UPDATE runs SET at = '2026-11-25T01:00:00'")
    database.close()
    (fault,) = history(tmp_path / "journal", ledger).faults
    assert "is damaged" in fault.message


def test_reading_changes_nothing(tmp_path: Path) -> None:
    ledger = recorded(tmp_path / "l.sqlite", "run-1", UNTIL - timedelta(hours=1))
    journal(tmp_path / "journal", 24, status="complete")
    before = {path: path.stat() for path in tmp_path.rglob("*")}
    history(tmp_path / "journal", ledger)
    after = {path: path.stat() for path in tmp_path.rglob("*")}
    assert {path: one.st_mtime_ns for path, one in after.items()} == {
        path: one.st_mtime_ns for path, one in before.items()
    }
