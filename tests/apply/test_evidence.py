"""What outcome lines say: before and after, whatever the result, and how each member fared."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.evidence import change_of
from syncer.apply.execution import ExecutionLimits
from syncer.apply.journal_record import read_journal
from syncer.model.actions import Action, FieldChange, Member
from syncer.model.errors import RejectedError, UnreachableError
from tests.apply.builders import (
    create,
    deactivate,
    grant,
    members,
    new_team,
    plan_of,
    reactivate,
    rename_team,
    title,
    update,
)
from tests.apply.fake_asana import FakeAsana
from tests.apply.listings import Listed
from tests.apply.stage import Stage

ANN, BOB, CEM = (
    Member(f"{n}@example.com", i) for n, i in (("ann", "1"), ("bob", "2"), ("cem", "3"))
)
REFUSED = RejectedError("400 no", status=400)
LOST = UnreachableError("no answer within 60 s")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    asana = FakeAsana().with_user("1", "ann@example.com", title="A", license="view only")
    asana.with_user("2", "bob@example.com").with_user("3", "cem@example.com")
    return Stage(asana.with_team("9", "Eng", "3"), tmp_path)


def outcomes(stage: Stage, *actions: Action, **choices: Any) -> list[Any]:
    stage.apply(plan_of(*actions), current=stage.asana.state(), **choices)
    return [one for one in read_journal(stage.journal).entries if one["entry"] == "outcome"]


def results(entry: Any) -> dict[str, str]:
    return {one["user"]: one["result"] for side in ("add", "remove") for one in entry[side]}


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        (update("ann@example.com", "1", title("A", None)), {"title": "A"}, {"title": None}),
        (
            update("ann@example.com", "1", FieldChange("manager", None, "bob@example.com", "2")),
            {"manager": None},
            {"manager": "bob@example.com"},
        ),
        (grant("a", "1", "view only", "x"), {"userType": "view only"}, {"userType": "x"}),
        (deactivate("ann@example.com", "1"), {"active": True}, {"active": False}),
        (reactivate("ann@example.com", "1"), {"active": False}, {"active": True}),
        (rename_team("9", "Eng", "Ops"), {"displayName": "Eng"}, {"displayName": "Ops"}),
        (new_team("Ops"), None, {"displayName": "Ops"}),
        (
            create("dee@example.com", title="B", license_name="x"),
            None,
            {"userName": "dee@example.com", "title": "B", "userType": "x"},
        ),
    ],
    ids=lambda one: getattr(one, "kind", ""),
)
def test_each_kind_tells_before_and_after(action: Action, before: Any, after: Any) -> None:
    assert change_of(action) == {"before": before, "after": after}


@pytest.mark.parametrize("error", [None, REFUSED, LOST])
def test_an_outcome_tells_its_change_whatever_became_of_it(
    stage: Stage, error: Exception | None
) -> None:
    if error is not None:
        stage.asana.fail("update_user", error)
    entry = outcomes(stage, update("ann@example.com", "1", title("A", "B")))[0]
    told = {name: entry[name] for name in ("kind", "user", "scim_id", "before", "after")}
    assert told == {
        "kind": "update_user",
        "user": "ann@example.com",
        "scim_id": "1",
        "before": {"title": "A"},
        "after": {"title": "B"},
    }


def test_what_was_never_asked_tells_its_change_too(stage: Stage) -> None:
    entry = outcomes(stage, deactivate("ann@example.com", "1", held="a guard"))[0]
    assert (entry["result"], entry["before"]) == ("held", {"active": True})
    entry = outcomes(stage, members("Eng", None, add=(ANN,)))[0]
    assert (entry["kind"], entry["team"], entry["scim_id"]) == ("change_members", "Eng", None)
    assert entry["add"] == [{"user": "ann@example.com", "scim_id": "1", "result": "not_asked"}]


def test_of_a_membership_change_it_says_who_was_changed_and_who_was_refused(stage: Stage) -> None:
    stage.asana.fail("change_members", REFUSED, about="2", times=2)
    action = members("Eng", "9", add=(ANN, BOB), remove=(CEM,))
    (entry,) = outcomes(stage, action)
    assert entry["result"] == "failed"
    assert results(entry) == {
        "ann@example.com": "changed",
        "bob@example.com": "refused",
        "cem@example.com": "changed",
    }


def test_a_newcomer_is_told_by_the_id_he_got(stage: Stage) -> None:
    dee = Member("dee@example.com", None)
    ref = "create_user:dee@example.com"
    made = create("dee@example.com")
    team = members("Eng", "9", add=(dee,), deps=(ref,))
    *_, entry = outcomes(stage, made, team)
    (joined,) = entry["add"]
    assert joined == {"user": "dee@example.com", "scim_id": "101", "result": "changed"}


def test_the_first_members_of_a_new_team_are_told_of(stage: Stage) -> None:
    team = members("Ops", None, add=(ANN, BOB), deps=("create_team:Ops",))
    *_, entry = outcomes(stage, new_team("Ops"), team)
    assert results(entry) == {"ann@example.com": "changed", "bob@example.com": "changed"}
    assert entry["scim_id"] is not None


def test_an_answer_that_was_lost_is_settled_by_the_read_back(stage: Stage) -> None:
    stage.asana.fail("change_members", LOST, about="1", committed=True)
    stage.asana.fail("change_members", LOST, about="2")
    limits = ExecutionLimits(members_per_request=1)
    first, second = outcomes(stage, members("Eng", "9", add=(ANN, BOB)), limits=limits)
    assert results(first) == {"ann@example.com": "in_doubt", "bob@example.com": "in_doubt"}
    assert second["by"] == "read-back"
    assert results(second) == {"ann@example.com": "changed", "bob@example.com": "not_in_effect"}


def test_what_was_accepted_and_does_not_show_is_told_by_the_read_back(stage: Stage) -> None:
    forgetful = replace(stage.asana.state(), teams=(stage.asana.teams["9"],))
    stage.reads = [lambda: forgetful] * 3
    ports = {"listings": Listed(stage.asana, stage.read, team_pages=0, members_listed=True)}
    first, second = outcomes(stage, members("Eng", "9", add=(ANN,)), ports=ports)
    assert results(first) == {"ann@example.com": "changed"}
    assert (second["by"], results(second)) == ("read-back", {"ann@example.com": "not_in_effect"})


def test_a_refusal_after_a_lost_try_leaves_a_member_in_doubt_until_the_read_back(
    stage: Stage,
) -> None:
    again = RejectedError("400 ann is a member already", status=400)
    again.in_doubt = True
    stage.asana.fail("change_members", again, "1", committed=True)
    stage.asana.fail("change_members", REFUSED, "1")
    stage.asana.fail("change_members", REFUSED, "2")
    both = members("Eng", "9", add=(ANN, BOB))
    stage.apply(plan_of(both), current=stage.asana.state())
    entries = read_journal(stage.journal).entries
    answers = [one for one in entries if one["entry"] == "answer"]
    assert [one.get("unsure") for one in answers] == [True, None, None]
    first, last = (results(one) for one in entries if one["entry"] == "outcome")
    # Of both it is not known what the first try did: a plain no of later is no proof.
    assert set(first.values()) == {"in_doubt"}
    assert set(last.values()) == {"changed"}
