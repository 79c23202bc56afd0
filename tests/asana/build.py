"""Builders for the tests of the Asana layer: the wire is faked, the client is the real one."""

import asyncio
import json
import selectors
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs

import httpx

from syncer.asana.client import AsanaClient
from syncer.asana.settings import ClientSettings, Events, RetryPolicy, Timing, no_events

TOKEN = "1/1199:the-token-of-the-tests"
BASE = "https://asana.test/api/1.0/scim"
SETTINGS = ClientSettings(
    base_url=BASE,
    token=TOKEN,
    user_agent="syncer/0 (run test)",
    requests_per_minute=None,
    read_only=False,
)
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

T = TypeVar("T")
Json = Mapping[str, Any]
Handler = Callable[[httpx.Request], httpx.Response | Coroutine[None, None, httpx.Response]]


class _Leap(selectors.SelectSelector):
    """Where a loop would wait for time to pass, time passes."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits, and nobody is coming"
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which an hour of sleep takes no time."""

    def __init__(self) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        return self._leap.now


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)


def clock() -> float:
    return asyncio.get_running_loop().time()


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def timing(chance: float = 0.0) -> Timing:
    return Timing(clock=clock, sleep=asyncio.sleep, chance=lambda: chance, now=lambda: NOON)


def client(
    handler: Handler,
    *,
    policy: RetryPolicy | None = None,
    event: Events = no_events,
    **settings: Any,
) -> AsanaClient:
    return AsanaClient(
        replace(SETTINGS, **settings),
        httpx.MockTransport(handler),  # type: ignore[arg-type]  # it takes a mixture too
        timing=timing(),
        policy=policy,
        event=event,
    )


class Script:
    """Answers in order, the last one for ever; an exception stands for a lost connection."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.times: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.times.append(clock())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def lines(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def body(self, index: int = -1) -> Any:
        return json.loads(self.requests[index].content)


def answer(body: object = None, status: int = 200, **headers: str) -> httpx.Response:
    content = b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=content, headers=named)


def listing(entries: Iterable[object], total: object = None, **more: object) -> dict[str, object]:
    resources = list(entries)
    stated = len(resources) if total is None else total
    return {"schemas": [LIST_RESPONSE], "totalResults": stated, "Resources": resources, **more}


def a_user(number: int | str = 1, **more: object) -> dict[str, Any]:
    return {"id": str(number), "userName": f"u{number}@example.com", "active": True, **more}


def a_team(number: int | str = 1, name: str | None = None, **more: object) -> dict[str, Any]:
    return {"id": str(number), "displayName": name or f"Team {number}", **more}


def query(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}


def operations(body: Json) -> list[dict[str, Any]]:
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
    found: list[dict[str, Any]] = body["Operations"]
    return found
