"""Whether all is well: what is known of earlier runs, and the verdict on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodRun:
    """A run in which nothing failed, by when it began."""

    run_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended, by its journal.

    `status` is complete, stopped or interrupted, and empty where the journal has no end: the run
    is at work, or was killed. `stopped` says why it ended before its last action.
    """

    run_id: str
    at: datetime
    tenant: str = ""
    status: str = ""
    failed: int = 0
    skipped: int = 0
    held: int = 0
    stopped: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing failed; what a guard holds is no failure."""
        return self.status == "complete" and not self.failed and not self.skipped

    @property
    def cut_short(self) -> bool:
        """Whether it was killed or told to stop, or is still at work."""
        return self.status in {"", "interrupted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why the next run could not begin, and what helps."""

    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHistory:
    """What ledger and journals tell of earlier runs.

    `good` is the last good run of those that the clock has reached, `ahead` one that began later
    than now. `last` is the newest run that has a journal. `faults` say what could not be read,
    `notes` what else was found.
    """

    good: GoodRun | None = None
    ahead: GoodRun | None = None
    last: RunEnd | None = None
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAtWork:
    """The run that holds the lock, as it calls itself, and since when it does."""

    name: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLimits:
    """How long ago the last good run may have begun, and how long a run may be at work."""

    age: timedelta
    run: timedelta


class HealthVerdict(StrEnum):
    """HEALTHY alone is well; of several troubles it is the first in this order."""

    HEALTHY = "healthy"
    STATE = "state"
    STUCK = "stuck"
    INTERRUPTED = "interrupted"
    CLOCK = "clock"
    OVERDUE = "overdue"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is not well, and what to do."""

    verdict: HealthVerdict
    sentence: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All that is not well; `sentence` says how things stand where nothing is the matter.

    `age` is that of the last good run, `at_work` the run that holds the lock just now.
    """

    troubles: tuple[Trouble, ...]
    sentence: str
    notes: tuple[str, ...]
    age: timedelta | None
    limits: HealthLimits
    history: RunHistory
    at_work: RunAtWork | None

    @property
    def healthy(self) -> bool:
        """Whether all is well."""
        return not self.troubles

    @property
    def verdict(self) -> HealthVerdict:
        """The gravest of the troubles."""
        return self.troubles[0].verdict if self.troubles else HealthVerdict.HEALTHY
