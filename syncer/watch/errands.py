"""Errands to the world outside: each in a process of its own, which can hang or crash alone.

A library for a hundred services, a name server that does not answer, an answer that trickles in
for an hour: none of that may change how a run ends, or for how long it keeps its lock. What an
errand needs goes through a pipe, so that no URL is ever seen in a list of processes.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from time import monotonic
from typing import Final

_PROGRAM: Final = "syncer.watch.messenger"
_LAST_WORDS: Final = 1.0
"""Seconds in which a killed process may still be heard; the kernel needs none of them."""

_TOO_LATE: Final = "took too long"


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to do: `order` is what the messenger understands, and may hold secrets."""

    order: Mapping[str, object] = field(repr=False)
    seconds: float


@dataclass(frozen=True, slots=True)
class Told:
    """What was heard of an errand: a line for each thing done, and what kept it from doing more,
    empty for nothing."""

    lines: tuple[str, ...] = ()
    fault: str = "could not be started"


class _Messenger:
    """A process on its errand, and a thread that listens to it."""

    def __init__(self, errand: Errand, environment: Mapping[str, str]) -> None:
        self.told = Told(fault=_TOO_LATE)
        self._cut_off = False
        self._errand = errand
        self._process = subprocess.Popen(  # noqa: S603 - our own program, and no shell
            [sys.executable, "-P", "-m", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            # Ctrl-C is for the run to hear of, which then cuts the errand off.
            start_new_session=True,
        )
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def wait(self, until: float) -> None:
        self._listener.join(max(0.0, until - monotonic()))

    def cut_off(self) -> None:
        if not self._listener.is_alive():
            return
        self._cut_off = True
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._listener.join(_LAST_WORDS)

    def _listen(self) -> None:
        order = json.dumps({**self._errand.order, "seconds": self._errand.seconds})
        heard, _ = self._process.communicate(order.encode())
        lines = heard.decode("utf-8", "replace").splitlines()
        crashed = "crashed" if self._process.returncode else ""
        self.told = Told(tuple(lines), _TOO_LATE if self._cut_off else crashed)


def run_errands(errands: Sequence[Errand], hidden: Collection[str] = ()) -> tuple[Told, ...]:
    """What was heard of each, all of them on their way at once; returns when their time is up.

    Ctrl-C ends the waiting and changes nothing else. Environment variables of the names `hidden`
    are not handed on. Raises OSError when no process can be started.
    """
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment["PYTHONPATH"] = os.pathsep.join(os.path.abspath(path) for path in sys.path)  # noqa: PTH100 - as they are
    started = monotonic()
    messengers: list[_Messenger] = []
    try:
        messengers.extend(_Messenger(errand, environment) for errand in errands)
        for messenger, errand in zip(messengers, errands, strict=True):
            messenger.wait(started + errand.seconds)
    except KeyboardInterrupt:
        # How the run ends was settled before.
        pass
    finally:
        for messenger in messengers:
            messenger.cut_off()
    return tuple(messenger.told for messenger in messengers) + (Told(),) * (
        len(errands) - len(messengers)
    )
