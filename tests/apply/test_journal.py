"""The journal: on disk before it matters, readable after any end, and edits show."""

import asyncio
import json
import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.apply.journal import AppendOnlyFile, Journal
from syncer.apply.journal_record import (
    read_journal,
    runs_of,
    verify_journal,
)
from syncer.model.errors import StateError, SyncerError, UsageError
from syncer.model.outcome import Outcome, Result
from tests.apply.builders import Ticking, header, new_journal, run

INTENT = {
    "entry": "intent",
    "ref": "a",
    "attempt": 1,
    "kind": "create_user",
    "user": "a@b.example",
}
ANSWER = {"entry": "answer", "ref": "a", "attempt": 1, "accepted": True}
OUTCOME = {"entry": "outcome", "ref": "a", "result": "applied", "scim_id": "7", "requests": 1}


def written(
    folder: Path, run_id: str = "run-1", *, status: str = "complete", **changes: str
) -> Path:
    """A journal of one action that came to its end."""

    async def work() -> Path:
        journal = new_journal(folder, run_id, **changes)
        await journal.record(INTENT)
        journal.note(ANSWER)
        await journal.record(OUTCOME)
        journal.end(status, {"applied": 1})
        journal.close()
        return journal.path

    return run(work())


def test_a_journal_is_private_and_says_who_did_what(tmp_path: Path) -> None:
    path = written(tmp_path / "journal")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    record = read_journal(path)
    assert record.header is not None
    assert (record.run_id, record.header["user"], record.header["host"]) == (
        "run-1",
        "cron",
        "box",
    )
    assert record.outcomes == (Outcome(ref="a", result=Result.APPLIED, scim_id="7", requests=1),)
    assert record.complete
    assert record.finished_at == "2026-11-22T12:00:04.000Z"
    assert not record.cut
    assert verify_journal(path) == ()


def test_the_header_is_on_disk_before_anything_else(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    assert read_journal(journal.path).entries[0]["entry"] == "header"
    journal.close()


def test_an_intent_is_on_disk_when_recording_it_returns(tmp_path: Path) -> None:
    async def work() -> None:
        journal = new_journal(tmp_path)
        await journal.record(INTENT)
        assert read_journal(journal.path).doubtful == ("a",)
        journal.close()

    run(work())


def test_concurrent_entries_share_writes_and_none_is_lost(tmp_path: Path) -> None:
    class Counting(AppendOnlyFile):
        appends = 0

        def append(self, content: bytes) -> None:
            Counting.appends += 1
            super().append(content)

    async def work() -> Path:
        journal = Journal(tmp_path / "j.jsonl", Counting(tmp_path / "j.jsonl"), Ticking())
        journal.begin(header())
        entries = ({**INTENT, "ref": str(number)} for number in range(200))
        await asyncio.gather(*(journal.record(entry) for entry in entries))
        journal.end("complete", {})
        journal.close()
        return journal.path

    path = run(work())
    refs = {entry["ref"] for entry in read_journal(path).entries if entry["entry"] == "intent"}
    assert len(refs) == 200
    assert Counting.appends < 20
    assert verify_journal(path) == ()


def test_a_journal_cut_at_any_byte_is_readable_and_invents_nothing(tmp_path: Path) -> None:
    whole = written(tmp_path).read_bytes()
    path = tmp_path / "cut.jsonl"
    results = set()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        record = read_journal(path)
        assert record.cut == (length > 0 and whole[length - 1 : length] != b"\n")
        assert {outcome.ref for outcome in record.outcomes} <= {"a"}
        results.add(
            (record.header is None, record.doubtful, record.outcomes != (), record.complete)
        )
        assert (verify_journal(path) == ()) == (length == len(whole))
    assert results == {
        (True, (), False, False),
        (False, (), False, False),
        (False, ("a",), False, False),
        (False, (), True, False),
        (False, (), True, True),
    }


def test_every_edit_of_a_line_shows(tmp_path: Path) -> None:
    path = written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    for number in range(len(lines)):
        for edited in (lines[number].replace(b":", b": ", 1), b"", lines[number] * 2, b"[]\n"):
            path.write_bytes(b"".join([*lines[:number], edited, *lines[number + 1 :]]))
            assert verify_journal(path) != ()


def test_an_edited_end_is_named(tmp_path: Path) -> None:
    path = written(tmp_path)
    text = path.read_text()
    path.write_text(text.replace('"entry":"end"', '"note":1,"entry":"end"'))
    assert verify_journal(path) == ("line 6 was edited",)


def test_a_removed_line_is_named(tmp_path: Path) -> None:
    path = written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[1:]))
    assert verify_journal(path) == ("line 1 is not the first line that was written",)
    path.write_bytes(b"".join(lines[:2] + lines[3:]))
    message = "line 2 was edited, or lines are missing before line 3"
    assert verify_journal(path) == (message,)


def test_damage_in_the_middle_is_named_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"{oops\n", *lines[2:]]))
    with pytest.raises(StateError, match=r"run-1\.jsonl:2: the journal is damaged"):
        read_journal(path)


