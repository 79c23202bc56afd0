"""Close to Asana's limits and never past them, on a clock that moves when everybody waits.

Client, pace, retries, executor and journal are the real ones, and the tenant enforces the limits.
"""

import asyncio
import concurrent.futures
import json
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from syncer.apply.execution import Execution
from syncer.apply.executor import execute
from syncer.asana.client import AsanaClient
from syncer.asana.in_process import InProcessTransport
from syncer.asana.paging import read_listing
from syncer.asana.settings import PAGE_SIZE, ClientSettings, Timing
from syncer.model.actions import Action, Member
from syncer.sandbox import Answer, Sandbox, Switches
from tests.apply.builders import grant, members, new_journal, plan_of, title, update
from tests.asana.build import VirtualLoop

T = TypeVar("T")
PER_SECOND = 1500 / 60


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


class Tenant:
    """A tenant that takes its time and enforces every limit; `busy` times when it answered."""

    def __init__(self, users: int, latency_ms: int, **switches: object) -> None:
        chosen = Switches.profile(
            "strict",
            0,
            latency_ms=latency_ms,
            requests_per_minute=1500,
            view_only_domain=True,
            members_per_request=0,
            **switches,
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

    def client(self, share: float = 1.0) -> AsanaClient:
        settings = ClientSettings(
            base_url="http://localhost/api/1.0/scim",
            token=self.sandbox.token,
            requests_per_minute=1500 * share,
            share=share,
            read_only=False,
        )
        timing = Timing(clock=self.now, chance=lambda: 0.5)
        return AsanaClient(settings, InProcessTransport(self), timing=timing)


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


def carried_out(
    tenant: Tenant, folder: Path, actions: tuple[Action, ...], share: float = 1.0
) -> tuple[Execution, float]:
    async def story() -> tuple[Execution, float]:
        journal = new_journal(folder)
        began = tenant.now()
        async with tenant.client(share) as client:
            execution = await execute(plan_of(*actions), client, journal)
        journal.close()
        return execution, tenant.now() - began

    return run(story())


@pytest.mark.parametrize(
    ("latency_ms", "share"), [(300, 1.0), (50, 1.0), (600, 1.0), (300, 0.5)], ids=str
)
def test_two_thousand_writes_finish_within_a_tenth_of_what_the_limits_permit(
    tmp_path: Path, latency_ms: int, share: float
) -> None:
    tenant = Tenant(1500, latency_ms)
    execution, seconds = carried_out(tenant, tmp_path, mixed(2000), share)
    assert {one.result.value for one in execution.outcomes} == {"applied"}
    assert len(tenant.times) == 2000
    assert tenant.refused == 0
    assert seconds <= 1.1 * 2000 / (PER_SECOND * share)


def test_where_answers_take_a_second_the_places_in_flight_are_what_limits(tmp_path: Path) -> None:
    tenant = Tenant(1500, 1000)
    _, seconds = carried_out(tenant, tmp_path, mixed(2000))
    assert tenant.refused == 0
    assert seconds <= 1.1 * 2000 / 15


def test_a_listing_of_many_pages_hides_its_latency_too() -> None:
    tenant = Tenant(10_000, 300, paging="honours")

    async def story() -> tuple[int, float]:
        async with tenant.client() as client:
            found = await read_listing(
                client.list_users_page, what="GET /Users", page_size=PAGE_SIZE
            )
        return len(found), tenant.now()

    people, seconds = run(story())
    assert people == 10_000
    assert tenant.refused == 0
    pages = len(tenant.times)
    assert pages <= 101
    # One after the other it would be thirty seconds.
    assert seconds <= pages / PER_SECOND + 8 * 0.3


class Shared(Tenant):
    """A tenant whose token somebody else uses too; `closed` is when nobody should ask."""

    def __init__(self, users: int, latency_ms: int) -> None:
        super().__init__(users, latency_ms)
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


def test_one_429_closes_the_gate_for_all_and_nobody_polls_through_it(tmp_path: Path) -> None:
    tenant = Shared(1500, 300)

    async def story() -> Execution:
        journal = new_journal(tmp_path)
        noise = asyncio.create_task(tenant.others())
        async with tenant.client() as client:
            execution = await execute(plan_of(*mixed(2000)), client, journal)
        noise.cancel()
        journal.close()
        return execution

    execution = run(story())
    assert {one.result.value for one in execution.outcomes} == {"applied"}
    assert tenant.closed
    for closed, opens in tenant.closed:
        assert not [at for at, _, _ in tenant.times if closed < at < opens]


def test_what_was_carried_out_is_what_was_asked(tmp_path: Path) -> None:
    tenant = Tenant(600, 300)
    carried_out(tenant, tmp_path, mixed(700))
    assert len(tenant.times) == 700
    document = json.dumps(tenant.sandbox.document())
    assert document.count('"title": "B"') == 200
