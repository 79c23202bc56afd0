"""A token in a file is rotated in the middle of an apply: the run goes on with the new one."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.sandbox import Answer, Sandbox
from syncer.sandbox.server import SandboxServer
from tests.story.harness import House
from tests.story.test_exit_codes import ALL

FRESH = "2/7788:fresh0123456789abcdef"


class Rotating:
    """A tenant whose token is replaced before the request of this number."""

    def __init__(
        self, sandbox: Sandbox, file: Path, at: int, replace: Callable[[Path], object]
    ) -> None:
        self.sandbox, self.file, self.at, self.replace = sandbox, file, at, replace
        self.base_path = sandbox.base_path
        self.count = 0
        self.refused = 0

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.count += 1
        if self.count == self.at:
            self.replace(self.file)
        if self.count >= self.at:
            named = {name.casefold(): text for name, text in headers.items()}
            given = named["authorization"]
            known = given == f"Bearer {FRESH}"
            self.refused += not known
            token = self.sandbox.token if known else "revoked"
            headers = {**named, "authorization": f"Bearer {token}"}
        return self.sandbox.respond(method, target, headers, body)


def rotate(file: Path) -> None:
    file.write_text(FRESH + "\n", encoding="utf-8")


def make_a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def fill(file: Path) -> None:
    file.write_text("x" * 20_000_000, encoding="utf-8")


@contextmanager
def rotating(house: House, replace: Callable[[Path], object]) -> Iterator[Rotating]:
    """The tenant of the house on a port, its token in a file that is replaced on the way."""
    sandbox = Sandbox.open(house.folder / "remote.json", domains=("example.com",))
    token = house.write("token", sandbox.token)
    tenant = Rotating(sandbox, token, at=5, replace=replace)
    server = SandboxServer(tenant)  # type: ignore[arg-type]  # answers as one
    thread = threading.Thread(target=server.run)
    thread.start()
    house.edit(
        "syncer.yaml", "sandbox: tenant.json", f"base_url: {server.url}\n  token: {{file: token}}"
    )
    try:
        yield tenant
    finally:
        server.stop()
        thread.join()


def test_a_rotated_token_ends_no_run(house: House) -> None:
    with rotating(house, rotate) as tenant:
        ended = house.apply(*ALL, "--format", "json")
    assert ended.code == 0, ended
    assert tenant.refused
    assert len(Sandbox.open(house.folder / "remote.json").describe().users) == 1
    assert FRESH not in ended.out + ended.err


@pytest.mark.parametrize("replace", [Path.unlink, make_a_pipe, fill])
def test_where_no_token_is_in_its_place_the_refusal_stands(
    house: House, replace: Callable[[Path], object]
) -> None:
    with rotating(house, replace):
        ended = house.apply(*ALL)
    assert ended.code == 4, ended
    assert "POST /Users: 401 Not Authorized" in " ".join(ended.out.split())


def test_a_file_that_is_no_token_s_is_refused_at_the_start(house: House) -> None:
    fill(house.folder / "token")
    sandbox = "base_url: http://127.0.0.1:9\n  token: {file: token}"
    house.edit("syncer.yaml", "sandbox: tenant.json", sandbox)
    ended = house.plan()
    assert (ended.code, "the file token is longer than any secret" in ended.err) == (64, True)
