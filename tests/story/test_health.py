"""`syncer health` after whole runs: what it says, what it leaves alone, and how it exits."""

import os
import signal
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.lock import Holder, run_lock
from syncer.sandbox import Answer, Sandbox
from tests.story.harness import PEOPLE, House
from tests.story.moments import NEVER, struck

ALL = ("--allow", "create=9")
RESPOND = Sandbox.respond


def files(house: House) -> dict[str, bytes]:
    return {
        str(path.relative_to(house.folder)): path.read_bytes()
        for path in sorted(house.folder.rglob("*"))
        if path.is_file()
    }


def verdicts(house: House, *arguments: str) -> list[str]:
    ended = house.syncer("health", "--format", "json", *arguments)
    document = ended.json
    found = [trouble["verdict"] for trouble in document["troubles"]]
    assert ended.code == (1 if found else 0)
    assert document["healthy"] is (not found)
    assert document["verdict"] == (found[0] if found else "healthy")
    return found


def ledger_of(house: House) -> Path:
    return house.folder / "syncer-ledger.sqlite"


def set_back(house: House, hours: float) -> None:
    """Let every run have begun so many hours earlier."""
    when = datetime.now(UTC) - timedelta(hours=hours)
    with sqlite3.connect(ledger_of(house)) as database:
        database.execute("UPDATE runs SET at = ?", (when.isoformat(timespec="microseconds"),))
    database.close()
    for path in (house.folder / "journal").glob("*.jsonl"):
        path.rename(path.with_name(f"{when:%Y%m%dT%H%M%SZ}-{path.stem[-6:]}.jsonl"))


def at_the_first_write(number: signal.Signals) -> Callable[..., Answer]:
    """A sandbox in which the process gets a signal while its first write is in flight."""
    seen: list[str] = []

    def answer(self: Sandbox, method: str, *request: Any) -> Answer:
        if method != "GET" and not seen:
            seen.append(method)
            os.kill(os.getpid(), number)
        return RESPOND(self, method, *request)

    return answer


def refusing_writes(self: Sandbox, method: str, *request: Any) -> Answer:
    return RESPOND(self, method, *request) if method == "GET" else Answer(403, {}, b"")


def test_after_a_good_run_one_line_says_so(house: House) -> None:
    assert house.apply(*ALL).code == 0
    before = files(house)
    ended = house.syncer("health")
    assert ended.code == 0
    assert ended.out.startswith("healthy: the last good run began less than a minute ago (")
    assert ended.out.count("\n") == 1
    assert ended.err == ""
    assert files(house) == before
    assert house.syncer("health", "--quiet").out == ""


def test_before_the_first_run_nothing_is_well(house: House) -> None:
    before = files(house)
    ended = house.syncer("health", "--quiet")
    assert ended.code == 1
    assert ended.out.startswith("not healthy: there was no good run yet\n  hint: see in the log")
    assert files(house) == before


def test_a_plan_is_no_run(house: House) -> None:
    assert house.plan().code == 0
    assert verdicts(house) == ["never"]


def test_a_run_that_finds_nothing_to_do_is_a_good_one(house: House) -> None:
    assert house.apply(*ALL).code == 0
    set_back(house, 30)
    assert verdicts(house) == ["overdue"]
    assert house.apply().code == 0
    assert verdicts(house) == []


@pytest.mark.parametrize(
    ("arguments", "config", "found"),
    [
        ((), "", ["overdue"]),
        (("--max-age", "31"), "", []),
        ((), "health: {max_age_hours: 31}\n", []),
        (("--max-age", "29"), "health: {max_age_hours: 31}\n", ["overdue"]),
    ],
)
def test_how_old_a_good_run_may_be_stands_in_the_config_or_on_the_command_line(
    house: House, arguments: tuple[str, ...], config: str, found: list[str]
) -> None:
    assert house.apply(*ALL).code == 0
    set_back(house, 30)
    text = (house.folder / "syncer.yaml").read_text(encoding="utf-8")
    house.write("syncer.yaml", text + config)
    assert verdicts(house, *arguments) == found


def test_a_saved_plan_survives_another_alarm(house: House) -> None:
    plan = str(house.folder / "plan.json")
    assert house.plan("--out", plan).code == 0
    text = (house.folder / "syncer.yaml").read_text(encoding="utf-8")
    house.write("syncer.yaml", text + "health: {max_age_hours: 31}\n")
    assert house.apply(plan, *ALL).code == 0


@pytest.mark.parametrize("hours", ["0", "-1", "nan", "1e9", "soon"])
def test_what_is_no_number_of_hours_is_refused(house: House, hours: str) -> None:
    for option in ("--max-age", "--max-run"):
        assert house.syncer("health", option, hours).code == 64
    text = (house.folder / "syncer.yaml").read_text(encoding="utf-8")
    said = ".nan" if hours == "nan" else hours
    house.write("syncer.yaml", f"{text}health: {{max_run_hours: {said}}}\n")
    assert house.syncer("health").code == 64


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGKILL, -signal.SIGKILL, "was killed"), (signal.SIGTERM, 130, "was interrupted")],
)
def test_a_run_that_was_cut_short_is_told_until_another_goes_on_from_there(
    house: House, number: signal.Signals, code: int, word: str
) -> None:
    crowd = "".join(f"1{n:03},s{n}@example.com,S,{n},Guest,Sales,,active\n" for n in range(20))
    house.write("people.csv", PEOPLE + crowd)
    assert house.apply("--allow", "create=99").code == 0
    house.edit("people.csv", ",Guest,", ",Host,")
    house.edit("syncer.yaml", "mapping:", "guards: {update: null}\nmapping:")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "respond", at_the_first_write(number))
        ended, _ = struck(house, NEVER, number, "apply", "--yes")
    assert ended.code == code, ended
    assert verdicts(house) == ["interrupted"]
    said = house.syncer("health").out
    assert f" {word} (" in said
    assert "hint: run 'syncer apply' again" in said
    assert house.apply().code == 0
    assert verdicts(house) == []


