"""The border to the HTTP library: URLs, token, proxies, TLS, and its every exception."""

import asyncio
import inspect
import traceback
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from syncer.asana.client import AsanaClient
from syncer.asana.http import Http, ReadOnlyError, checked_base_url
from syncer.asana.settings import RetryPolicy
from syncer.model.errors import (
    AsanaError,
    RejectedError,
    UnreachableError,
    UnreadableError,
    UsageError,
)
from tests.asana.build import SETTINGS, TOKEN, Script, a_user, answer, client, listing, query, run

ONCE = RetryPolicy(attempts=1)


def exceptions() -> Iterator[type[Exception]]:
    for _, found in inspect.getmembers(httpx, inspect.isclass):
        if issubclass(found, Exception):
            yield found


def made(kind: type[Exception]) -> Exception:
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("GET", "https://asana.test")
        return httpx.HTTPStatusError("x", request=request, response=httpx.Response(500))
    if issubclass(kind, httpx.StreamError) and kind is not httpx.StreamError:
        return kind()  # type: ignore[call-arg]  # only the base class wants words
    return kind("x")


@pytest.mark.parametrize("kind", sorted(exceptions(), key=str))
def test_every_exception_of_the_library_has_a_counterpart(kind: type[Exception]) -> None:
    async def story() -> None:
        async with client(Script(made(kind)), policy=ONCE) as asana:
            await asana.get_user("1")

    with pytest.raises((UnreachableError, UnreadableError), match="GET /Users/1") as caught:
        run(story())
    assert caught.value.hint


