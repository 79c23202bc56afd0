"""Several pages at once: no request more, nobody less, whatever the order of the answers."""

import asyncio
import random
from contextlib import suppress
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.asana.paging import LARGEST_WAVE, MOST, Page, read_listing
from syncer.model.errors import IncompleteError, UnreachableError
from tests.asana.build import run
from tests.asana.test_paging import Serve, Server, honours, ignores, read


def shifts(people: list[int], cap: int) -> Serve:
    """Counts from 0: what is asked from 11 begins with the twelfth."""
    return lambda start, count: (people[start * (start > 1) :][: min(count, cap)], len(people))


def asked(serve: Serve, size: int, largest: int = LARGEST_WAVE) -> int:
    """How many requests it takes to read everybody, at most `largest` at once."""
    server = Server(serve)
    with mock.patch("syncer.asana.paging.LARGEST_WAVE", largest), suppress(IncompleteError):
        read(server, size)
    return len(server.asked)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.integers(0, 300), st.integers(1, 20), st.integers(1, 20))
def test_several_at_once_cost_no_request_more_where_a_server_keeps_to_its_ways(
    number: int, size: int, cap: int
) -> None:
    people = list(range(number))
    for serve in (
        honours(people),
        honours(people, cap),
        ignores(people),
        shifts(people, cap),
        lambda _start, count: (people[:count], number),
        lambda start, _count: (people[start - 1 :][:cap], cap),
        lambda start, count: (people[start - 1 :][:count], min(count, len(people[start - 1 :]))),
    ):
        assert asked(serve, size) == asked(serve, size, largest=1)


@pytest.mark.parametrize("people", [0, 3, 60, 999])
def test_a_total_out_of_the_air_costs_a_few_requests_and_is_an_error(people: int) -> None:
    everybody = list(range(people))

    def requests(largest: int) -> int:
        server = Server(lambda start, _: (everybody[start - 1 :][:10], MOST))
        with (
            mock.patch("syncer.asana.paging.LARGEST_WAVE", largest),
            pytest.raises(IncompleteError, match=f"states 1000000 and lists {people}"),
        ):
            read(server)
        return len(server.asked)

    assert requests(1) <= requests(LARGEST_WAVE) < 2 * requests(1)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(
    st.randoms(use_true_random=False),
    st.sampled_from(["leave", "join"]),
    st.integers(1, 120),
    st.integers(1, 12),
)
def test_nobody_slips_past_when_people_come_or_go_between_answers_in_any_order(
    chance: random.Random, change: str, number: int, changes: int
) -> None:
    people = list(range(number))
    lasting = set(people)

    async def fetch(start: int, count: int) -> Page[str]:
        await asyncio.sleep(chance.uniform(0, 1))
        page = people[start - 1 : start - 1 + count]
        return Page(tuple((str(one), "") for one in page), len(people))

    async def restless() -> None:
        for one in range(changes):
            await asyncio.sleep(chance.uniform(0, 2))
            if change == "join":
                people.insert(chance.randint(0, len(people)), number + one)
            elif people:
                lasting.discard(people.pop(chance.randrange(len(people))))

    async def story() -> set[int]:
        others = asyncio.create_task(restless())
        try:
            listed = await read_listing(fetch, what="GET /Users", page_size=5)
        finally:
            others.cancel()
        return {int(one) for one in listed}

    try:
        found = run(story())
    except IncompleteError:
        return
    assert found >= lasting


def test_the_first_error_of_a_wave_ends_it_and_is_raised_as_it_is() -> None:
    lost = UnreachableError("GET /Users: no answer")
    ended: list[int] = []

    async def fetch(start: int, count: int) -> Page[str]:
        try:
            await asyncio.sleep(0.3 if start < 51 else 0.1)
        except asyncio.CancelledError:
            ended.append(start)
            raise
        if start == 61:
            raise lost
        return Page(tuple((str(one), "") for one in range(start, start + count)), 1000)

    with pytest.raises(UnreachableError) as caught:
        run(read_listing(fetch, what="GET /Users", page_size=10))
    assert caught.value is lost
    assert caught.value.__cause__ is None
    assert ended == [41]
