"""A whole run: live check, execution, read-back, journal, memory, report."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.execution import ExecutionLimits, StopSignal
from syncer.apply.journal import Journal
from syncer.apply.journal_record import read_journal, verify_journal
from syncer.model.errors import (
    AuthenticationError,
    RejectedError,
    StaleError,
    StateError,
    UnreachableError,
)
from syncer.model.exits import Exit
from syncer.model.outcome import Report, Result
from syncer.model.plan import Plan
from syncer.model.state import CurrentState
from syncer.render.conclusion import report_exit
from tests.apply.builders import Ticking, create, header, new_team, plan_of, title, update
from tests.apply.fake_asana import FakeAsana
from tests.apply.stage import Stage, retitle, touched


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    asana = FakeAsana().with_user("1", "ann@example.com", title="A")
    return Stage(asana, tmp_path)


def outcome(report: Report, number: int = 0) -> tuple[str, str]:
    return report.outcomes[number].result.value, report.outcomes[number].detail


def test_a_good_run_is_reported_verified_journaled_and_remembered(stage: Stage) -> None:
    report = stage.apply(retitle())
    assert outcome(report) == ("applied", "")
    assert report.requests == (("GET", 1), ("PATCH", 2))
    assert (report.started_at, report.finished_at) == (
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:01Z",
    )
    assert report.seconds == 1.0
    assert report.journal == str(stage.journal)
    assert (report.stopped, report.interrupted, report.warnings) == ("", False, ())
    assert stage.remembered == [(report, stage.asana.state())]
    record = read_journal(stage.journal)
    assert record.complete
    assert record.footer is not None
    assert record.footer["counts"] == {"applied": 1, "failed": 0, "skipped": 0, "held": 0}
    assert verify_journal(stage.journal) == ()
    assert stage.slept == []


def test_an_empty_plan_sends_and_reads_nothing_more(stage: Stage) -> None:
    reads: list[int] = []

    async def read() -> CurrentState:
        reads.append(1)
        return stage.asana.state()

    report = stage.apply(plan_of(), ports={"read": read})
    assert report.outcomes == ()
    assert len(reads) == 1
    assert stage.remembered == [(report, stage.asana.state())]


def test_a_world_that_moved_refuses_the_run_before_anything_is_written(stage: Stage) -> None:
    stage.asana.with_user("1", "ann@example.com", title="Z")
    with pytest.raises(StaleError) as caught:
        stage.apply(retitle())
    assert caught.value.differences == (
        "user ann@example.com (id 1): title is 'Z', the plan was made when it was 'A'",
    )
    assert list(stage.folder.iterdir()) == []
    assert stage.asana.writes == []


def test_a_world_that_moved_may_skip_its_own_actions_alone(stage: Stage) -> None:
    stage.asana.with_user("1", "ann@example.com", title="Z").with_user("2", "b@example.com")
    plan = retitle()
    more = update("b@example.com", "2", title(None, "B"))
    plan = replace(
        plan,
        actions=(*plan.actions, more),
        touched=(*plan.touched, touched("2", "b@example.com", title="")),
    )
    report = stage.apply(plan, when_moved="skip")
    assert [one.result.value for one in report.outcomes] == ["skipped", "applied"]
    assert "title is 'Z'" in report.outcomes[0].detail
    unmoved = replace(plan, actions=(more,), touched=plan.touched[1:])
    stage.asana.with_user("2", "b@example.com")
    assert outcome(stage.apply(unmoved, when_moved="skip")) == ("applied", "")


def test_a_plan_made_from_this_very_reading_is_not_read_again(stage: Stage) -> None:
    stage.reads = [stage.asana.state, stage.asana.state]
    stage.apply(retitle(), current=stage.asana.state())
    assert len(stage.reads) == 1


def test_what_was_accepted_and_does_not_show_has_failed(stage: Stage) -> None:
    stage.asana.without_effect.add("update_user")
    report = stage.apply(retitle())
    assert outcome(report) == (
        "failed",
        "accepted by Asana, but not in effect at read-back: title is 'A' instead of 'B'",
    )
    assert stage.slept == [1.0, 4.0]
    (told,) = read_journal(stage.journal).outcomes
    assert told.result is Result.FAILED


def test_a_late_read_back_is_waited_for(stage: Stage) -> None:
    before = stage.asana.state()
    stage.reads = [lambda: before, lambda: before]
    report = stage.apply(retitle(), current=before)
    assert outcome(report) == ("applied", "")
    assert stage.slept == [1.0, 4.0]


def test_a_lost_answer_whose_change_shows_is_applied(stage: Stage) -> None:
    stage.asana.fail("update_user", UnreachableError("no answer"), committed=True)
    report = stage.apply(retitle())
    assert outcome(report) == ("applied", "in effect at read-back, although: no answer")
    assert read_journal(stage.journal).outcomes[0].result is Result.APPLIED


def test_an_adopted_user_who_differs_is_not_called_applied(stage: Stage) -> None:
    stage.asana.with_user("2", "bob@example.com", title="old")
    report = stage.apply(plan_of(create("bob@example.com", title="new")))
    result, detail = outcome(report)
    assert result == "failed"
    assert detail.startswith("already there: adopted; title is 'old' instead of 'new'")


def failing() -> CurrentState:
    raise UnreachableError("the line is down")


def test_without_a_read_back_nothing_is_called_applied(stage: Stage) -> None:
    stage.reads = [failing, failing, failing]
    before = stage.asana.state()
    report = stage.apply(retitle(), current=before)
    assert outcome(report) == (
        "failed",
        "accepted by Asana, but not verified, the read-back failed: the line is down",
    )
    assert report.warnings == (
        "nothing could be verified, the read-back failed: the line is down",
    )
    assert stage.remembered[0][1] is before
    assert report.outcomes[0].in_doubt
    (told,) = read_journal(stage.journal).outcomes
    assert told.in_doubt


def test_a_lost_answer_is_in_doubt_until_a_read_back(stage: Stage) -> None:
    stage.asana.fail("update_user", UnreachableError("no answer"))
    before = stage.asana.state()
    stage.reads = [failing, failing, failing]
    assert stage.apply(retitle(), current=before).outcomes[0].in_doubt
    stage.asana.fail("update_user", UnreachableError("no answer"))
    report = stage.apply(retitle(), current=before)
    assert outcome(report) == ("failed", "no answer")
    assert not report.outcomes[0].in_doubt
    assert not read_journal(stage.journal).outcomes[0].in_doubt


def test_what_asana_refused_is_in_no_doubt(stage: Stage) -> None:
    stage.asana.fail("update_user", RejectedError("400 no", status=400))
    stage.reads = [failing, failing, failing]
    report = stage.apply(retitle(), current=stage.asana.state())
    assert (outcome(report), report.outcomes[0].in_doubt) == (("failed", "400 no"), False)


def test_a_fault_of_ours_in_mid_request_is_a_doubt(stage: Stage) -> None:
    stage.asana.fail("update_user", ZeroDivisionError())
    stage.reads = [failing, failing, failing]
    stage.apply(retitle(), current=stage.asana.state())
    assert read_journal(stage.journal).outcomes[0].in_doubt


def test_one_good_read_back_is_enough(stage: Stage) -> None:
    stage.reads = [failing]
    report = stage.apply(retitle(), current=stage.asana.state())
    assert (outcome(report), report.warnings) == (("applied", ""), ())


def test_a_live_state_that_cannot_be_read_ends_before_the_first_write(stage: Stage) -> None:
    stage.reads = [failing]
    with pytest.raises(UnreachableError):
        stage.apply(retitle())
    assert stage.asana.writes == []


def test_an_interrupted_run_is_verified_once_and_says_so(stage: Stage) -> None:
    stop = StopSignal()
    plan = plan_of(update("ann@example.com", "1", title("A", "B")), new_team("T"))
    stage.asana.without_effect.add("update_user")

    def ask(*_: object) -> None:
        stop.request()

    report = stage.apply(plan, stop=stop, ports={"on_outcome": ask})
    assert report.interrupted
    assert report.stopped == "interrupted"
    assert [one.result.value for one in report.outcomes] == ["failed", "skipped"]
    assert stage.slept == []
    record = read_journal(stage.journal)
    assert record.footer is not None
    assert record.footer["status"] == "interrupted"
    assert not record.complete


def test_a_stopped_run_leaves_a_journal_that_is_not_complete(stage: Stage) -> None:
    stage.asana.fail("update_user", AuthenticationError("401", status=401))
    report = stage.apply(retitle())
    assert (report.stopped, report.interrupted) == ("401", False)
    record = read_journal(stage.journal)
    assert record.footer is not None
    assert record.footer["status"] == "stopped"


LOST = RejectedError("502 a proxy", status=502)
GIVES_UP = ExecutionLimits(writes_in_flight=1, failures_in_a_row=2)


def retitling(stage: Stage, count: int) -> Plan:
    """A plan for so many people, each with another title."""
    names = [f"p{number}@example.com" for number in range(count)]
    for name in names:
        stage.asana.with_user(name, name, title="A")
    return plan_of(
        *(update(name, name, title("A", "B")) for name in names),
        touched=tuple(touched(name, name, title="A") for name in names),
    )


def test_a_row_of_failures_that_were_none_has_not_stopped_the_run(stage: Stage) -> None:
    stage.asana.fail("update_user", LOST, committed=True, times=2)
    report = stage.apply(retitling(stage, 2), limits=GIVES_UP)
    assert [one.result for one in report.outcomes] == [Result.APPLIED, Result.APPLIED]
    assert (report.stopped, report_exit(report)) == ("", Exit.DONE)
    record = read_journal(stage.journal)
    assert record.complete
    assert record.footer is not None
    assert (record.footer["status"], record.footer["stopped"]) == ("complete", "")


@pytest.mark.parametrize("third", [RejectedError("400 no", status=400), None])
def test_a_row_of_failures_has_stopped_the_run_while_anything_is_left(
    stage: Stage, third: RejectedError | None
) -> None:
    """Whether it failed or was never begun."""
    stage.asana.fail("update_user", LOST, committed=True, times=2)
    limits = GIVES_UP
    if third is not None:
        stage.asana.fail("update_user", third)
        limits = replace(GIVES_UP, failures_in_a_row=3)
    report = stage.apply(retitling(stage, 3), limits=limits)
    assert [one.result for one in report.outcomes[:2]] == [Result.APPLIED, Result.APPLIED]
    assert report.stopped == f"{limits.failures_in_a_row} actions in a row failed"
    assert report_exit(report) is Exit.SOME_FAILED
    assert not read_journal(stage.journal).complete


def test_a_broken_journal_has_stopped_the_run_whatever_is_in_effect(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.asana.fail("update_user", LOST, committed=True, times=2)
    record = Journal.record

    async def full(self: Journal, entry: Mapping[str, Any]) -> None:
        if entry["entry"] == "executed":
            raise StateError("the disk is full")
        await record(self, entry)

    monkeypatch.setattr(Journal, "record", full)
    report = stage.apply(retitling(stage, 2), limits=GIVES_UP)
    assert [one.result for one in report.outcomes] == [Result.APPLIED, Result.APPLIED]
    assert report.stopped == "2 actions in a row failed"
    assert report_exit(report) is Exit.SOME_FAILED


def test_a_fault_of_ours_closes_the_journal_and_is_reported(stage: Stage) -> None:
    fault = ZeroDivisionError()
    stage.asana.fail("update_user", fault)
    heard: list[Exception] = []
    report = stage.apply(retitle(), ports={"on_defect": heard.append})
    assert verify_journal(stage.journal) == ()
    assert report.stopped == "internal error (ZeroDivisionError); this is a defect of syncer"
    assert heard == [fault]


def test_a_ledger_that_cannot_be_written_afterwards_is_a_warning(stage: Stage) -> None:
    def full(_: Report, __: CurrentState) -> None:
        raise StateError("the disk is full")

    report = stage.apply(retitle(), ports={"remember": full})
    assert outcome(report) == ("applied", "")
    assert report.warnings == ("the ledger does not know of this run: the disk is full",)
    assert stage.apply(plan_of(), ports={"remember": None}).warnings == ()


def test_a_journal_that_cannot_be_opened_ends_before_the_first_write(stage: Stage) -> None:
    def full() -> Journal:
        raise StateError("the disk is full")

    with pytest.raises(StateError):
        stage.apply(retitle(), ports={"open_journal": full})
    assert stage.asana.writes == []


class FullFrom:
    """A disk that is full from the given write on."""

    def __init__(self, good_writes: int) -> None:
        self.left = good_writes

    def append(self, _: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(28, "No space left on device")

    def close(self) -> None:
        """Nothing to let go of."""


def test_a_footer_that_cannot_be_written_is_a_warning(stage: Stage) -> None:
    def nearly_full() -> Journal:
        journal = Journal(Path("j"), FullFrom(4), Ticking())
        journal.begin(header())
        return journal

    report = stage.apply(retitle(), ports={"open_journal": nearly_full})
    assert outcome(report) == ("applied", "")
    (warning,) = report.warnings
    assert warning.startswith("the journal has no end: cannot write the journal j")


def test_a_created_user_whom_no_listing_shows_is_asked_for_by_id(stage: Stage) -> None:
    stage.asana.unlisted.add("101")
    report = stage.apply(plan_of(create("zoe@example.com")))
    assert outcome(report) == ("applied", "")
    assert [call[0] for call in stage.asana.calls].count("get_user") == 1
    (_, newest) = stage.remembered[0]
    assert newest is not None
    assert [user.user_name for user in newest.users] == ["ann@example.com", "zoe@example.com"]


def test_a_created_user_whom_nothing_shows_has_failed(stage: Stage) -> None:
    stage.asana.hidden.add("101")
    report = stage.apply(plan_of(create("zoe@example.com")))
    assert outcome(report)[0] == "failed"
    assert "not in effect at read-back" in outcome(report)[1]
