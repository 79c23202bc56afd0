"""Pulling the plug: killed at any write, the next run ends where an undisturbed one would."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.journal_record import read_journal, verify_journal
from syncer.sandbox import Answer, Sandbox
from syncer.sandbox.server import SandboxServer
from tests.story.harness import PEOPLE, House, furnish

WRITES = 6
"""What the plan of the harness writes: three creates, two managers, a team with its members."""


ACTIONS = 7
"""The team and its members are two of them."""


class Plug:
    """A sandbox that pulls a process's plug right before or after its n-th write."""

    def __init__(self, sandbox: Sandbox, at: int, when: str) -> None:
        self._sandbox = sandbox
        self._at = at
        self._when = when
        self.victim: int | None = None
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sandbox, name)

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if method == "GET" or self.victim is None:
            return self._sandbox.respond(method, target, headers, body)
        self.writes += 1
        strike = self.writes == self._at
        if strike and self._when == "before":
            os.kill(self.victim, signal.SIGKILL)
            return Answer(503, {}, b"")
        answer = self._sandbox.respond(method, target, headers, body)
        if strike:
            os.kill(self.victim, signal.SIGKILL)
        return answer


@contextmanager
def on_a_port(plug: Plug) -> Iterator[str]:
    server = SandboxServer(plug)  # type: ignore[arg-type]  # all it needs is forwarded
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join()


def essence(state: Any) -> Any:
    """The tenant without ids, which depend on who came first."""
    names = {user["id"]: user["userName"] for user in state["users"]}

    def named(user: dict[str, Any]) -> dict[str, Any]:
        manager = {"manager": names[user["manager"]]} if "manager" in user else {}
        return {**{key: value for key, value in user.items() if key != "id"}, **manager}

    users = sorted((named(user) for user in state["users"]), key=lambda user: user["userName"])
    teams = [
        (team["displayName"], sorted(names[member] for member in team["members"]))
        for team in state["groups"]
    ]
    return users, sorted(teams)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    house = furnish(tmp_path_factory.mktemp("undisturbed"))
    report = house.apply("--allow", "create=9", "--format", "json").json
    assert (
        sum(number for method, number in report["requests"].items() if method != "GET") == WRITES
    )
    return essence(house.tenant())


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, WRITES + 1))
def test_killed_at_a_write_the_next_run_converges(
    house: House, undisturbed: Any, monkeypatch: pytest.MonkeyPatch, at: int, when: str
) -> None:
    sandbox = Sandbox.open(house.folder / "remote.json", domains=("example.com",))
    monkeypatch.setenv("ASANA_SCIM_TOKEN", sandbox.token)
    plug = Plug(sandbox, at, when)
    with on_a_port(plug) as url:
        house.edit("syncer.yaml", "sandbox: tenant.json", f"base_url: {url}")
        assert killed(house, plug) == -signal.SIGKILL
        (journal,) = (house.folder / "journal").glob("*.jsonl")
        assert read_journal(journal).footer is None
        assert verify_journal(journal)
        plug.victim = None
        again = house.apply("--allow", "create=9")
        assert again.code == 0, again
        assert house.plan("--detailed-exitcode").code == 0
    house.write("tenant.json", (house.folder / "remote.json").read_bytes())
    assert essence(house.tenant()) == undisturbed


def killed(house: House, plug: Plug, *options: str) -> int:
    """Start an apply whose plug is pulled; its exit code."""
    config = house.folder / "syncer.yaml"
    command = [sys.executable, "-m", "syncer", "-c", str(config), "apply", "--yes", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    plug.victim = process.pid
    _, said = process.communicate(timeout=60)
    assert process.returncode < 0, said.decode()
    return process.returncode


def test_a_saved_plan_that_was_cut_short_is_resumed(
    house: House, undisturbed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = Sandbox.open(house.folder / "remote.json", domains=("example.com",))
    monkeypatch.setenv("ASANA_SCIM_TOKEN", sandbox.token)
    plug = Plug(sandbox, 3, "after")
    saved = str(house.folder / "saved.json")
    with on_a_port(plug) as url:
        house.edit("syncer.yaml", "sandbox: tenant.json", f"base_url: {url}")
        assert house.plan("--out", saved).code == 0
        command = [sys.executable, "-m", "syncer", "-c", str(house.folder / "syncer.yaml")]
        process = subprocess.Popen(
            [*command, "apply", saved, "--yes"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
        )
        plug.victim = process.pid
        assert process.wait(timeout=60) == -signal.SIGKILL
        plug.victim = None
        resumed = house.syncer("apply", saved, "--yes")
        assert resumed.code == 0, resumed
        said = " ".join(resumed.err.split())
        assert "this plan is partly applied: run" in said
        # How many were applied by then is for the moment to say: several are in flight at once.
        assert re.search(rf"was cut off after \d of {ACTIONS} actions", said)
        again = house.syncer("apply", saved, "--yes")
        assert again.code == 5
        assert "applied already" in again.err
    house.write("tenant.json", (house.folder / "remote.json").read_bytes())
    assert essence(house.tenant()) == undisturbed


def test_deactivations_of_a_killed_run_count_for_the_guards_of_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = Sandbox.open(house.folder / "remote.json", domains=("example.com",))
    monkeypatch.setenv("ASANA_SCIM_TOKEN", sandbox.token)
    house.edit("syncer.yaml", "  key:", "  expect: {max_shrink_percent: null}\n  key:")
    stay = "".join(f"1{n:03},s{n}@example.com,S,{n},Guest,Sales,,active\n" for n in range(20))
    leave = "".join(f"2{n:03},l{n}@example.com,L,{n},Guest,Sales,,active\n" for n in range(3))
    plug = Plug(sandbox, 3, "after")
    with on_a_port(plug) as url:
        house.edit("syncer.yaml", "sandbox: tenant.json", f"base_url: {url}")
        house.write("people.csv", PEOPLE + stay + leave)
        assert house.apply("--allow", "create=26").code == 0
        house.write("people.csv", PEOPLE + stay)
        assert killed(house, plug, "--allow", "deactivate=3") == -signal.SIGKILL
        plug.victim = None
        # One more leaver is a matter of course; after three others, a guard asks.
        house.edit("people.csv", "1000,s0@example.com,S,0,Guest,Sales,,active\n", "")
        planned = house.plan()
        assert planned.code == 3, planned
        assert "3 deactivated in the last 7 days" in planned.out
        assert "after 3 in the last 7 days" in " ".join(planned.out.split())
        assert house.apply().code == 3
        # The ledger knows by now, whatever becomes of the journals.
        for journal in (house.folder / "journal").glob("*.jsonl"):
            journal.unlink()
        assert "3 deactivated in the last 7 days" in house.plan().out
        assert house.apply("--allow", "deactivate=1").code == 0
        assert "4 deactivated in the last 7 days" in house.plan().out
