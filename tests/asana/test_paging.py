"""Listings are proven complete, whatever the server does with pages, or they are errors."""

import asyncio
import random
from collections.abc import Callable
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.asana.paging import LARGEST_WAVE, Page, read_listing
from syncer.model.errors import IncompleteError, RejectedError
from tests.asana.build import run

Serve = Callable[[int, int], tuple[list[int], int | None]]


class Server:
    """Serves numbers by pages and remembers what it was asked for."""

    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.asked: list[tuple[int, int]] = []

    async def __call__(self, start: int, count: int) -> Page[str]:
        self.asked.append((start, count))
        entries, total = self.serve(start, count)
        return Page(tuple((str(entry), str(entry)) for entry in entries), total)


def read(server: Server, size: int = 10) -> set[int]:
    listed = run(read_listing(server, what="GET /Users", page_size=size))
    assert all(versions == [identity] for identity, versions in listed.items())
    return {int(identity) for identity in listed}


def honours(people: list[int], cap: int = 10**9, offset: int = 1) -> Serve:
    def serve(start: int, count: int) -> tuple[list[int], int | None]:
        first = max(0, start - offset)
        return people[first : first + min(count, cap)], len(people)

    return serve


def ignores(people: list[int]) -> Serve:
    return lambda _start, _count: (people, len(people))


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.integers(0, 70), st.integers(1, 20), st.integers(1, 20), st.booleans())
def test_every_honest_server_is_read_whole(
    people: int,
    size: int,
    cap: int,
    pages: bool,  # noqa: FBT001 - drawn
) -> None:
    everybody = list(range(people))
    serve = honours(everybody, cap) if pages else ignores(everybody)
    assert read(Server(serve), size) == set(everybody)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.lists(st.tuples(st.lists(st.integers(0, 30)), st.none() | st.integers(0, 30))))
def test_no_server_gets_a_short_list_past_us(answers: list[tuple[list[int], int | None]]) -> None:
    left = iter(answers)
    server = Server(lambda _start, _count: next(left, ([], 31)))
    try:
        found = read(server)
    except IncompleteError:
        return
    used = answers[: len(server.asked)]
    assert len(found) >= max(total for _, total in used[-1:] if total is not None)


def test_a_full_list_takes_one_request() -> None:
    server = Server(ignores(list(range(43))))
    assert len(read(server)) == 43
    assert server.asked == [(1, 10)]


def test_pages_follow_each_other_by_their_length() -> None:
    server = Server(honours(list(range(25)), cap=7))
    assert len(read(server)) == 25
    assert [start for start, _ in server.asked] == [1, 8, 15, 22]


def test_a_full_last_page_is_followed_by_a_look_past_the_end() -> None:
    server = Server(honours(list(range(20))))
    assert len(read(server)) == 20
    assert [start for start, _ in server.asked] == [1, 11, 21]


def test_a_total_that_is_the_size_of_the_page_hides_nobody() -> None:
    def serve(start: int, count: int) -> tuple[list[int], int | None]:
        page = list(range(25))[start - 1 : start - 1 + count]
        return page, max(10, len(page))

    assert len(read(Server(serve))) == 25


def test_pages_come_several_at_once_once_paging_has_shown_to_work() -> None:
    at_once: list[int] = []
    flying = 0

    class Slow(Server):
        async def __call__(self, start: int, count: int) -> Page[str]:
            nonlocal flying
            flying += 1
            at_once.append(flying)
            await asyncio.sleep(0.3)
            flying -= 1
            return await super().__call__(start, count)

    async def story() -> tuple[list[str], float]:
        server = Slow(honours(list(range(1000))))
        listed = await read_listing(server, what="GET /Users", page_size=10)
        return list(listed), asyncio.get_running_loop().time()

    order, seconds = run(story())
    assert order == [str(number) for number in range(1000)]
    assert max(at_once) <= LARGEST_WAVE
    assert len(at_once) == 101
    assert seconds == pytest.approx(0.3 * 9)  # 1, 1, 2, 4, ... 37 pages, and a look past the end


