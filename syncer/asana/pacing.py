"""The pace of a run: spaced starts, few in flight, and one gate that a 429 closes for all.

Asana counts per token, counts refused requests too, and looks at its window more often than
once a minute, without saying how often. So requests start evenly spaced, which fits a minute
and any part of it down to a second, and nobody polls through a 429.

A library would be half of this. aiolimiter holds such a quota at one token for each interval,
within a hundredth of our throughput, but lets no short run start at once, and at more tokens it
lets twice the quota through in its first minute; pyrate-limiter sends the whole quota at once.
Neither can be closed for everybody when a Retry-After comes, so the gate would stay ours.
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
_MOST_AT_ONCE: Final = 15

_HEADROOM: Final = 0.02
"""So much slower than the limit: 25 requests that leave in a second and more may arrive closer
together, and 10 ms closer is still no 26th in any second."""

_CATCH_UP: Final = 0.01
"""Seconds that a start may be too early for its slot, so that late timers cost no throughput."""


class Pacer:
    """Admits requests so that no stretch of time, from a second on, holds more than its part.

    Starts have slots, `interval` apart. After a rest the first few may start at once, on slots
    that are still to come: nobody else starts until those are over, so that they are no
    surplus. The rest before them has to be as long as they are. Of the places in flight the
    pacer takes the `share` that is given, at least one of each kind.
    """

    def __init__(self, per_minute: float | None, timing: Timing, share: float = 1.0) -> None:
        self._timing = timing
        self._interval = 0.0
        self._advance = 0.0
        if per_minute is not None:
            limit = float(math.floor(per_minute)) if per_minute >= 1 else per_minute
            self._interval = 60.0 * (1 + _HEADROOM) / limit
            self._advance = self._interval * min(1 + int(limit // 100), _MOST_AT_ONCE)
        self._slot = -math.inf
        self._at_once_until = -math.inf
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
            if now >= self._slot + self._advance:
                self._at_once_until = now + self._advance
            self._slot = max(self._slot, now) + self._interval

    def close(self, seconds: float) -> None:
        """Let nobody start for so many seconds, and a little more.

        The surplus keeps several programs on one token from coming back in step.
        """
        surplus = self._timing.chance() * min(1.0, 0.1 * seconds)
        until = self._timing.clock() + seconds + surplus
        self._closed_until = max(self._closed_until, until)
        # Whoever was told to slow down begins with the even pace, not with several at once.
        self._slot = max(self._slot, self._closed_until)

    def _wait(self, patience: float) -> float:
        now = self._timing.clock()
        closed = self._closed_until - now
        if closed > patience:
            raise ThrottledError(
                f"Asana asks for {closed:.0f} s without requests (429 Too Many Requests)",
                "run again later, or lower asana.requests_per_minute or asana.share",
                status=429,
            )
        # Half an interval, since slots are sums of fractions: no slot lies so close to the end.
        at_once = self._slot < self._at_once_until - self._interval / 2
        return max(closed, 0.0 if at_once else self._slot - _CATCH_UP - now)
