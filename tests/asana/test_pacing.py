"""The pace holds in every minute, whatever is asked of it, and one gate stops all."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.asana.pacing import READS_IN_FLIGHT, WRITES_IN_FLIGHT, Pacer
from syncer.model.errors import ThrottledError
from tests.asana.build import clock, run, timing

PATIENT = 1e9


async def starts(limit: float, arrivals: list[float]) -> list[float]:
    pacer = Pacer(limit, timing())
    found: list[float] = []

    async def one(arrival: float) -> None:
        await asyncio.sleep(arrival)
        await pacer.admit(PATIENT)
        found.append(clock())

    async with asyncio.TaskGroup() as group:
        for arrival in arrivals:
            group.create_task(one(arrival))
    return found


def busiest_minute(times: list[float]) -> int:
    # Half a millionth stands for the rounding of the virtual clock.
    return max(sum(start <= t < start + 60 - 5e-7 for t in times) for start in times)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    st.sampled_from([0.5, 1, 7, 60, 99, 100, 150, 240, 1500]),
    st.lists(st.floats(0, 200), min_size=1, max_size=400),
)
def test_no_minute_holds_more_starts_than_the_limit(limit: float, arrivals: list[float]) -> None:
    times = run(starts(limit, arrivals))
    assert len(times) == len(arrivals)
    assert busiest_minute(times) <= max(limit, 1)


def test_a_full_queue_uses_nearly_all_of_the_limit() -> None:
    times = run(starts(1500, [0.0] * 3000))
    assert busiest_minute(times) <= 1500
    assert times[-1] < 122


def test_no_pace_means_no_waiting() -> None:
    async def story() -> float:
        pacer = Pacer(None, timing())
        for _ in range(10_000):
            await pacer.admit(0)
        return clock()

    assert run(story()) == 0


def test_a_closed_gate_stops_all_and_opens_to_the_same_pace() -> None:
    async def story() -> list[float]:
        pacer, found = Pacer(60, timing()), list[float]()

        async def one() -> None:
            await pacer.admit(PATIENT)
            found.append(clock())

        async def refusal() -> None:
            await asyncio.sleep(1.5)
            pacer.close(30)

        async with asyncio.TaskGroup() as group:
            group.create_task(refusal())
            for _ in range(5):
                group.create_task(one())
        return found

    assert run(story()) == pytest.approx([0, 1, 31.5, 32.5, 33.5])


def test_the_longest_wait_wins_when_the_gate_closes_twice() -> None:
    async def story() -> float:
        pacer = Pacer(None, timing())
        pacer.close(30)
        pacer.close(5)
        await pacer.admit(PATIENT)
        return clock()

    assert run(story()) == 30


def test_chance_adds_a_little_so_that_two_programs_do_not_return_in_step() -> None:
    async def story(chance: float) -> float:
        pacer = Pacer(None, timing(chance))
        pacer.close(30)
        await pacer.admit(PATIENT)
        return clock()

    assert run(story(0.0)) == 30
    assert 30 < run(story(1.0)) <= 31


def test_nobody_waits_at_a_gate_for_longer_than_the_run_may() -> None:
    async def story() -> None:
        pacer = Pacer(60, timing())
        pacer.close(3600)
        await pacer.admit(300)

    with pytest.raises(ThrottledError, match="3600 s") as caught:
        run(story())
    assert caught.value.status == 429
    assert "asana.share" in caught.value.hint


@pytest.mark.parametrize(("writes", "most"), [(False, READS_IN_FLIGHT), (True, WRITES_IN_FLIGHT)])
def test_places_in_flight_are_counted_apart(writes: bool, most: int) -> None:  # noqa: FBT001 - a case
    async def story() -> int:
        pacer, inside, peak = Pacer(None, timing()), 0, 0

        async def one() -> None:
            nonlocal inside, peak
            async with pacer.place(writes=writes):
                inside += 1
                peak = max(peak, inside)
                await asyncio.sleep(1)
                inside -= 1

        async with asyncio.TaskGroup() as group:
            for _ in range(3 * most):
                group.create_task(one())
        return peak

    assert run(story()) == most


def test_a_waiter_that_is_cancelled_leaves_the_way_free() -> None:
    async def story() -> float:
        pacer = Pacer(1, timing())
        await pacer.admit(PATIENT)
        waiter = asyncio.create_task(pacer.admit(PATIENT))
        await asyncio.sleep(10)
        waiter.cancel()
        await pacer.admit(PATIENT)
        return clock()

    assert run(story()) == 60
