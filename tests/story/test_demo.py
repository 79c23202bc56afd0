"""The demo tells its story and nothing else, on a terminal and in a file."""

import contextlib
import io
from pathlib import Path

from syncer.cli.main import run
from tests.story.harness import Ended


def demo(folder: Path, *arguments: str) -> Ended:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(["demo", "--dir", str(folder), *arguments])
    return Ended(int(code), out.getvalue(), err.getvalue())


def test_the_story_holds_no_lines_of_the_log(tmp_path: Path) -> None:
    told = demo(tmp_path / "demo")
    assert told.code == 0
    assert told.err == ""
    assert "nothing to do" in told.out


def test_who_asks_for_the_log_gets_it(tmp_path: Path) -> None:
    told = demo(tmp_path / "demo", "--log-level", "info")
    assert told.code == 0
    assert '"level": "info"' in told.err