@pytest.mark.parametrize(
    "text",
    ["{}\n", "[1]\n", '{"entry":"intent","ref":"a","attempt":1}\n', "ann;bob\n", "\n"],
)
def test_what_is_no_journal_is_called_so(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(UsageError, match="is not a journal") as caught:
        read_journal(path)
    assert "'journal:'" in caught.value.hint


def test_a_journal_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"entry":"header","format_version":2,"version":"9.1"}\n')
    with pytest.raises(UsageError, match="format version 2; this program reads") as caught:
        read_journal(path)
    assert caught.value.hint == "use the syncer that wrote it: version 9.1"


HEADER_LINE = b'{"entry":"header","format_version":1}\n'


@given(first=st.sampled_from([b"", HEADER_LINE]), rest=st.binary(max_size=200))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_no_bytes_at_all_make_a_traceback(
    first: bytes, rest: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.jsonl"
    path.write_bytes(first + rest)
    with suppress(SyncerError):
        read_journal(path)
    verify_journal(path)


@pytest.mark.parametrize(
    "line",
    [
        {"entry": "intent", "ref": "a"},
        {"entry": "answer", "attempt": 1},
        {"entry": "outcome", "ref": "a", "result": "splendid"},
        {"entry": "outcome", "ref": "a"},
        {"entry": "footer"},
        {"entry": 7},
    ],
    ids=str,
)
def test_a_line_that_lacks_something_is_damage(line: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"entry":"header","format_version":1}\n' + json.dumps(line) + "\n")
    with pytest.raises(StateError, match="damaged"):
        read_journal(path)


def test_a_missing_journal_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no journal") as caught:
        read_journal(tmp_path / "none.jsonl")
    assert "'journal:'" in caught.value.hint
    with pytest.raises(UsageError, match="Is a directory") as caught:
        read_journal(tmp_path)
    assert caught.value.hint == "this is a folder: name a file"


def test_a_full_disk_is_an_error_before_anything_is_done(tmp_path: Path) -> None:
    full = Journal(tmp_path / "j", AppendOnlyFile(Path("/dev/full"), flags=0), Ticking())
    with pytest.raises(StateError, match="No space left on device") as caught:
        full.begin(header())
    assert "free some space" in caught.value.hint
    with pytest.raises(StateError, match="No space left"):
        full.end("complete", {})
    full.close()


def test_a_header_that_cannot_be_written_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: AppendOnlyFile, __: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(AppendOnlyFile, "append", full)
    with pytest.raises(StateError, match="No space left"):
        new_journal(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_durable_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("syncer.apply.journal.sync_folder", broken)
    with pytest.raises(StateError, match=r"cannot create the journal .*Input/output error"):
        new_journal(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("")
    with pytest.raises(StateError, match="cannot create the journal"):
        new_journal(tmp_path / "journal" / "deep")


def test_a_run_id_is_never_used_twice(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(StateError, match="there is a journal"):
        new_journal(tmp_path)


def test_a_pipe_among_the_journals_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(StateError, match="it is a pipe"):
        runs_of(tmp_path, "sha256:x")
    with pytest.raises(UsageError, match="it is a pipe"):
        read_journal(tmp_path / "pipe.jsonl")


def test_runs_of_a_plan_are_found_by_its_checksum(tmp_path: Path) -> None:
    written(tmp_path, "run-1", plan_checksum="sha256:x")
    written(tmp_path, "run-2", plan_checksum="sha256:other")
    written(tmp_path, "run-3", plan_checksum="sha256:x", status="stopped")
    (tmp_path / "run-4.jsonl").write_bytes(b'{"entry":"hea')
    (tmp_path / "notes.txt").write_text("x")
    assert [record.run_id for record in runs_of(tmp_path, "sha256:x")] == ["run-1", "run-3"]
    assert runs_of(tmp_path / "none", "sha256:x") == ()


def test_a_journal_that_cannot_be_opened_leaves_a_doubt_and_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "run-1.jsonl").mkdir()
    with pytest.raises(StateError, match="cannot read the journal") as caught:
        runs_of(tmp_path, "sha256:x")
    assert caught.value.hint


def test_a_journal_without_a_header_still_names_its_run(tmp_path: Path) -> None:
    path = tmp_path / "run-9.jsonl"
    path.write_bytes(b"")
    record = read_journal(path)
    assert (record.run_id, record.header, record.complete) == ("run-9", None, False)
    assert record.finished_at == ""
    assert verify_journal(path) == ("it has no end: the run was killed, or lines were cut away",)


def test_what_a_killed_run_asked_of_a_team_is_told_from_all_its_requests(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)

    async def write() -> None:
        for attempt, name in enumerate(("ann", "bob", "bob"), 1):
            member = {"user": f"{name}@example.com", "scim_id": name}
            await journal.record(
                {
                    "entry": "intent",
                    "ref": "change_members:eng",
                    "attempt": attempt,
                    "add": [member],
                }
            )

    run(write())
    journal.close()
    told = read_journal(journal.path).changes["change_members:eng"]
    assert [one["scim_id"] for one in told["add"]] == ["ann", "bob"]
