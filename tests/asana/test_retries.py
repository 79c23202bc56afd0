"""What is sent again, when, how often, and what is never sent again."""

import asyncio
import socket
import ssl
from datetime import timedelta

import httpx
import pytest

from syncer.asana.client import AsanaClient
from syncer.asana.http import PLAIN_JSON, SCIM_JSON
from syncer.asana.retries import retry_after
from syncer.asana.settings import RetryPolicy, Timing
from syncer.model.errors import (
    AsanaError,
    AuthenticationError,
    RejectedError,
    ThrottledError,
    UnreachableError,
    UnreadableError,
)
from tests.asana.build import NOON, SETTINGS, Script, a_user, answer, client, clock, run, timing

REST_429 = {"errors": [{"message": "You've made too many requests"}]}
LOST = httpx.ReadError("connection reset by peer")


async def get(script: Script, **more: object) -> str:
    async with client(script, **more) as asana:  # type: ignore[arg-type]  # names of settings
        return (await asana.get_user("1")).user_name


async def post(script: Script) -> str:
    async with client(script) as asana:
        return (await asana.create_user("u1@example.com", {}, None)).user_name


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_refusal_of_a_read_is_tried_again(status: int) -> None:
    script = Script(answer(REST_429, status), answer(a_user()))
    assert run(get(script)) == "u1@example.com"
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    "error",
    [
        LOST,
        httpx.ReadTimeout(""),
        httpx.RemoteProtocolError("peer closed connection"),
        httpx.ConnectError("refused"),
        httpx.PoolTimeout(""),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_lost_read_is_tried_again(error: Exception) -> None:
    assert run(get(Script(error, answer(a_user())))) == "u1@example.com"


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 412, 422, 451, 501, 505])
def test_a_plain_refusal_is_final(status: int) -> None:
    script = Script(answer({"detail": "no"}, status))
    with pytest.raises(RejectedError) as caught:
        run(get(script))
    assert caught.value.status == status
    assert len(script.requests) == 1


def test_patience_ends_after_five_attempts_with_growing_waits() -> None:
    script = Script(answer(None, 503))
    with pytest.raises(RejectedError, match="503"):
        run(get(script))
    assert script.times == pytest.approx([0, 0.25, 0.75, 1.75, 3.75])


def test_chance_draws_the_waits_apart() -> None:
    async def story() -> list[float]:
        script = Script(answer(None, 503))
        late = AsanaClient(SETTINGS, httpx.MockTransport(script), timing=timing(chance=1.0))
        async with late:
            with pytest.raises(RejectedError, match="503"):
                await late.get_user("1")
        return script.times

    assert run(story()) == pytest.approx([0, 0.5, 1.5, 3.5, 7.5])


def test_time_spent_on_answers_that_do_not_come_counts_as_well() -> None:
    asked: list[float] = []

    async def silent(_: httpx.Request) -> httpx.Response:
        asked.append(clock())
        await asyncio.sleep(120)
        raise httpx.ReadTimeout("")

    async def story() -> float:
        async with client(silent) as asana:
            with pytest.raises(UnreachableError, match="no answer"):
                await asana.get_user("1")
        return clock()

    assert run(story()) == pytest.approx(360, abs=1)
    assert len(asked) == 3


def test_a_read_that_never_connects_says_so_in_the_end() -> None:
    script = Script(httpx.ConnectError("[Errno 111] Connection refused"))
    with pytest.raises(UnreachableError, match=r"GET /Users/1.*refused") as caught:
        run(get(script))
    assert not caught.value.sent
    assert len(script.requests) == 5


def test_patience_ends_with_its_time_too() -> None:
    script = Script(answer(None, 503, retry_after="200"))
    with pytest.raises(RejectedError):
        run(get(script))
    assert script.times == [0, 200]


def test_retry_after_is_a_floor_for_the_one_that_was_told() -> None:
    script = Script(answer(None, 503, retry_after="7"), answer(a_user()))
    run(get(script))
    assert script.times == [0, 7]


def test_a_429_makes_everybody_wait() -> None:
    async def story() -> list[float]:
        script = Script(answer(REST_429, 429, retry_after="20"), answer(a_user()))
        async with client(script) as asana:
            await asana.get_user("1")
            await asana.get_user("1")
        return script.times

    assert run(story()) == [0, 20, 20]


def test_a_429_for_longer_than_the_run_may_wait_fails_everybody_at_once() -> None:
    async def story() -> float:
        script = Script(answer(REST_429, 429, retry_after="86400"))
        async with client(script) as asana:
            with pytest.raises(ThrottledError, match="too many requests"):
                await asana.get_user("1")
            with pytest.raises(ThrottledError, match="86400 s"):
                await asana.get_user("2")
        assert len(script.requests) == 1
        return clock()

    assert run(story()) == 0


def test_a_429_turns_a_post_away_unread_so_it_goes_again() -> None:
    script = Script(answer(REST_429, 429, retry_after="3"), answer(a_user(), 201))
    assert run(post(script)) == "u1@example.com"
    assert script.lines == ["POST /api/1.0/scim/Users"] * 2


