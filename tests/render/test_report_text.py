"""The report after an apply: verdict first, failures in full, what to do next."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.model.exits import Exit
from syncer.model.outcome import Outcome, Report, Result
from syncer.model.plan import Plan
from syncer.render.conclusion import conclude, report_exit
from syncer.render.text import render_report
from tests.render import golden, reports, samples
from tests.render.laws import SGR, stands_still, texts

REPORTS = {
    "report-all-fine": (reports.ALL_FINE, Exit.DONE),
    "report-partly-failed": (reports.PARTLY_FAILED, Exit.SOME_FAILED),
    "report-interrupted": (reports.INTERRUPTED, Exit.INTERRUPTED),
    "report-held": (reports.PARTLY_HELD, Exit.REMOVALS_HELD),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_reads_as_it_should(name: str) -> None:
    report, code = REPORTS[name]
    text = render_report(report)
    stands_still(text, 80)
    golden.agrees(name, text)
    assert report_exit(report) is code
    assert SGR.sub("", render_report(report, colour=True)) == text


def test_what_went_wrong_around_the_run_is_told() -> None:
    report = replace(reports.ALL_FINE, warnings=("the ledger could not be written",))
    assert "Warnings: 1 -" in render_report(report)
    assert "  the ledger could not be written\n" in render_report(report, quiet=True)


def test_nothing_to_do_is_said() -> None:
    report = reports.report(Plan())
    assert "nothing to do." in render_report(report)
    assert report_exit(report) is Exit.DONE


def test_the_counts_add_up_to_the_plan() -> None:
    for report, _ in REPORTS.values():
        conclusion = conclude(report)
        assert sum(conclusion.counts.values()) == conclusion.total == len(report.plan.actions)


def test_a_run_that_stopped_early_has_not_done_its_work() -> None:
    report = replace(reports.INTERRUPTED, interrupted=False, stopped="401 the token was revoked")
    text = render_report(report)
    assert "9 of 14 actions NOT DONE (exit 4)." in text
    assert "Stopped: 401 the token was revoked" in text
    assert report_exit(report) is Exit.SOME_FAILED


def test_a_run_that_stopped_after_its_last_action_does_not_speak_of_what_is_left() -> None:
    report = replace(reports.ALL_FINE, stopped="the disk is full")
    text = " ".join(render_report(report).split())
    assert "14 of 14 actions applied and read back, but the run STOPPED (exit 4)." in text
    assert "Stopped: the disk is full" in text
    assert report_exit(report) is Exit.SOME_FAILED


def test_the_caller_may_know_the_exit_code_better() -> None:
    text = render_report(reports.PARTLY_FAILED, exit_code=Exit.FAILED)
    assert "3 of 14 actions FAILED (exit 1)." in text


def test_quiet_keeps_the_failures() -> None:
    text = render_report(reports.PARTLY_FAILED, quiet=True)
    assert "402 no licence is free:" in text
    assert "Skipped: 1 action" not in text


def test_failures_are_listed_in_full_and_their_cause_once() -> None:
    plan = Plan(actions=tuple(samples.create(f"p{n:03}", "P", n) for n in range(90)))
    report = reports.report(
        plan,
        *(
            Outcome(ref=action.ref, result=Result.FAILED, detail="POST /Users: 500")
            for action in plan.actions
        ),
    )
    text = render_report(report)
    assert text.count("POST /Users: 500") == 1
    assert "POST /Users: 500 (90 actions):" in text
    assert all(f"create p{n:03}@" in text for n in range(90))


def test_an_outcome_of_an_action_that_the_plan_lacks_is_shown_by_its_ref() -> None:
    stray = Outcome(ref="create_user:ghost", result=Result.FAILED)
    report = reports.report(Plan(), outcomes=(stray,))
    text = render_report(report)
    assert "? create_user:ghost" in text
    assert "no reason was recorded:" in text


def test_an_applied_outcome_without_an_action_is_counted() -> None:
    stray = Outcome(ref="create_user:ghost", result=Result.APPLIED)
    assert "applied   1\n" in render_report(reports.report(Plan(), outcomes=(stray,)))


outcomes = st.builds(
    Outcome,
    ref=st.sampled_from([action.ref for action in samples.EVERY_KIND.actions]) | texts,
    result=st.sampled_from(Result),
    detail=texts,
)


@given(
    st.builds(
        Report,
        run_id=texts,
        plan=st.just(samples.EVERY_KIND),
        plan_digest=texts,
        outcomes=st.lists(outcomes, max_size=5, unique_by=lambda o: o.ref).map(tuple),
        started_at=texts,
        finished_at=texts,
        stopped=texts,
        interrupted=st.booleans(),
        journal=texts,
        requests=st.lists(st.tuples(texts, st.integers(0, 9)), max_size=2).map(tuple),
        seconds=st.floats(0, 1e6),
    ),
    st.booleans(),
)
@settings(deadline=None, derandomize=True, max_examples=100)
def test_whatever_happened_the_report_fits_and_stands_still(
    report: Report,
    colour: bool,  # noqa: FBT001 - drawn by position
) -> None:
    stands_still(render_report(report, colour=colour), 80, colour=colour)