def test_who_holds_the_lock_is_at_work_until_it_has_it_too_long(house: House) -> None:
    assert house.apply(*ALL).code == 0
    since = datetime.now(UTC) - timedelta(hours=5)
    with run_lock(house.folder / "journal" / ".lock", Holder("run-7", 7, "box", since)):
        assert verdicts(house) == []
        assert "  note: run run-7 is at work since " in house.syncer("health").out
        assert verdicts(house, "--max-run", "4") == ["stuck"]
        stuck = house.syncer("health", "--max-run", "4").out
        assert stuck.startswith("not healthy: run run-7 has been at work for 5 hours; 4 hours are")
        assert "SIGTERM" in stuck
    assert verdicts(house, "--max-run", "4") == []


def test_what_the_next_run_could_not_write_is_told_with_all_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert house.apply(*ALL).code == 0
    set_back(house, 30)
    access = os.access
    monkeypatch.setattr(
        "syncer.apply.writable.os.access",
        lambda path, mode: not mode & os.W_OK and access(path, mode),
    )
    assert verdicts(house)[0] == "state"
    assert verdicts(house)[-1] == "overdue"
    said = house.syncer("health").out
    assert f"the folder {house.folder / 'journal'} cannot be written" in said
    assert f"{ledger_of(house)} cannot be written" in said


def test_a_damaged_ledger_is_a_trouble_and_the_journals_still_tell(house: House) -> None:
    assert house.apply(*ALL).code == 0
    ledger_of(house).write_bytes(b"no database at all, but long enough to look like one" * 99)
    assert verdicts(house) == ["state"]
    assert "restore it from a backup" in house.syncer("health").out


def test_without_a_ledger_the_journals_tell(house: House) -> None:
    text = (house.folder / "syncer.yaml").read_text(encoding="utf-8")
    house.write("syncer.yaml", text + "ledger: null\n")
    assert house.apply(*ALL).code == 0
    assert verdicts(house) == []


def test_runs_on_another_tenant_prove_nothing(house: House) -> None:
    assert house.apply(*ALL).code == 0
    house.edit("syncer.yaml", "sandbox: tenant.json", "sandbox: other.json")
    assert verdicts(house) == ["never"]


def test_a_run_in_which_somebody_failed_is_no_good_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert house.apply(*ALL).code == 0
    set_back(house, 30)
    house.edit("people.csv", "Engineer,", "Plumber,")
    monkeypatch.setattr(Sandbox, "respond", refusing_writes)
    assert house.apply().code == 4
    assert verdicts(house) == ["overdue"]
    assert "  note: the last run, " in house.syncer("health").out


def test_asana_is_not_asked_and_no_token_is_needed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.edit(
        "syncer.yaml",
        "sandbox: tenant.json",
        "base_url: https://asana.invalid/scim\n  token: {env: NO_SUCH_TOKEN}",
    )
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection"))
    assert verdicts(house) == ["never"]


def test_a_config_that_cannot_be_read_is_no_verdict(house: House) -> None:
    house.write("syncer.yaml", "version: 2\n")
    assert house.syncer("health", "--format", "json").code == 64


def test_a_journal_that_the_next_run_cannot_count_is_told_before_it(house: House) -> None:
    """It is older than the last good run, so that nothing else looks at it."""
    assert house.apply(*ALL).code == 0
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    house.write(f"journal/{an_hour_ago:%Y%m%dT%H%M%SZ}-abcdef.jsonl", "no journal\n")
    assert verdicts(house) == ["state"]
    assert house.plan().code == 1


def test_a_ledger_that_the_next_run_cannot_read_is_told_before_it(house: House) -> None:
    """When it last went well can still be read of it."""
    assert house.apply(*ALL).code == 0
    with sqlite3.connect(ledger_of(house)) as database:
        database.execute("DROP TABLE absences")
    database.close()
    assert verdicts(house) == ["state"]
    assert house.plan().code == 1


def test_a_ledger_that_is_a_pipe_is_no_ledger(house: House) -> None:
    """Opened as a database it would let nobody go, not even by a signal."""
    assert house.apply(*ALL).code == 0
    ledger_of(house).unlink()
    os.mkfifo(ledger_of(house))
    assert verdicts(house) == ["state"]
    ended = house.plan()
    assert ended.code == 1
    assert "it is no file" in ended.err


def test_a_run_that_was_killed_ahead_of_the_clock_says_what_ends_the_alarm(house: House) -> None:
    assert house.apply(*ALL).code == 0
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    killed = house.write(f"journal/{tomorrow:%Y%m%dT%H%M%SZ}-abcdef.jsonl", "")
    assert verdicts(house) == ["interrupted"]
    assert "then move that journal away" in house.syncer("health").out
    assert house.apply().code == 0
    killed.unlink()
    assert verdicts(house) == []
