"""One request for a team and its members; what stops in between says how far it came."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.execution import ExecutionLimits, StopSignal
from syncer.model.actions import Member
from syncer.model.errors import AuthenticationError
from syncer.model.state import CurrentTeam
from tests.apply.asked import LOST
from tests.apply.builders import members, new_team, rename_team
from tests.apply.fake_asana import FakeAsana
from tests.apply.joined import ANN, BOB, NEW_TEAM, REFUSED, carry_out, team_of, tenant, told

SIX = tuple(Member(f"u{number}@example.com", str(number)) for number in range(1, 7))
RENAMED = (
    rename_team("9", "Eng", "Engineering"),
    members("Engineering", "9", add=(ANN,), remove=(BOB,)),
)


def test_a_new_team_comes_with_its_members(tmp_path: Path) -> None:
    asana = tenant()
    execution = carry_out(asana, tmp_path, *NEW_TEAM)
    assert told(execution) == {"create_team": "applied", "change_members": "applied"}
    assert asana.writes == [("create_team", "Ops", "1", "2")]
    assert team_of(asana, "Ops").members == frozenset({"1", "2"})


def test_of_a_large_team_only_the_rest_follows(tmp_path: Path) -> None:
    asana = tenant()
    limits = ExecutionLimits(members_per_request=1)
    execution = carry_out(asana, tmp_path, *NEW_TEAM, limits=limits)
    assert told(execution)["change_members"] == "applied"
    team = team_of(asana, "Ops")
    assert asana.writes == [("create_team", "Ops", "1"), ("change_members", team.id, "2")]
    assert team.members == frozenset({"1", "2"})


@pytest.mark.parametrize("begun_by", ["create_team", "change_members"])
def test_a_run_that_stops_begins_no_further_members(tmp_path: Path, begun_by: str) -> None:
    asana, stop = FakeAsana(), StopSignal()
    for one in SIX:
        asana.with_user(one.scim_id or "", one.user)
    if begun_by == "change_members":
        asana.with_team("9", "Ops")

    class Stopping(FakeAsana):
        async def change_members(self, *arguments: Any) -> None:
            await super().change_members(*arguments)
            stop.request("interrupted by SIGTERM")

    tenant_ = Stopping(users=asana.users, teams=asana.teams)
    known = "9" if begun_by == "change_members" else None
    of_team = members("Ops", known, add=SIX, deps=() if known else ("create_team:Ops",))
    limits = ExecutionLimits(members_per_request=2)
    steps = (of_team,) if known else (new_team("Ops"), of_team)
    execution = carry_out(tenant_, tmp_path, *steps, limits=limits, stop=stop)
    changed = len(team_of(tenant_, "Ops").members or ())
    assert changed == (2 if known else 4)
    outcome = execution.outcomes[-1]
    assert (outcome.result.value, outcome.in_doubt) == ("failed", False)
    said = f"{changed} of 6 changed; the others not begun, the run stopped: interrupted by SIGTERM"
    assert outcome.detail == said
    assert len(outcome.members) == changed
    assert execution.interrupted


def test_a_run_that_stops_after_a_new_team_changes_no_further_members(tmp_path: Path) -> None:
    asana, stop = FakeAsana(), StopSignal()
    for one in SIX:
        asana.with_user(one.scim_id or "", one.user)
    execution = carry_out(
        asana,
        tmp_path,
        new_team("Ops"),
        members("Ops", None, add=SIX, deps=("create_team:Ops",)),
        limits=ExecutionLimits(members_per_request=1),
        stop=stop,
        on_outcome=lambda _, __: stop.request("SIGTERM"),
    )
    assert asana.writes == [("create_team", "Ops", "1")]
    assert execution.outcomes[1].detail.startswith("1 of 6 changed; the others not begun")


def test_a_stop_ends_the_asking_person_by_person(tmp_path: Path) -> None:
    asana, stop = FakeAsana().with_team("9", "Ops"), StopSignal()
    for one in SIX[1:]:
        asana.with_user(one.scim_id or "", one.user)

    class Stopping(FakeAsana):
        async def change_members(self, scim_id: str, add: Any, *rest: Any) -> None:
            if len(add) == 1 and add[0] == "2":
                stop.request("SIGTERM")
            await super().change_members(scim_id, add, *rest)

    stopping = Stopping(users=asana.users, teams=asana.teams)
    execution = carry_out(stopping, tmp_path, members("Ops", "9", add=SIX), stop=stop)
    assert len(stopping.writes) == 3
    assert execution.outcomes[0].detail == (
        "1 of 6 changed; the others not begun, the run stopped: SIGTERM; "
        "not changed: u1@example.com: 400 no user 1"
    )


def test_a_token_that_dies_between_two_chunks_says_how_many_were_changed(tmp_path: Path) -> None:
    asana = FakeAsana().with_team("9", "Ops")
    for one in SIX:
        asana.with_user(one.scim_id or "", one.user)
    asana.fail("change_members", AuthenticationError("401 no", status=401), about="3", times=9)
    limits = ExecutionLimits(members_per_request=2)
    execution = carry_out(asana, tmp_path, members("Ops", "9", add=SIX), limits=limits)
    assert execution.outcomes[0].detail == "401 no; 2 of 6 changed before"
    assert len(asana.writes) == 2


def test_a_member_who_is_refused_keeps_neither_team_nor_others_back(tmp_path: Path) -> None:
    asana = tenant()
    stranger = Member("who@example.com", "77")
    team = members("Ops", None, add=(ANN, stranger, BOB), deps=("create_team:Ops",))
    execution = carry_out(asana, tmp_path, new_team("Ops"), team)
    assert told(execution) == {"create_team": "applied", "change_members": "failed"}
    assert "1 of 3 not changed: who@example.com" in execution.outcomes[1].detail
    assert team_of(asana, "Ops").members == frozenset({"1", "2"})
    # A refused create is looked for before it is asked for again: nobody promises that nothing
    # of it was carried out.
    assert [call[0] for call in asana.calls][:3] == ["create_team", "find_teams", "create_team"]


def test_a_team_that_came_about_although_refused_is_not_made_twice(tmp_path: Path) -> None:
    asana = tenant().fail("create_team", REFUSED, committed=True)
    asana.fail("change_members", REFUSED, about="nobody")
    execution = carry_out(asana, tmp_path, *NEW_TEAM)
    assert told(execution) == {"create_team": "applied", "change_members": "applied"}
    # Its answer was not lost: Asana said no, and it is there.
    said = "refused, and a lookup found it: adopted (400 no)"
    assert execution.outcomes[0].detail == said
    assert len([call for call in asana.calls if call[0] == "create_team"]) == 1


@pytest.mark.parametrize("committed", [False, True])
def test_a_lost_answer_to_a_new_team_is_looked_up(tmp_path: Path, *, committed: bool) -> None:
    asana = tenant().fail("create_team", LOST, committed=committed)
    execution = carry_out(asana, tmp_path, *NEW_TEAM)
    # Its members were asked for in that request, so that they are no skipped ones.
    expected = ("applied", "applied") if committed else ("failed", "failed")
    assert tuple(told(execution).values()) == expected
    assert {one.in_doubt for one in execution.outcomes} == {not committed}
    assert len([call for call in asana.calls if call[0] == "create_team"]) == 1


class Discreet(FakeAsana):
    """Answers with a team of which it shows no members, and may not have taken them."""

    def __init__(self, shown: frozenset[str] | None) -> None:
        super().__init__()
        self.shown = shown

    async def create_team(self, name: str, members: Sequence[str] = ()) -> CurrentTeam:
        team = await super().create_team(name, members)
        self.teams[team.id] = replace(team, members=self.shown or frozenset())
        return replace(team, members=self.shown)


@pytest.mark.parametrize("shown", [None, frozenset(), frozenset({"1"})])
def test_members_that_the_answer_does_not_show_are_added(
    tmp_path: Path, shown: frozenset[str] | None
) -> None:
    asana = Discreet(shown).with_user("1", "ann@example.com").with_user("2", "bob@example.com")
    execution = carry_out(asana, tmp_path, *NEW_TEAM)
    assert told(execution)["change_members"] == "applied"
    assert team_of(asana, "Ops").members == frozenset({"1", "2"})
    assert len(asana.writes) == 2


def test_a_new_name_and_new_members_are_one_request(tmp_path: Path) -> None:
    asana = tenant()
    assert set(told(carry_out(asana, tmp_path, *RENAMED)).values()) == {"applied"}
    assert asana.writes == [("change_members", "9", "=Engineering", "1", "-2")]
    assert asana.teams["9"].name == "Engineering"
    assert asana.teams["9"].members == frozenset({"1"})


def test_a_name_that_is_refused_keeps_no_members_back(tmp_path: Path) -> None:
    asana = tenant().fail("change_members", REFUSED, about="=Engineering")
    asana.fail("rename_team", REFUSED)
    execution = carry_out(asana, tmp_path, *RENAMED)
    assert told(execution) == {"rename_team": "failed", "change_members": "applied"}
