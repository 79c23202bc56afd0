import asyncio
import functools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.asana.in_process import InProcessTransport
from syncer.asana.settings import Timing
from syncer.sandbox import Sandbox
from tests.story.exporting import fill
from tests.story.harness import CONFIG, PEOPLE, House, furnish
from tests.story.undoing import ALL
from tests.story.watchers import SECRET
from tests.watch.listener import Listener, listening


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnish(tmp_path)


@pytest.fixture
def varied(house: House) -> House:
    """A house whose tenant holds something of everything."""
    fill(house)
    return house


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


@pytest.fixture
def staffed(house: House, no_waiting: VirtualTime) -> House:  # noqa: ARG001 - thirty creates
    """A tenant as the directory has it, so that the next run is one of changes."""
    sales = "".join(f"1{n:03},s{n}@example.com,S,{n},Guest,Sales,,active\n" for n in range(30))
    house.write("people.csv", PEOPLE + sales)
    assert house.apply(*ALL).code == 0
    return house


Counted = tuple[House, Counter[str]]
"""A house, and what its sandbox was asked, by method and resource."""


@pytest.fixture
def counted(house: House, monkeypatch: pytest.MonkeyPatch) -> Counted:
    """A house whose sandbox counts what it is asked, by method and resource."""
    seen: Counter[str] = Counter()
    respond = Sandbox.respond

    def counting(self, method, target, headers, body):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        path = target.split("?")[0].removeprefix("/api/1.0/").removeprefix("scim/")
        resource = path.strip("/").split("/")
        below = "".join(f"/{part}" for part in ("id", *resource[2:])[: len(resource) - 1])
        seen[f"{method} {resource[0]}{below}"] += 1
        return respond(self, method, target, headers, body)

    monkeypatch.setattr(Sandbox, "respond", counting)
    return house, seen


BESIDE = {"GET workspaces": 1, "GET workspaces/id/workspace_memberships": 1}
"""What SCIM hides: one request, and one for each hundred members of the organization."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def watched_house(house: House, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house whose every run is measured, told and waited for."""
    house.write(
        "syncer.yaml",
        f"""{CONFIG}
guards: {{deactivate: {{count: 0, percent: 0, floor: 0}}}}
metrics:
  textfile: syncer.prom
  pushgateway: {{env: PUSH_URL}}
  timeout_seconds: 60
notifications:
  urls: [{{env: NOTIFY_URLS}}, {{file: notify.url}}]
  ping: {{env: PING_URL}}
  timeout_seconds: 60
""",
    )
    monkeypatch.setenv("NOTIFY_URLS", f"json://{listener.place}/{SECRET}")
    house.write("notify.url", f"# the channel\nmmost://{listener.place}/abcdefghijklmnopqrst\n")
    monkeypatch.setenv("PING_URL", f"http://{listener.place}/ping/{SECRET}")
    monkeypatch.setenv("PUSH_URL", f"http://operator:{SECRET}@{listener.place}")
    return house
