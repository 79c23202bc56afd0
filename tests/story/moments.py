"""Moments of a run that no request marks: the n-th call of a function of ours, in a fork."""

import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import syncer
from syncer.cli.interruption import INTERRUPTION
from syncer.cli.main import main
from tests.story.harness import Ended, House

OURS = str(Path(syncer.__file__).parent)
NEVER = 10**9


def at_call(place: int, number: signal.Signals) -> Callable[[], int]:
    """Send this process the signal at its n-th call; gives a count of the calls so far."""
    seen = 0

    def watch(frame: FrameType, event: str, _: object) -> None:
        nonlocal seen
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            seen += 1
            if seen == place:
                os.kill(os.getpid(), number)

    sys.setprofile(watch)
    return lambda: seen


def struck(house: House, place: int, number: signal.Signals, *arguments: str) -> tuple[Ended, int]:
    """How a command line ends that gets a signal at its n-th call, and how many there were."""
    sys.stdout.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # nothing else runs here
        child = os.fork()
    if not child:
        try:
            _begin(house, place, number, arguments)
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    texts = [(house.folder / name).read_text(encoding="utf-8") for name in ("out", "err")]
    calls = house.folder / "calls"
    ended = Ended(os.waitstatus_to_exitcode(status), texts[0], texts[1])
    return ended, int(calls.read_text()) if calls.exists() else 0


def _begin(house: House, place: int, number: signal.Signals, arguments: tuple[str, ...]) -> None:
    """The whole of a command line, from the entry point to the exit code of the process."""
    config = str(house.folder / "syncer.yaml")
    sys.argv = ["syncer", "-c", config, "--log-level", "error", *arguments]
    for name, stream in (("out", "stdout"), ("err", "stderr")):
        setattr(sys, stream, (house.folder / name).open("w", encoding="utf-8"))
    said = sys.stderr
    # A fork of a process in which runs have ended; a process of its own knows of none.
    INTERRUPTION.came = INTERRUPTION.over = False
    calls = at_call(place, number)
    try:
        main()
    except SystemExit as ended:
        sys.setprofile(None)
        (house.folder / "calls").write_text(str(calls()))
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 98)
    except BaseException:  # noqa: BLE001  # whatever escapes would be a traceback for people
        traceback.print_exc(file=said)
        said.flush()
