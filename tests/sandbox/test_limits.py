"""Asana's limits per token, on a clock that the test turns."""

import json

from syncer.sandbox import Fault, Sandbox, Switches
from syncer.sandbox.limits import Limits
from tests.sandbox.talking import Talk, tenant_document


class Clock:
    """Seconds, as many as the test says."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def limited(clock: Clock, *faults: Fault, **switches: object) -> Talk:
    chosen = Switches.profile("strict", 0, **switches)
    return Talk(Sandbox.in_memory(tenant_document(), switches=chosen, faults=faults, clock=clock))


def test_the_quota_is_of_any_sixty_seconds_and_tells_when_there_is_room() -> None:
    clock = Clock()
    talk = limited(clock, requests_per_minute=3)
    for _ in range(3):
        assert talk.send("GET /Users").status == 200
        clock.now += 10
    refused = talk.send("GET /Users")
    assert refused.status == 429
    # The refused request counts, so the three latest reach back to the second one.
    assert refused.headers["Retry-After"] == "40"
    clock.now += 40
    assert talk.send("GET /Users").status == 200


def test_a_quota_of_a_shorter_window_is_its_part_of_the_minute_s() -> None:
    clock = Clock()
    talk = limited(clock, requests_per_minute=1500, quota_window_seconds=1)
    assert [talk.send("GET /Users").status for _ in range(26)] == [*[200] * 25, 429]
    clock.now += 1
    assert talk.send("GET /Users").status == 200
    slow = limited(clock, requests_per_minute=90, quota_window_seconds=1)
    assert [slow.send("GET /Users").status for _ in range(3)] == [200, 200, 429]
    unset = limited(clock, requests_per_minute=2, quota_window_seconds=0)
    assert [unset.send("GET /Users").status for _ in range(3)] == [200, 200, 429]


def test_polling_through_a_429_keeps_it_up() -> None:
    clock = Clock()
    talk = limited(clock, requests_per_minute=2)
    for _ in range(90):
        talk.send("GET /Users")
        clock.now += 1
    assert [request.status for request in talk.sandbox.requests].count(200) == 2


def test_without_a_quota_nothing_is_refused() -> None:
    talk = limited(Clock())
    assert {talk.send("GET /Users/1001").status for _ in range(2000)} == {200}


def test_reads_and_writes_in_flight_are_counted_apart() -> None:
    clock = Clock()
    slow = Fault(kind="slow", times=0, seconds=5)
    talk = limited(clock, slow, concurrent_reads=2, concurrent_writes=1)
    assert [talk.send("GET /Users").status for _ in range(3)] == [200, 200, 429]
    assert talk.send("DELETE /Users/1001").status == 204
    refused = talk.send("DELETE /Users/1002")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
    clock.now += 5
    assert talk.send("DELETE /Users/1002").status == 204


def test_whoever_waits_behind_another_request_is_in_flight_already() -> None:
    waiting = ["DELETE /Users/1001", "GET /Users"]
    behind: list[int] = []

    class Busy(Clock):
        # Others come while one request is being looked at, as on a port they do.
        def __call__(self) -> float:
            lines = waiting.copy()
            waiting.clear()
            behind.extend(talk.send(line).status for line in lines)
            return super().__call__()

    talk = limited(Busy(), concurrent_writes=1)
    assert talk.send("DELETE /Users/1002").status == 204
    assert behind == [429, 200]
    assert talk.send("DELETE /Users/1001").status == 204


def test_whoever_was_ahead_and_is_answered_slowly_counts_once() -> None:
    limits, two = Limits(Clock()), Switches.profile("strict", 0, concurrent_writes=2)
    one = Switches.profile("strict", 0, concurrent_writes=1)
    first, second = limits.arrival(write=True), limits.arrival(write=True)
    ahead, behind = first.__enter__(), second.__enter__()
    ahead.flies = 0.3
    first.__exit__(None, None, None)
    assert limits.refusal(two, behind) is None
    assert limits.refusal(one, behind) is not None


def test_the_quota_counts_when_a_request_arrives_and_not_when_its_turn_comes() -> None:
    clock = Clock()
    switches = {"requests_per_minute": 60, "quota_window_seconds": 1}
    talk = limited(clock, **switches)
    limits = Limits(clock)
    with limits.arrival(write=False) as first:
        clock.now += 1.5
        with limits.arrival(write=False) as second:
            assert [limits.refusal(talk.sandbox.switches, one) for one in (second, first)] == [
                None,
                None,
            ]


def test_every_answer_takes_its_time_and_so_does_its_place_in_flight() -> None:
    clock = Clock()
    talk = limited(clock, latency_ms=300, concurrent_writes=1)
    assert talk.send("DELETE /Users/1001").delay_seconds == 0.3
    refused = talk.send("DELETE /Users/1002")
    assert (refused.status, refused.delay_seconds) == (429, 0)
    clock.now += 0.3
    assert talk.send("DELETE /Users/1002").status == 204


def test_asana_s_places_in_flight_are_limited_unless_told_otherwise() -> None:
    slow = Fault(kind="slow", times=0, seconds=5)
    reading, writing = limited(Clock(), slow), limited(Clock(), slow)
    assert [reading.send("GET /Users").status for _ in range(51)] == [*[200] * 50, 429]
    assert [writing.send("PATCH /Users/1").status for _ in range(16)][-1] == 429
    assert [one.status for one in writing.sandbox.requests].count(429) == 1


def test_the_envelope_of_a_429_is_one_or_the_other() -> None:
    burst = Fault(kind="throttle", at=2)
    for envelope, key in (("rest", "errors"), ("scim", "detail")):
        talk = limited(Clock(), burst, requests_per_minute=2, throttle_envelope=envelope)
        answers = [talk.send("GET /Users") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 429, 429]
        for refused in answers[1:]:
            assert "too many requests" in str(json.loads(refused.body)[key])
            assert int(refused.headers["Retry-After"]) >= 1
