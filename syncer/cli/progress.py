"""Progress on stderr: a bar on a terminal, a plain line now and then elsewhere."""

import sys
from time import monotonic
from typing import Any, Final

from syncer.cli.logs import EventLog

EVERY_SECONDS: Final = 10.0
PATIENCE_SECONDS: Final = 1.0


class Progress:
    """Called with a stage and how far it is; shows nothing for work that is soon done.

    rich is imported only when a bar is shown: most runs end before one would help.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._started = monotonic()
        self._last = self._started
        self._terminal = sys.stderr.isatty()
        self._status: Any = None

    def __call__(self, stage: str, done: int, total: int | None = None) -> None:
        """Note that `done` of `total` are done in this stage."""
        now = monotonic()
        if self._terminal:
            if now - self._started >= PATIENCE_SECONDS:
                self._show(stage, done, total)
        elif now - self._last >= EVERY_SECONDS:
            self._last = now
            self._log.event("info", "progress", stage=stage, done=done, total=total)

    def close(self) -> None:
        """Take the bar away, so that what follows starts on a clean line."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _show(self, stage: str, done: int, total: int | None) -> None:
        if self._status is None:
            self._status = _bar()
            self._status.start()
            self._status.tasks_by_stage = {}
        tasks = self._status.tasks_by_stage
        if stage not in tasks:
            tasks[stage] = self._status.add_task(stage, total=total)
        self._status.update(tasks[stage], completed=done, total=total)


def _bar() -> Any:
    from rich.console import Console  # noqa: PLC0415  # 184 ms that most runs do not need
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Bar(*columns, console=Console(stderr=True), transient=True)
