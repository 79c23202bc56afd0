"""Events on stderr: names and fields, never sentences, never a secret."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

from syncer.asana.traffic import Traffic
from syncer.cli.options import Settings

NUMBERS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
NOTHING: Final = 100


class EventLog:
    """Logs of one run. structlog is imported with the first event shown.

    `seconds` are those of each stage, `traffic` is what went to Asana and back.
    """

    def __init__(self, settings: Settings, **bound: str) -> None:
        terminal = sys.stderr.isatty()
        level = settings.log_level or ("warning" if terminal else "info")
        console = settings.log_format == "console" or (settings.log_format == "auto" and terminal)
        self._threshold = NUMBERS[level]
        self._console = console
        self._bound = bound
        self._names = settings.pseudonyms
        self._logger: Any = None
        self.seconds: dict[str, float] = {}
        self.traffic = Traffic()
        # httpx logs each URL at INFO, and a filter holds a person's address.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        logging.getLogger("httpcore").setLevel(logging.WARNING)

    def event(self, level: str, name: str, /, **fields: object) -> None:
        """Write one event when its level is wanted."""
        if NUMBERS[level] < self._threshold:
            return
        if self._logger is None:
            self._logger = self._structlog()
        try:
            told = self._names.within(fields) if self._names else fields
            getattr(self._logger, level)(name, **told)
        except OSError:
            # Nobody reads the log any more, or its disk is full: no reason to stop an apply
            # half way.
            self._threshold = NOTHING

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the seconds of a stage, for the line at the end of the run."""
        started = monotonic()
        try:
            yield
        finally:
            spent = round(monotonic() - started, 3)
            self.seconds[name] = self.seconds.get(name, 0.0) + spent
            self.event("debug", "stage.finished", stage=name, seconds=spent)

    def _structlog(self) -> Any:
        with _without_rich():
            import structlog  # noqa: PLC0415  # half a second that most runs do not need

        renderer: Any = (
            structlog.dev.ConsoleRenderer(colors=False)
            if self._console
            else structlog.processors.JSONRenderer(sort_keys=True)
        )
        return structlog.wrap_logger(
            structlog.PrintLogger(sys.stderr),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                renderer,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(self._threshold),
        ).bind(**self._bound)


@contextmanager
def _without_rich() -> Iterator[None]:
    """Let structlog find no rich: it would load all of it for tracebacks that no event has."""
    if "rich" in sys.modules:
        yield
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # how an import is told to fail
    try:
        yield
    finally:
        del sys.modules["rich"]
