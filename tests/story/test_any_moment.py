"""Ended between two calls of our own functions, wherever that is: asked to stop, or killed.

The world has what `test_kill_every_kind` lacks: addresses that wait for one another, two people
who swap theirs by way of a temporary one, and memberships that take several requests.
"""

import functools
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.execution import ExecutionLimits
from syncer.apply.journal_record import edits, read_journal
from syncer.model.exits import Exit
from tests.story.harness import House
from tests.story.moments import NEVER, struck
from tests.story.oracle import Record, doubled, teams_of, users_of

CONFIG = """\
version: 1
asana: {sandbox: tenant.json, domains: [example.com], requests_per_minute: 100000}
directory:
  people: [{format: csv, path: people.csv}]
  key: number
  expect: {max_shrink_percent: null}
mapping: {userName: mail, title: {from: title, clear: true}, employeeNumber: number}
teams:
  - {name: Crew, when: "title == 'Sailor'"}
lifecycle: {address_cycles: temporary}
guards: {deactivate: null, downgrade: null, update: null, rename: null, create: null,
         remove_members: null}
"""

PEOPLE = "number,mail,title\n" + "".join(
    f"{number},{mail}@example.com,{title}\n"
    for number, mail, title in [
        (1, "ben", "Sailor"), (2, "ben.new", "Sailor"), (3, "dot", "Sailor"), (4, "cid", ""),
        (5, "eve", "Sailor"), (6, "fay", "Cook"), (7, "gus", "Cook"), (8, "hal", "Sailor"),
        (9, "ida", "Cook"),
    ]
)  # fmt: skip

NAMES = ("ann", "ben", "cid", "dot", "eve", "fay", "gus", "jim")
TENANT: dict[str, Any] = {
    "users": [
        {
            "id": str(100 + number),
            "userName": f"{name}@example.com",
            "title": "Cook",
            "employeeNumber": str(number),
        }
        for number, name in enumerate(NAMES, 1)
    ],
    "groups": [{"id": "900", "displayName": "Crew", "members": ["106", "107", "104", "108"]}],
}


def a_house(folder: Path) -> House:
    folder.mkdir()
    house = House(folder)
    house.write("syncer.yaml", CONFIG)
    house.write("people.csv", PEOPLE)
    assert house.syncer("sandbox", "reset", "--yes").code == 0
    house.write("tenant.json", json.dumps({**house.tenant(), **TENANT, "nextId": 1000}))
    house.sandbox().save()
    return house


@pytest.fixture(autouse=True)
def small_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two members a request, so that a team takes several."""
    small = functools.partial(ExecutionLimits, members_per_request=2)
    monkeypatch.setattr("syncer.cli.perform.ExecutionLimits", small)


@pytest.fixture
def calm(tmp_path: Path) -> tuple[Record, Record]:
    """The tenant before, and when nothing is left to do."""
    house = a_house(tmp_path / "calm")
    before = house.tenant()
    ended = house.apply("--format", "json")
    assert ended.code == 0, ended
    assert ended.json["requests"]["PATCH"] > len(NAMES)
    return before, house.tenant()


def check_intents(house: House, before: Record) -> None:
    """The journal is whole as far as it goes, and what changed has an intent."""
    asked: set[str] = set()
    for path in (house.folder / "journal").glob("*.jsonl"):
        assert edits(path) == ()
        record = read_journal(path)
        intents = [one for one in record.entries if one["entry"] == "intent"]
        asked |= {str(one.get(key)) for one in intents for key in ("scim_id", "user", "team")}
        refs = {one["ref"] for one in intents}
        assert {one.ref for one in record.outcomes if one.requests} <= refs
    after = house.tenant()
    for kind, name in (("users", "userName"), ("groups", "displayName")):
        old = {one["id"]: one for one in before[kind]}
        changed = [one for one in after[kind] if one != old.get(one["id"])]
        assert all({one["id"], one[name], one[name].casefold()} & asked for one in changed)


def check_end(house: House, calm: tuple[Record, Record]) -> None:
    before, wanted = calm
    after = house.tenant()
    assert doubled(after) == []
    assert users_of(after, before) == users_of(wanted, before)
    assert teams_of(after, before) == teams_of(wanted, before)
    assert house.plan("--detailed-exitcode").code == 0


PLACES = 24
LATE = 120
EARLY = range(2, 14)
"""The first calls after main itself, in whose first line a signal is still Python's affair."""


