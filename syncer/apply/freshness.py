"""Whether an action still fits when its turn comes: the world moves while a run is at work.

To read each record right before its write would double the requests of a run. One more listing
every few minutes costs little, and bounds how old the reading is that an action goes by.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from syncer.core.staleness import stale_actions
from syncer.model.actions import Action
from syncer.model.plan import Plan
from syncer.model.state import CurrentState

OLDEST_READING: Final = 300.0
"""Seconds: no action begins by an older reading. Within this time Asana's limits permit 7,500
requests, so that few runs ever read again in between, and a listing of ten thousand users is 1.3%
of them."""


class Freshness:
    """Asked before each request: by ref, which record of an action that it carries has moved.

    `moved` are the actions that a reading does not fit which was taken just now, by the monotonic
    `clock` in seconds. A record may also be as this plan leaves it. A call raises AsanaError when
    a new reading is due and fails.
    """

    def __init__(
        self,
        plan: Plan,
        moved: Mapping[str, str],
        *,
        read: Callable[[], Awaitable[CurrentState]],
        clock: Callable[[], float],
        oldest: float = OLDEST_READING,
    ) -> None:
        self._plan = plan
        self._moved = moved
        self._read = read
        self._clock = clock
        self._oldest = oldest
        self._read_at = clock()
        self._reading = asyncio.Lock()

    async def __call__(self, together: Sequence[Action]) -> Mapping[str, str]:
        """By ref, why one of them must not begin; they are all judged by one reading."""
        # Whoever comes while somebody reads waits, and finds the new reading.
        async with self._reading:
            if self._clock() - self._read_at > self._oldest:
                await self._read_again()
        moved = self._moved
        return {one.ref: moved[one.ref] for one in together if one.ref in moved}

    async def _read_again(self) -> None:
        began = self._clock()
        current = await self._read()
        self._moved = stale_actions(self._plan, current, resume=True)
        self._read_at = began
