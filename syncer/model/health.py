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


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHistory:
    """What ledger and journals tell of earlier runs.

    `good` is the last good run of those that the clock has reached, `ahead` one that began later
    than now. `last` is the newest run that has a journal. `fault` and `remedy` say why the next
    run would not begin, `notes` what else was found.
    """

    good: GoodRun | None = None
    ahead: GoodRun | None = None
    last: RunEnd | None = None
    fault: str = ""
    remedy: str = ""
    notes: tuple[str, ...] = ()


class HealthVerdict(StrEnum):
    """HEALTHY alone is well."""

    HEALTHY = "healthy"
    NEVER = "never"
    OVERDUE = "overdue"
    CLOCK = "clock"
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The verdict, why, and what to do; `age` is that of the last good run."""

    verdict: HealthVerdict
    sentence: str
    hint: str
    notes: tuple[str, ...]
    age: timedelta | None
    max_age: timedelta
    history: RunHistory

    @property
    def healthy(self) -> bool:
        """Whether all is well."""
        return self.verdict is HealthVerdict.HEALTHY
