"""The pace of a run: spaced starts, few in flight, and one gate that a 429 closes for all.

Asana counts per token, counts refused requests too, and looks at its window more often than
once a minute. So requests start evenly spaced, and nobody polls through a 429.

No library does this: aiolimiter lets twice the quota through in its first minute unless it is
given one token at a time, pyrate-limiter sends the whole quota at once, and neither can be
closed for everybody when a Retry-After comes.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from syncer.asana.settings import Timing
from syncer.model.errors import ThrottledError

READS_IN_FLIGHT: Final = 50
WRITES_IN_FLIGHT: Final = 15
_LONGEST_BURST: Final = 15


class Pacer:
    """Admits requests so that no 60 seconds hold more starts than the limit.

    The generic cell rate algorithm: each start moves a theoretical time on by `interval`,
    and may run ahead of it by `burst` starts. Starts in any half-open window of a minute are
    fewer than 60 / interval + burst, which the interval is chosen to keep at the limit. Of the
    places in flight it takes the `share` that is given, at least one.
    """

    def __init__(self, per_minute: float | None, timing: Timing, share: float = 1.0) -> None:
        self._timing = timing
        self._interval = 0.0
        self._lead = 0.0
        if per_minute is not None:
            limit = float(math.floor(per_minute)) if per_minute >= 1 else per_minute
            burst = min(1 + int(limit // 100), _LONGEST_BURST)
            self._interval = 60.0 / (limit + 1 - burst)
            self._lead = self._interval * (burst - 1)
        self._theoretical = -math.inf
        self._closed_until = -math.inf
        self._turn = asyncio.Lock()
        # Whoever leaves a part of the quota to others leaves them that part of the places too.
        self._reads = asyncio.Semaphore(max(1, int(READS_IN_FLIGHT * share)))
        self._writes = asyncio.Semaphore(max(1, int(WRITES_IN_FLIGHT * share)))

    @asynccontextmanager
    async def place(self, *, writes: bool) -> AsyncIterator[None]:
        """Hold one of the places in flight, which Asana counts apart for reads and writes."""
        async with self._writes if writes else self._reads:
            yield

    async def admit(self, patience: float) -> None:
        """Return when the next request may start.

        Raises ThrottledError when the gate stays closed for longer than `patience` seconds.
        """
        # One waiter at a time, in order of arrival: nobody overtakes, and a gate that closes
        # during the wait is seen before the start.
        async with self._turn:
            while (wait := self._wait(patience)) > 0:
                await self._timing.sleep(wait)
            now = self._timing.clock()
            self._theoretical = max(self._theoretical, now) + self._interval

    def close(self, seconds: float) -> None:
        """Let nobody start for so many seconds, and a little more.

        The surplus keeps several programs on one token from coming back in step.
        """
        surplus = self._timing.chance() * min(1.0, 0.1 * seconds)
        until = self._timing.clock() + seconds + surplus
        self._closed_until = max(self._closed_until, until)

    def _wait(self, patience: float) -> float:
        now = self._timing.clock()
        closed = self._closed_until - now
        if closed > patience:
            raise ThrottledError(
                f"Asana asks for {closed:.0f} s without requests (429 Too Many Requests)",
                "run again later, or lower asana.requests_per_minute or asana.share",
                status=429,
            )
        return max(closed, self._theoretical - self._lead - now)
