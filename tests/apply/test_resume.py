"""Killed at any write, or failed in part, and run again: the same plan converges."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.execution import ExecutionLimits
from syncer.apply.journal_record import read_journal
from syncer.core.names import user_key
from syncer.model.actions import FieldChange, Member
from syncer.model.errors import RejectedError, StaleError
from syncer.model.outcome import Outcome, Result
from syncer.model.plan import Plan, TouchedAbsence, TouchedTeam
from tests.apply.builders import (
    create,
    deactivate,
    grant,
    members,
    new_team,
    plan_of,
    rename_team,
    title,
    update,
)
from tests.apply.fake_asana import FakeAsana
from tests.apply.stage import Stage, retitle, touched


class KilledError(BaseException):
    """Stands for SIGKILL: nothing of ours may catch it."""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    asana = FakeAsana().with_user("1", "ann@example.com", title="A")
    return Stage(asana, tmp_path)


def big_plan() -> Plan:
    """Every kind of change that a kill may cut in two, an exchange of addresses included."""

    def to(before: str, after: str) -> FieldChange:
        return FieldChange("userName", before, after)

    return plan_of(
        grant("ann@example.com", "1", "view only", "enterprise"),
        update("ann@example.com", "1", title("A", "B")),
        deactivate("old@example.com", "2"),
        update("a@example.com", "3", to("a@example.com", "parked@example.com"), ref="park"),
        update("b@example.com", "4", to("b@example.com", "a@example.com"), deps=("park",)),
        update("a@example.com", "3", to("parked@example.com", "b@example.com"), title("X", None),
               deps=("update_user:b@example.com",), ref="land"),
        create("new@example.com", title="N"),
        update("new@example.com", None, FieldChange("manager", None, "ann@example.com", "1"),
               deps=("create_user:new@example.com",)),
        new_team("Ops"),
        members("Ops", None, add=(Member("new@example.com", None), Member("ann@example.com", "1")),
                deps=("create_team:Ops", "create_user:new@example.com")),
        rename_team("8", "Lab", "Labs"),
        members("Labs", "8", add=(Member("ann@example.com", "1"),)),
        members("Eng", "9", add=(Member("ann@example.com", "1"),),
                remove=(Member("b@example.com", "4"),)),
        touched=(
            touched("1", "ann@example.com", license_name="view only", title="A"),
            touched("2", "old@example.com"),
            touched("3", "a@example.com", title="X"),
            touched("4", "b@example.com"),
            TouchedTeam(scim_id="8", name="Lab", members={"1": False}),
            TouchedTeam(scim_id="9", name="Eng", members={"1": False, "4": True}),
            TouchedAbsence(name="parked@example.com", kind="no_user"),
            TouchedAbsence(name="new@example.com", kind="no_user"),
            TouchedAbsence(name="Ops", kind="no_team"),
        ),
    )  # fmt: skip


def big_tenant() -> FakeAsana:
    asana = FakeAsana().with_user("1", "ann@example.com", license="view only", title="A")
    asana.with_user("2", "old@example.com").with_team("8", "Lab")
    asana.with_user("3", "a@example.com", title="X").with_user("4", "b@example.com")
    return asana.with_team("9", "Eng", "4")


WRITES = 10
"""One a changed object, but for the exchange of addresses and a manager's second step."""

TOGETHER = (
    {"set_license:ann@example.com", "update_user:ann@example.com"},
    {"create_team:Ops", "change_members:Ops"},
    {"rename_team:Labs", "change_members:Labs"},
)
"""Actions that share a request, and its doubt."""


class Deadly(FakeAsana):
    """Dies at a certain write, before or after carrying it out."""

    write = 0
    dies_at = 0
    after = False

    async def _enter(self, method: str, *about: str) -> Any:
        fault = await super()._enter(method, *about)
        if not method.startswith(("find", "get")):
            self.write += 1
        if self.write == self.dies_at:
            self.dies_at = 0
            if not self.after:
                raise KilledError
            return type("Death", (), {"error": KilledError()})
        return fault


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("dies_at", range(1, WRITES + 1))
def test_killed_at_any_write_the_same_plan_resumes_and_converges(
    dies_at: int, tmp_path: Path, *, after: bool
) -> None:
    tenant = big_tenant()
    asana = Deadly(users=tenant.users, teams=tenant.teams)
    asana.dies_at, asana.after = dies_at, after
    stage = Stage(asana, tmp_path)
    one_by_one = ExecutionLimits(writes_in_flight=1)
    with suppress(KilledError):
        stage.apply(big_plan(), limits=one_by_one)
        raise AssertionError("it should have died")
    record = read_journal(stage.journal)
    assert not record.complete
    assert len(record.doubtful) == 1 or set(record.doubtful) in TOGETHER
    report = stage.apply(big_plan(), limits=one_by_one, resume=True)
    assert {one.result for one in report.outcomes} == {Result.APPLIED}
    names = sorted(user.user_name for user in asana.users.values() if user.active)
    assert names == ["a@example.com", "ann@example.com", "b@example.com", "new@example.com"]
    assert asana.users["3"].key == user_key("b@example.com")
    assert sorted(team.name for team in asana.teams.values()) == ["Eng", "Labs", "Ops"]
    assert asana.teams["8"].members == frozenset({"1"})
    assert (asana.users["1"].license, asana.users["1"].attributes["title"]) == ("enterprise", "B")
    assert asana.teams["9"].members == frozenset({"1"})
    writes = len(asana.writes)
    stage.apply(big_plan(), limits=one_by_one, resume=True)
    assert len(asana.writes) == writes, "a third run has nothing left to do"


def test_a_resumed_plan_still_refuses_what_others_have_changed(stage: Stage) -> None:
    stage.asana.with_user("1", "ann@example.com", title="Z")
    with pytest.raises(StaleError):
        stage.apply(retitle(), resume=True)


def test_a_failed_run_is_resumed_with_what_is_left(stage: Stage) -> None:
    stage.asana.with_user("2", "b@example.com", title="A")
    plan = plan_of(
        update("ann@example.com", "1", title("A", "B")),
        update("b@example.com", "2", title("A", "B")),
        touched=(touched(title="A"), touched("2", "b@example.com", title="A")),
    )
    stage.asana.fail("update_user", RejectedError("400", status=400), about="2")
    first = stage.apply(plan)
    assert [one.result.value for one in first.outcomes] == ["applied", "failed"]
    second = stage.apply(plan, resume=True)
    assert second.outcomes[0] == Outcome(
        ref="update_user:ann@example.com",
        result=Result.APPLIED,
        detail="in effect already",
        scim_id="1",
    )
    assert second.outcomes[1].result is Result.APPLIED
    assert second.outcomes[1].requests == 1
