"""The read-back of changed users and teams alone says what a whole reading would say."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.apply.changed import changed_teams, changed_users
from syncer.apply.read_back import read_again
from syncer.apply.verify import verify
from syncer.core.managed_teams import concerned_team_keys
from syncer.model.actions import Action, FieldChange
from syncer.model.errors import (
    AsanaError,
    AuthenticationError,
    RejectedError,
    UnreachableError,
    UnreadableError,
)
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


def test_everything_that_was_changed_is_asked_for_once(tmp_path: Path) -> None:
    asana = tenant()
    execution = carried_out(asana, tmp_path, EVERYTHING)
    assert {scim_id for scim_id, _ in changed_users(execution)} == {"1", "2", "3", "101"}
    assert {scim_id for scim_id, _ in changed_teams(execution)} == {"9", "102"}
    assert len(changed_users(execution)) == 4
    before = len(asana.calls)
    shown(execution, tenant().state(), asana, pages=99)
    assert sorted(call[0] for call in asana.calls[before:]) == ["get_team"] * 2 + ["get_user"] * 4


def test_a_newcomer_whose_second_step_was_refused_is_asked_for_by_id_alone(
    tmp_path: Path,
) -> None:
    asana = tenant().fail("update_user", REFUSALS[0], about="101")
    boss = FieldChange("manager", None, ANN.user, ANN.scim_id)
    steps = (create(NEW), update(NEW, None, boss, deps=(f"create_user:{NEW}",)))
    execution = carried_out(asana, tmp_path, steps)
    # What ended with an error has no id in its outcome.
    assert [one.scim_id for one in execution.outcomes] == ["101", None]
    assert changed_users(execution) == (("101", NEW),)


def test_a_lost_create_at_an_address_that_the_same_run_freed_is_looked_for(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("1", "x@example.com")
    before = asana.state()
    asana.fail("create_user", UnreachableError("lost"), committed=True)
    asana.fail("find_user", UnreachableError("no answer"))
    freed = FieldChange("userName", "x@example.com", "y@example.com")
    release = update("x@example.com", "1", freed)
    new = create("x@example.com", release.ref)
    boss = FieldChange("manager", None, "y@example.com", "1")
    manager = update("x@example.com", None, boss, deps=(new.ref,), ref="update_user:then")
    execution = carried_out(asana, tmp_path, (release, new, manager))
    assert changed_users(execution) == (("1", "x@example.com"), (None, "x@example.com"))
    for pages in (1, 99):
        outcomes = verify(execution, shown(execution, before, asana, pages=pages))
        assert [one.result.value for one in outcomes] == ["applied", "applied", "skipped"]


def test_a_lost_new_team_of_a_name_that_the_same_run_freed_is_looked_for(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("1", "ann@example.com").with_team("9", "Ops")
    before = asana.state()
    asana.fail("create_team", UnreachableError("lost"), committed=True)
    asana.fail("find_teams", UnreachableError("no answer"))
    steps = (
        rename_team("9", "Ops", "Old"),
        new_team("Ops"),
        replace(members("Ops", "9", add=(ANN,)), ref="change_members:9"),
    )
    execution = carried_out(asana, tmp_path, steps)
    assert (None, "Ops") in changed_teams(execution)
    for pages in (1, 99):
        outcomes = verify(execution, shown(execution, before, asana, pages=pages))
        assert [one.result.value for one in outcomes] == ["applied"] * 3


FAULTS: Sequence[AsanaError] = (
    RejectedError("400", status=400),
    RejectedError("500", status=500),
    UnreachableError("lost"),
)
METHODS = ("create_user", "update_user", "set_active", "create_team", "change_members")


@given(
    chosen=st.sets(st.sampled_from(range(len(EVERYTHING))), min_size=1),
    faults=st.lists(
        st.tuples(st.sampled_from(METHODS), st.sampled_from(FAULTS), st.booleans()), max_size=3
    ),
    idle=st.sampled_from(("", "", "update_user", "set_active")),
    unlisted=st.sampled_from((set(), set(), {"101"})),
    refused=st.dictionaries(
        st.sampled_from(("1", "2", "3", "101")), st.sampled_from(REFUSALS), max_size=2
    ),
)
@settings(deadline=None, derandomize=True, max_examples=120)
def test_it_judges_as_a_whole_reading_does(
    tmp_path_factory: pytest.TempPathFactory,
    chosen: set[int],
    faults: list[tuple[str, AsanaError, bool]],
    idle: str,
    unlisted: set[str],
    refused: dict[str, AsanaError],
) -> None:
    asana = tenant()
    before = asana.state()
    asana.without_effect |= {idle}
    for method, error, committed in faults:
        asana.fail(method, error, committed=committed)
    actions = [EVERYTHING[number] for number in sorted(chosen)]
    execution = carried_out(asana, tmp_path_factory.mktemp("law"), actions)
    asana.faults.clear()
    asana.unlisted |= unlisted
    for scim_id, error in refused.items():
        asana.fail("get_user", error, about=scim_id, times=9)
    verdicts = [
        verify(
            execution,
            shown(
                execution,
                before,
                asana,
                pages=users,
                team_pages=teams,
                members_listed=members_listed,
            ),
        )
        for users in (0, 99)
        for teams in (0, 99)
        for members_listed in (True, False)
    ]
    assert all(verdict == verdicts[0] for verdict in verdicts)


@pytest.mark.parametrize("pages", [1, 9])
@pytest.mark.parametrize("error", REFUSALS, ids=str)
def test_one_user_whom_asana_does_not_show_alone_is_no_reason_to_doubt_the_others(
    tmp_path: Path, error: AsanaError, pages: int
) -> None:
    stage = Stage(tenant(), tmp_path)
    stage.asana.fail("get_user", error, about="2", times=99)
    plan = plan_of(
        deactivate("bob@example.com", "2"), update("ann@example.com", "1", title("A", "B"))
    )
    report = stage.apply(
        plan,
        current=stage.asana.state(),
        ports={"listings": Listed(stage.asana, user_pages=pages)},
    )
    assert [(one.result.value, one.detail) for one in report.outcomes] == [("applied", "")] * 2
    assert report.warnings == ()


@pytest.mark.parametrize("pages", [1, 9])
def test_a_new_user_whom_asana_neither_lists_nor_shows_alone_stays_in_doubt(
    tmp_path: Path, pages: int
) -> None:
    stage = Stage(tenant(), tmp_path)
    stage.asana.unlisted.add("101")
    stage.asana.fail("get_user", REFUSALS[0], about="101", times=99)
    plan = plan_of(create(NEW), update("ann@example.com", "1", title("A", "B")))
    report = stage.apply(
        plan,
        current=stage.asana.state(),
        ports={"listings": Listed(stage.asana, user_pages=pages)},
    )
    new, ann = report.outcomes
    assert (new.result.value, new.in_doubt, ann.result.value) == ("failed", True, "applied")
    assert "the user could not be read" in new.detail


def test_a_dead_token_is_not_asked_for_a_listing(tmp_path: Path) -> None:
    asana = tenant()
    execution = carried_out(asana, tmp_path, EVERYTHING)
    asana.fail("get_user", AuthenticationError("401", status=401), about="2")
    listed = Listed(asana, user_pages=99, team_pages=99)
    found = run(read_again(execution, tenant().state(), asana, listed))
    assert listed.requests == 0
    assert [user.id for user in found.unreadable] == ["2"]


def test_who_is_gone_or_unreadable_is_neither_changed_nor_overlooked(tmp_path: Path) -> None:
    actions = [update(one.user, one.scim_id, title("A", "B")) for one in (ANN, BOB)]
    asana = tenant()
    execution = carried_out(asana, tmp_path, actions)
    del asana.users["2"]
    asana.fail("get_user", UnreadableError("active is missing"), about="1")
    listed = Listed(asana, failing, user_pages=99)
    found = run(read_again(execution, tenant().state(), asana, listed))
    assert {user.id for user in found.users} == {"3", "4"}
    assert [user.id for user in found.unreadable] == ["1"]
    outcomes = verify(execution, found)
    assert [one.in_doubt for one in outcomes] == [True, False]
    assert outcomes[0].detail == (
        "accepted by Asana, but not verified: the user could not be read: active is missing"
    )
    assert "there is no such user" in outcomes[1].detail


@pytest.mark.parametrize(("pages", "listings"), [(1, 1), (2, 1), (3, 0), (9, 0)])
def test_a_listing_is_read_where_it_takes_no_more_requests(
    tmp_path: Path, pages: int, listings: int
) -> None:
    stage = Stage(tenant(), tmp_path)
    listed = Listed(stage.asana, user_pages=pages)
    plan = plan_of(
        update("ann@example.com", "1", title("A", "B")),
        update("bob@example.com", "2", title(None, "B")),
    )
    report = stage.apply(plan, current=stage.asana.state(), ports={"listings": listed})
    assert [one.result.value for one in report.outcomes] == ["applied", "applied"]
    assert listed.requests == pages * listings
    ((_, newest),) = stage.remembered
    assert {user.id: user.attributes.get("title") for user in newest.users} == {
        "1": "B",
        "2": "B",
        "3": None,
        "4": None,
    }


TEAMS: Sequence[Action] = (
    new_team("Ops"),
    members("Ops", None, add=(ANN,), deps=("create_team:Ops",)),
    members("Eng", "9", remove=(BOB,)),
    members("X", "8", add=(BOB,)),
    members("Y", "7", remove=(BOB,)),
    update("ann@example.com", "1", title("A", "B")),
    update("bob@example.com", "2", title(None, "B")),
)


@given(
    chosen=st.sets(st.sampled_from(range(len(TEAMS)))),
    lost=st.sets(st.sampled_from(("create_team", "change_members", "find_teams"))),
    user_pages=st.integers(1, 4),
    team_pages=st.integers(1, 4),
    members_listed=st.booleans(),
)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_it_never_takes_more_than_one_choice_for_users_and_teams_alike(
    tmp_path_factory: pytest.TempPathFactory,
    chosen: set[int],
    lost: set[str],
    user_pages: int,
    team_pages: int,
    members_listed: bool,  # noqa: FBT001 - a case
) -> None:
    asana = tenant().with_team("7", "Y", "1", "2")
    before = asana.state()
    for method in lost:
        asana.fail(method, UnreachableError("lost"), committed=True)
    actions = [TEAMS[number] for number in sorted(chosen)]
    execution = carried_out(asana, tmp_path_factory.mktemp("law"), actions)
    asana.faults.clear()
    listed = Listed(
        asana, user_pages=user_pages, team_pages=team_pages, members_listed=members_listed
    )
    calls = len(asana.calls)
    run(read_again(execution, before, asana, listed))
    taken = len(asana.calls) - calls + listed.requests

    users, teams = changed_users(execution), changed_teams(execution)
    if len(users) < user_pages:
        formerly = len(users) + sum(1 if scim_id else 2 for scim_id, _ in teams)
    else:
        keys = concerned_team_keys(execution.plan)
        hidden = [team for team in asana.teams.values() if not (members_listed and team.members)]
        formerly = user_pages + team_pages + sum(team.key in keys for team in hidden)
    assert taken <= formerly
