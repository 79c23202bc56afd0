"""A transport that hands requests to a responder in the same process instead of a socket.

Only the wire is replaced: URLs, headers, token, pace, retries and decoding are the real ones.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Protocol

import httpx


class Answer(Protocol):
    """What a responder says, and how the way there and back went.

    `cut` says that the connection broke, "before" or "after" the request was carried out.
    """

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer."""

    @property
    def body(self) -> bytes:
        """The body of the answer."""

    @property
    def delay_seconds(self) -> float:
        """How long the answer takes."""

    @property
    def cut(self) -> Literal["", "before", "after"]:
        """Whether the connection breaks."""


class Responder(Protocol):
    """Anything that answers requests, such as the sandbox."""

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to one request; `target` is the path with the query."""


class InProcessTransport(httpx.AsyncBaseTransport):
    """Answers from a responder; delays and lost connections look as they would on a wire."""

    def __init__(
        self,
        responder: Responder,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._responder = responder
        self._sleep = sleep

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the responder. Raises the errors that a network would."""
        answer = self._responder.respond(
            request.method,
            request.url.raw_path.decode("ascii"),
            dict(request.headers),
            await request.aread(),
        )
        patience = request.extensions.get("timeout", {}).get("read")
        if patience is not None and answer.delay_seconds > patience:
            await self._sleep(patience)
            raise httpx.ReadTimeout("no answer in time", request=request)
        if answer.delay_seconds > 0:
            await self._sleep(answer.delay_seconds)
        if answer.cut:
            raise httpx.ReadError("connection lost", request=request)
        announced = answer.headers.get("Content-Length")
        if announced is not None and int(announced) > len(answer.body):
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body", request=request
            )
        return httpx.Response(
            answer.status, headers=dict(answer.headers), content=answer.body, request=request
        )
