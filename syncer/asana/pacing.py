"""The pace of a run: spaced starts, few in flight, and one gate that a 429 closes for all.

Asana counts per token, counts refused requests too, and looks at its window more often than
once a minute, without saying how often. So no number of seconds holds more than its part, and
nobody polls through a 429.

The steps of a run wait for each other: nobody is changed before all was read, nobody is invited
before seats are free. At an even pace each wait would be lost. Here it is caught up, as far as
the seconds around it have room, faster than evenly and never all at once.

A library would be half of this. aiolimiter holds such a quota at one token for each interval,
within a hundredth of our throughput, but lets no short run start at once, and at more tokens it
lets twice the quota through in its first minute; pyrate-limiter sends the whole quota at once.
Neither can be closed for everybody when a Retry-After comes, so the gate would stay ours.
"""

import asyncio
import math
from bisect import insort
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final

from syncer.asana.settings import Timing
from syncer.model.errors import ThrottledError

READS_IN_FLIGHT: Final = 50
WRITES_IN_FLIGHT: Final = 15
_SECONDS: Final = 60
"""The longest stretch that Asana counts by."""

_SLOWER: Final = 1.02
"""So much slower than the limit: 25 requests that leave in a second and more may arrive closer
together, and 10 ms closer is still no 26th in any second."""

_FASTEST: Final = 4
"""So many times the even pace at the most. A crowd that arrives together waits for one another in
front of the server, and is counted later than it was sent."""


class Pacer:
    """Admits requests so that no whole number of seconds holds more than its part of the limit.

    What went by unused is caught up as far as that allows, at `_FASTEST` times the even pace. Of
    the places in flight the pacer takes the `share` that is given, at least one of each kind.
    """

    def __init__(self, per_minute: float | None, timing: Timing, share: float = 1.0) -> None:
        self._timing = timing
        self._windows = ((1, 0.0),) if per_minute is None else tuple(_windows(per_minute))
        longest, span = self._windows[-1]
        self._evenly = span / longest
        self._starts: deque[float] = deque([-math.inf] * longest, maxlen=longest)
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

    async def admit(self, patience: float) -> float:
        """Return when the next request may start, and by which start `left` knows it.

        Raises ThrottledError when the gate stays closed for longer than `patience` seconds.
        """
        # One waiter at a time, in order of arrival: nobody overtakes, and a gate that closes
        # during the wait is seen before the start.
        async with self._turn:
            while (wait := self._wait(patience)) > 0:
                await self._timing.sleep(wait)
            start = self._timing.clock()
            self._starts.append(start)
            return start

    def left(self, start: float) -> float:
        """Count a start from now, for it left only now; by what `left` knows it from then on.

        Those behind it may find a connection that is made already, and would catch up with it.
        """
        now = self._timing.clock()
        if start in self._starts:  # else a gate that closed meanwhile stands for it
            self._starts.remove(start)
            insort(self._starts, now)
        return now

    def close(self, seconds: float) -> None:
        """Let nobody start for so many seconds, and a little more.

        The surplus keeps several programs on one token from coming back in step.
        """
        surplus = self._timing.chance() * min(1.0, 0.1 * seconds)
        until = self._timing.clock() + seconds + surplus
        self._closed_until = max(self._closed_until, until)
        # Whoever was told to slow down begins with the even pace, not with several at once.
        for before in range(1, len(self._starts) + 1):
            evenly = self._closed_until - before * self._evenly
            self._starts[-before] = max(self._starts[-before], evenly)

    def _wait(self, patience: float) -> float:
        now = self._timing.clock()
        closed = self._closed_until - now
        if closed > patience:
            raise ThrottledError(
                f"Asana asks for {closed:.0f} s without requests (429 Too Many Requests)",
                "run again later, or lower asana.requests_per_minute or asana.share",
                status=429,
            )
        free = max(self._starts[-most] + span for most, span in self._windows)
        return max(closed, free - now)


def _windows(per_minute: float) -> Iterator[tuple[int, float]]:
    """How many may start in how many seconds, the longest stretch last.

    Each number of seconds up to a minute has its own part, for Asana may count by any of them.
    """
    limit = math.floor(per_minute) if per_minute >= 1 else per_minute
    evenly = _SLOWER * _SECONDS / limit
    if limit < _SECONDS:
        yield 1, evenly
        return
    yield 1, evenly / _FASTEST
    for seconds in range(1, _SECONDS + 1):
        yield math.ceil(limit * seconds / _SECONDS), _SLOWER * seconds
