"""A 404 alone is no proof that somebody is gone."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.apply.execution import Execution
from syncer.apply.verify import verify
from syncer.model.actions import Action, FieldChange
from syncer.model.errors import (
    AsanaError,
    ForbiddenError,
    NotFoundError,
    RejectedError,
    UnreachableError,
)
from syncer.model.state import CurrentState
from tests.apply.builders import create, deactivate, members, plan_of, title, update
from tests.apply.fake_asana import FakeAsana
from tests.apply.listings import Listed
from tests.apply.reading_back import ANN, BOB, NEW, carried_out, failing, shown, tenant
from tests.apply.stage import Stage

NOT_FOUND = NotFoundError("404", status=404)
LEAVER: Sequence[Action] = (deactivate("old@example.com", "3"),)
TITLED: Sequence[Action] = (update(ANN.user, ANN.scim_id, title("A", "B")),)


def blind(asana: FakeAsana, *scim_ids: str) -> FakeAsana:
    """The tenant where nobody of these is found by id."""
    for scim_id in scim_ids:
        asana.fail("get_user", NOT_FOUND, about=scim_id, times=99)
    return asana


@pytest.mark.parametrize("pages", [1, 2, 99])
@pytest.mark.parametrize(
    "error", [NOT_FOUND, ForbiddenError("403", status=403), UnreachableError("lost")]
)
def test_who_is_listed_as_active_is_not_gone(
    tmp_path: Path, error: AsanaError, pages: int
) -> None:
    asana = blind(tenant(), "3").fail("set_active", error)
    execution = carried_out(asana, tmp_path, LEAVER)
    (outcome,) = verify(execution, shown(execution, tenant().state(), asana, pages=pages))
    assert (outcome.result.value, outcome.in_doubt) == ("failed", False)


def test_the_reason_says_what_asana_answered_and_what_it_shows(tmp_path: Path) -> None:
    stage = Stage(blind(tenant(), "3").fail("set_active", NOT_FOUND), tmp_path)
    listed = Listed(stage.asana, user_pages=9)
    plan = plan_of(*LEAVER)
    report = stage.apply(plan, current=stage.asana.state(), ports={"listings": listed})
    assert report.outcomes[0].detail == (
        "Asana answered that there is no such user (404), but not in effect at read-back: "
        "the user is still active"
    )


@pytest.mark.parametrize("pages", [1, 2, 99])
def test_who_is_gone_indeed_is_deactivated(tmp_path: Path, pages: int) -> None:
    asana = tenant()
    before = asana.state()
    del asana.users["3"]
    execution = carried_out(asana, tmp_path, LEAVER)
    (outcome,) = verify(execution, shown(execution, before, asana, pages=pages))
    assert (outcome.result.value, outcome.detail) == ("applied", "already gone")


@pytest.mark.parametrize("pages", [1, 2])
def test_a_404_that_nothing_can_confirm_is_a_doubt(tmp_path: Path, pages: int) -> None:
    asana = blind(tenant(), "1", "3").fail("set_active", NOT_FOUND)
    asana.fail("find_user", UnreachableError("lost"), times=99)
    stage = Stage(asana, tmp_path)
    plan = plan_of(*LEAVER, *TITLED, update("bob@example.com", "2", title("A", "B")))
    listed = Listed(asana, failing, user_pages=pages + 2)
    report = stage.apply(plan, current=asana.state(), ports={"listings": listed})
    assert [one.in_doubt for one in report.outcomes][:2] == [True, True]


def test_an_accepted_deactivation_needs_no_further_request(tmp_path: Path) -> None:
    asana = blind(tenant(), "3")
    execution = carried_out(asana, tmp_path, LEAVER)
    calls = len(asana.calls)
    (outcome,) = verify(execution, shown(execution, tenant().state(), asana, pages=99))
    assert outcome.result.value == "applied"
    assert asana.calls[calls:] == [("get_user", "3")]


@pytest.mark.parametrize("pages", [1, 2, 99])
def test_who_was_changed_and_is_listed_has_been_changed(tmp_path: Path, pages: int) -> None:
    asana = blind(tenant(), "1")
    execution = carried_out(asana, tmp_path, TITLED)
    (outcome,) = verify(execution, shown(execution, tenant().state(), asana, pages=pages))
    assert outcome.result.value == "applied"


@pytest.mark.parametrize("pages", [1, 2, 99])
@pytest.mark.parametrize("committed", [True, False])
def test_who_was_renamed_is_looked_for_under_both_addresses(
    tmp_path: Path,
    pages: int,
    committed: bool,  # noqa: FBT001 - a case
) -> None:
    asana = blind(tenant(), "2")
    asana.fail("update_user", UnreachableError("lost"), committed=committed)
    renamed = FieldChange("userName", BOB.user, "b@example.com")
    execution = carried_out(asana, tmp_path, [update(BOB.user, BOB.scim_id, renamed)])
    found = shown(execution, tenant().state(), asana, pages=pages)
    assert {user.id for user in found.users} >= {"2"}
    (outcome,) = verify(execution, found)
    assert outcome.result.value == ("applied" if committed else "failed")


@pytest.mark.parametrize("pages", [1, 2, 99])
def test_a_newcomer_who_has_another_id_than_asana_said_is_found_by_address(
    tmp_path: Path, pages: int
) -> None:
    asana = tenant()
    execution = carried_out(asana, tmp_path, [create(NEW)])
    asana.users["777"] = replace(asana.users.pop("101"), id="777")
    (outcome,) = verify(execution, shown(execution, tenant().state(), asana, pages=pages))
    assert (outcome.result.value, outcome.scim_id) == ("applied", "777")


def test_an_address_that_a_newcomer_took_over_does_not_show_who_had_it(tmp_path: Path) -> None:
    asana = tenant()
    before = asana.state()
    del asana.users["3"]
    asana.with_user("5", "old@example.com")
    execution = carried_out(asana, tmp_path, LEAVER)
    for pages in (1, 99):
        (outcome,) = verify(execution, shown(execution, before, asana, pages=pages))
        assert outcome.result.value == "applied"


def taken_over(asana: FakeAsana, folder: Path) -> Execution:
    """Bob gave up his address for another one, and a newcomer has it now."""
    renamed = FieldChange("userName", BOB.user, "b@example.com")
    release = update(BOB.user, BOB.scim_id, renamed)
    return carried_out(asana, folder, [release, create(BOB.user, release.ref)])


def test_who_was_renamed_is_not_taken_for_whoever_has_the_old_address(tmp_path: Path) -> None:
    asana = blind(tenant(), "2")
    execution = taken_over(asana, tmp_path)
    outcomes = verify(execution, shown(execution, tenant().state(), asana, pages=99))
    assert [one.result.value for one in outcomes] == ["applied", "applied"]


def test_who_is_not_shown_alone_is_not_taken_for_whoever_is_listed_with_the_old_address(
    tmp_path: Path,
) -> None:
    asana = tenant()
    execution = taken_over(asana, tmp_path)
    asana.fail("get_user", ForbiddenError("403", status=403), about="2", times=99)
    # The listing comes to the newcomer first.
    asana.users = dict(reversed(asana.users.items()))
    outcomes = verify(execution, shown(execution, tenant().state(), asana, pages=99))
    assert [one.result.value for one in outcomes] == ["applied", "applied"]


@pytest.mark.parametrize("error", [NOT_FOUND, ForbiddenError("403", status=403)])
def test_a_team_that_is_gone_is_not_taken_for_another_one_of_its_name(
    tmp_path: Path, error: AsanaError
) -> None:
    asana = tenant()
    steps = [members("Eng", "9", add=(ANN,)), members("X", "8", add=(ANN,))]
    execution = carried_out(asana, tmp_path, steps)
    del asana.teams["9"]
    asana.with_team("55", "Eng", "2").fail("get_team", error, about="9", times=99)
    now = shown(execution, tenant().state(), asana, pages=99, members_listed=False)
    outcomes = verify(execution, now)
    found = [(one.result.value, one.in_doubt) for one in outcomes]
    assert found == [("failed", False), ("applied", False)]


def nothing(asana: FakeAsana) -> Callable[[], Awaitable[CurrentState]]:
    """A listing that Asana calls complete and that shows nothing."""

    async def read() -> CurrentState:
        return replace(asana.state(), users=(), teams=())

    return read


@pytest.mark.parametrize("pages", [1, 2])
def test_an_empty_listing_proves_nothing(tmp_path: Path, pages: int) -> None:
    stage = Stage(tenant(), tmp_path)
    stage.asana.fail("get_user", UnreachableError("lost"), about="3", times=99)
    stage.asana.fail("get_team", UnreachableError("lost"), about="9", times=99)
    listed = Listed(
        stage.asana, nothing(stage.asana), user_pages=pages, team_pages=pages, members_listed=True
    )
    plan = plan_of(*LEAVER, members("Eng", "9", add=(ANN,)), members("X", "8", add=(ANN,)))
    report = stage.apply(plan, current=stage.asana.state(), ports={"listings": listed})
    found = [(one.result.value, one.in_doubt) for one in report.outcomes]
    assert found[:2] == [("failed", True)] * 2


def test_where_everybody_left_an_empty_listing_is_what_it_takes(tmp_path: Path) -> None:
    stage = Stage(FakeAsana().with_user("3", "old@example.com"), tmp_path)
    listed = Listed(stage.asana, nothing(stage.asana))
    report = stage.apply(plan_of(*LEAVER), current=stage.asana.state(), ports={"listings": listed})
    assert report.outcomes[0].result.value == "applied"


@pytest.mark.parametrize("pages", [1, 99])
def test_a_lost_create_that_nothing_shows_stays_in_doubt(tmp_path: Path, pages: int) -> None:
    asana = tenant().fail("create_user", UnreachableError("lost"), times=2)
    execution = carried_out(asana, tmp_path, [create(NEW)])
    (outcome,) = verify(execution, shown(execution, tenant().state(), asana, pages=pages))
    assert (outcome.result.value, outcome.in_doubt) == ("failed", True)


@pytest.mark.parametrize("pages", [1, 99])
def test_a_refused_create_that_nothing_shows_is_in_no_doubt(tmp_path: Path, pages: int) -> None:
    asana = tenant().fail("create_user", RejectedError("400", status=400))
    execution = carried_out(asana, tmp_path, [create(NEW)])
    (outcome,) = verify(execution, shown(execution, tenant().state(), asana, pages=pages))
    assert (outcome.result.value, outcome.in_doubt) == ("failed", False)


@pytest.mark.parametrize("pages", [1, 99])
def test_an_invitation_that_no_listing_shows_is_found_by_its_address(
    tmp_path: Path, pages: int
) -> None:
    asana = tenant().fail("create_user", UnreachableError("lost"), committed=True)
    asana.fail("find_user", UnreachableError("no answer"))
    asana.unlisted.add("101")
    execution = carried_out(asana, tmp_path, [create(NEW)])
    (outcome,) = verify(execution, shown(execution, tenant().state(), asana, pages=pages))
    assert outcome.result.value == "applied"


@pytest.mark.parametrize("pages", [1, 99])
def test_members_that_are_not_shown_are_in_doubt(tmp_path: Path, pages: int) -> None:
    asana = tenant()
    execution = carried_out(asana, tmp_path, [members("Eng", "9", add=(ANN,))])
    asana.teams["9"] = replace(asana.teams["9"], members=None)
    (outcome,) = verify(execution, shown(execution, tenant().state(), asana, pages=pages))
    assert (outcome.result.value, outcome.in_doubt) == ("failed", True)
    assert outcome.detail == (
        "accepted by Asana, but not verified: the members of the team could not be read: "
        "Asana does not show them"
    )