@pytest.mark.parametrize("size", [10, 50])
def test_a_look_past_the_end_that_is_refused_or_counts_nothing_proves_nothing(size: int) -> None:
    def refuses(start: int, count: int) -> tuple[list[int], int | None]:
        if start > 50:
            raise RejectedError("GET /Users: 400 startIndex", status=400)
        return list(range(50))[start - 1 :][:count], 50

    def forgets(start: int, count: int) -> tuple[list[int], int | None]:
        page = list(range(50))[start - 1 :][:count]
        return page, 50 if page else 0

    assert len(read(Server(refuses), size)) == 50
    assert len(read(Server(forgets), size)) == 50


def test_a_look_past_the_end_that_speaks_of_more_is_doubt() -> None:
    totals = iter([50])

    def serve(start: int, count: int) -> tuple[list[int], int | None]:
        return list(range(50))[start - 1 :][:count], next(totals, 53)

    with pytest.raises(IncompleteError, match="states 53 and lists 50"):
        read(Server(serve), 50)


def test_a_look_past_the_end_that_fails_otherwise_fails_the_reading() -> None:
    def serve(start: int, count: int) -> tuple[list[int], int | None]:
        if start > 50:
            raise RejectedError("GET /Users: 403 no", status=403)
        return list(range(50))[start - 1 :][:count], 50

    with pytest.raises(RejectedError, match="403"):
        read(Server(serve))


def test_a_server_that_states_each_page_as_the_total_is_never_taken_for_a_small_tenant() -> None:
    def serve(start: int, _count: int) -> tuple[list[int], int | None]:
        page = list(range(120))[start - 1 :][:50]
        return page, len(page)

    with pytest.raises(IncompleteError):
        read(Server(serve), 50)


