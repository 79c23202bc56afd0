"""The transport without a wire: everything else stays as it is with one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import Literal

import pytest

from syncer.asana.client import AsanaClient
from syncer.asana.in_process import InProcessTransport
from syncer.asana.settings import RetryPolicy
from syncer.model.errors import UnreachableError
from tests.asana.build import SETTINGS, TOKEN, clock, run, timing


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: Mapping[str, str] = field(
        default_factory=lambda: {"content-type": "application/json"}
    )
    body: bytes = b'{"id": "1", "userName": "u1@example.com", "active": true}'
    delay_seconds: float = 0.0
    cut: Literal["", "before", "after"] = ""


class Responder:
    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.seen: list[tuple[str, str, Mapping[str, str], bytes]] = []

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.seen.append((method, target, headers, body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def connect(responder: Responder, attempts: int = 1) -> AsanaClient:
    return AsanaClient(
        changed(SETTINGS, base_url="http://sandbox/api/1.0/scim"),
        InProcessTransport(responder),
        timing=timing(),
        policy=RetryPolicy(attempts=attempts),
    )


def test_the_responder_sees_the_request_as_sent() -> None:
    responder = Responder(Answer())

    async def story() -> None:
        async with connect(responder) as asana:
            await asana.create_user("u1@example.com", {}, None)

    run(story())
    (method, target, headers, body) = responder.seen[0]
    assert (method, target) == ("POST", "/api/1.0/scim/Users")
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert b'"userName":"u1@example.com"' in body


def test_the_target_has_the_query() -> None:
    responder = Responder(Answer(body=b'{"totalResults": 0}'))

    async def story() -> None:
        async with connect(responder) as asana:
            await asana.find_user("u1@example.com")

    run(story())
    assert responder.seen[0][1] == (
        "/api/1.0/scim/Users?filter=userName%20eq%20%22u1%40example.com%22"
    )


def test_a_delay_takes_its_time() -> None:
    async def story() -> float:
        async with connect(Responder(Answer(delay_seconds=7))) as asana:
            await asana.get_user("1")
        return clock()

    assert run(story()) == 7


def test_a_delay_beyond_the_timeout_is_a_timeout() -> None:
    async def story() -> float:
        async with connect(Responder(Answer(delay_seconds=3600))) as asana:
            with pytest.raises(UnreachableError, match="no answer within 60 s") as caught:
                await asana.get_user("1")
            assert caught.value.sent
        return clock()

    assert run(story()) == 60


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_cut_is_a_lost_connection_that_may_have_been_carried_out(
    cut: Literal["before", "after"],
) -> None:
    async def story() -> None:
        async with connect(Responder(Answer(cut=cut))) as asana:
            await asana.create_user("u1@example.com", {}, None)

    with pytest.raises(UnreachableError, match="connection lost") as caught:
        run(story())
    assert caught.value.sent


def test_a_read_that_was_cut_is_repeated() -> None:
    responder = Responder(Answer(cut="after"), Answer())

    async def story() -> str:
        async with connect(responder, attempts=2) as asana:
            return (await asana.get_user("1")).id

    assert run(story()) == "1"
    assert len(responder.seen) == 2
