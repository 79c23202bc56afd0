"""Whether the next run could write, without a try."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from syncer.apply.writable import folder_faults, journal_faults, ledger_faults, state_faults


def said(ledger: Path | None, journals: Path) -> list[str]:
    faults = state_faults(ledger, journals)
    assert all(fault.remedy for fault in faults)
    return [fault.message for fault in faults]


def test_a_folder_that_the_next_run_makes_is_no_fault_and_is_not_made(tmp_path: Path) -> None:
    assert said(tmp_path / "ledger.sqlite", tmp_path / "a" / "journal") == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_the_ledger_that_nobody_makes_is_one(tmp_path: Path) -> None:
    assert said(tmp_path / "a" / "ledger.sqlite", tmp_path) == [
        f"the folder {tmp_path / 'a'} is not there"
    ]


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("")
    assert said(None, tmp_path / "journal") == [
        f"the folder {tmp_path / 'journal'} is a file, not a folder"
    ]


def test_what_the_system_would_not_let_us_write_is_told_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, lock = tmp_path / "ledger.sqlite", tmp_path / ".lock"
    ledger.touch()
    lock.touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert said(ledger, tmp_path) == [
        f"the folder {tmp_path} cannot be written",
        f"{lock} cannot be written",
        f"{ledger} cannot be written",
    ]


@pytest.mark.parametrize(("blocks", "names"), [(10, 1000), (10_000, 0)])
def test_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocks: int, names: int
) -> None:
    disk = SimpleNamespace(f_bavail=blocks, f_frsize=4096, f_files=1_000_000, f_favail=names)
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    assert said(None, tmp_path) == [f"the disk of {tmp_path} is full"]


def test_a_file_system_that_counts_no_names_is_not_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SimpleNamespace(f_bavail=10_000, f_frsize=4096, f_files=0, f_favail=0)
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    assert said(None, tmp_path) == []


def test_what_cannot_be_looked_at_is_no_proof_that_all_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: Path) -> bool:
        raise PermissionError(13, "Permission denied", "/state/journal")

    monkeypatch.setattr(Path, "exists", denied)
    assert said(None, tmp_path) == ["/state/journal cannot be looked at: Permission denied"]


def test_each_place_is_asked_for_by_itself_too(tmp_path: Path) -> None:
    """A folder for journals is made by the run, one for the ledger or for metrics is not."""
    away = tmp_path / "away"
    missing = f"the folder {away} is not there"
    assert journal_faults(away) == ()
    assert [one.message for one in ledger_faults(away / "ledger.sqlite")] == [missing]
    assert [one.message for one in folder_faults(away)] == [missing]
    assert folder_faults(tmp_path) == ledger_faults(tmp_path / "ledger.sqlite") == ()


def test_journals_and_ledger_are_read_too_and_what_is_left_for_others_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _, rights: not rights & os.R_OK)
    unwritten = f"the folder {tmp_path} cannot be written"
    assert said(tmp_path / "ledger.sqlite", tmp_path) == [unwritten]
    assert folder_faults(tmp_path) == ()


def test_what_was_found_before_a_place_that_cannot_be_looked_at_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    exists = Path.exists

    def denied(path: Path) -> bool:
        if path.name == ".lock":
            raise PermissionError(13, "Permission denied", str(path))
        return exists(path)

    monkeypatch.setattr(Path, "exists", denied)
    assert said(None, tmp_path) == [
        f"the folder {tmp_path} cannot be written",
        f"{tmp_path / '.lock'} cannot be looked at: Permission denied",
    ]