def test_a_post_that_was_never_sent_goes_again() -> None:
    script = Script(httpx.ConnectTimeout(""), answer(a_user(), 201))
    assert run(post(script)) == "u1@example.com"


@pytest.mark.parametrize("error", [LOST, httpx.ReadTimeout(""), httpx.WriteError("")])
def test_a_post_without_an_answer_is_never_sent_again(error: Exception) -> None:
    script = Script(error, answer(a_user(), 201))
    with pytest.raises(UnreachableError) as caught:
        run(post(script))
    assert caught.value.sent
    assert len(script.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_post_that_met_a_server_error_may_have_been_carried_out(status: int) -> None:
    script = Script(answer({"errors": [{"message": "Oops", "phrase": "6 sad squid"}]}, status))
    with pytest.raises(UnreachableError, match="may have been carried out") as caught:
        run(post(script))
    assert caught.value.sent
    assert "6 sad squid" in caught.value.message
    assert len(script.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id": "1", "userNa'])
def test_a_post_whose_success_cannot_be_read_was_carried_out(body: bytes) -> None:
    script = Script(httpx.Response(201, content=body))
    with pytest.raises(UnreachableError, match="status 201") as caught:
        run(post(script))
    assert caught.value.sent


def test_a_refused_media_type_is_changed_once_for_the_run() -> None:
    async def story() -> list[str]:
        script = Script(answer(None, 415), answer(a_user(), 201), answer(None, 204))
        async with client(script) as asana:
            await asana.create_user("u1@example.com", {}, None)
            await asana.set_active("1", active=False)
        return [request.headers["content-type"] for request in script.requests]

    assert run(story()) == [SCIM_JSON, PLAIN_JSON, PLAIN_JSON]


def test_a_media_type_refused_twice_is_an_error() -> None:
    script = Script(answer(None, 415))
    with pytest.raises(RejectedError, match="415"):
        run(post(script))
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    "cause",
    [
        ssl.SSLCertVerificationError("certificate verify failed"),
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
    ],
    ids=["certificate", "host-name"],
)
def test_what_cannot_get_better_is_not_tried_again(cause: Exception) -> None:
    error = httpx.ConnectError(str(cause))
    error.__cause__ = cause
    script = Script(error)
    with pytest.raises(UnreachableError) as caught:
        run(get(script))
    assert len(script.requests) == 1
    assert "asana." in caught.value.hint


def test_a_repetition_is_told_with_its_reason() -> None:
    told: list[tuple[str, str, dict[str, object]]] = []

    def event(level: str, name: str, /, **fields: object) -> None:
        told.append((level, name, fields))

    run(get(Script(answer(None, 503), answer(a_user())), event=event))
    (level, name, fields) = told[0]
    assert (level, name, fields["attempt"]) == ("warning", "request.repeated", 1)
    assert fields["request"] == "GET /Users/1"


def test_every_attempt_is_counted() -> None:
    async def story() -> dict[str, int]:
        async with client(Script(answer(None, 503), answer(a_user()))) as asana:
            await asana.get_user("1")
            return dict(asana.requests)

    assert run(story()) == {"GET": 2}


def test_a_policy_of_one_attempt_tries_once() -> None:
    script = Script(answer(None, 503))
    with pytest.raises(RejectedError):
        run(get(script, policy=RetryPolicy(attempts=1)))
    assert len(script.requests) == 1


def test_an_answer_that_cannot_be_decoded_is_not_asked_for_again() -> None:
    script = Script(httpx.DecodingError("bad gzip"))
    with pytest.raises(UnreadableError, match="decoded"):
        run(get(script))
    assert len(script.requests) == 1


def test_a_dead_token_is_not_tried_again() -> None:
    with pytest.raises(AuthenticationError):
        run(get(Script(answer(None, 401))))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, 0, id="absent"),
        pytest.param({"retry-after": "30"}, 30, id="seconds"),
        pytest.param({"retry-after": " 1.5 "}, 1.5, id="fraction"),
        pytest.param({"retry-after": "soon"}, 0, id="words"),
        pytest.param({"retry-after": "-5"}, 0, id="negative"),
        pytest.param({"retry-after": "nan"}, 0, id="no-number"),
        pytest.param({"retry-after": "9" * 40}, 0, id="absurd"),
        pytest.param({"retry-after": "٣"}, 0, id="not-ascii"),
        pytest.param({"retry-after": "Sun, 22 Nov 2026 12:00:40 GMT"}, 40, id="date"),
        pytest.param({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0, id="date-gone-by"),
        pytest.param({"retry-after": "Sun, 22 Nov 2026 12:00:40 -0000"}, 40, id="date-no-zone"),
        pytest.param(
            {
                "retry-after": "Sun, 22 Nov 2026 15:00:40 GMT",
                "date": "Sun, 22 Nov 2026 15:00:10 GMT",
            },
            30,
            id="date-against-the-clock-of-the-server",
        ),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, NOON) == seconds


def test_the_wall_clock_has_a_zone() -> None:
    assert Timing().now().utcoffset() == timedelta(0)


def test_every_failure_is_of_our_tree() -> None:
    for failure in (LOST, httpx.DecodingError("x"), httpx.InvalidURL("x")):
        with pytest.raises(AsanaError):
            run(get(Script(failure)))
