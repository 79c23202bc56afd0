"""What cannot be read back is in doubt; what was read is judged all the same."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.apply.execution import Execution
from syncer.apply.read_back import read_again
from syncer.apply.verify import verify
from syncer.core.names import user_key
from syncer.model.actions import Action, FieldChange, Member
from syncer.model.errors import AsanaError, UnreachableError, UnreadableError
from syncer.model.origin import Problem
from syncer.model.state import UnreadableUser
from tests.apply.builders import (
    create,
    deactivate,
    members,
    new_team,
    plan_of,
    rename_team,
    run,
    title,
    update,
)
from tests.apply.fake_asana import FakeAsana
from tests.apply.listings import Listed
from tests.apply.reading_back import (
    ANN,
    BOB,
    EVERYTHING,
    NEW,
    REFUSALS,
    carried_out,
    failing,
    shown,
    tenant,
)
from tests.apply.stage import Stage

FAULTS: Sequence[AsanaError] = (*REFUSALS, UnreachableError("lost"), UnreadableError("cut"))


def read_with(
    asana: FakeAsana, execution: Execution, pages: int, *, members_listed: bool = False
) -> Sequence[tuple[str, bool]]:
    """Each outcome and its doubt after a read-back in which no listing can be read."""
    listed = Listed(
        asana, failing, user_pages=pages, team_pages=pages, members_listed=members_listed
    )
    outcomes = verify(execution, run(read_again(execution, tenant().state(), asana, listed)))
    return [(one.result.value, one.in_doubt) for one in outcomes]


SURE, UNSURE = ("applied", False), ("failed", True)


def test_when_nothing_can_be_read_that_is_an_error_and_no_answer(tmp_path: Path) -> None:
    asana = tenant()
    execution = carried_out(asana, tmp_path, EVERYTHING)
    for method in ("get_user", "get_team"):
        asana.fail(method, UnreachableError("no answer"), times=99)
    for pages in (1, 99):
        with pytest.raises(UnreachableError):
            read_with(asana, execution, pages)


@pytest.mark.parametrize("error", FAULTS)
def test_what_one_user_answers_puts_no_other_in_doubt(tmp_path: Path, error: AsanaError) -> None:
    actions = [update(one.user, one.scim_id, title("A", "B")) for one in (ANN, BOB)]
    actions.append(update("old@example.com", "3", title("A", "B")))
    asana = tenant()
    execution = carried_out(asana, tmp_path, actions)
    asana.fail("get_user", error, about="2", times=99)
    assert read_with(asana, execution, 99) == [SURE, UNSURE, SURE]
    found = shown(execution, tenant().state(), asana, pages=99)
    assert [one.result.value for one in verify(execution, found)] == ["applied"] * 3


TWO_TEAMS: Sequence[Action] = (
    update("ann@example.com", "1", title("A", "B")),
    members("Eng", "9", add=(ANN,)),
    members("X", "8", add=(BOB,)),
)


@pytest.mark.parametrize("members_listed", [True, False])
@pytest.mark.parametrize("pages", [1, 99])
@pytest.mark.parametrize("error", FAULTS)
def test_what_one_team_answers_puts_nothing_else_in_doubt(
    tmp_path: Path,
    error: AsanaError,
    pages: int,
    members_listed: bool,  # noqa: FBT001 - a case
) -> None:
    asana = tenant()
    execution = carried_out(asana, tmp_path, TWO_TEAMS)
    asana.fail("get_team", error, about="9", times=99)
    found = shown(execution, tenant().state(), asana, pages=pages, members_listed=members_listed)
    outcomes = verify(execution, found)
    ours = SURE if members_listed else UNSURE
    assert [(one.result.value, one.in_doubt) for one in outcomes] == [SURE, ours, SURE]


@pytest.mark.parametrize("error", FAULTS)
def test_a_team_that_no_way_shows_is_in_doubt_alone(tmp_path: Path, error: AsanaError) -> None:
    asana = tenant()
    steps = (*TWO_TEAMS, new_team("Ops"), rename_team("9", "Eng", "Engineering"))
    execution = carried_out(asana, tmp_path, steps)
    for team in ("9", "101"):
        asana.fail("get_team", error, about=team, times=99)
    assert read_with(asana, execution, 99) == [SURE, UNSURE, SURE, UNSURE, UNSURE]


def test_a_listing_that_cannot_be_read_puts_its_own_half_in_doubt(tmp_path: Path) -> None:
    asana = tenant()
    execution = carried_out(asana, tmp_path, TWO_TEAMS)
    assert read_with(asana, execution, 1) == [UNSURE, SURE, SURE]
    asana.fail("get_user", UnreachableError("lost"), times=99)
    assert read_with(asana, execution, 99) == [UNSURE, SURE, SURE]
    asana.faults.clear()
    asana.fail("get_team", UnreachableError("lost"), times=99)
    assert read_with(asana, execution, 99) == [SURE, UNSURE, UNSURE]


def test_who_could_not_be_read_again_is_not_gone_for_the_ledger(tmp_path: Path) -> None:
    stage = Stage(tenant(), tmp_path)
    stage.asana.fail("get_user", UnreachableError("lost"), about="3", times=99)
    before = stage.asana.state()
    plan = plan_of(deactivate("old@example.com", "3"), *TWO_TEAMS)
    listed = Listed(stage.asana, failing, user_pages=99, team_pages=99)
    report = stage.apply(plan, current=before, ports={"listings": listed})
    assert [one.result.value for one in report.outcomes] == ["failed", *["applied"] * 3]
    ((_, newest),) = stage.remembered
    assert {user.id: user.active for user in newest.users} == dict.fromkeys("1234", True)
    assert newest.unreadable == ()


BOSS = FieldChange("manager", None, NEW)
NEWCOMER: Sequence[Action] = (
    create(NEW),
    update(ANN.user, ANN.scim_id, BOSS, deps=(f"create_user:{NEW}",)),
    members("Eng", "9", add=(Member(NEW, None),), deps=(f"create_user:{NEW}",)),
    members("X", "8", add=(ANN,)),
)


@pytest.mark.parametrize("error", FAULTS)
def test_a_newcomer_who_cannot_be_read_puts_nobody_else_in_doubt(
    tmp_path: Path, error: AsanaError
) -> None:
    asana = tenant()
    execution = carried_out(asana, tmp_path, NEWCOMER)
    asana.fail("get_user", error, about="101", times=99)
    assert read_with(asana, execution, 99) == [UNSURE, SURE, SURE, SURE]


def test_a_newcomer_who_is_listed_in_a_form_that_cannot_be_read_is_known_by_id(
    tmp_path: Path,
) -> None:
    asana = tenant()
    execution = carried_out(asana, tmp_path, NEWCOMER)
    problem = Problem(None, "userName is missing")
    now = asana.state()
    now = replace(
        now,
        users=tuple(user for user in now.users if user.id != "101"),
        unreadable=(UnreadableUser("101", None, problem),),
    )
    outcomes = verify(execution, now)
    assert [one.result.value for one in outcomes] == ["failed", *["applied"] * 3]
    assert outcomes[0].detail.endswith("the user could not be read: userName is missing")
    assert outcomes[0].in_doubt


def test_a_manager_by_the_name_of_one_who_cannot_be_read_is_a_doubt(tmp_path: Path) -> None:
    asana = tenant()
    steps = (*NEWCOMER[:2], update(BOB.user, BOB.scim_id, BOSS, title("A", "B")))
    execution = carried_out(asana, tmp_path, steps)
    for scim_id, shown_title in (("1", "A"), ("2", "A")):
        told = {"manager": "New N", "title": shown_title}
        asana.users[scim_id] = replace(asana.users[scim_id], attributes=told)
    asana.fail("get_user", UnreadableError("cut"), about="101", times=99)
    # What else was not done is no doubt.
    assert read_with(asana, execution, 99) == [UNSURE, UNSURE, ("failed", False)]


def test_a_newcomer_is_not_taken_for_whoever_is_still_shown_with_the_address(
    tmp_path: Path,
) -> None:
    asana = FakeAsana().with_user("1", "x@example.com")
    freed = FieldChange("userName", "x@example.com", "y@example.com")
    release = update("x@example.com", "1", freed)
    execution = carried_out(asana, tmp_path, (release, create("x@example.com", release.ref)))
    old = replace(asana.users["1"], user_name="x@example.com", key=user_key("x@example.com"))
    now = replace(asana.state(), users=(asana.users["101"], old))
    assert [one.result.value for one in verify(execution, now)] == ["failed", "applied"]
    now = replace(now, users=(replace(now.users[0], active=False), old))
    assert [one.result.value for one in verify(execution, now)] == ["failed", "failed"]
