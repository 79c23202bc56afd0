"""Asana's documented limits per token: requests in a minute, reads and writes in flight."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Final

from syncer.sandbox.switches import Switches
from syncer.sandbox.wire import Answer, Refusal, rest_refusal, scim_refusal

_MINUTE: Final = 60


class Limits:
    """Counts requests against the switches. A request that is refused counts all the same.

    In flight is whatever has arrived and is not answered: for the time that its answer takes,
    and on a port also while other requests are before it.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._recent: deque[float] = deque()
        self._in_flight: dict[bool, list[float]] = {False: [], True: []}
        self._door = threading.Lock()
        self._here: Counter[bool] = Counter()

    @contextmanager
    def arrival(self, *, write: bool) -> Iterator[int]:
        """How many others of the kind are being answered or wait for it. From any thread."""
        with self._door:
            ahead = self._here[write]
            self._here[write] += 1
        try:
            yield ahead
        finally:
            with self._door:
                self._here[write] -= 1

    def refusal(self, switches: Switches, *, write: bool, ahead: int = 0) -> Answer | None:
        """The 429 for a request that arrives now, or None when it may pass."""
        now = self._clock()
        window = switches.quota_window_seconds or _MINUTE
        quota = ceil(switches.requests_per_minute * window / _MINUTE)
        while self._recent and self._recent[0] <= now - window:
            self._recent.popleft()
        self._recent.append(now)
        if quota and len(self._recent) > quota:
            # Room is made when the oldest of the last `quota` requests leaves the window.
            return throttled(self._recent[-quota] + window - now, switches)
        most = switches.concurrent_writes if write else switches.concurrent_reads
        flying = self._in_flight[write] = [end for end in self._in_flight[write] if end > now]
        if most and len(flying) + ahead >= most:
            return throttled(min(flying, default=now) - now, switches)
        return None

    def flies(self, seconds: float, *, write: bool) -> None:
        """Note that a request stays in flight for so long from now."""
        if seconds > 0:
            self._in_flight[write].append(self._clock() + seconds)


def throttled(seconds: float, switches: Switches) -> Answer:
    """A 429 as documented, with whole seconds to wait."""
    headers = {"Retry-After": str(max(ceil(seconds), 1))}
    message = (
        "You've made too many requests and hit a rate limit. Please retry after the given time."
    )
    if switches.throttle_envelope == "scim":
        return scim_refusal(Refusal(429, message, headers), number=False)
    return rest_refusal(429, message, headers)
