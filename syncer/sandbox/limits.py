"""Asana's documented limits per token: requests in a minute, reads and writes in flight."""

import threading
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Final

from syncer.sandbox.switches import Switches
from syncer.sandbox.wire import Answer, Refusal, rest_refusal, scim_refusal

_MINUTE: Final = 60


@dataclass(slots=True)
class Arrival:
    """A request that has arrived: when, among how many others in flight, and when the first of
    them is answered. `flies` are the seconds that its answer takes from the moment it is made."""

    write: bool
    at: float
    others: int
    free_at: float
    flies: float = 0.0


class Limits:
    """Counts requests against the switches. A request that is refused counts all the same.

    A request is counted when it arrives, as at a gateway: on a port it may wait for others before
    anybody looks at it. In flight is whatever has arrived and is not answered.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._arrivals: list[float] = []
        self._in_flight: dict[bool, list[float]] = {False: [], True: []}
        self._door = threading.Lock()
        self._here: Counter[bool] = Counter()

    @contextmanager
    def arrival(self, *, write: bool) -> Iterator[Arrival]:
        """Let a request in, until its answer is made. From any thread."""
        with self._door:
            self._here[write] += 1
        seconds = 0.0
        try:
            arrived = self._noted(self._clock(), write=write)
            yield arrived
            seconds = arrived.flies
        finally:
            end = self._clock() + seconds if seconds > 0 else 0.0
            with self._door:
                self._here[write] -= 1
                if seconds > 0:
                    self._in_flight[write].append(end)

    def _noted(self, at: float, *, write: bool) -> Arrival:
        with self._door:
            insort(self._arrivals, at)
            flying = self._in_flight[write] = [end for end in self._in_flight[write] if end > at]
            others = self._here[write] - 1 + len(flying)
            return Arrival(write, at, others, min(flying, default=at))

    def refusal(self, switches: Switches, arrived: Arrival) -> Answer | None:
        """The 429 for a request, or None when it may pass."""
        at = arrived.at
        window = switches.quota_window_seconds or _MINUTE
        quota = ceil(switches.requests_per_minute * window / _MINUTE)
        with self._door:
            del self._arrivals[: bisect_right(self._arrivals, at - max(window, _MINUTE))]
            until = bisect_right(self._arrivals, at)
            since = bisect_right(self._arrivals, at - window)
            if quota and until - since > quota:
                # Room is made when the oldest of the last `quota` requests leaves the window.
                return throttled(self._arrivals[until - quota] + window - at, switches)
        most = switches.concurrent_writes if arrived.write else switches.concurrent_reads
        if most and arrived.others >= most:
            return throttled(arrived.free_at - at, switches)
        return None


def throttled(seconds: float, switches: Switches) -> Answer:
    """A 429 as documented, with whole seconds to wait."""
    headers = {"Retry-After": str(max(ceil(seconds), 1))}
    message = (
        "You've made too many requests and hit a rate limit. Please retry after the given time."
    )
    if switches.throttle_envelope == "scim":
        return scim_refusal(Refusal(429, message, headers), number=False)
    return rest_refusal(429, message, headers)