@st.composite
def moody(draw: st.DrawFn) -> Serve:
    """A server with its own idea of paging: each page may be short, shuffled or shifted."""
    people = list(range(draw(st.integers(0, 60))))
    total = draw(st.sampled_from((len(people), len(people), len(people), len(people) + 3, 10**9)))
    cap = draw(st.integers(1, 30))
    moods = draw(st.lists(st.sampled_from(("", "", "", "short", "same", "shift")), max_size=4))

    def serve(start: int, count: int) -> tuple[list[int], int | None]:
        mood = moods[start % len(moods)] if moods else ""
        first = {"same": 0, "shift": start}.get(mood, start - 1)
        page = people[first : first + min(count, cap)]
        return page[: len(page) // 2 + 1] if mood == "short" else page, total

    return serve


@settings(deadline=None, derandomize=True, max_examples=300)
@given(moody(), st.integers(1, 20))
def test_several_at_once_find_what_one_after_the_other_finds(serve: Serve, size: int) -> None:
    def outcome(largest: int) -> tuple[list[str] | str, int]:
        server = Server(serve)
        with mock.patch("syncer.asana.paging.LARGEST_WAVE", largest):
            try:
                listed = run(read_listing(server, what="GET /Users", page_size=size))
            except IncompleteError as error:
                return error.message, len(server.asked)
            return list(listed), len(server.asked)

    one_by_one, few = outcome(1)
    at_once, many = outcome(64)
    assert at_once == one_by_one
    assert many <= 2 * few


def test_nobody_is_a_complete_listing() -> None:
    server = Server(lambda _start, _count: ([], 0))
    assert read(server) == set()
    assert len(server.asked) == 1


def test_a_server_that_hides_the_rest_is_an_error() -> None:
    server = Server(lambda _start, _count: (list(range(20)), 43))
    with pytest.raises(IncompleteError, match="states 43 and lists 20") as caught:
        read(server)
    assert "run again" in caught.value.hint


def test_a_server_that_only_honours_count_is_asked_for_all_at_once() -> None:
    server = Server(lambda _start, count: (list(range(43))[:count], 43))
    assert len(read(server)) == 43
    assert server.asked[-2:] == [(1, 43), (43, 43)]


def test_a_server_that_refuses_to_be_asked_for_all_leaves_it_incomplete() -> None:
    def serve(_start: int, count: int) -> tuple[list[int], int | None]:
        if count > 10:
            raise RejectedError("GET /Users: 400 count is too large", status=400)
        return list(range(10)), 43

    with pytest.raises(IncompleteError, match="states 43 and lists 10"):
        read(Server(serve))


def test_pages_that_skip_one_entry_each_are_read_with_an_overlap() -> None:
    # startIndex from 0: what is asked from 11 begins with the twelfth.
    people = list(range(25))
    server = Server(lambda start, _count: (people[start if start > 1 else 0 :][:7], 25))
    assert read(server) == set(people)
    assert len(server.asked) > 4


def test_shuffled_pages_are_read_once_they_come_whole() -> None:
    rng, people = random.Random(7), list(range(43))

    def serve(start: int, count: int) -> tuple[list[int], int | None]:
        rng.shuffle(people)
        return people[start - 1 : start - 1 + count], 43

    assert read(Server(serve)) == set(range(43))


def test_a_listing_that_shrinks_is_read_again() -> None:
    # Between two pages somebody leaves, and the others move up by one: 10 slips past.
    calls = 0

    def serve(start: int, count: int) -> tuple[list[int], int | None]:
        nonlocal calls
        calls += 1
        people = list(range(20)) if calls == 1 else [p for p in range(20) if p != 3]
        return people[start - 1 : start - 1 + count], len(people)

    assert read(Server(serve)) == set(range(20)) - {3}
    assert calls > 3


def test_a_listing_that_never_stands_still_is_an_error() -> None:
    people = list(range(500))

    def serve(start: int, count: int) -> tuple[list[int], int | None]:
        people.pop()
        return people[start - 1 : start - 1 + min(count, 7)], len(people)

    with pytest.raises(IncompleteError, match="shrank while it was read, twice"):
        read(Server(serve))


def test_a_listing_that_grows_is_read_to_its_new_end() -> None:
    people = list(range(20))

    def serve(start: int, count: int) -> tuple[list[int], int | None]:
        page = people[start - 1 : start - 1 + count], len(people)
        if len(people) == 20:
            people.append(20)
        return page

    assert read(Server(serve)) == set(range(21))


def test_a_listing_without_a_total_proves_nothing() -> None:
    server = Server(lambda _start, _count: ([1, 2, 3], None))
    with pytest.raises(IncompleteError, match="states no totalResults"):
        read(server)


def test_a_total_may_not_disappear_on_the_way() -> None:
    server = Server(lambda start, _count: ([start], 9 if start == 1 else None))
    with pytest.raises(IncompleteError, match="states no totalResults"):
        read(server)


def test_versions_of_one_entry_are_kept_apart() -> None:
    async def fetch(start: int, _count: int) -> Page[str]:
        return Page((("id 1", f"version {start}"), (f"id {start + 1}", "")), 3)

    listed = run(read_listing(fetch, what="GET /Users", page_size=10))
    assert listed["id 1"] == ["version 1", "version 3"]


def test_progress_hears_how_many_are_there() -> None:
    heard: list[int] = []
    server = Server(honours(list(range(25))))
    run(read_listing(server, what="", page_size=10, progress=heard.append))
    assert heard == [10, 20, 25]


@pytest.mark.parametrize("stated", [10**12, None])
def test_a_listing_that_never_ends_is_an_error_at_a_bound(
    stated: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.asana.paging.MOST", 1000)

    def endless(start: int, count: int) -> tuple[list[int], int | None]:
        # Without end, it states that there is just one more than it has shown.
        return list(range(start, start + count)), stated or start + count

    server = Server(endless)
    with pytest.raises(IncompleteError, match="more than 1,000 cannot be right"):
        read(server)
    assert len(server.asked) <= (1 if stated else 110)
