"""Which runs are news: each change once, and what nobody has heard again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.news import (
    held_removals,
    name_of_actions,
    name_of_violations,
    news_of,
    takes_away,
)
from syncer.model.actions import ChangeMembers, DeactivateUser, Member, SetLicense, UpdateUser
from syncer.model.exits import Exit
from syncer.model.plan import Violation
from syncer.model.policy.watching import NotificationPolicy
from syncer.model.watching import RunFacts, Standing

POLICY = NotificationPolicy()
NIGHT = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


def a_run(code: int, night: float = 0, *, refused: str = "", held: str = "") -> RunFacts:
    """A run so many nights after the first."""
    at = NIGHT + timedelta(days=night)
    return RunFacts(
        command="apply",
        tenant="example.com",
        code=Exit(code),
        started=at,
        finished=at,
        planned=code in {0, 3, 4, 6},
        refused=refused,
        held=held,
    )


def told_of(*runs: RunFacts, policy: NotificationPolicy = POLICY) -> list[tuple[str, ...]]:
    """What people are told of each of these runs, one after the other."""
    standing, topics = Standing(), list[tuple[str, ...]]()
    for run in runs:
        news = news_of(standing, run, policy)
        standing = news.told
        topics.append(news.topics)
    return topics


@pytest.mark.parametrize(
    ("runs", "topics"),
    [
        ("well, well", [(), ()]),
        ("fails, fails", [("failure",), ()]),
        ("fails, well, well", [("failure",), ("recovery",), ()]),
        ("fails, partly, fails", [("failure",), ("failure",), ("failure",)]),
        ("refused, refused, refused anew", [("refused",), (), ("refused",)]),
        ("refused, well", [("refused",), ("recovery",)]),
        ("holds, holds, holds others, well, holds", [("held",), (), ("held",), (), ("held",)]),
        ("fails, holds", [("failure",), ("held", "recovery")]),
        ("holds, fails, holds", [("held",), ("failure",), ("recovery",)]),
        ("locked, locked, well", [(), (), ()]),
        ("fails, locked, well", [("failure",), (), ("recovery",)]),
    ],
)
def test_each_change_is_told_once(runs: str, topics: list[tuple[str, ...]]) -> None:
    kinds = {
        "well": a_run(0),
        "fails": a_run(1),
        "partly": a_run(4),
        "refused": a_run(3, refused="a"),
        "refused anew": a_run(3, refused="b"),
        "holds": a_run(6, held="a"),
        "holds others": a_run(6, held="b"),
        "locked": replace(a_run(5), locked=True),
    }
    told = told_of(*(kinds[name] for name in runs.split(", ")), policy=POLICY)
    assert told == topics


def test_nothing_for_long_is_told_once_and_again_after_a_success() -> None:
    nights = [a_run(0, 0), a_run(1, 1), a_run(1, 2), a_run(1, 3), a_run(0, 4), a_run(1, 6)]
    assert told_of(*nights) == [
        (),
        ("failure",),
        ("overdue",),
        (),
        ("recovery",),
        ("failure", "overdue"),
    ]


def test_a_tenant_that_never_had_a_success_is_overdue_from_its_first_run_on() -> None:
    nights = [replace(a_run(5, night), locked=True) for night in (0, 1, 2, 3)]
    assert told_of(*nights) == [(), (), ("overdue",), ()]


def test_what_the_config_leaves_out_is_not_told() -> None:
    policy = NotificationPolicy(about=("recovery",), overdue_hours=None)
    assert told_of(a_run(1), a_run(1, 9), a_run(0, 10), policy=policy) == [(), (), ("recovery",)]


RUNS = st.builds(
    a_run,
    st.sampled_from([0, 1, 2, 3, 4, 6, 64, 130]),
    st.floats(0, 9),
    refused=st.sampled_from(["a", "b"]),
    held=st.sampled_from(["", "a", "b"]),
)


@given(st.lists(RUNS, max_size=6), RUNS)
@settings(derandomize=True, deadline=None)
def test_what_did_not_arrive_is_told_by_the_next_run_and_what_did_is_not(
    before: list[RunFacts], run: RunFacts
) -> None:
    standing = Standing()
    for earlier in before:
        standing = news_of(standing, earlier, POLICY).told
    news = news_of(standing, run, POLICY)
    assert news_of(news.untold, run, POLICY).topics == news.topics
    assert news_of(news.told, run, POLICY).topics == ()
    if run.succeeded:
        assert news.untold.last_success == news.told.last_success
        assert news.told.last_success == run.finished.isoformat(timespec="seconds")


def test_a_failure_that_nobody_heard_of_needs_no_recovery() -> None:
    unheard = news_of(Standing(), a_run(1), POLICY).untold
    assert news_of(unheard, a_run(0, 1), POLICY).topics == ()


LEAVER = DeactivateUser(ref="a", reason="", user_name="a@example.com", scim_id="1", held="wait")
OTHERS = (
    SetLicense(
        ref="b", reason="", user_name="b", scim_id="2", before="enterprise", after="view only"
    ),
    ChangeMembers(ref="c", reason="", team="T", scim_id="3", remove=(Member("c", "4"),)),
)
HARMLESS = (
    SetLicense(ref="d", reason="", user_name="d", scim_id="5", before=None, after="enterprise"),
    ChangeMembers(ref="e", reason="", team="T", scim_id="3", add=(Member("c", "4"),)),
    UpdateUser(ref="f", reason="", user_name="f", scim_id="6", changes=(), held="wait"),
)


def test_what_takes_away_is_an_account_a_licence_or_a_team() -> None:
    assert all(takes_away(action) for action in (LEAVER, *OTHERS))
    assert not any(takes_away(action) for action in HARMLESS)
    assert held_removals((LEAVER, *OTHERS, *HARMLESS)) == (LEAVER,)


def test_other_actions_have_another_name() -> None:
    assert name_of_actions(()) == ""
    assert name_of_actions((LEAVER, *OTHERS)) == name_of_actions((*OTHERS, LEAVER))
    assert name_of_actions((LEAVER,)) != name_of_actions(OTHERS)
    one = Violation(guard="create", message="9 of 9", remedy="", counted=9, refs=("a", "b"))
    # Shares move a little every day; who is concerned is what matters.
    assert name_of_violations((one,)) == name_of_violations((replace(one, message="9 of 10"),))
    assert name_of_violations((one,)) != name_of_violations((replace(one, refs=("a",)),))
    assert name_of_violations(()) == ""
