"""What earlier runs left, by their journals: what is certain, and what is in doubt."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncer.apply import history as history_module
from syncer.apply.history import is_written_on, read_history
from syncer.apply.journal_record import read_journal
from syncer.apply.marks import marks_of
from syncer.model.actions import FieldChange, Member
from syncer.model.errors import ConflictError, RejectedError, UnreachableError
from syncer.model.past import History, Mark
from tests.apply.builders import (
    NOW,
    create,
    deactivate,
    members,
    new_journal,
    new_team,
    plan_of,
    reactivate,
    rename_team,
    run,
    title,
    update,
)
from tests.apply.fake_asana import FakeAsana
from tests.apply.stage import Stage

ANN, BOB = Member("ann@example.com", "1"), Member("bob@example.com", "2")
RETITLE = update("ann@example.com", "1", title("A", "B"))
REF = RETITLE.ref


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    asana = FakeAsana().with_user("1", "ann@example.com", title="A")
    return Stage(asana.with_user("2", "bob@example.com").with_team("9", "Eng"), tmp_path)


def told(mark: Mark) -> str:
    member = f" {mark.member_id}" if mark.member_id else ""
    reference = f" ({mark.reference})" if mark.reference else ""
    change = f"{mark.before or '-'} -> {mark.left_at or '-'}{reference}"
    return f"{mark.id} {mark.what}{member}: {change} {mark.sure}"


def left(stage: Stage, *actions: Any, **choices: Any) -> list[str]:
    stage.apply(plan_of(*actions), current=stage.asana.state(), **choices)
    return [told(mark) for mark in marks_of(read_journal(stage.journal))]


def test_what_is_applied_is_certain(stage: Stage) -> None:
    assert left(stage, RETITLE) == ["1 title: A -> B done"]
    assert left(stage, deactivate("bob@example.com", "2")) == ["2 active: yes -> no done"]
    assert left(stage, rename_team("9", "Eng", "Ops")) == ["9 name: Eng -> Ops done"]


def test_somebody_new_is_active_and_has_what_was_given(stage: Stage) -> None:
    assert left(stage, create("dee@example.com", title="Cook")) == [
        "101 userName: - -> dee@example.com done",
        "101 title: - -> Cook done",
        "101 active: - -> yes done",
    ]


def test_who_was_there_before_was_not_made_by_us(stage: Stage) -> None:
    stage.asana.with_user("3", "dee@example.com", title="Cook")
    stage.asana.fail("create_user", ConflictError("409 taken", status=409))
    marks = left(stage, create("dee@example.com", title="Cook"))
    assert {mark.rpartition(" ")[2] for mark in marks} == {"found"}


def test_a_manager_is_told_by_id_as_well(stage: Stage) -> None:
    manager = FieldChange("manager", None, "bob@example.com", "2")
    change = update("ann@example.com", "1", manager)
    assert left(stage, change) == ["1 manager: - -> bob@example.com (2) done"]


def test_what_was_refused_left_nothing_and_what_was_lost_is_in_doubt(stage: Stage) -> None:
    stage.asana.fail("update_user", RejectedError("400 no", status=400))
    assert left(stage, RETITLE) == []
    stage.asana.fail("update_user", UnreachableError("no answer"))
    # The read-back shows that it did not come about, now.
    assert left(stage, RETITLE) == ["1 title: A -> B doubtful"]


def test_of_a_team_each_member_is_told_as_it_went(stage: Stage) -> None:
    stage.asana.fail("change_members", RejectedError("400 no", status=400), about="2", times=2)
    assert left(stage, members("Eng", "9", add=(ANN, BOB))) == ["9 member 1: no -> yes done"]
    team = members("Ops", None, add=(BOB,), deps=("create_team:Ops",))
    assert sorted(left(stage, new_team("Ops"), team)) == [
        "101 member 2: no -> yes done",
        "101 name: - -> Ops done",
    ]


def test_a_reactivation_is_told(stage: Stage) -> None:
    stage.apply(plan_of(deactivate("bob@example.com", "2")), current=stage.asana.state())
    assert left(stage, reactivate("bob@example.com", "2")) == ["2 active: no -> yes done"]


INTENT = {
    "entry": "intent",
    "ref": REF,
    "attempt": 1,
    "kind": "update_user",
    "scim_id": "1",
    "user": "ann@example.com",
    "before": {"title": "A"},
    "after": {"title": "B"},
}
ACCEPTED = {"entry": "answer", "ref": REF, "attempt": 1, "accepted": True}
OUTCOME = {"entry": "outcome", "ref": REF, "result": "applied", "detail": "", "scim_id": "1"}
TEAM = {"kind": "change_members", "team": "Eng", "scim_id": "9", "ref": "t"}
JOINS = {"add": [{"user": "ann@example.com", "scim_id": "1"}], "remove": []}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param([INTENT], ["1 title: A -> B doubtful"], id="killed-before-the-answer"),
        pytest.param([INTENT, ACCEPTED], ["1 title: A -> B done"], id="killed-after-it"),
        pytest.param(
            [INTENT, {**INTENT, "attempt": 2}, {**ACCEPTED, "attempt": 2}],
            ["1 title: A -> B doubtful"],
            id="the-first-of-two-may-come-late",
        ),
        pytest.param([INTENT, ACCEPTED, OUTCOME], ["1 title: A -> B done"], id="older-outcome"),
        pytest.param(
            [INTENT, ACCEPTED, {**OUTCOME, "result": "failed"}],
            ["1 title: A -> B doubtful"],
            id="accepted-and-not-shown",
        ),
        pytest.param(
            [{**OUTCOME, "kind": "update_user", "after": {"title": "B"}}],
            ["1 title: - -> B found"],
            id="in-effect-without-a-request",
        ),
        pytest.param([{**OUTCOME, "result": "held"}], [], id="held"),
        pytest.param(
            [{**INTENT, **TEAM, **JOINS}, {**ACCEPTED, "ref": "t"}],
            ["9 member 1: no -> yes done"],
            id="members-of-a-killed-run",
        ),
        pytest.param(
            [{**INTENT, **TEAM, **JOINS}], ["9 member 1: no -> yes doubtful"], id="lost-members"
        ),
        pytest.param(
            [{**INTENT, **TEAM, **JOINS}, {**ACCEPTED, "ref": "t"},
             {**OUTCOME, "ref": "t", "scim_id": "9", "result": "failed"}],
            ["9 member 1: no -> yes doubtful"],
            id="members-of-an-older-failure",
        ),
        pytest.param(
            [{**OUTCOME, **TEAM, **JOINS}], ["9 member 1: no -> yes found"], id="members-found"
        ),
        pytest.param(
            [{**INTENT, "scim_id": None, "kind": "create_user"}, ACCEPTED], [], id="whoever-it-is"
        ),
    ],
)  # fmt: skip
def test_a_journal_is_believed_as_far_as_it_goes(
    tmp_path: Path, entries: list[Mapping[str, Any]], expected: list[str]
) -> None:
    path = written(tmp_path, "20261122T110000Z-aaaaaa", entries)
    assert [told(mark) for mark in marks_of(read_journal(path))] == expected


def test_what_was_found_in_effect_stands_before_what_was_asked_for(tmp_path: Path) -> None:
    """A step aside that an earlier run took is noted last, and was first."""
    aside = {**OUTCOME, "ref": "aside", "kind": "update_user", "after": {"userName": "tmp@x.de"}}
    entries = [{**INTENT, "after": {"userName": "new@x.de"}}, ACCEPTED, OUTCOME, aside]
    path = written(tmp_path, "20261122T110000Z-aaaaaa", entries)
    assert [mark.left_at for mark in marks_of(read_journal(path))] == ["tmp@x.de", "new@x.de"]


def written(folder: Path, run_id: str, entries: Any = (), **header: Any) -> Path:
    journal = new_journal(folder, run_id, **header)

    async def write() -> None:
        for entry in entries:
            await journal.record(entry)

    run(write())
    journal.end("complete", {})
    journal.close()
    return journal.path


def runs(folder: Path, count: int = 3) -> list[Path]:
    """A journal an hour, the newest last, each with a title of its own."""
    return [
        written(
            folder,
            f"20261122T{8 + number:02}0000Z-aaaaaa",
            [{**INTENT, "after": {"title": f"T{number}"}}, ACCEPTED, OUTCOME],
        )
        for number in range(count)
    ]


def looked_at(folder: Path, **choices: Any) -> History:
    return read_history(folder, choices.get("tenant", "sandbox"), choices.get("now", NOW))


def titles(history: History) -> list[str | None]:
    return [mark.left_at for one in history.runs for mark in one.marks]


def test_the_runs_stand_oldest_first_with_when_they_began(tmp_path: Path) -> None:
    runs(tmp_path)
    found = looked_at(tmp_path)
    assert titles(found) == ["T0", "T1", "T2"]
    assert found.runs[0].at == "2026-11-22T08:00:00Z"
    assert [one.ended for one in found.runs] == [True] * 3
    assert (found.since, found.doubts) == ("", ())


def test_without_a_folder_there_is_no_history(tmp_path: Path) -> None:
    found = looked_at(tmp_path / "nothing")
    assert (found.runs, found.doubts) == ((), ())
    assert not is_written_on(tmp_path / "nothing", found)


def test_the_runs_on_another_tenant_are_not_ours(tmp_path: Path) -> None:
    written(tmp_path, "20261122T110000Z-aaaaaa", [INTENT, ACCEPTED], tenant="https://x.example/1")
    assert looked_at(tmp_path).runs == ()
    assert len(looked_at(tmp_path, tenant="https://X.example:443/1/").runs) == 1


def test_what_is_no_journal_of_ours_is_passed_over(tmp_path: Path) -> None:
    runs(tmp_path)
    (tmp_path / "20261122T100000Z-aaaaaa.jsonl.bak").write_text("no")
    (tmp_path / "put-aside.jsonl").write_text("no")
    (tmp_path / "20261122T120000Z-bbbbbb.jsonl").write_text('{"entry":"hea')
    found = looked_at(tmp_path)
    assert (titles(found), found.doubts) == (["T0", "T1", "T2"], ())


def damage(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:1], b"garbage\n", *lines[2:]]))


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"title":"T1"', b'"title":"T9"'))


def cut_out(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))


def make_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def lead_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("gone"))


def outdate(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"format_version":1', b'"format_version":9'))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (damage, "is damaged"),
        (edit, "is not as it was written: line 2 was edited"),
        (cut_out, "is not as it was written: line 2 was edited, or lines are missing"),
        (make_a_pipe, "it is a pipe"),
        (make_a_folder, "cannot read the journal"),
        (lead_nowhere, "there is no journal"),
        (outdate, "is a journal of format version 9"),
    ],
)
def test_one_that_is_not_believed_is_told_and_hides_the_older_ones(
    tmp_path: Path, spoil: Any, said: str
) -> None:
    spoil(runs(tmp_path)[1])
    found = looked_at(tmp_path)
    assert titles(found) == ["T2"]
    ((name, doubt),) = found.doubts
    assert name == "20261122T090000Z-aaaaaa.jsonl"
    assert said in doubt
    assert "what it and the runs before it left is not compared" in doubt
    assert found.since == "2026-11-22"


def test_entries_that_make_no_sense_are_damage(tmp_path: Path) -> None:
    written(tmp_path, "20261122T110000Z-aaaaaa", [{**INTENT, "after": ["title"]}])
    assert "is damaged" in looked_at(tmp_path).doubts[0][1]


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file")
    found = looked_at(tmp_path / "journal")
    assert found.runs == ()
    assert "cannot read the journal folder" in found.doubts[0][1]


def test_runs_of_long_ago_are_not_looked_at(tmp_path: Path) -> None:
    runs(tmp_path)
    later = NOW - timedelta(hours=3, minutes=30) + timedelta(days=history_module.MOST_DAYS)
    found = looked_at(tmp_path, now=later)
    assert titles(found) == ["T1", "T2"]
    assert found.since == "2026-11-22"
    assert looked_at(tmp_path, now=later + timedelta(days=9)).since == "2027-03-01"


@pytest.mark.parametrize("limit", ["MOST_RUNS", "MOST_BYTES"])
def test_no_more_than_so_much_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    paths = runs(tmp_path)
    most = 2 if limit == "MOST_RUNS" else sum(path.stat().st_size for path in paths[1:])
    monkeypatch.setattr(history_module, limit, most)
    found = looked_at(tmp_path)
    assert titles(found) == ["T1", "T2"]
    assert found.since == "2026-11-22"
    assert found.doubts == ()


def test_a_run_that_writes_meanwhile_is_noticed(tmp_path: Path) -> None:
    paths = runs(tmp_path)
    found = looked_at(tmp_path)
    assert not is_written_on(tmp_path, found)
    with paths[-1].open("ab") as file:
        file.write(b"{}\n")
    assert is_written_on(tmp_path, found)
    found = looked_at(tmp_path)
    written(tmp_path, "20261122T120000Z-bbbbbb")
    assert is_written_on(tmp_path, found)
