"""A person at a terminal: apply asks, and only yes goes on."""

import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syncer.sandbox import Sandbox
from syncer.sandbox.server import SandboxServer
from tests.story.harness import House

ROOT = Path(__file__).parents[2]
QUESTION = b"Do this in Asana?"


@contextmanager
def at_a_terminal(house: House, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a command line on a terminal of its own; gives the process and our end."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "syncer", "-c", str(house.folder / "syncer.yaml"), *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm", "NO_COLOR": ""},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.wait(timeout=60)
        os.close(ours)


def read_until(terminal: int, wanted: bytes) -> bytes:
    """What the terminal shows, up to these words or its end."""
    seen = b""
    while wanted not in seen:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
    return seen


@pytest.mark.parametrize(
    ("answer", "code", "people"),
    [(b"yes\n", 0, 3), (b"y\n", 1, 0), (b"\n", 1, 0), (b"YES please\n", 1, 0)],
    ids=["yes", "y-is-not-yes", "nothing", "something-else"],
)
def test_only_yes_goes_on(house: House, answer: bytes, code: int, people: int) -> None:
    with at_a_terminal(house, "apply") as (process, terminal):
        shown = read_until(terminal, QUESTION)
        assert b"3 people" in shown
        assert b"\x1b[" in shown
        os.write(terminal, answer)
        read_until(terminal, b"\0")
    assert process.returncode == code
    assert len(house.sandbox().document()["users"]) == people  # type: ignore[arg-type]


def test_interrupting_the_question_changes_nothing(house: House) -> None:
    with at_a_terminal(house, "apply") as (process, terminal):
        read_until(terminal, QUESTION)
        process.send_signal(signal.SIGINT)
        read_until(terminal, b"\0")
    assert process.returncode == 130
    assert house.sandbox().document()["users"] == []


def test_what_moved_while_the_question_stood_is_skipped_and_the_rest_goes(house: House) -> None:
    assert house.apply().code == 0
    house.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    house.edit("people.csv", "Grace,Hopper,Engineer", "Grace,Hopper,Chief")
    with at_a_terminal(house, "apply") as (process, terminal):
        read_until(terminal, QUESTION)
        house.edit(
            "tenant.json",
            '"name.formatted": "Zoë Müller", "title": "Engineer"',
            '"name.formatted": "Zoë Müller", "title": "Boss"',
        )
        os.write(terminal, b"yes\n")
        said = read_until(terminal, b"\0")
    assert process.returncode == 4, said
    assert b"'Boss'" in said
    titles = {user["userName"]: user["title"] for user in house.tenant()["users"]}
    assert (titles["zoe@example.com"], titles["grace@example.com"]) == ("Boss", "Chief")


def test_a_saved_plan_is_refused_whole_when_anything_moved_while_the_question_stood(
    house: House,
) -> None:
    assert house.apply().code == 0
    house.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    house.edit("people.csv", "Grace,Hopper,Engineer", "Grace,Hopper,Chief")
    saved = str(house.folder / "saved.json")
    assert house.plan("--out", saved).code == 0
    with at_a_terminal(house, "apply", saved) as (process, terminal):
        read_until(terminal, QUESTION)
        house.edit(
            "tenant.json",
            '"name.formatted": "Zoë Müller", "title": "Engineer"',
            '"name.formatted": "Zoë Müller", "title": "Boss"',
        )
        os.write(terminal, b"yes\n")
        said = read_until(terminal, b"\0")
    assert process.returncode == 5, said
    assert b"'Boss'" in said
    assert "Chief" not in (house.folder / "tenant.json").read_text(encoding="utf-8")


def test_an_empty_plan_asks_nothing(house: House) -> None:
    assert house.apply().code == 0
    with at_a_terminal(house, "apply") as (process, terminal):
        assert QUESTION not in read_until(terminal, b"\0")
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes")])
def test_interrupted_while_reading_nothing_is_changed(
    house: House, command: tuple[str, ...], number: signal.Signals
) -> None:
    sandbox = Sandbox.open(house.folder / "remote.json")
    methods: list[str] = []

    class Interrupting:
        """Signals the client while it reads, and lets its answer wait for that."""

        base_path = sandbox.base_path
        victim = 0

        def respond(self, method: str, target: str, headers: Any, body: bytes) -> Any:
            methods.append(method)
            os.kill(self.victim, number)
            return sandbox.respond(method, target, headers, body)

    interrupting = Interrupting()
    server = SandboxServer(interrupting)  # type: ignore[arg-type]  # answers as one
    thread = threading.Thread(target=server.run)
    house.write("token", sandbox.token)
    house.edit(
        "syncer.yaml", "sandbox: tenant.json", f"base_url: {server.url}\n  token: {{file: token}}"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "syncer", "-c", str(house.folder / "syncer.yaml"), *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    interrupting.victim = process.pid
    thread.start()
    try:
        _, said = process.communicate(timeout=60)
    finally:
        server.stop()
        thread.join()
    assert process.returncode == 130, said
    assert b"Traceback" not in said
    assert b"interrupted" in said
    assert set(methods) == {"GET"}
