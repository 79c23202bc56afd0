"""What ends a run before its plan is done, and what becomes of the rest."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from syncer.apply.execution import ExecutionLimits, StopSignal
from syncer.apply.executor import counts
from syncer.apply.journal import Journal
from syncer.apply.journal_record import read_journal
from syncer.model.actions import Action, Member
from syncer.model.errors import (
    AuthenticationError,
    ForbiddenError,
    RejectedError,
    ThrottledError,
    UnreachableError,
)
from syncer.model.outcome import Outcome
from tests.apply.builders import Ticking, create, deactivate, header, members, new_team, plan_of
from tests.apply.carrying_out import carry_out, refusal, results
from tests.apply.fake_asana import FakeAsana


@pytest.mark.parametrize(
    "error",
    [AuthenticationError("401 token", status=401), ThrottledError("429 for too long", status=429)],
    ids=["refused token", "throttled"],
)
def test_what_will_not_get_better_stops_the_run(error: RejectedError, tmp_path: Path) -> None:
    asana = FakeAsana().fail("create_user", error, about="u0@example.com")
    plan = plan_of(*(create(f"u{number}@example.com") for number in range(5)), new_team("T"))
    execution = carry_out(plan, asana, tmp_path, limits=ExecutionLimits(writes_in_flight=1))
    assert results(execution) == ["failed"] + ["skipped"] * 5
    assert execution.stopped == error.message
    assert execution.outcomes[5].detail == f"not begun, the run stopped: {error.message}"
    assert len(asana.writes) == 1
    assert not execution.interrupted
    assert not execution.gave_up


def test_a_refused_token_while_members_change_stops_the_run(tmp_path: Path) -> None:
    asana = FakeAsana().with_team("9", "T").with_user("1", "a@example.com")
    asana.fail("change_members", AuthenticationError("401 no", status=401))
    execution = carry_out(
        plan_of(members("T", "9", add=(Member("a@example.com", "1"),))), asana, tmp_path
    )
    assert (results(execution), execution.stopped) == (["failed"], "401 no")


def test_one_account_that_is_out_of_reach_stops_nobody_else(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("1", "root@example.com").with_user("2", "gone@example.com")
    asana.fail("set_active", ForbiddenError("403 super admin", status=403), about="1")
    plan = plan_of(deactivate("root@example.com", "1"), deactivate("gone@example.com", "2"))
    execution = carry_out(plan, asana, tmp_path, limits=ExecutionLimits(writes_in_flight=1))
    assert (results(execution), execution.stopped) == (["failed", "applied"], "")


def test_a_row_of_failures_stops_the_run(tmp_path: Path) -> None:
    asana = FakeAsana().fail("create_user", refusal(), times=99)
    plan = plan_of(*(create(f"u{number}@example.com") for number in range(9)))
    limits = ExecutionLimits(writes_in_flight=1, failures_in_a_row=3)
    execution = carry_out(plan, asana, tmp_path, limits=limits)
    assert results(execution) == ["failed"] * 3 + ["skipped"] * 6
    assert execution.stopped == "3 actions in a row failed"
    assert execution.gave_up


def test_a_success_in_between_begins_the_row_anew(tmp_path: Path) -> None:
    asana = FakeAsana()
    for number in (0, 1, 3, 4):
        asana.fail("create_user", refusal(), about=f"u{number}@example.com")
    plan = plan_of(*(create(f"u{number}@example.com") for number in range(6)))
    limits = ExecutionLimits(writes_in_flight=1, failures_in_a_row=3)
    assert carry_out(plan, asana, tmp_path, limits=limits).stopped == ""


def test_a_stop_signal_lets_what_is_in_flight_end(tmp_path: Path) -> None:
    stop = StopSignal()
    asana = FakeAsana()
    plan = plan_of(*(create(f"u{number}@example.com") for number in range(6)))

    async def third_asks_to_stop(together: Sequence[Action]) -> Mapping[str, str]:
        if plan.actions[2] in together:
            stop.request()
            stop.request("a second time")
        return {}

    limits = ExecutionLimits(writes_in_flight=1)
    execution = carry_out(
        plan, asana, tmp_path, limits=limits, stop=stop, precondition=third_asks_to_stop
    )
    assert results(execution) == ["applied", "applied"] + ["skipped"] * 4
    assert execution.interrupted
    assert execution.stopped == "interrupted"
    told = read_journal(tmp_path / "run-1.jsonl").outcomes
    assert {one.ref: one.result for one in told} == {
        one.ref: one.result for one in execution.outcomes
    }


def test_a_stop_signal_after_the_last_action_interrupts_nothing(tmp_path: Path) -> None:
    stop = StopSignal()
    execution = carry_out(plan_of(), FakeAsana(), tmp_path, stop=stop)
    assert not execution.interrupted


def test_a_precondition_that_cannot_be_read_stops_the_run(tmp_path: Path) -> None:
    async def unreachable(_: Sequence[Action]) -> Mapping[str, str]:
        raise UnreachableError("no answer")

    execution = carry_out(
        plan_of(create("a@example.com")), FakeAsana(), tmp_path, precondition=unreachable
    )
    stopped = "what Asana has could not be read again: no answer"
    assert (results(execution), execution.stopped) == (["skipped"], stopped)


def test_an_unexpected_error_stops_the_run_and_does_not_leak_its_text(tmp_path: Path) -> None:
    fault = RuntimeError("Bearer secret")
    asana = FakeAsana().fail("create_user", fault)
    plan = plan_of(create("a@example.com"), new_team("T"))
    execution = carry_out(plan, asana, tmp_path)
    assert results(execution) == ["failed", "skipped"]
    assert execution.error is fault
    assert execution.stopped == "internal error (RuntimeError); this is a defect of syncer"
    assert "secret" not in (tmp_path / "run-1.jsonl").read_text()


def test_who_watches_cannot_break_the_run(tmp_path: Path) -> None:
    def broken(_: Action, __: Outcome) -> None:
        raise BrokenPipeError

    plan = plan_of(create("a@example.com"), new_team("T"))
    execution = carry_out(plan, FakeAsana(), tmp_path, on_outcome=broken)
    assert results(execution) == ["applied", "skipped"]
    assert isinstance(execution.error, BrokenPipeError)


class FailingFile:
    """A file whose disk is full after so many writes."""

    def __init__(self, good_writes: int) -> None:
        self.left = good_writes
        self.content = b""

    def append(self, content: bytes) -> None:
        if not self.left:
            raise OSError(28, "No space left on device")
        self.left -= 1
        self.content += content

    def close(self) -> None:
        """Nothing to let go of."""


@pytest.mark.parametrize("good_writes", range(1, 9))
def test_a_full_disk_stops_the_run_at_every_write_boundary(good_writes: int) -> None:
    """Each request was announced on disk first, and nothing is sent afterwards."""
    asana = FakeAsana()
    file = FailingFile(good_writes)
    journal = Journal(Path("j"), file, Ticking())
    journal.begin(header())
    plan = plan_of(*(create(f"u{number}@example.com") for number in range(4)))
    limits = ExecutionLimits(writes_in_flight=1)
    execution = carry_out(plan, asana, Path(), limits=limits, journal=journal)
    announced = file.content.count(b'"entry":"intent"')
    assert len(asana.writes) == announced
    assert execution.stopped == "cannot write the journal j: No space left on device"
    # Whatever reached Asana keeps its true outcome, also when it could not be written down.
    assert results(execution).count("applied") == announced
    assert counts(execution.outcomes)["skipped"] == 4 - announced


def test_a_full_disk_between_two_chunks_is_a_failure_that_says_so(tmp_path: Path) -> None:
    asana = FakeAsana().with_team("9", "T")
    people = tuple(Member(f"u{number}@example.com", str(number)) for number in range(2))
    for one in people:
        asana.with_user(one.scim_id or "", one.user)
    journal = Journal(Path("j"), FailingFile(2), Ticking())
    journal.begin(header())
    limits = ExecutionLimits(members_per_request=1)
    plan = plan_of(members("T", "9", add=people))
    execution = carry_out(plan, asana, tmp_path, limits=limits, journal=journal)
    assert results(execution) == ["failed"]
    assert len(asana.writes) == 1
