"""A token in a file is rotated in the middle of an apply: the run goes on with the new one."""

import threading
from collections.abc import Mapping
from pathlib import Path

from syncer.sandbox import Answer, Sandbox
from syncer.sandbox.server import SandboxServer
from tests.story.harness import House
from tests.story.test_exit_codes import ALL

FRESH = "2/7788:fresh0123456789abcdef"


class Rotating:
    """A tenant whose token is replaced before the request of this number."""

    def __init__(self, sandbox: Sandbox, file: Path, at: int) -> None:
        self.sandbox, self.file, self.at = sandbox, file, at
        self.base_path = sandbox.base_path
        self.count = 0
        self.refused = 0

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.count += 1
        if self.count == self.at:
            self.file.write_text(FRESH + "\n", encoding="utf-8")
        if self.count >= self.at:
            named = {name.casefold(): text for name, text in headers.items()}
            given = named["authorization"]
            known = given == f"Bearer {FRESH}"
            self.refused += not known
            token = self.sandbox.token if known else "revoked"
            headers = {**named, "authorization": f"Bearer {token}"}
        return self.sandbox.respond(method, target, headers, body)


def test_a_rotated_token_ends_no_run(house: House) -> None:
    sandbox = Sandbox.open(house.folder / "remote.json", domains=("example.com",))
    token = house.write("token", sandbox.token)
    tenant = Rotating(sandbox, token, at=5)
    server = SandboxServer(tenant)  # type: ignore[arg-type]  # answers as one
    thread = threading.Thread(target=server.run)
    thread.start()
    house.edit(
        "syncer.yaml", "sandbox: tenant.json", f"base_url: {server.url}\n  token: {{file: token}}"
    )
    try:
        ended = house.apply(*ALL, "--format", "json")
    finally:
        server.stop()
        thread.join()
    assert ended.code == 0, ended
    assert tenant.refused
    assert len(Sandbox.open(house.folder / "remote.json").describe().users) == 1
    assert FRESH not in ended.out + ended.err
