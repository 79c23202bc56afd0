"""A token that was rotated while a run was under way: read anew, once, and nobody sees it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from syncer.asana.client import AsanaClient
from syncer.asana.settings import RetryPolicy
from syncer.model.errors import AuthenticationError, UsageError
from tests.asana.build import SETTINGS, TOKEN, a_user, run

NEW = "2/990011:newtoken0123456789"


class Rotated(httpx.AsyncBaseTransport):
    """A tenant that takes one token alone; its refusal repeats what it was given."""

    def __init__(self, valid: str) -> None:
        self.valid = valid
        self.seen: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        given = request.headers["Authorization"].removeprefix("Bearer ")
        self.seen.append(f"{request.method} {given}")
        if given != self.valid:
            return httpx.Response(401, json={"detail": f"revoked: {given}"}, request=request)
        return httpx.Response(200, json=a_user("1"), request=request)


class Keeper:
    """Where the token is kept, and how often somebody looked."""

    def __init__(self, *tokens: str | Exception) -> None:
        self.tokens = list(tokens)
        self.looks = 0

    def __call__(self) -> str:
        self.looks += 1
        found = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        if isinstance(found, Exception):
            raise found
        return found


def made(tenant: Rotated, renew: Callable[[], str] | None) -> AsanaClient:
    settings = replace(SETTINGS, renew=renew, read_only=False)
    return AsanaClient(settings, tenant, policy=RetryPolicy(attempts=1))


def test_a_refused_token_is_read_anew_and_the_request_sent_again() -> None:
    tenant, keeper = Rotated(NEW), Keeper(NEW)

    async def story() -> None:
        async with made(tenant, keeper) as asana:
            assert (await asana.get_user("1")).id == "1"
            assert (await asana.get_user("1")).id == "1"
            assert asana.requests["GET"] == 3

    run(story())
    assert tenant.seen == [f"GET {TOKEN}", f"GET {NEW}", f"GET {NEW}"]
    assert keeper.looks == 1


def test_many_requests_at_once_share_one_new_token() -> None:
    tenant, keeper = Rotated(NEW), Keeper(NEW)

    async def story() -> None:
        async with made(tenant, keeper) as asana:
            await asyncio.gather(*(asana.get_user("1") for _ in range(8)))

    run(story())
    assert keeper.looks == 1
    assert tenant.seen.count(f"GET {NEW}") == 8


def test_even_a_create_goes_again_since_nothing_was_done() -> None:
    tenant, keeper = Rotated(NEW), Keeper(NEW)

    async def story() -> None:
        async with made(tenant, keeper) as asana:
            await asana.create_user("ann@example.com", {}, None)

    run(story())
    assert tenant.seen == [f"POST {TOKEN}", f"POST {NEW}"]


@pytest.mark.parametrize(
    "keeper",
    [None, Keeper(TOKEN), Keeper(UsageError("gone")), Keeper("two words"), Keeper("")],
    ids=["environment", "same", "gone", "no token", "empty"],
)
def test_without_another_token_the_refusal_stands(keeper: Keeper | None) -> None:
    tenant = Rotated(NEW)

    async def story() -> None:
        async with made(tenant, keeper) as asana:
            await asana.get_user("1")

    with pytest.raises(AuthenticationError, match="401"):
        run(story())
    assert tenant.seen == [f"GET {TOKEN}"]


def test_a_new_token_that_is_refused_too_ends_it_and_neither_is_shown() -> None:
    tenant, keeper = Rotated("another"), Keeper(NEW)

    async def story() -> None:
        async with made(tenant, keeper) as asana:
            await asana.get_user("1")

    with pytest.raises(AuthenticationError) as caught:
        run(story())
    assert tenant.seen == [f"GET {TOKEN}", f"GET {NEW}"]
    assert NEW not in str(caught.value)
    assert "(token)" in str(caught.value)


def test_it_is_read_anew_again_when_it_is_rotated_again() -> None:
    tenant, keeper = Rotated(NEW), Keeper(NEW, "third")

    async def story() -> None:
        async with made(tenant, keeper) as asana:
            await asana.get_user("1")
            tenant.valid = "third"
            await asana.get_user("1")

    run(story())
    assert keeper.looks == 2
