"""The tenant of an invented organisation in the sandbox, served on a port and counting."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any

from syncer.sandbox import Answer, Sandbox
from syncer.sandbox.server import SandboxServer
from tests.bench import organisation as invented
from tests.bench.measured import TOKEN


class Timed(Sandbox):
    """A tenant that notes when each request arrived."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.moments: list[float] = []

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer, as ever."""
        self.moments.append(monotonic())
        return super().respond(method, target, headers, body)

    def asked(self) -> Counter[str]:
        """What it was asked by method and resource, with `id` for the id of one."""
        names = Counter[str]()
        for request in self.requests:
            path = request.target.partition("?")[0].removeprefix(self.base_path)
            kind, _, one = path.strip("/").partition("/")
            names[f"{request.method} {kind}{'/id' if one else ''}"] += 1
        return names


def document(found: invented.Organisation, switches: Mapping[str, object]) -> dict[str, Any]:
    """The organisation as a state document of the sandbox."""
    return {
        "token": TOKEN,
        "domains": [invented.DOMAIN],
        "switches": dict(switches),
        "users": [
            {
                "id": one.user_id,
                "userName": one.mail,
                "name.formatted": one.name,
                "title": one.title,
                "department": one.department,
                "country": one.country,
                "employeeNumber": one.key,
                **({} if one.manager is None else {"manager": invented.user_id(one.manager)}),
            }
            for one in found.current.values()
        ],
        "groups": [
            {
                "id": invented.team_id(at),
                "displayName": name,
                "members": [invented.user_id(one) for one in members],
            }
            for at, (name, members) in enumerate(found.teams.items())
        ],
    }


@contextmanager
def serving(sandbox: Sandbox) -> Iterator[str]:
    """Serve the tenant from this process; its base URL."""
    server = SandboxServer(sandbox)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join()
