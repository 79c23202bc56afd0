"""The pace holds in every second and minute, whatever is asked of it, and one gate stops all."""

import asyncio
import bisect
import itertools
import math
import random

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


async def queue(pacer: Pacer, length: int) -> list[float]:
    found: list[float] = []
    for _ in range(length):
        await pacer.admit(PATIENT)
        found.append(clock())
    return found


async def peak(pacer: Pacer, *, writes: bool) -> int:
    """The most that hold a place at a time."""
    inside = most = 0

    async def one() -> None:
        nonlocal inside, most
        async with pacer.place(writes=writes):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(1)
            inside -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(150):
            group.create_task(one())
    return most


def busiest(times: list[float], seconds: float) -> int:
    # Half a millionth stands for the rounding of the virtual clock.
    times = sorted(times)
    return max(
        bisect.bisect_left(times, start + seconds - 5e-7) - place
        for place, start in enumerate(times)
    )


LENGTHS = range(1, 61)
"""Asana counts by the minute and "more frequently than once per minute", whatever that is."""


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    st.sampled_from([0.5, 1, 7, 60, 99, 100, 150, 240, 750, 1500]),
    st.lists(st.floats(0, 200), min_size=1, max_size=400),
)
def test_no_stretch_of_time_holds_more_starts_than_its_part_of_the_limit(
    limit: float, arrivals: list[float]
) -> None:
    times = run(starts(limit, arrivals))
    assert len(times) == len(arrivals)
    for seconds in LENGTHS:
        assert busiest(times, seconds) <= math.ceil(limit * seconds / 60)


@pytest.mark.parametrize("seconds", LENGTHS)
def test_a_road_that_is_now_and_then_10_ms_longer_makes_no_surplus(seconds: int) -> None:
    rng = random.Random(5)
    # A queue, a rest too short to count as one, a rest that does, and a queue each time.
    arrivals = [0.0] * 200 + [8.4] * 200 + [30.0] * 200
    arrived = [at + rng.uniform(0, 0.01) for at in run(starts(1500, arrivals))]
    assert busiest(arrived, seconds) <= 25 * seconds


def test_a_full_queue_uses_nearly_all_of_the_limit() -> None:
    times = run(starts(1500, [0.0] * 3000))
    assert times[-1] < 1.021 * 120


EVENLY = 60 / 1500 * 1.02


def test_a_short_run_is_faster_than_evenly_and_a_long_one_pays_it_back() -> None:
    times = run(starts(1500, [0.0] * 60))
    assert times[:25] == pytest.approx([one * EVENLY / 4 for one in range(25)])
    assert times[25] == pytest.approx(25 * EVENLY)
    assert times[50] == pytest.approx(50 * EVENLY)


def test_a_rest_is_caught_up_and_no_more_than_a_second_of_it() -> None:
    async def story(rest: float) -> float:
        pacer = Pacer(1500, timing())
        await queue(pacer, 200)
        await asyncio.sleep(rest)
        return (await queue(pacer, 200))[-1]

    at_once = run(story(0))
    assert run(story(0.4)) == pytest.approx(at_once, abs=0.01)
    assert run(story(10.0)) == pytest.approx(at_once + 10, abs=1)


def test_rests_that_follow_each_other_are_caught_up_too() -> None:
    async def story(rest: float) -> float:
        pacer = Pacer(1500, timing())
        for steps in (200, 40, 40, 120, 180, 180):
            last = (await queue(pacer, steps))[-1]
            await asyncio.sleep(rest)
        return last

    assert run(story(0.3)) < 1.02 * run(story(0))


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.sampled_from([60, 100, 750, 1500]), st.lists(st.floats(0, 20), max_size=100))
def test_what_is_caught_up_never_starts_all_at_once(limit: int, arrivals: list[float]) -> None:
    times = run(starts(limit, arrivals))
    apart = [after - before for before, after in itertools.pairwise(times)]
    assert min(apart, default=1) >= 60 / limit * 1.02 / 4 - 1e-9


def test_what_left_late_counts_from_when_it_left() -> None:
    async def story() -> list[float]:
        """25 that wait for their connections, and 75 that find them made."""
        pacer, found = Pacer(1500, timing()), list[float]()

        async def one(connecting: float) -> None:
            start = await pacer.admit(PATIENT)
            await asyncio.sleep(connecting)
            pacer.left(pacer.left(start))  # twice, as a proxy makes it
            found.append(clock())

        async with asyncio.TaskGroup() as group:
            for number in range(100):
                group.create_task(one(0.15 if number < 25 else 0))
        return found

    times = run(story())
    for seconds in LENGTHS:
        assert busiest(times, seconds) <= 25 * seconds
    assert max(times) < 100 * EVENLY + 0.15


def test_what_left_before_a_gate_closed_opens_it_no_earlier() -> None:
    async def story() -> list[float]:
        pacer = Pacer(1500, timing())
        start = await pacer.admit(PATIENT)
        pacer.close(30)
        pacer.left(start)
        return await queue(pacer, 50)

    times = run(story())
    assert times[0] == 30
    assert min(b - a for a, b in itertools.pairwise(times)) > 0.03


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

    assert run(story()) == pytest.approx([0, 1, 31.5, 32.5, 33.5], abs=0.05)


def test_a_gate_that_opens_lets_nobody_start_together() -> None:
    async def story() -> list[float]:
        pacer = Pacer(1500, timing())
        pacer.close(30)
        return await queue(pacer, 100)

    times = run(story())
    assert times[0] == 30
    assert min(b - a for a, b in itertools.pairwise(times)) > 0.03


@pytest.mark.parametrize(
    ("share", "reads", "writes"), [(1.0, 50, 15), (0.5, 25, 7), (0.01, 1, 1)], ids=str
)
def test_a_share_is_one_of_the_places_in_flight_too(share: float, reads: int, writes: int) -> None:
    pacer = Pacer(None, timing(), share)
    assert run(peak(pacer, writes=False)) == reads
    assert run(peak(pacer, writes=True)) == writes


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
    assert run(peak(Pacer(None, timing()), writes=writes)) == most


def test_a_waiter_that_is_cancelled_leaves_the_way_free() -> None:
    async def story() -> float:
        pacer = Pacer(1, timing())
        await pacer.admit(PATIENT)
        waiter = asyncio.create_task(pacer.admit(PATIENT))
        await asyncio.sleep(10)
        waiter.cancel()
        await pacer.admit(PATIENT)
        return clock()

    assert run(story()) == pytest.approx(61.2)
