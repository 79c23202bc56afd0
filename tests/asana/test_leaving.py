"""When a request leaves: not when it was admitted, but when its connection was made."""

import asyncio
from dataclasses import replace

from syncer.asana.http import Http, Request
from tests.asana.build import SETTINGS


def test_a_request_leaves_when_its_connection_is_made() -> None:
    told: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.append("connected")
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    async def story() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            settings = replace(SETTINGS, base_url=f"http://127.0.0.1:{port}/scim")
            async with Http(settings) as http:
                for _ in range(2):
                    await http.send(Request(method="GET", path="x"), lambda: told.append("left"))
                    told.append("answered")

    asyncio.run(story())
    told.remove("connected")  # whichever the loop hears of first
    assert told == ["left", "answered"] * 2
