import asyncio
import functools
from pathlib import Path

import pytest

from syncer.asana.in_process import InProcessTransport
from syncer.asana.settings import Timing
from tests.story.harness import House, furnish


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnish(tmp_path)


class VirtualTime:
    """A clock that moves only when somebody sleeps, so that no test waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self._yield = asyncio.sleep

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await self._yield(0)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> VirtualTime:
    """Retries, pacing, slow answers and read-backs take no real time."""
    time = VirtualTime()
    timing = Timing(clock=time.clock, sleep=time.sleep)
    transport = functools.partial(InProcessTransport, sleep=time.sleep)
    monkeypatch.setattr("syncer.asana.client.Timing", lambda: timing)
    monkeypatch.setattr("syncer.cli.wiring.InProcessTransport", transport)
    monkeypatch.setattr("syncer.cli.perform.SLEEP", time.sleep)
    return time
