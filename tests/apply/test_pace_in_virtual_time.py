"""Close to Asana's limits and never past them, on a clock that moves when everybody waits.

Client, pace, retries, executor and journal are the real ones, and the tenant enforces the limits.
"""

import asyncio
import concurrent.futures
import json
import random
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from syncer.apply.execution import Execution
from syncer.apply.executor import execute
from syncer.apply.read_back import read_again
from syncer.asana.client import AsanaClient
from syncer.asana.in_process import InProcessTransport
from syncer.asana.listings import TenantListings
from syncer.asana.paging import read_listing
from syncer.asana.settings import PAGE_SIZE, ClientSettings, Timing
from syncer.core.names import team_key
from syncer.model.actions import Action, Member
from syncer.sandbox import Answer, Sandbox, Switches
from tests.apply.builders import (
    create,
    deactivate,
    grant,
    members,
    new_journal,
    plan_of,
    title,
    update,
)
from tests.asana.build import VirtualLoop

T = TypeVar("T")
PER_SECOND = 1500 / 60
ROAD = 0.01
ONE_TOKEN = [(60, 1.0), (10, 1.0), (1, 1.0), (60, 0.5), (10, 0.5), (1, 0.5)]
"""The seconds in which the tenant counts its quota, and our share of it."""


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk has no virtual time: ten thousand real waits for it would prove nothing here."""
    monkeypatch.setattr("os.fsync", lambda _: None)


class AtOnce(concurrent.futures.ThreadPoolExecutor):
    """Does the work where it is handed in: a thread would race the clock that leaps."""

    def submit(self, work, /, *arguments, **named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN201
        done: concurrent.futures.Future[Any] = concurrent.futures.Future()
        done.set_result(work(*arguments, **named))
        return done


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.get_loop().set_default_executor(AtOnce())
        return runner.run(coroutine)


class Road(InProcessTransport):
    """The way to the tenant, which takes some requests up to `ROAD` longer than others."""

    _chance = random.Random(4)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self._chance.uniform(0, ROAD))
        return await super().handle_async_request(request)


class Tenant:
    """A tenant that takes its time and enforces every limit; `busy` times when it answered."""

    def __init__(self, users: int, latency_ms: int, **switches: object) -> None:
        self.latency = latency_ms / 1000
        chosen = Switches.profile(
            "strict",
            0,
            latency_ms=latency_ms,
            view_only_domain=True,
            members_per_request=0,
            **{"requests_per_minute": 1500, **switches},
        )
        people = [
            {
                "id": str(one),
                "userName": f"u{one}@example.com",
                "title": "A",
                "userType": "view only",
            }
            for one in range(1, users + 1)
        ]
        teams = [{"id": str(90_000 + one), "displayName": f"T{one}"} for one in range(500)]
        document = {"users": people, "groups": teams}
        self.sandbox = Sandbox.in_memory(document, switches=chosen, clock=self.now)
        self.times: list[tuple[float, str, int]] = []

    @staticmethod
    def now() -> float:
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:  # while the tenant is furnished
            return 0.0

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = self.sandbox.respond(method, target, headers, body)
        self.times.append((self.now(), method, answer.status))
        return answer

    @property
    def refused(self) -> int:
        return sum(status == 429 for _, _, status in self.times)

    def permits(self, share: float) -> float:
        """The most writes a second that the limits allow."""
        return min(PER_SECOND * share, int(15 * share) / self.latency)

    def client(self, share: float = 1.0) -> AsanaClient:
        settings = ClientSettings(
            base_url="http://localhost/api/1.0/scim",
            token=self.sandbox.token,
            requests_per_minute=1500 * share,
            share=share,
            read_only=False,
        )
        timing = Timing(clock=self.now, chance=lambda: 0.5)
        return AsanaClient(settings, Road(self), timing=timing)


def mixed(number: int) -> tuple[Action, ...]:
    """So many writes of several kinds; every second user has a licence and a title in one."""
    updates = [update(f"u{one}@example.com", str(one), title("A", "B"))
               for one in range(1, number - 499)]  # fmt: skip
    grants = [
        grant(f"u{one}@example.com", str(one), "view only", "enterprise")
        for one in range(1, number - 499, 2)
    ]
    teams = [
        members(f"T{one}", str(90_000 + one), add=(Member("u1@example.com", "1"),))
        for one in range(500)
    ]
    return (*grants, *updates, *teams)


async def carrying_out(
    tenant: Tenant, folder: Path, actions: tuple[Action, ...], share: float
) -> tuple[Execution, float]:
    journal = new_journal(folder)
    began = tenant.now()
    async with tenant.client(share) as client:
        execution = await execute(plan_of(*actions), client, journal)
    journal.close()
    return execution, tenant.now() - began


def carried_out(
    tenant: Tenant, folder: Path, actions: tuple[Action, ...], share: float = 1.0
) -> tuple[Execution, float]:
    return run(carrying_out(tenant, folder, actions, share))


@pytest.mark.parametrize(
    ("latency_ms", "share"), [(300, 1.0), (50, 1.0), (1000, 1.0), (300, 0.5)], ids=str
)
def test_two_thousand_writes_finish_within_a_tenth_of_what_the_limits_permit(
    tmp_path: Path, latency_ms: int, share: float
) -> None:
    # At a second for each answer the places in flight are what limits: 15 writes a second.
    tenant = Tenant(1500, latency_ms)
    execution, seconds = carried_out(tenant, tmp_path, mixed(2000), share)
    assert {one.result.value for one in execution.outcomes} == {"applied"}
    assert len(tenant.times) == 2000
    assert tenant.refused == 0
    assert 2000 / tenant.permits(share) <= seconds <= 1.1 * 2000 / tenant.permits(share)


@pytest.mark.parametrize(("latency_ms", "share"), [(600, 1.0), (50, 0.5), (1000, 0.5)], ids=str)
def test_fewer_writes_do_too(tmp_path: Path, latency_ms: int, share: float) -> None:
    tenant = Tenant(100, latency_ms)
    _, seconds = carried_out(tenant, tmp_path, mixed(600), share)
    assert tenant.refused == 0
    assert seconds <= 1.1 * 600 / tenant.permits(share)


@pytest.mark.parametrize(("window", "share"), ONE_TOKEN, ids=str)
def test_a_quota_that_is_counted_more_often_than_by_the_minute_is_kept_as_well(
    tmp_path: Path, window: int, share: float
) -> None:
    # The quota is our share of it: what we leave to others is not there to be leant on.
    switches = {"quota_window_seconds": window, "requests_per_minute": int(1500 * share)}
    tenant = Tenant(100, 300, **switches)
    carried_out(tenant, tmp_path, mixed(600), share)
    assert len(tenant.times) == 600
    assert tenant.refused == 0


@pytest.mark.parametrize(("window", "share"), ONE_TOKEN[::2], ids=str)
def test_a_listing_of_many_pages_hides_its_latency_too(window: int, share: float) -> None:
    tenant = Tenant(10_000, 300, paging="honours", quota_window_seconds=window)

    async def story() -> tuple[int, float]:
        async with tenant.client(share) as client:
            found = await read_listing(
                client.list_users_page, what="GET /Users", page_size=PAGE_SIZE
            )
        return len(found), tenant.now()

    people, seconds = run(story())
    assert people == 10_000
    assert tenant.refused == 0
    pages = len(tenant.times)
    assert pages == 101
    # One after the other it would be thirty seconds.
    assert seconds <= pages / (PER_SECOND * share) + 8 * 0.3


@pytest.mark.parametrize("window", [60, 10, 1])
def test_a_run_whose_steps_wait_for_each_other_is_nearly_as_fast_as_the_quota(
    tmp_path: Path, window: int
) -> None:
    tenant = Tenant(4000, 300, quota_window_seconds=window)
    people = [(f"u{one}@example.com", str(one)) for one in range(1, 161)]
    actions: tuple[Action, ...] = (
        *(deactivate(*one) for one in people[:40]),
        *(create(f"n{one}@example.com") for one in range(40)),
        *(update(*one, title("A", "B")) for one in people[40:]),
        *(members(f"T{one}", str(90_000 + one), add=(Member("u99@example.com", "99"),))
          for one in range(180)),
    )  # fmt: skip
    managed = frozenset(team_key(f"T{one}") for one in range(200))

    async def story() -> tuple[Execution, float]:
        async with tenant.client() as client:
            listings = TenantListings(client)
            before = await listings.current(managed)
            journal = new_journal(tmp_path)
            execution = await execute(plan_of(*actions), client, journal)
            journal.close()
            await read_again(execution, before, client, listings)
        return execution, tenant.times[-1][0] - tenant.times[0][0]

    execution, seconds = run(story())
    assert {one.result.value for one in execution.outcomes} == {"applied"}
    assert tenant.refused == 0
    # Six steps, each of which begins when the one before it was answered.
    assert len(tenant.times) == 2 + 200 + 380 + 1 + 180
    assert seconds <= 1.05 * len(tenant.times) / PER_SECOND


class Shared(Tenant):
    """A tenant whose token somebody else uses too; `closed` is when nobody should ask."""

    def __init__(self, users: int, latency_ms: int, **switches: object) -> None:
        super().__init__(users, latency_ms, **switches)
        self.closed: list[tuple[float, float]] = []

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = super().respond(method, target, headers, body)
        if answer.status == 429:
            wait = float(answer.headers["Retry-After"])
            self.closed.append((self.now(), self.now() + wait))
        return answer

    async def others(self) -> None:
        """Ask without end, at half of the quota."""
        headers = {"Authorization": f"Bearer {self.sandbox.token}"}
        while True:
            await asyncio.sleep(2 / PER_SECOND)
            self.sandbox.respond("GET", "/api/1.0/scim/Users/1", headers, b"")

    def beside_others(
        self, folder: Path, actions: tuple[Action, ...], share: float
    ) -> tuple[Execution, float]:
        async def story() -> tuple[Execution, float]:
            noise = asyncio.create_task(self.others())
            found = await carrying_out(self, folder, actions, share)
            noise.cancel()
            return found

        return run(story())


def test_one_429_closes_the_gate_for_all_and_nobody_polls_through_it(tmp_path: Path) -> None:
    tenant = Shared(1500, 300)
    execution, _ = tenant.beside_others(tmp_path, mixed(2000), 1.0)
    assert {one.result.value for one in execution.outcomes} == {"applied"}
    assert tenant.closed
    for closed, opens in tenant.closed:
        # What was on the road when the gate closed still arrives.
        assert not [at for at, _, _ in tenant.times if closed + ROAD < at < opens]


@pytest.mark.parametrize("window", [60, 10])
def test_whoever_leaves_others_their_half_is_never_refused(tmp_path: Path, window: int) -> None:
    tenant = Shared(100, 300, quota_window_seconds=window)
    _, seconds = tenant.beside_others(tmp_path, mixed(600), 0.5)
    assert len(tenant.times) == 600
    assert not tenant.closed
    assert seconds <= 1.1 * 600 / tenant.permits(0.5)


def test_what_was_carried_out_is_what_was_asked(tmp_path: Path) -> None:
    tenant = Tenant(600, 300)
    carried_out(tenant, tmp_path, mixed(700))
    assert len(tenant.times) == 700
    document = json.dumps(tenant.sandbox.document())
    assert document.count('"title": "B"') == 200
