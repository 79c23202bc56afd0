"""Whoever watches and refuses, hangs, crashes or forgets: no run ends otherwise for it."""

import os
import signal
import subprocess
import sys

import pytest

from syncer.cli import telling, watched
from syncer.model.exits import Exit
from tests.story.harness import PEOPLE, House
from tests.story.told import ROOT
from tests.story.watchers import SECRET, ZOE, logged, told, warnings
from tests.watch.listener import Listener


def ends(house: House) -> dict[str, int]:
    """How runs of every kind end here."""
    done = {"well": house.apply().code}
    house.write("people.csv", PEOPLE.replace(ZOE, ""))
    done["plan refused"] = house.plan().code
    done["refused"] = house.apply().code
    done["held"] = house.apply("--hold").code
    (house.folder / "people.csv").unlink()
    done["unreadable"] = house.apply().code
    return done


ENDS = {"well": 0, "plan refused": 3, "refused": 3, "held": 6, "unreadable": 64}


def test_watchers_that_refuse_change_no_exit_code(
    watched_house: House, listener: Listener
) -> None:
    listener.status = 500
    assert ends(watched_house) == ENDS


def test_watchers_that_are_not_there_change_no_exit_code(
    watched_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUSH_URL", f"http://127.0.0.1:1/{SECRET}")
    monkeypatch.setenv("PING_URL", "file:///etc/passwd")
    monkeypatch.delenv("NOTIFY_URLS")
    watched_house.write("notify.url", "nonsense")
    (watched_house.folder / "syncer.prom").mkdir()
    assert ends(watched_house) == ENDS


def test_watchers_that_hang_or_crash_change_no_exit_code(
    watched_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("metrics", "notification", "ping"):
        monkeypatch.setattr(telling.Teller, name, lambda *_: 1 / 0)
        assert watched_house.apply().code == Exit.DONE
    monkeypatch.setattr(watched, "facts_of", lambda *_: 1 / 0)
    ended = logged(watched_house, "apply", "--yes")
    assert ended.code == Exit.DONE
    assert [one["event"] for one in warnings(ended)] == ["watchers.not_told"]


def test_what_takes_too_long_is_cut_off_with_one_warning(
    watched_house: House, listener: Listener
) -> None:
    watched_house.apply()
    listener.mute = True
    config = watched_house.folder / "syncer.yaml"
    config.write_text(config.read_text().replace("timeout_seconds: 60", "timeout_seconds: 1"))
    ended = logged(watched_house, "apply", "--yes")
    assert ended.code == Exit.DONE
    assert [(one["event"], one["why"]) for one in warnings(ended)] == [
        ("metrics.not_pushed", "the environment variable PUSH_URL took too long"),
        ("ping.not_sent", "the environment variable PING_URL took too long"),
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_waiting_and_changes_no_exit_code(
    watched_house: House, listener: Listener, number: signal.Signals
) -> None:
    watched_house.edit("syncer.yaml", "  ping:", "  commands: [plan]\n  ping:")
    listener.mute = True
    command = [sys.executable, "-m", "syncer", "-c", "syncer.yaml", "plan", "--detailed-exitcode"]
    process = subprocess.Popen(
        command,
        cwd=watched_house.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert listener.came.wait(60)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in err) == (Exit.CHANGES_PENDING, False), err
    assert "Plan " in out


def test_what_did_not_arrive_is_told_by_the_next_run(
    watched_house: House, listener: Listener
) -> None:
    (watched_house.folder / "people.csv").unlink()
    listener.status = 503
    ended = logged(watched_house, "apply", "--yes")
    assert [one["event"] for one in warnings(ended)] == [
        "metrics.not_pushed",
        "notification.not_sent",
    ]
    tried = len(listener.at(f"/{SECRET}"))
    listener.status = 200
    watched_house.apply()
    assert len(listener.at(f"/{SECRET}")) == tried + 1
    watched_house.apply()
    assert len(listener.at(f"/{SECRET}")) == tried + 1


def test_a_memory_that_is_damaged_or_cannot_be_kept_is_a_warning(
    watched_house: House, listener: Listener
) -> None:
    watched_house.apply()
    path = watched_house.folder / "journal" / ".told-apply.json"
    path.write_text("{")
    (damaged,) = warnings(logged(watched_house, "apply", "--yes"))
    assert (damaged["event"], str(path) in damaged["why"]) == ("notification.state_lost", True)
    assert warnings(logged(watched_house, "apply", "--yes")) == []
    path.unlink()
    path.mkdir()
    ended = logged(watched_house, "apply", "--yes")
    assert ended.code == Exit.DONE
    assert {one["event"] for one in warnings(ended)} == {"notification.state_lost"}
    assert not told(listener)


def test_a_file_of_somebody_else_is_left_as_it_is(watched_house: House) -> None:
    path = watched_house.write("syncer.prom", "node_load1 0.5\n")
    (warning,) = warnings(logged(watched_house, "plan"))
    assert warning["event"] == "metrics.not_written"
    assert path.read_text() == "node_load1 0.5\n"


def test_a_pipe_in_the_place_of_the_numbers_is_not_waited_for(watched_house: House) -> None:
    os.mkfifo(watched_house.folder / "syncer.prom")
    ended = logged(watched_house, "plan")
    assert ended.code == Exit.DONE
    (warning,) = warnings(ended)
    assert (warning["event"], warning["why"]) == (
        "metrics.not_written",
        "it is there, and no file",
    )
