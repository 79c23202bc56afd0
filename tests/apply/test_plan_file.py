"""Saved plans: written whole, read with care, carried out only while they fit."""

import json
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.apply.files import reading_hint, state_error, write_whole
from syncer.apply.journal_record import JournalRecord
from syncer.apply.plan_file import Expected, check_fits, read_plan, write_plan
from syncer.core.plan_document import PlanDocument, document_json, make_document
from syncer.model.errors import StaleError, StateError, UsageError
from syncer.model.outcome import Outcome, Result
from tests.apply.builders import NOW, create, plan_of


def document() -> PlanDocument:
    plan = plan_of(
        create("ann@example.com"), config_digest="c", sources_digest="s", tenant="sandbox"
    )
    return make_document(plan, created_at=NOW, version="1.0")


def earlier(
    *results: Result, status: str | None = "complete", doubtful: str = ""
) -> JournalRecord:
    footer = {"entry": "footer", "at": "2026-11-22T12:30:00Z", "status": status}
    return JournalRecord(
        path=Path("run-1.jsonl"),
        header={"run_id": "run-1"},
        entries=(),
        outcomes=tuple(
            Outcome(ref=str(number), result=result) for number, result in enumerate(results)
        ),
        doubtful=(doubtful,) if doubtful else (),
        footer=footer if status else None,
        cut=False,
    )


def test_a_plan_survives_the_disk_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, document())
    assert read_plan(path) == document()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_an_earlier_file_is_replaced_and_made_private(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    path.chmod(0o644)
    write_plan(path, document())
    assert read_plan(path) == document()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match=r"cannot write the plan .*No space") as caught:
        write_plan(path, document())
    assert "free some space" in caught.value.hint
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_plan_cannot_be_written_over_a_folder_or_into_none(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="it is a folder"):
        write_plan(tmp_path, document())
    with pytest.raises(StateError) as caught:
        write_whole(tmp_path / "none" / "plan.json", "", what="the plan")
    assert caught.value.hint == "create the folder first"


def test_even_a_trouble_that_nobody_foresaw_has_a_hint(tmp_path: Path) -> None:
    broken = OSError(5, "Input/output error")
    assert state_error("cannot write", tmp_path, broken).hint == reading_hint(broken) != ""


def test_no_plan_file_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no plan file") as caught:
        read_plan(tmp_path / "plan.json")
    assert "syncer plan --out" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "this is not JSON"),
        (b"\xff\xfe{", "it is not UTF-8 text"),
        (b"[]", "not a plan"),
        (b'{"plan": {}, "format_version": 9}', "has format version 9"),
    ],
    ids=["empty", "not text", "other JSON", "another format"],
)
def test_what_is_no_plan_is_wrong_usage(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=said) as caught:
        read_plan(path)
    assert "syncer plan --out" in caught.value.hint


def test_a_folder_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the plan") as caught:
        read_plan(tmp_path)
    assert caught.value.hint == "this is a folder: name a file"


def test_an_altered_plan_is_stale_and_can_still_be_shown(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    raw = json.loads(document_json(document()))
    raw["plan"]["actions"][0]["user_name"] = "eve@example.com"
    path.write_text(json.dumps(raw))
    with pytest.raises(StaleError, match="was altered") as caught:
        read_plan(path)
    assert "make the plan again" in caught.value.hint
    (action,) = read_plan(path, even_altered=True).plan.actions
    assert getattr(action, "user_name", "") == "eve@example.com"


def test_a_fresh_plan_fits_and_resumes_nothing() -> None:
    expected = Expected(config_digest="c", sources_digest="s", tenant="sandbox")
    assert check_fits(document(), now=NOW + timedelta(hours=24), expected=expected) is False


@pytest.mark.parametrize(
    ("later", "max_age", "reason"),
    [
        (timedelta(hours=24, seconds=1), timedelta(hours=24), "it is 24 h old, and 24 h is the"),
        (timedelta(minutes=50), timedelta(minutes=10), "it is 50 min old, and 10 min is the most"),
        (
            -timedelta(minutes=6),
            timedelta(hours=24),
            "it was made in the future, at 2026-11-22 12:00 UTC: one of the two clocks is wrong",
        ),
    ],
    ids=["too old", "too old by own limit", "from the future"],
)
def test_a_plan_of_the_wrong_age_is_refused(
    later: timedelta, max_age: timedelta, reason: str
) -> None:
    with pytest.raises(StaleError) as caught:
        check_fits(document(), now=NOW + later, max_age=max_age)
    assert caught.value.differences[0].startswith(reason)


def test_a_clock_a_little_ahead_is_no_reason() -> None:
    assert check_fits(document(), now=NOW - timedelta(minutes=5)) is False


def test_every_reason_is_given_at_once() -> None:
    expected = Expected(config_digest="x", sources_digest="y", tenant="z")
    done = earlier(Result.APPLIED)
    with pytest.raises(StaleError) as caught:
        check_fits(document(), now=NOW + timedelta(days=9), earlier=(done,), expected=expected)
    assert caught.value.differences == (
        "it is 216 h old, and 24 h is the most",
        "the config has changed since",
        "the directory has changed since",
        "it was made for sandbox, and this is z",
        "it was applied already, by run run-1 at 2026-11-22T12:30:00Z",
    )


@pytest.mark.parametrize(
    ("record", "resumes"),
    [
        (earlier(Result.APPLIED, Result.FAILED), True),
        (earlier(Result.APPLIED, Result.HELD), True),
        (earlier(Result.APPLIED, Result.SKIPPED), True),
        (earlier(Result.APPLIED, status="stopped"), True),
        (earlier(Result.APPLIED, status=None), True),
        (earlier(status=None, doubtful="create_user:ann@example.com"), True),
        (earlier(status=None), False),
    ],
    ids=["failed", "held", "skipped", "stopped", "killed", "killed in doubt", "killed at once"],
)
def test_a_plan_that_is_partly_applied_is_resumed(record: JournalRecord, *, resumes: bool) -> None:
    assert check_fits(document(), now=NOW, earlier=(record,)) is resumes
