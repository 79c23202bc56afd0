"""What went over the wire in a run, in numbers, for whoever watches runs from afar."""

from collections import Counter, deque
from typing import Final

UNANSWERED: Final = "none"
"""The status of a request to which no answer came."""

_MINUTE: Final = 60.0


class Traffic:
    """Counts requests by `methods` and by `statuses` of the answers, repetitions included.

    `busiest_minute` is the most that began within any sixty seconds.
    """

    def __init__(self) -> None:
        self.methods: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.busiest_minute = 0
        self._begun: deque[float] = deque()

    def sent(self, method: str, at: float) -> None:
        """Note that a request began, by a clock in seconds that never goes back."""
        self.methods[method] += 1
        self._begun.append(at)
        while self._begun[0] <= at - _MINUTE:
            self._begun.popleft()
        self.busiest_minute = max(self.busiest_minute, len(self._begun))

    def answered(self, status: int) -> None:
        """Note the status of an answer."""
        self.statuses[str(status)] += 1

    def unanswered(self) -> None:
        """Note that no answer will come."""
        self.statuses[UNANSWERED] += 1
