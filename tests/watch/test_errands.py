"""An errand ends in time, whatever it meets, and leaves its secrets in nobody's sight."""

import os
import sys
from pathlib import Path
from time import monotonic

import pytest

from syncer.watch import errands
from syncer.watch.errands import Errand, Told, run_errands
from tests.watch.listener import listening

SECRET = "s3cr3t"

LOOKS_AROUND = """
import json, os, sys
from pathlib import Path
order = json.load(sys.stdin)
print("argv", sys.argv, flush=True)
print("environment", sorted(os.environ), flush=True)
print("order", order["url"], flush=True)
"""

HANGS = """
import sys, time, threading
print("0 done", flush=True)
threading.Event().wait()
"""

HANGS_WITH_A_CHILD = """
import subprocess, sys, threading
subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
print("0 done", flush=True)
threading.Event().wait()
"""

CRASHES = """
import os, sys
print("0 done", flush=True)
os.abort()
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A messenger of our own, in place of the real one."""
    monkeypatch.setattr(errands, "_PROGRAM", "a_messenger")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "a_messenger.py"


def test_secrets_go_through_a_pipe_alone(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program.write_text(LOOKS_AROUND)
    monkeypatch.setenv("A_TOKEN", SECRET)
    (told,) = run_errands([Errand({"url": SECRET}, 60)], hidden={"A_TOKEN"})
    argv, environment, order = told.lines
    assert SECRET not in argv
    assert "A_TOKEN" not in environment
    assert "PATH" in environment
    assert order == f"order {SECRET}"
    assert told.fault == ""
    assert SECRET not in repr(Errand({"url": SECRET}, 60))


@pytest.mark.parametrize("text", [HANGS, HANGS_WITH_A_CHILD], ids=["alone", "with-a-child"])
def test_what_hangs_is_cut_off_and_what_it_did_is_known(program: Path, text: str) -> None:
    program.write_text(text)
    started = monotonic()
    (told,) = run_errands([Errand({}, 1.5)])
    assert told == Told(("0 done",), "took too long")
    assert monotonic() - started < 30


def test_a_crash_is_told(program: Path) -> None:
    program.write_text(CRASHES)
    (told,) = run_errands([Errand({}, 60)])
    assert told == Told(("0 done",), "crashed")


def test_ctrl_c_ends_the_waiting_alone(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program.write_text(HANGS)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(errands._Messenger, "wait", interrupted)
    (told,) = run_errands([Errand({}, 60)])
    assert told.fault == "took too long"


def test_without_a_program_to_start_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", os.devnull)
    with pytest.raises(OSError, match="ermission"):
        run_errands([Errand({}, 60)])


def an_errand(**order: object) -> Told:
    (told,) = run_errands([Errand(order, 60)])
    return told


def test_a_ping_is_a_get() -> None:
    with listening() as listener:
        assert an_errand(do="ping", url=f"http://{listener.place}/id") == Told(("0 done",), "")
        assert listener.paths() == ["GET /id"]
        listener.status = 404
        assert an_errand(do="ping", url=f"http://{listener.place}/id").lines == ("0 answered 404",)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"file:///etc/{SECRET}", "0 is no http address"),
        (f"ftp://127.0.0.1/{SECRET}", "0 is no http address"),
        (f"http://127.0.0.1:1/{SECRET}", "0 could not be reached (URLError)"),
        (f"http://127.0.0.1:{SECRET}/", "0 could not be reached (InvalidURL)"),
        (f"http://[{SECRET}/", "0 could not be reached (ValueError)"),
        (SECRET, "0 is no http address"),
    ],
)
def test_an_address_that_leads_nowhere_is_not_repeated(url: str, said: str) -> None:
    assert an_errand(do="ping", url=url) == Told((said,), "")


def test_a_push_leaves_alone_what_it_does_not_speak_of() -> None:
    text = "# HELP syncer_x X.\n# TYPE syncer_x gauge\nsyncer_x 1.0\n"
    with listening() as listener:
        url = f"http://operator:p%40ss@{listener.place}"
        told = an_errand(
            do="push", url=url, text=text, labels={"tenant": "a/b", "command": "plan"}
        )
        assert told == Told(("0 done",), "")
        (pushed,) = listener.heard
    assert pushed.method == "POST"
    assert pushed.path == "/metrics/job/syncer/command/plan/tenant@base64/YS9i"
    assert pushed.body == text
    assert pushed.headers["Authorization"] == "Basic b3BlcmF0b3I6cEBzcw=="


def test_of_several_urls_each_is_told() -> None:
    with listening() as listener:
        urls = [
            f"json://{listener.place}/a",
            f"nonsense://{SECRET}",
            f"json://127.0.0.1:1/{SECRET}",
        ]
        told = an_errand(do="notify", urls=urls, title="T", body="*B*", type="warning")
        assert sorted(told.lines) == [
            "0 done",
            "1 is no URL that apprise knows",
            "2 was refused, or could not be reached",
        ]
        (posted,) = listener.heard
    assert posted.path == "/a"
    assert (posted.json["title"], posted.json["type"]) == ("T", "warning")
