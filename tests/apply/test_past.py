"""An earlier run by its journal: which one is meant, and what it changed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.journal_record import read_journal
from syncer.apply.past import find_journal, read_past
from syncer.model.actions import Member
from syncer.model.errors import RejectedError, UnreachableError, UsageError
from syncer.model.past import PastRun
from syncer.model.state import CurrentUser
from syncer.render.text import render_journal
from tests.apply.builders import (
    create,
    members,
    new_journal,
    new_team,
    plan_of,
    run,
    title,
    update,
)
from tests.apply.fake_asana import FakeAsana
from tests.apply.stage import Stage

ANN, BOB = Member("ann@example.com", "1"), Member("bob@example.com", "2")
RETITLE = update("ann@example.com", "1", title("A", "B"))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    asana = FakeAsana().with_user("1", "ann@example.com", title="A")
    return Stage(asana.with_user("2", "bob@example.com").with_team("9", "Eng"), tmp_path)


def past(stage: Stage, *actions: Any) -> PastRun:
    stage.apply(plan_of(*actions), current=stage.asana.state())
    return read_past(stage.journal)


def written(folder: Path, *entries: Mapping[str, Any]) -> Path:
    """A journal with these lines, as an earlier version may have written them."""
    journal = new_journal(folder, "old")

    async def write() -> None:
        for entry in entries:
            await journal.record(entry)

    run(write())
    journal.end("complete", {})
    journal.close()
    return journal.path


def test_a_change_stands_with_its_line_and_both_its_sides(stage: Stage) -> None:
    found = past(stage, RETITLE)
    (change,) = found.changes
    assert (found.run_id, found.tenant, found.ended) == ("run-1", "sandbox", True)
    assert (change.kind, change.subject, change.scim_id) == ("update_user", "ann@example.com", "1")
    assert (change.before, change.after) == ({"title": "A"}, {"title": "B"})
    line = stage.journal.read_text().splitlines()[(change.origin.line or 0) - 1]
    assert json.loads(line)["entry"] == "intent"
    assert change.origin.path == f"{stage.folder.name}/run-1.jsonl"


def test_what_was_refused_changed_nothing_and_what_was_lost_may_have(stage: Stage) -> None:
    stage.asana.fail("update_user", RejectedError("400 no", status=400))
    assert past(stage, RETITLE).changes == ()
    stage.asana.fail("update_user", UnreachableError("no answer"))
    assert len(past(stage, RETITLE).changes) == 1


def test_of_a_team_only_those_whom_asana_took_are_told(stage: Stage) -> None:
    stage.asana.fail("change_members", RejectedError("400 no", status=400), about="2", times=2)
    found = past(stage, members("Eng", "9", add=(ANN, BOB)))
    assert [one.add for one in found.changes] == [(ANN,)]


def test_a_new_team_is_told_by_the_id_it_got(stage: Stage) -> None:
    team = members("Ops", None, add=(ANN,), deps=("create_team:Ops",))
    made, joined = past(stage, new_team("Ops"), team).changes
    assert made.scim_id == joined.scim_id == "101"


def test_somebody_new_is_told_by_the_id_he_got(stage: Stage) -> None:
    (made,) = past(stage, create("dee@example.com")).changes
    assert (made.kind, made.scim_id) == ("create_user", "101")


def test_somebody_who_was_there_before_is_told_from_somebody_new(stage: Stage) -> None:
    class Finding(FakeAsana):
        async def create_user(self, user_name: str, *_: Any) -> CurrentUser:
            found = await self.find_user(user_name)
            assert found is not None
            return found

    stage.asana.with_user("2", "bob@example.com", title="old")
    stage.asana = Finding(users=stage.asana.users)
    (adopted,) = past(stage, create("bob@example.com", title="T")).changes
    stage.asana.with_user("2", "bob@example.com", title="T")
    (new,) = past(stage, create("bob@example.com", title="T")).changes
    assert (adopted.adopted, new.adopted) == (True, False)


def test_a_killed_run_has_no_end_and_is_read_all_the_same(stage: Stage) -> None:
    stage.apply(plan_of(RETITLE), current=stage.asana.state())
    lines = stage.journal.read_bytes().splitlines(keepends=True)
    stage.journal.write_bytes(b"".join(lines[:2]) + lines[2][:20])
    found = read_past(stage.journal)
    assert (len(found.changes), found.ended) == (1, False)


def test_a_journal_of_before_is_read_and_shown_and_undone(tmp_path: Path) -> None:
    about = {
        "ref": "update_user:ann@example.com",
        "kind": "update_user",
        "user": "ann@example.com",
    }
    path = written(
        tmp_path,
        {"entry": "intent", **about, "attempt": 1, "scim_id": "1",
         "before": {"title": "A", "shoeSize": "9"}, "after": {"title": "B", "shoeSize": "8"}},
        {"entry": "answer", "ref": about["ref"], "attempt": 1, "accepted": True},
        # Outcomes said nothing of the change they were about.
        {"entry": "outcome", "ref": about["ref"], "result": "applied", "detail": "",
         "scim_id": "1", "requests": 1, "in_doubt": False},
    )  # fmt: skip
    (change,) = read_past(path).changes
    # What this version does not know it does not put back.
    assert (change.before, change.after) == ({"title": "A"}, {"title": "B"})
    assert "update_user:ann@example.com" in render_journal(read_journal(path))


def test_one_that_was_edited_is_refused(stage: Stage) -> None:
    stage.apply(plan_of(RETITLE), current=stage.asana.state())
    content = stage.journal.read_bytes()
    for old, new in ((b'"A"', b'"Z"'), (b'"entry":"answer"', b'"entry":"nothing"'), (b"{", b"")):
        stage.journal.write_bytes(content.replace(old, new, 1))
        with pytest.raises(UsageError, match="is not as it was written"):
            read_past(stage.journal)
    whole = content.splitlines(keepends=True)
    stage.journal.write_bytes(b"".join([*whole[:2], *whole[3:]]))
    with pytest.raises(UsageError, match="lines are missing before line 3"):
        read_past(stage.journal)


def test_ids_that_a_killed_run_did_not_live_to_tell_come_from_the_one_that_went_on(
    tmp_path: Path,
) -> None:
    new = {"ref": "create_user:n@example.com", "kind": "create_user", "user": "n@example.com"}
    intent = {"entry": "intent", **new, "attempt": 1, "after": {"userName": "n@example.com"}}
    first, second = new_journal(tmp_path, "r1"), new_journal(tmp_path, "r2", resumes=("r1",))

    async def write() -> None:
        await first.record(intent)
        await second.record({"entry": "outcome", **new, "result": "applied", "scim_id": "5"})

    run(write())
    first.close()
    second.close()
    found = read_past(second.path)
    assert [(one.kind, one.scim_id) for one in found.changes] == [("create_user", "5")]
    assert (found.run_id, found.resumed) == ("r2", ("r1",))
    assert read_past(first.path).resumed_by == ("r2",)


def test_one_without_a_whole_line_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'{"entry":"hea')
    with pytest.raises(UsageError, match="killed before it began"):
        read_past(path)


def test_an_exact_id_goes_before_the_beginning_of_another(tmp_path: Path) -> None:
    for name in ("run-1", "run-12", "run-13"):
        (tmp_path / f"{name}.jsonl").touch()
    assert find_journal(tmp_path, "run-1").stem == "run-1"
    assert find_journal(tmp_path, "run-12").stem == "run-12"
    with pytest.raises(UsageError, match="3 runs begin so"):
        find_journal(tmp_path, "run")
