"""One run at a time, and no lock that a person has to clear away."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from syncer.apply.lock import Holder, run_at_work, run_lock
from syncer.model.errors import LockedError, StateError
from syncer.model.health import RunAtWork
from tests.apply.builders import NOW

US = Holder("run-1", 4711, "box", NOW)
THEM = Holder("run-2", 4712, "box", NOW)

HOLD = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from syncer.apply.lock import Holder, run_lock
with run_lock(Path(sys.argv[1]), Holder("run-9", 99, "far", datetime.now(UTC))):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with run_lock(path, US), pytest.raises(LockedError) as caught, run_lock(path, THEM):
        pass
    assert caught.value.message == (
        "another run is at work: run run-1 (process 4711 on box, since 2026-11-22 12:00:00 UTC)"
    )
    assert str(path) in caught.value.hint


def test_after_a_run_the_next_one_may(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    for holder in (US, THEM):
        with run_lock(path, holder):
            assert holder.run_id in path.read_text()
    assert path.read_text() == ""


def test_a_run_that_ends_in_an_error_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(ZeroDivisionError), run_lock(path, US):
        raise ZeroDivisionError
    with run_lock(path, THEM):
        assert THEM.run_id in path.read_text()


def test_a_killed_run_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    with pytest.raises(LockedError, match="run-9"), run_lock(path, US):
        pass
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    with run_lock(path, US):
        assert US.run_id in path.read_text()


@pytest.mark.parametrize("said", ["", "{", "[]", '{"run_id": "x"}'])
def test_a_holder_without_a_name_is_still_a_holder(said: str, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with run_lock(path, US):
        path.write_text(said)
        with pytest.raises(LockedError, match="has not told its name"), run_lock(path, THEM):
            pass


def test_a_lock_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot open the lock"), run_lock(tmp_path, US):
        pass
    with pytest.raises(StateError) as caught, run_lock(tmp_path / "none" / "lock", US):
        pass
    assert caught.value.hint == "create the folder first"


def test_a_file_system_without_locks_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("syncer.apply.lock.fcntl.flock", unsupported)
    with pytest.raises(StateError, match=r"cannot lock .*No locks"), run_lock(tmp_path / "l", US):
        pass


def test_a_full_disk_does_not_keep_the_lock_from_working(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("syncer.apply.lock.os.pwrite", full)
    path = tmp_path / "lock"
    with run_lock(path, US), pytest.raises(LockedError), run_lock(path, THEM):
        pass


def test_who_is_at_work_is_told_and_nothing_is_created(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert run_at_work(path) is None
    assert not path.exists()
    with run_lock(path, US):
        assert run_at_work(path) == RunAtWork(name="run run-1", since=NOW)
    assert run_at_work(path) is None


def test_the_name_of_a_dead_holder_is_not_one_at_work(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with run_lock(path, US):
        left = path.read_text()
    path.write_text(left)
    assert run_at_work(path) is None


@pytest.mark.parametrize("text", ["", "{", '{"run_id": "x", "pid": 1, "host": "h", "since": "x"}'])
def test_a_holder_without_a_name_is_at_work_since_the_file_was_written(
    text: str, tmp_path: Path
) -> None:
    path = tmp_path / "lock"
    with run_lock(path, US):
        path.write_text(text)
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
        told = RunAtWork(name="a run that has not told its name yet", since=NOW)
        assert run_at_work(path) == told


def test_a_run_that_begins_while_somebody_looks_is_not_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    path.touch()
    looker = os.open(path, os.O_RDONLY)
    fcntl.flock(looker, fcntl.LOCK_SH)
    monkeypatch.setattr("syncer.apply.lock.time.sleep", lambda _: os.close(looker))
    with run_lock(path, US):
        assert US.run_id in path.read_text()


def test_a_lock_that_cannot_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("syncer.apply.lock.os.open", denied)
    with pytest.raises(StateError, match="cannot read the lock") as caught:
        run_at_work(tmp_path / "lock")
    assert "run as the user who owns it" in caught.value.hint
