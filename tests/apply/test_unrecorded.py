"""What dead runs leave to the guards: their journals are read where the ledger knows nothing."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.journal import Entry, Journal
from syncer.apply.ledger import RunRecord, Sighting, catch_up, read_memory, record_run
from syncer.apply.unrecorded import unrecorded_runs
from syncer.model.errors import StateError
from tests.apply.builders import NOW, Ticking, header, run

DAY = timedelta(days=1)
WINDOW = 7
HEADER = '{"entry":"header","format_version":1,"at":"2026-11-22T12:00:00Z"}'
NAMELESS = HEADER.replace('"header"', '"intent","ref":"a","attempt":1,"kind":"deactivate_user"')


def intent(name: str, scim_id: str, kind: str = "deactivate_user") -> Entry:
    ref = f"{kind}:{name}"
    said = {"kind": kind, "user": name, "scim_id": scim_id}
    return {"entry": "intent", "ref": ref, "attempt": 1, **said}


def outcome(name: str, result: str, **rest: Any) -> Entry:
    return {"entry": "outcome", "ref": f"deactivate_user:{name}", "result": result, **rest}


def name_of(began: datetime, number: int = 1) -> str:
    return f"{began:%Y%m%dT%H%M%SZ}-{number:06x}"


def killed(folder: Path, *entries: Entry, ago: timedelta = timedelta(), number: int = 1) -> str:
    """A journal without an end; the run's id."""
    began = NOW - ago

    async def work() -> str:
        clock = Ticking(began)
        journal = Journal.create(folder, header(name_of(began, number)), clock)
        for entry in entries:
            await journal.record(entry)
        journal.close()
        return name_of(began, number)

    return run(work())


def counted(folder: Path) -> int:
    ledger = folder.parent / "ledger.sqlite"
    return read_memory(ledger, NOW, WINDOW, journals=folder).recent_deactivations


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def test_without_journals_nothing_is_counted(folder: Path) -> None:
    assert counted(folder) == 0


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((), 0),
        ((intent("a@example.com", "1"),), 1),
        ((intent("a@example.com", "1"), outcome("a@example.com", "applied")), 1),
        ((intent("a@example.com", "1"), outcome("a@example.com", "failed", in_doubt=True)), 1),
        ((intent("a@example.com", "1"), outcome("a@example.com", "failed")), 0),
        ((intent("a@example.com", "1", "update_user"),), 0),
        ((outcome("a@example.com", "applied"),), 0),
    ],
    ids=["nothing", "begun", "applied", "doubt", "refused", "another action", "done before"],
)
def test_what_may_have_happened_counts(
    folder: Path, entries: tuple[Entry, ...], expected: int
) -> None:
    killed(folder, *entries)
    assert counted(folder) == expected


def test_everybody_counts_once(folder: Path) -> None:
    killed(folder, intent("a@example.com", "1"), intent("b@example.com", "2"))
    killed(folder, intent("a@example.com", "1"), number=2)
    record_run(
        folder.parent / "ledger.sqlite",
        RunRecord(
            run_id="other",
            at=NOW,
            people=9,
            good=True,
            sighting=Sighting(),
            deactivated={"2": "b@example.com", "3": "c@example.com"},
        ),
    )
    assert counted(folder) == 3


def test_a_run_that_the_ledger_knows_is_not_asked_again(folder: Path) -> None:
    run_id = killed(folder, intent("a@example.com", "1"))
    record = RunRecord(run_id=run_id, at=NOW, people=9, good=True, sighting=Sighting())
    record_run(folder.parent / "ledger.sqlite", record)
    assert counted(folder) == 0


def test_journals_of_known_and_of_older_runs_are_not_opened(folder: Path) -> None:
    for began in (NOW, NOW - 9 * DAY):
        (folder / f"{name_of(began)}.jsonl").mkdir(parents=True)
    since = NOW - WINDOW * DAY
    assert unrecorded_runs(folder, {name_of(NOW)}, since) == ()


def test_what_has_no_name_of_a_run_is_no_journal_of_ours(folder: Path) -> None:
    folder.mkdir()
    for name in ("notes.jsonl", "old-20261122T120000Z-000001.jsonl", "20261122.jsonl"):
        (folder / name).write_text("ann;bob\n")
    assert counted(folder) == 0


def test_a_long_run_counts_by_its_last_sign_of_life(folder: Path) -> None:
    # It began before the window, and its last line is within.
    killed(folder, intent("a@example.com", "1"), ago=WINDOW * DAY + timedelta(seconds=1))
    assert counted(folder) == 1
    killed(folder, intent("b@example.com", "2"), ago=WINDOW * DAY + timedelta(seconds=9))
    assert counted(folder) == 1


def test_a_journal_cut_in_its_first_line_says_that_nothing_was_done(folder: Path) -> None:
    folder.mkdir()
    (folder / f"{name_of(NOW)}.jsonl").write_bytes(b'{"entry":"hea')
    assert counted(folder) == 0


@pytest.mark.parametrize(
    "text",
    [
        "ann;bob\n",
        '{"entry":"header","format_version":2}\n',
        f"{HEADER}\n{{oops\n",
        '{"entry":"header","format_version":1,"at":"yesterday"}\n',
        f"{HEADER}\n{NAMELESS}\n",
    ],
    ids=["no journal", "another format", "a line", "a time", "an id"],
)
def test_a_damaged_journal_of_the_window_is_an_error_that_says_what_to_do(
    folder: Path, text: str
) -> None:
    folder.mkdir()
    path = folder / f"{name_of(NOW)}.jsonl"
    path.write_text(text)
    with pytest.raises(StateError, match=str(path.name)) as caught:
        counted(folder)
    assert "move it away" in caught.value.hint
    path.rename(folder / f"{name_of(NOW - 9 * DAY)}.jsonl")
    assert counted(folder) == 0


def test_a_folder_that_cannot_be_read_is_not_an_empty_one(folder: Path) -> None:
    folder.write_text("")
    with pytest.raises(StateError, match="cannot read the journal folder") as caught:
        counted(folder)
    assert "journal:" in caught.value.hint


def test_the_next_apply_takes_dead_runs_into_the_ledger(folder: Path) -> None:
    killed(folder, intent("a@example.com", "1"), ago=2 * DAY)
    ledger = folder.parent / "ledger.sqlite"
    catch_up(ledger, NOW, WINDOW, journals=folder)
    for journal in folder.iterdir():
        journal.unlink()
    assert counted(folder) == 1
    later = read_memory(ledger, NOW + 6 * DAY, WINDOW, journals=folder)
    assert later.recent_deactivations == 0
    assert later.last_good_run is None


def test_a_ledger_never_begun_counts_by_the_journals_alone(folder: Path) -> None:
    killed(folder, intent("a@example.com", "1"))
    (folder.parent / "ledger.sqlite").touch()
    assert counted(folder) == 1
