"""A plan that is carried on with asks for nobody's membership who is in, or out, already.

Whether Asana takes a member once more, or the removal of nobody, is documented nowhere.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.apply.execution import ExecutionLimits
from syncer.apply.journal_record import JournalRecord, read_journal, verify_journal
from syncer.apply.marks import marks_of
from syncer.model.actions import Member
from syncer.model.errors import RejectedError
from syncer.model.outcome import MemberResult, Report, Result
from syncer.model.plan import Plan, TouchedAbsence, TouchedTeam
from tests.apply.builders import create, members, new_team, plan_of, rename_team
from tests.apply.fake_asana import FakeAsana
from tests.apply.stage import Stage

IDS = ("1", "2", "3", "4", "5", "6")
PAIRS = ExecutionLimits(members_per_request=2)


class KilledError(BaseException):
    """Stands for SIGKILL: nothing of ours may catch it."""


class Strict(FakeAsana):
    """A tenant that takes no membership change which is in effect already.

    It pulls the plug at the request about members that follows so many others.
    """

    until: int | None = None

    async def change_members(
        self, scim_id: str, add: Sequence[str], remove: Sequence[str], name: str = ""
    ) -> None:
        if self.until == 0:
            raise KilledError
        inside = self.teams[scim_id].members or frozenset()
        if not inside.isdisjoint(add) or not inside.issuperset(remove):
            self.calls.append(("refused", scim_id, *add, *(f"-{one}" for one in remove)))
            raise RejectedError("400 a member already, or none", status=400)
        await super().change_members(scim_id, add, remove, name)
        self.until = None if self.until is None else self.until - 1


class Played(Stage):
    """A stage on such a tenant, with the people of these tests."""

    def __init__(self, folder: Path) -> None:
        self.strict = Strict()
        self.strict.with_team("9", "Eng", "4", "5", "6")
        for one in IDS:
            self.strict.with_user(one, f"{one}@example.com")
        super().__init__(self.strict, folder)

    def cut_off(self, plan: Plan, *, after: int) -> None:
        """Carry the plan out until it is killed, after so many requests about members."""
        self.strict.until = after
        with suppress(KilledError):
            self.apply(plan, limits=PAIRS)
            raise AssertionError("it should have died")
        self.strict.until = None
        self.strict.calls.clear()

    def carry_on(self, plan: Plan) -> Report:
        return self.apply(plan, limits=PAIRS, resume=True)

    @property
    def record(self) -> JournalRecord:
        assert verify_journal(self.journal) == ()
        return read_journal(self.journal)


@pytest.fixture
def stage(tmp_path: Path) -> Played:
    return Played(tmp_path)


def people(*ids: str) -> tuple[Member, ...]:
    return tuple(Member(f"{one}@example.com", one) for one in ids)


def exchange() -> Plan:
    """Three come and three go: three requests about two each."""
    before = {one: one in {"4", "5", "6"} for one in IDS}
    return plan_of(
        members("Eng", "9", add=people("1", "2", "3"), remove=people("4", "5", "6")),
        touched=(TouchedTeam(scim_id="9", name="Eng", members=before),),
    )


def test_only_who_is_not_in_effect_is_asked_for(stage: Played) -> None:
    stage.cut_off(exchange(), after=2)
    report = stage.carry_on(exchange())
    assert stage.strict.calls[0] == ("change_members", "9", "-5", "-6")
    assert len(stage.strict.writes) == 1
    (outcome,) = report.outcomes
    assert (outcome.result, outcome.detail, outcome.requests) == (Result.APPLIED, "", 1)
    assert {one.scim_id: one.result for one in outcome.members} == {
        **dict.fromkeys(("1", "2", "3", "4"), MemberResult.FOUND),
        **dict.fromkeys(("5", "6"), MemberResult.CHANGED),
    }
    assert stage.strict.teams["9"].members == frozenset({"1", "2", "3"})
    assert {mark.member_id: mark.sure for mark in marks_of(stage.record)} == {
        **dict.fromkeys(("1", "2", "3", "4"), "found"),
        **dict.fromkeys(("5", "6"), "done"),
    }


def test_who_cannot_be_changed_is_told_apart_from_who_is_in(stage: Played) -> None:
    stage.cut_off(exchange(), after=1)
    stage.strict.fail("change_members", RejectedError("400 no", status=400), about="3", times=9)
    (outcome,) = stage.carry_on(exchange()).outcomes
    assert outcome.result is Result.FAILED
    assert outcome.detail == "1 of 6 not changed: 3@example.com: 400 no"
    refused = [one.scim_id for one in outcome.members if one.result is MemberResult.REFUSED]
    assert refused == ["3"]
    assert not [call for call in stage.strict.calls if call[0] == "refused"]


def test_a_new_team_gets_the_members_that_it_has_not(stage: Played) -> None:
    plan = plan_of(
        create("new@example.com"),
        new_team("Ops"),
        members(
            "Ops",
            None,
            add=(*people("1", "2", "3"), Member("new@example.com", None)),
            deps=("create_team:Ops", "create_user:new@example.com"),
        ),
        touched=(
            TouchedAbsence(name="new@example.com", kind="no_user"),
            TouchedAbsence(name="Ops", kind="no_team"),
        ),
    )
    stage.cut_off(plan, after=0)
    report = stage.carry_on(plan)
    assert {one.result for one in report.outcomes} == {Result.APPLIED}
    assert [call[0] for call in stage.strict.writes] == ["change_members"]
    assert stage.strict.writes[0][2:] == ("3", report.outcomes[0].scim_id)


def test_a_new_name_takes_along_whom_the_team_has_not(stage: Played) -> None:
    """Somebody else may have put a member in, or a request without an answer has."""
    plan = plan_of(
        rename_team("9", "Eng", "Engineering"),
        members("Engineering", "9", add=people("1", "2", "3")),
        touched=(TouchedTeam(scim_id="9", name="Eng", members=dict.fromkeys("123", False)),),
    )
    stage.strict.with_team("9", "Eng", "1", "4")
    report = stage.carry_on(plan)
    assert {one.result for one in report.outcomes} == {Result.APPLIED}
    assert stage.strict.writes == [("change_members", "9", "=Engineering", "2", "3")]


def test_members_that_were_not_read_are_all_asked_for(stage: Played) -> None:
    plan = plan_of(new_team("Ops"), members("Ops", None, add=people("1", "2"),
                   deps=("create_team:Ops",)))  # fmt: skip
    stage.strict.with_team("10", "Ops")
    state = stage.strict.state()
    unread = tuple(replace(team, members=None) for team in state.teams)
    stage.reads.append(lambda: replace(state, teams=unread))
    report = stage.carry_on(plan)
    assert {one.result for one in report.outcomes} == {Result.APPLIED}
    assert stage.strict.writes == [("change_members", "10", "1", "2")]


def test_a_first_run_asks_for_everybody(stage: Played) -> None:
    assert stage.apply(exchange(), limits=PAIRS).outcomes[0].requests == 3


def test_who_was_in_and_is_taken_out_meanwhile_is_no_member_at_the_read_back(
    stage: Played,
) -> None:
    stage.cut_off(exchange(), after=1)
    before = stage.strict.state()
    stage.reads.append(lambda: before)
    stage.strict.with_team("9", "Eng", "2", "4", "5", "6")
    (outcome,) = stage.carry_on(exchange()).outcomes
    assert outcome.result is Result.FAILED
    assert "not in effect at read-back: 1@example.com is no member" in outcome.detail
    results = {one.scim_id: one.result for one in outcome.members}
    assert (results["1"], results["2"]) == (MemberResult.NOT_IN_EFFECT, MemberResult.FOUND)
