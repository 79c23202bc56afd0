"""What goes over the wire is counted: by method, by status, by the minute."""

import httpx
import pytest

from syncer.asana.settings import RetryPolicy
from syncer.asana.traffic import UNANSWERED, Traffic
from syncer.model.errors import UnreachableError
from tests.asana.build import Script, a_user, answer, client, run


def test_the_busiest_minute_is_any_sixty_seconds() -> None:
    traffic = Traffic()
    for at in (0.0, 30.0, 59.9, 60.0, 61.0, 200.0):
        traffic.sent("GET", at)
    assert traffic.busiest_minute == 4
    assert traffic.methods == {"GET": 6}


def test_every_attempt_has_a_status_or_none() -> None:
    script = Script(answer(status=429, Retry_After="1"), httpx.ConnectError("x"), answer(a_user()))

    async def story() -> None:
        async with client(script) as asana:
            await asana.get_user("1")
            assert asana.traffic.methods == asana.requests == {"GET": 3}
            assert asana.traffic.statuses == {"429": 1, UNANSWERED: 1, "200": 1}

    run(story())


def test_a_request_that_fails_for_good_is_counted_too() -> None:
    async def story() -> None:
        async with client(Script(httpx.ReadTimeout("x")), policy=RetryPolicy(attempts=1)) as asana:
            with pytest.raises(UnreachableError):
                await asana.get_user("1")
            assert asana.traffic.statuses == {UNANSWERED: 1}

    run(story())
