"""Killed anywhere in a run of every kind of action: the next run ends where a calm one would.

The run is a fork of this process on a tenant in a file, so that a kill costs milliseconds: before
and after each write to Asana, at each moment at which something of ours became durable, in the
middle of a line of the journal, and at moments that nobody chose.
"""

import json
import os
import signal
import sqlite3
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.journal_record import edits, read_journal
from syncer.model.outcome import Result
from syncer.sandbox import Sandbox
from tests.story.harness import House
from tests.story.oracle import Record, doubled, teams_of, users_of, wrong_writes
from tests.story.test_hostile import furnished

Strike = Callable[[pytest.MonkeyPatch, int], None]
"""Arranges, in the fork, that the process ends at the n-th moment of a kind."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at_write(
    monkeypatch: pytest.MonkeyPatch, place: int, act: Callable[[], None], when: str
) -> None:
    """Act before or after the n-th write is carried out."""
    answer, count = Sandbox.respond, iter(range(1, 10_000))

    def respond(self: Sandbox, method: str, *rest: Any) -> Any:
        mine = method != "GET" and next(count) == place
        if mine and when == "before":
            act()
        answered = answer(self, method, *rest)
        if mine and when == "after":
            act()
        return answered

    monkeypatch.setattr(Sandbox, "respond", respond)


def before_a_write(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    at_write(monkeypatch, place, die, "before")


def after_a_write(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    at_write(monkeypatch, place, die, "after")


def before_it_is_durable(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """Right before the n-th time that journal, plan or tenant are made durable."""
    sync, count = os.fsync, iter(range(1, 10_000))

    def fsync(descriptor: int) -> None:
        if next(count) == place:
            die()
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


def within_a_line(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """In the middle of the n-th write to the journal."""
    write, count = os.write, iter(range(1, 10_000))

    def torn(descriptor: int, content: memoryview) -> int:
        name = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        if name.endswith(".jsonl") and next(count) == place:
            write(descriptor, content[: len(content) // 2])
            die()
        return write(descriptor, content)

    monkeypatch.setattr(os, "write", torn)


def within_the_ledger(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """Before the n-th statement of the ledger."""
    connect, count = sqlite3.connect, iter(range(1, 10_000))

    class Mortal(sqlite3.Connection):
        def execute(self, *statement: Any) -> sqlite3.Cursor:
            if next(count) == place:
                die()
            return super().execute(*statement)

    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Mortal))


def whenever(_: pytest.MonkeyPatch, place: int) -> None:
    """After so many milliseconds, wherever the run is; the alarm nobody handles ends it."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.004 * place)


def a_house(folder: Path) -> House:
    """The world of the hostile tests; nobody in a division has a view-only licence there, which
    Asana takes away with the next PUT."""
    house = furnished(folder, "strict", 0)
    tenant = house.tenant()
    for user in tenant["users"]:
        user.pop("licensingDivisionId", None)
    house.write("tenant.json", json.dumps(tenant))
    house.sandbox().save()
    return house


def forked(house: House, strike: Strike, place: int, *arguments: str) -> int:
    """Run apply in a fork that is struck; its exit code, negative for a signal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # nothing else runs here
        child = os.fork()
    if not child:
        code = 99
        try:
            with pytest.MonkeyPatch.context() as monkeypatch:
                strike(monkeypatch, place)
                code = house.apply(*arguments).code
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, Record]:
    """The tenant before, and after a run that nobody disturbs."""
    house = a_house(tmp_path_factory.mktemp("calm") / "house")
    before = house.tenant()
    assert house.apply().code == 0
    return before, house.tenant()


def check_end(house: House, calm: tuple[Record, Record]) -> None:
    """As after a calm run: nothing lost, nothing twice, nothing else."""
    before, wanted = calm
    after = house.tenant()
    assert wrong_writes(before, after, wanted) == []
    assert doubled(after) == []
    assert users_of(after, before) == users_of(wanted, before)
    assert teams_of(after, before) == teams_of(wanted, before)
    assert house.plan("--detailed-exitcode").code == 0


def check_journals(house: House) -> None:
    """Whole but for their ends, and no outcome without an attempt."""
    for path in (house.folder / "journal").glob("*.jsonl"):
        assert edits(path) == ()
        record = read_journal(path)
        asked = {one["ref"] for one in record.entries if one["entry"] == "intent"}
        for outcome in record.outcomes:
            if outcome.result is Result.APPLIED and outcome.requests:
                assert outcome.ref in asked


@pytest.mark.parametrize("saved", [False, True], ids=["direct", "saved"])
@pytest.mark.parametrize(
    ("strike", "step"),
    [
        (before_a_write, 1),
        (after_a_write, 1),
        (before_it_is_durable, 3),
        (within_a_line, 4),
        (within_the_ledger, 5),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_killed_at_any_place_the_next_run_ends_as_a_calm_one(
    tmp_path: Path, calm: tuple[Record, Record], strike: Strike, step: int, *, saved: bool
) -> None:
    struck = 0
    for place in range(1, 400, step):
        house = a_house(tmp_path / str(place))
        arguments = [str(house.folder / "plan.json")] if saved else []
        if saved:
            assert house.plan("--out", *arguments).code == 0
        code = forked(house, strike, place, *arguments)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        struck += 1
        check_journals(house)
        again = house.apply(*arguments)
        done = saved and again.code == 5 and "applied already" in again.err
        assert again.code == 0 or done, (place, again)
        check_journals(house)
        check_end(house, calm)
    else:
        raise AssertionError("no run came to its end")
    assert struck >= 3


@pytest.mark.parametrize("saved", [False, True], ids=["direct", "saved"])
def test_killed_at_a_moment_nobody_chose(
    tmp_path: Path, calm: tuple[Record, Record], *, saved: bool
) -> None:
    for place in range(1, 40, 2):
        house = a_house(tmp_path / str(place))
        arguments = [str(house.folder / "plan.json")] if saved else []
        if saved:
            assert house.plan("--out", *arguments).code == 0
        assert forked(house, whenever, place, *arguments) in {0, -signal.SIGALRM}
        again = house.apply(*arguments)
        assert again.code in ({0, 5} if saved else {0}), again
        assert again.code == 0 or "applied already" in again.err
        check_journals(house)
        check_end(house, calm)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("when", ["before", "after"])
def test_asked_to_stop_at_any_write_what_is_in_flight_ends_and_is_journaled(
    tmp_path: Path, calm: tuple[Record, Record], when: str, number: signal.Signals
) -> None:
    def strike(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
        at_write(monkeypatch, place, lambda: os.kill(os.getpid(), number), when)

    ended = []
    for place in range(1, 400, 2):
        house = a_house(tmp_path / str(place))
        ended.append(forked(house, strike, place))
        (journal,) = (house.folder / "journal").glob("*.jsonl")
        record = read_journal(journal)
        assert record.footer is not None
        assert record.doubtful == ()
        check_journals(house)
        if ended[-1] == 0:
            break
        assert ended[-1] == 130
        assert record.footer["status"] == "interrupted"
        assert house.apply().code == 0
        check_end(house, calm)
    assert ended.count(130) >= 3
