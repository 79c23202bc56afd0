"""What one look has shown stays shown, and only the rest is looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from syncer.model.actions import Action
from syncer.model.errors import AsanaError, ForbiddenError, UnreachableError
from syncer.model.outcome import Report
from syncer.model.state import CurrentState, CurrentTeam
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
