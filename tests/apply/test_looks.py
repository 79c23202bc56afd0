"""What one look has shown stays shown, and only the rest is looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from syncer.model.actions import Action, FieldChange
from syncer.model.errors import AsanaError, ForbiddenError, NotFoundError, UnreachableError
from syncer.model.origin import Problem
from syncer.model.outcome import Report
from syncer.model.state import CurrentState, CurrentTeam, CurrentUser, UnreadableUser
from tests.apply.builders import create, deactivate, members, plan_of, title, update
from tests.apply.fake_asana import FakeAsana
from tests.apply.listings import Listed
from tests.apply.reading_back import ANN, BOB, NEW, tenant
from tests.apply.stage import Stage

STEPS: Sequence[Action] = (
    deactivate("old@example.com", "3"),
    update(ANN.user, ANN.scim_id, title("A", "B")),
    members("Eng", "9", add=(ANN,)),
)
Shown = str | AsanaError
"""What one listing of one look shows: the state "now" or "before", "now" of one id alone, or an
error."""


@dataclass
class Looked(Listed):
    """Listings that show, look by look, what a test says."""

    before: CurrentState = field(default_factory=lambda: CurrentState(users=()))
    users_shown: list[Shown] = field(default_factory=list)
    teams_shown: list[Shown] = field(default_factory=list)

    async def users(self) -> CurrentState:
        return replace(self._shown(self.users_shown), teams=())

    async def teams(self) -> tuple[CurrentTeam, ...]:
        return self._shown(self.teams_shown).teams

    def _shown(self, looks: list[Shown]) -> CurrentState:
        look = looks.pop(0)
        if isinstance(look, AsanaError):
            raise look
        now = self.asana.state()
        newer = {user.id for user in now.users} if look == "now" else {look}
        users = [one for one in now.users if one.id in newer]
        users += [one for one in self.before.users if one.id not in newer]
        return replace(now if look == "now" else self.before, users=tuple(users))


def applied(
    asana: FakeAsana, folder: Path, users: list[Shown], teams: list[Shown]
) -> tuple[Report, Stage]:
    stage = Stage(asana, folder)
    before = asana.state()
    listed = Looked(
        asana, members_listed=True, before=before, users_shown=users, teams_shown=teams
    )
    # No team is asked for alone where the listing shows its members in one request as well.
    listed.team_pages = 0
    report = stage.apply(plan_of(*STEPS), current=before, ports={"listings": listed})
    assert (listed.users_shown, listed.teams_shown) == ([], [])
    return report, stage


LOST = UnreachableError("the line is down")


@pytest.mark.parametrize(
    ("users", "teams"),
    [
        (["now"], ["before", "now"]),
        (["before", "now"], ["now"]),
        (["before", "now"], [LOST, "before", "now"]),
        (["before", LOST, "now"], ["before", "now"]),
        ([LOST, "now"], [LOST, "now"]),
        # Two copies of the data, each of which knows of one change alone.
        (["1", "3"], ["now"]),
        (["3", "before", "1"], ["now"]),
    ],
)
def test_what_was_shown_once_is_not_asked_for_again(
    tmp_path: Path, users: list[Shown], teams: list[Shown]
) -> None:
    report, stage = applied(tenant(), tmp_path, [*users], [*teams])
    assert [one.result.value for one in report.outcomes] == ["applied"] * 3
    assert report.warnings == ()
    assert len(stage.slept) == max(len(users), len(teams)) - 1


def test_a_later_look_that_failed_leaves_the_doubt_and_says_so(tmp_path: Path) -> None:
    report, _ = applied(tenant(), tmp_path, ["before", LOST, LOST], ["now"])
    found = [(one.result.value, one.in_doubt) for one in report.outcomes]
    assert found == [("failed", True), ("failed", True), ("applied", False)]
    assert report.warnings == (
        "what did not show at once could not be looked at again: the line is down",
    )


def test_what_does_not_show_in_three_looks_has_failed(tmp_path: Path) -> None:
    report, stage = applied(tenant(), tmp_path, ["now"], ["before"] * 3)
    found = [(one.result.value, one.in_doubt) for one in report.outcomes]
    assert found == [("applied", False), ("applied", False), ("failed", False)]
    assert (report.warnings, stage.slept) == ((), [1.0, 4.0])
    ((_, newest),) = stage.remembered
    assert {user.id: user.active for user in newest.users}["3"] is False


def test_who_was_shown_alone_is_not_asked_for_again(tmp_path: Path) -> None:
    stage = Stage(tenant(), tmp_path)
    stage.asana.without_effect.add("set_active")
    refused = update(BOB.user, BOB.scim_id, title("A", "B"))
    stage.asana.fail("update_user", ForbiddenError("403", status=403), about="2")
    plan = plan_of(*STEPS, refused, create(NEW))
    listed = Listed(stage.asana, user_pages=99, team_pages=99)
    report = stage.apply(plan, current=stage.asana.state(), ports={"listings": listed})
    assert [one.result.value for one in report.outcomes] == [
        "failed",
        "applied",
        "applied",
        "failed",
        "applied",
    ]
    asked = sorted(call for call in stage.asana.calls if call[0].startswith("get"))
    once = [("get_team", "9"), ("get_user", "1"), ("get_user", "101"), ("get_user", "2")]
    assert asked == [*once, *[("get_user", "3")] * 3]
    ((_, newest),) = stage.remembered
    assert {user.id: user.attributes.get("title") for user in newest.users}["1"] == "B"


def test_a_user_of_no_known_id_who_is_read_in_the_end_is_no_longer_unread(tmp_path: Path) -> None:
    stage = Stage(tenant(), tmp_path)
    stage.asana.fail("create_user", LOST, committed=True)
    stage.asana.fail("find_user", LOST, times=2)
    stage.asana.without_effect.add("set_active")
    plan = plan_of(STEPS[0], create(NEW))
    listed = Looked(
        stage.asana, before=stage.asana.state(), users_shown=[LOST], user_pages=99, team_pages=99
    )
    report = stage.apply(plan, current=stage.asana.state(), ports={"listings": listed})
    assert [one.result.value for one in report.outcomes] == ["failed", "applied"]
    ((_, newest),) = stage.remembered
    assert newest.unreadable == ()


def titles(stage: Stage) -> list[tuple[str, str | None]]:
    """The users who are remembered, each with their title."""
    ((_, newest),) = stage.remembered
    assert newest.unreadable == ()
    return sorted((user.id, user.attributes.get("title")) for user in newest.users)


def test_an_invitation_that_one_look_found_alone_is_remembered(tmp_path: Path) -> None:
    stage = Stage(tenant(), tmp_path)
    stage.asana.without_effect.add("set_active")
    stage.asana.unlisted.add("101")
    report = stage.apply(plan_of(STEPS[0], create(NEW)), current=stage.asana.state())
    assert [one.result.value for one in report.outcomes] == ["failed", "applied"]
    assert [scim_id for scim_id, _ in titles(stage)] == ["1", "101", "2", "3", "4"]
    assert stage.asana.calls.count(("get_user", "101")) == 1


def test_an_older_listing_takes_back_nobody_of_whom_an_earlier_look_has_told(
    tmp_path: Path,
) -> None:
    stage = Stage(tenant(), tmp_path)
    before = stage.asana.state()
    ann, bob, old, other = before.users
    new_ann = replace(ann, attributes={"title": "B"})
    new_bob = replace(bob, attributes={"title": "B"})
    unread = UnreadableUser("2", bob.key, Problem(None, "cut"))
    # The leaver is gone in the first look, the second lists him as he was.
    first = replace(before, users=(ann, new_bob, other))
    stage.reads = [
        lambda: first,
        lambda: replace(before, users=(new_ann, old, other), unreadable=(unread,)),
    ]
    steps = (*STEPS[:2], update(BOB.user, BOB.scim_id, title(None, "B")))
    report = stage.apply(plan_of(*steps), current=before)
    assert [one.result.value for one in report.outcomes] == ["applied"] * 3
    assert titles(stage) == [("1", "B"), ("2", "B"), ("4", None)]
    assert stage.reads == []


def test_who_is_to_be_judged_again_is_as_the_later_look_shows(tmp_path: Path) -> None:
    stage = Stage(tenant(), tmp_path)
    before = stage.asana.state()
    named = FieldChange("department", None, "D")
    steps = (STEPS[1], update(ANN.user, ANN.scim_id, named, ref="update_user:department"))
    ann, *others = before.users
    half = replace(ann, attributes={"title": "B"})
    stage.reads = [
        lambda: replace(before, users=(half, *others)),
        stage.asana.state,
    ]
    report = stage.apply(plan_of(*steps), current=before)
    assert [one.result.value for one in report.outcomes] == ["applied"] * 2
    assert stage.slept == [1.0]


def test_who_could_not_be_read_in_one_look_is_as_the_next_one_shows(tmp_path: Path) -> None:
    stage = Stage(tenant(), tmp_path)
    before = stage.asana.state()
    bob = before.users[1]
    unread = UnreadableUser("2", bob.key, Problem(None, "cut"))
    others = tuple(user for user in before.users if user is not bob)
    stage.reads = [
        lambda: replace(before, users=others, unreadable=(unread,)),
        stage.asana.state,
    ]
    stage.asana.fail("set_active", ForbiddenError("403", status=403), about="2")
    steps = (deactivate(BOB.user, "2"), STEPS[1])
    report = stage.apply(plan_of(*steps), current=before)
    assert [one.result.value for one in report.outcomes] == ["failed", "applied"]
    assert ("2", None) in titles(stage)


class Late(FakeAsana):
    """Shows a newcomer without a manager at first, and then no more by id if `blind`."""

    blind = False
    looks = 0

    async def get_user(self, scim_id: str) -> CurrentUser:
        user = await super().get_user(scim_id)
        self.looks += scim_id == "101"
        if scim_id != "101" or self.looks > 1:
            if scim_id == "101" and self.blind:
                raise NotFoundError("404", status=404)
            return user
        return replace(user, attributes={})


@pytest.mark.parametrize(("pages", "blind"), [(1, False), (99, False), (99, True)])
def test_a_later_change_of_an_invitation_is_looked_for_where_the_invitation_is(
    tmp_path: Path,
    pages: int,
    blind: bool,  # noqa: FBT001 - a case
) -> None:
    stage = Stage(Late().with_user("1", "ann@example.com"), tmp_path)
    assert isinstance(stage.asana, Late)
    stage.asana.blind = blind
    stage.asana.unlisted.add("101")
    boss = FieldChange("manager", None, ANN.user, ANN.scim_id)
    plan = plan_of(create(NEW), update(NEW, None, boss, deps=(f"create_user:{NEW}",)))
    listed = Listed(stage.asana, user_pages=pages)
    report = stage.apply(plan, current=stage.asana.state(), ports={"listings": listed})
    assert [one.result.value for one in report.outcomes] == ["applied"] * 2
    assert [scim_id for scim_id, _ in titles(stage)] == ["1", "101"]