@pytest.mark.parametrize("saved", [False, True], ids=["direct", "saved"])
def test_killed_between_any_two_calls_the_next_run_ends_as_a_calm_one(
    tmp_path: Path, calm: tuple[Record, Record], *, saved: bool
) -> None:
    house, whole, killed = a_house(tmp_path / "whole"), 0, 0
    plan = ["plan.json"] if saved else []
    for turn in range(PLACES + 1):
        house = a_house(tmp_path / str(turn))
        arguments = [str(house.folder / name) for name in plan]
        if saved:
            assert house.plan("--out", *arguments).code == 0
        place = whole * turn // (PLACES + 1) or NEVER
        ended, calls = struck(house, place, signal.SIGKILL, "apply", "--yes", *arguments)
        whole = whole or calls
        killed += ended.code == -signal.SIGKILL
        check_intents(house, calm[0])
        again = house.apply(*arguments)
        assert again.code == 0 or (saved and "applied already" in again.err), again
        check_end(house, calm)
        if saved:
            third = house.apply(*arguments)
            assert third.code == Exit.STALE_OR_LOCKED
            assert "applied already" in third.err
    assert killed == PLACES


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    "command", [("plan", "--out", "plan.json"), ("why", "eve@example.com"), ("validate",)]
)
def test_asked_to_stop_anywhere_what_only_reads_ends_at_once_in_words(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    number: signal.Signals,
) -> None:
    house = a_house(tmp_path / "house")
    monkeypatch.chdir(house.folder)
    before = house.tenant()
    _, whole = struck(house, NEVER, number, *command)
    codes = []
    for place in [*EARLY, *range(EARLY[-1], whole, whole // PLACES)]:
        (house.folder / "plan.json").unlink(missing_ok=True)
        ended, _ = struck(house, place, number, *command)
        codes.append(ended.code)
        assert ended.code in {0, Exit.INTERRUPTED}, ended
        assert "Traceback" not in ended.err
        assert "internal error" not in ended.err
        assert house.tenant() == before
        # A plan that was saved is a whole one.
        saved = house.folder / "plan.json"
        assert not saved.exists() or house.syncer("show", str(saved)).code == 0
        assert {path.name for path in house.folder.glob(".plan*")} == set()
    assert codes.count(Exit.INTERRUPTED) > PLACES / 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_anywhere_apply_ends_in_order_and_the_next_run_does_the_rest(
    tmp_path: Path, calm: tuple[Record, Record], number: signal.Signals
) -> None:
    command, codes = ("apply", "--yes", "--format", "json"), []
    _, whole = struck(a_house(tmp_path / "whole"), NEVER, number, *command)
    # The end deserves more places than the middle: what is done by then has to be told.
    late = range(whole - LATE, whole, 6)
    for place in sorted({*range(2, whole, whole // PLACES), *late}):
        house = a_house(tmp_path / str(place))
        ended, _ = struck(house, place, number, *command)
        codes.append(ended.code)
        assert ended.code in {0, Exit.INTERRUPTED}, ended
        assert "Traceback" not in ended.err
        assert "internal error" not in ended.err
        for path in (house.folder / "journal").glob("*.jsonl"):
            record = read_journal(path)
            assert record.footer is not None
            assert record.doubtful == ()
            assert (record.footer["status"] == "interrupted") == (ended.code == Exit.INTERRUPTED)
            report = json.loads(ended.out)
            assert report["run_id"] == record.run_id
            assert len(report["outcomes"]) == report["counts"]["total"]
        check_intents(house, calm[0])
        assert house.apply().code == 0
        check_end(house, calm)
    assert codes.count(Exit.INTERRUPTED) > PLACES / 2