class Trickle(httpx.AsyncBaseTransport):
    """Answers for ever, a blank at a time."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        del request

        async def blanks() -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(1)

        return httpx.Response(200, content=blanks())


def test_an_answer_that_never_ends_is_given_up() -> None:
    async def story() -> None:
        settings = replace(SETTINGS, timeout_seconds=60)
        async with AsanaClient(settings, Trickle(), policy=ONCE) as asana:
            await asana.get_user("1")

    with pytest.raises(UnreachableError, match="no whole answer within 600 s") as caught:
        run(story())
    assert caught.value.sent


NEVER_SENT = {
    "ConnectError",
    "ConnectTimeout",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
    "InvalidURL",
}


@pytest.mark.parametrize(
    "kind",
    [kind for kind in exceptions() if issubclass(kind, httpx.TransportError | httpx.InvalidURL)],
)
def test_only_what_surely_never_left_counts_as_not_sent(kind: type[Exception]) -> None:
    async def story() -> None:
        async with client(Script(made(kind)), policy=ONCE) as asana:
            await asana.create_user("u1@example.com", {}, None)

    with pytest.raises(AsanaError) as caught:
        run(story())
    if isinstance(caught.value, UnreachableError):
        assert caught.value.sent == (kind.__name__ not in NEVER_SENT)


def test_the_operating_system_may_fail_too() -> None:
    async def story() -> None:
        async with client(Script(OSError("no buffer space")), policy=ONCE) as asana:
            await asana.get_user("1")

    with pytest.raises(UnreachableError, match="no buffer space"):
        run(story())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ReadTimeout(""), "no answer within 60 s"),
        (httpx.ConnectTimeout(""), "no connection within 10 s"),
        (httpx.ReadError(""), "connection lost"),
        (httpx.ConnectError(""), "no connection"),
    ],
    ids=lambda case: type(case).__name__,
)
def test_a_failure_without_words_gets_some(error: Exception, words: str) -> None:
    async def story() -> None:
        async with client(Script(error), policy=ONCE) as asana:
            await asana.get_user("1")

    with pytest.raises(UnreachableError, match=words):
        run(story())


@pytest.mark.parametrize("slash", ["", "/", "///"])
def test_the_path_of_the_base_url_is_kept(slash: str) -> None:
    script = Script(answer(listing([])))

    async def story() -> None:
        base_url = f"https://asana.test/api/1.0/scim{slash}"
        async with client(script, base_url=base_url) as asana:
            await asana.list_users_page(1, 100)

    run(story())
    (request,) = script.requests
    assert str(request.url) == "https://asana.test/api/1.0/scim/Users?startIndex=1&count=100"


def test_a_request_says_who_asks_and_what_it_reads() -> None:
    script = Script(answer(a_user()))

    async def story() -> None:
        async with client(script) as asana:
            await asana.get_user("1")

    run(story())
    (request,) = script.requests
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["user-agent"] == "syncer/0 (run test)"
    assert request.headers["accept"] == "application/scim+json, application/json"
    assert "content-type" not in request.headers


def test_an_id_can_never_reach_another_resource() -> None:
    script = Script(answer(a_user("1/../../x?y#z")))

    async def story() -> None:
        async with client(script) as asana:
            await asana.get_user("1/../../x?y#z")

    run(story())
    raw = script.requests[0].url.raw_path
    assert raw == b"/api/1.0/scim/Users/1%2F..%2F..%2Fx%3Fy%23z"


def test_blanks_and_plus_signs_survive_the_query() -> None:
    script = Script(answer(listing([a_user(1, userName="a+b@example.com")])))

    async def story() -> None:
        async with client(script) as asana:
            await asana.find_user("a+b@example.com")

    run(story())
    assert query(script.requests[0]) == {"filter": 'userName eq "a+b@example.com"'}
    assert b"+" not in script.requests[0].url.query


def test_a_redirect_is_an_error_and_takes_no_token_anywhere() -> None:
    script = Script(answer(None, 302, location="https://login.test/sso?next=secret"))

    async def story() -> None:
        async with client(script) as asana:
            await asana.get_user("1")

    with pytest.raises(RejectedError, match=r"302, a redirect to login\.test") as caught:
        run(story())
    assert "base_url" in caught.value.hint
    assert "secret" not in str(caught.value)
    assert {request.url.host for request in script.requests} == {"asana.test"}


@pytest.mark.parametrize("location", ["", "/elsewhere", "http://[bad"])
def test_a_redirect_to_nowhere_is_an_error_too(location: str) -> None:
    async def story() -> None:
        async with client(Script(answer(None, 301, location=location))) as asana:
            await asana.get_user("1")

    with pytest.raises(RejectedError, match="301, a redirect, not followed"):
        run(story())


WRITES = ["create_user", "create_team", "update_user", "set_active", "rename_team", "members"]


@pytest.mark.parametrize("write", WRITES)
def test_a_client_made_for_planning_refuses_to_write(write: str) -> None:
    script = Script(answer(a_user()))

    async def story() -> None:
        async with client(script, read_only=True) as asana:
            assert (await asana.get_user("1")).id == "1"
            match write:
                case "create_user":
                    await asana.create_user("u1@example.com", {}, None)
                case "create_team":
                    await asana.create_team("Team")
                case "update_user":
                    await asana.update_user("1", {"title": "T"})
                case "set_active":
                    await asana.set_active("1", active=False)
                case "rename_team":
                    await asana.rename_team("1", "Team")
                case "members":
                    await asana.change_members("1", ["2"], ["3"])

    with pytest.raises(ReadOnlyError, match="a plan never writes"):
        run(story())
    assert {request.method for request in script.requests} == {"GET"}


def test_a_client_is_made_for_planning_unless_told_otherwise() -> None:
    assert type(SETTINGS)(base_url=SETTINGS.base_url, token=TOKEN).read_only


def test_the_token_shows_nowhere() -> None:
    script = Script(
        answer({"detail": f"bad token {TOKEN}"}, 400),
        answer(f"<html>{TOKEN}", 200),
        httpx.ReadError(f"lost {TOKEN}"),
    )

    async def story() -> list[str]:
        shown = []
        async with client(script, policy=ONCE) as asana:
            shown += [repr(SETTINGS), str(asana), repr(asana.__dict__), repr(asana._http.__dict__)]
            for _ in range(4):
                try:
                    await asana.get_user("1")
                except AsanaError as error:
                    shown += [str(error), repr(error), error.hint]
                    shown += traceback.format_exception(error)
        return shown

    text = "\n".join(run(story()))
    assert "bad token (token)" in text
    assert "lost (token)" in text
    assert TOKEN not in text


def test_a_token_that_is_a_word_of_the_data_changes_no_data() -> None:
    script = Script(answer(a_user(1, title="sandbox")))

    async def story() -> str:
        async with client(script, token="sandbox") as asana:
            return (await asana.get_user("1")).attributes["title"]

    assert run(story()) == "sandbox"


@pytest.mark.parametrize(
    "token", ["", " ", "1/2 3", "1/2\n", "\t1/2", "1/2ö", "1/2\x7f"], ids=["empty", *"abcdef"]
)
def test_a_token_that_is_none_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(UsageError, match="token") as caught:
        Http(replace(SETTINGS, token=token))
    assert "1/2" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "no http address"),
        ("asana.test", "no http address"),
        ("ftp://asana.test", "no http address"),
        ("https://", "no http address"),
        ("http://asana.test", "plain http"),
        ("http://192.0.2.1", "plain http"),
        ("http://localhost.example.com", "plain http"),
        ("https://user:password@asana.test", "may hold no user"),
        ("https://asana.test/scim?x=1", "may hold no user"),
        ("https://asana.test:port", "no URL"),
        ("https://[::1", "no URL"),
    ],
)
def test_a_base_url_that_must_not_carry_a_token_is_refused(url: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        checked_base_url(url)
    assert "password@" not in str(caught.value)
    assert "http" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "https://app.asana.com/api/1.0/scim",
        "http://localhost:8080/scim",
        "http://scim.localhost",
        "http://127.0.0.1:8080",
        "http://[::1]:8080/api",
    ],
)
def test_a_base_url_ends_with_one_slash(url: str) -> None:
    assert checked_base_url(url) == checked_base_url(f"{url}/") == f"{url}/"


def test_a_proxy_that_cannot_be_used_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://user:hunter2@proxy.test")
    with pytest.raises(UsageError, match="proxy") as caught:
        Http(SETTINGS)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("content", [None, "no certificate"], ids=["absent", "no-pem"])
def test_a_ca_bundle_that_cannot_be_used_is_named(tmp_path: Path, content: str | None) -> None:
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_text(content)
    with pytest.raises(UsageError, match=r"asana\.ca_bundle: .*ca\.pem") as caught:
        Http(replace(SETTINGS, ca_bundle=str(bundle)))
    assert "PEM" in caught.value.hint


def test_deprecations_are_gathered_once_each() -> None:
    changes = [("asana-change", "name=a;info=https://x"), ("asana-change", "name=b")]
    page = httpx.Response(200, headers=changes, json=a_user())

    async def story() -> tuple[str, ...]:
        async with client(lambda _: page) as asana:
            await asana.get_user("1")
            await asana.get_user("1")
            return asana.deprecations

    assert run(story()) == ("name=a;info=https://x", "name=b")


def test_a_real_socket_answers_the_same(unused_tcp_port: int) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"id": 1, "userName": "u1@example.com", "active": true}'
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        writer.write(head + body)
        await writer.drain()
        writer.close()

    async def story() -> str:
        async with await asyncio.start_server(serve, "127.0.0.1", unused_tcp_port):
            settings = replace(SETTINGS, base_url=f"http://127.0.0.1:{unused_tcp_port}/scim")
            async with AsanaClient(settings) as asana:
                return (await asana.get_user("1")).id

    assert asyncio.run(story()) == "1"


def test_nobody_listening_is_an_unreachable_error(unused_tcp_port: int) -> None:
    async def story() -> None:
        settings = replace(SETTINGS, base_url=f"http://127.0.0.1:{unused_tcp_port}/scim")
        async with AsanaClient(settings, policy=ONCE) as asana:
            await asana.get_user("1")

    with pytest.raises(UnreachableError) as caught:
        asyncio.run(story())
    assert not caught.value.sent


@pytest.fixture
def unused_tcp_port() -> int:
    import socket  # noqa: PLC0415 - only here

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
