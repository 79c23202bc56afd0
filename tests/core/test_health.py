"""When all is well, and what is said when it is not: case by case, and as a law."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.health import judge_health
from syncer.model.health import (
    Fault,
    GoodRun,
    HealthLimits,
    HealthVerdict,
    RunAtWork,
    RunEnd,
    RunHistory,
)

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
LIMITS = HealthLimits(age=timedelta(hours=26), run=timedelta(hours=6))
FULL = Fault(message="the disk of /state is full", remedy="free some space")


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def good(hours: float) -> GoodRun:
    return GoodRun(run_id=f"good-{hours:g}", at=ago(hours))


def ended(hours: float, status: str = "complete", failed: int = 0, held: int = 0) -> RunEnd:
    run_id = f"run-{hours:g}"
    return RunEnd(run_id=run_id, at=ago(hours), status=status, failed=failed, held=held)


def working(hours: float) -> RunAtWork:
    return RunAtWork(name="run r", since=ago(hours))


CASES = {
    "a good run last night": (RunHistory(good=good(4), last=ended(4)), None, []),
    "just recent enough": (RunHistory(good=good(26)), None, []),
    "overdue": (RunHistory(good=good(27)), None, ["overdue"]),
    "never": (RunHistory(), None, ["never"]),
    "good only in the future": (RunHistory(ahead=good(-9)), None, ["clock"]),
    "failed since": (RunHistory(good=good(20), last=ended(4, failed=2)), None, []),
    "stopped since": (RunHistory(good=good(20), last=ended(4, "stopped", failed=9)), None, []),
    "killed since": (RunHistory(good=good(20), last=ended(4, "")), None, ["interrupted"]),
    "told to stop since": (
        RunHistory(good=good(20), last=ended(4, "interrupted")),
        None,
        ["interrupted"],
    ),
    "killed, the next is at work": (
        RunHistory(good=good(20), last=ended(4, "")),
        working(1),
        [],
    ),
    "killed in the second in which the last good run began": (
        RunHistory(good=replace(good(4), at=ago(4).replace(microsecond=9)), last=ended(4, "")),
        None,
        ["interrupted"],
    ),
    "killed before the last good run": (RunHistory(good=good(2), last=ended(4, "")), None, []),
    "killed and overdue": (
        RunHistory(good=good(30), last=ended(4, "")),
        None,
        ["interrupted", "overdue"],
    ),
    "at work as long as it may": (RunHistory(good=good(20)), working(6), []),
    "stuck": (RunHistory(good=good(20), last=ended(7, "")), working(7), ["stuck"]),
    "at work since tomorrow": (RunHistory(good=good(20)), working(-20), []),
    "unreadable, so nothing is said of runs": (RunHistory(faults=(FULL,)), None, ["state"]),
    "unreadable, yet overdue": (
        RunHistory(faults=(FULL,), good=good(99)),
        None,
        ["state", "overdue"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_well(case: str) -> None:
    history, at_work, troubles = CASES[case]
    health = judge_health(history, at_work, (), NOW, LIMITS)
    assert [one.verdict for one in health.troubles] == troubles
    assert health.healthy is not bool(troubles)
    assert health.verdict == (troubles[0] if troubles else "healthy")
    assert all(one.hint for one in health.troubles)


def test_a_fault_that_is_found_twice_is_said_once() -> None:
    health = judge_health(RunHistory(faults=(FULL,)), None, (FULL,), NOW, LIMITS)
    assert [one.sentence for one in health.troubles] == [
        "the next run cannot begin: the disk of /state is full"
    ]


@pytest.mark.parametrize(
    ("history", "at_work", "note"),
    [
        (
            RunHistory(last=ended(4, failed=1, held=2)),
            None,
            "the last run, run-4, ended with 1 action failed, 2 actions held back",
        ),
        (
            RunHistory(last=replace(ended(4, "stopped"), stopped="the token was refused")),
            None,
            "the last run, run-4, ended early: the token was refused",
        ),
        (RunHistory(good=good(1)), working(0.5), "run r is at work since 2026-11-25 05:30 UTC"),
    ],
)
def test_what_is_worth_a_note(history: RunHistory, at_work: RunAtWork | None, note: str) -> None:
    assert note in judge_health(history, at_work, (), NOW, LIMITS).notes


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (0, "less than a minute"),
        (1, "1 minute"),
        (59, "59 minutes"),
        (60, "1 hour"),
        (90, "1.5 hours"),
        (71 * 60, "71 hours"),
        (75 * 60, "3 days"),
    ],
)
def test_a_span_is_said_as_people_say_it(span: int, said: str) -> None:
    history = RunHistory(good=GoodRun(run_id="r", at=NOW - timedelta(minutes=span)))
    limits = replace(LIMITS, age=timedelta(days=9))
    sentence = judge_health(history, None, (), NOW, limits).sentence
    assert sentence.startswith(f"the last good run began {said} ago (")


HOURS = st.floats(min_value=-100, max_value=100)
STATUSES = st.sampled_from(["", "complete", "stopped", "interrupted"])


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    at=st.none() | HOURS,
    last=st.none() | st.tuples(HOURS, STATUSES),
    since=st.none() | HOURS,
    faulty=st.booleans(),
)
def test_nothing_is_well_without_a_recent_good_run_and_a_place_to_write(
    at: float | None, last: tuple[float, str] | None, since: float | None, *, faulty: bool
) -> None:
    history = RunHistory(
        good=None if at is None else good(at), last=None if last is None else ended(*last)
    )
    at_work = None if since is None else working(since)
    health = judge_health(history, at_work, (FULL,) if faulty else (), NOW, LIMITS)
    if health.healthy:
        assert at is not None
        assert at <= 26
        assert not faulty
        assert since is None or since <= 6
    assert (HealthVerdict.STATE in {one.verdict for one in health.troubles}) is faulty
