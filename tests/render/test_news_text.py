"""What arrives on a telephone: golden texts, and what no text of a directory can do to it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.model.actions import Action
from syncer.model.exits import Exit
from syncer.model.outcome import Report
from syncer.model.plan import Plan
from syncer.model.policy.watching import Topic
from syncer.model.watching import PLANNED, RunFacts
from syncer.render.conclusion import conclude
from syncer.render.news_text import LONGEST, SHOWN, Letter, news_markdown, news_title
from tests.render import golden, reports, samples
from tests.render.laws import texts

AT = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)


def letter(
    *topics: Topic,
    code: Exit,
    report: Report | None = None,
    plan: Plan | None = None,
    why: str = "",
    mask: bool = True,
) -> Letter:
    """What is told of such a run."""
    plan = report.plan if report else plan or Plan()
    done = conclude(report) if report else None
    actions = {
        ("update_user", PLANNED): len(plan.runnable),
        ("deactivate_user", "held"): len(plan.held),
    }
    return Letter(
        topics=topics,
        facts=RunFacts(
            command="apply" if report else "plan",
            tenant="Example Ltd",
            code=code,
            started=AT,
            finished=AT,
            run_id="20261124T031158Z-3fa9c1",
            digest=samples.DIGEST,
            why=why,
            planned=bool(plan.actions),
            actions=actions,
            unknown=len(plan.unknown),
        ),
        quiet_since=AT - timedelta(hours=27, minutes=30),
        violations=plan.violations,
        failed=done.failed if done else (),
        held=tuple(action for action in plan.actions if action.held),
        mask=mask,
    )


WELL = letter("recovery", code=Exit.DONE, report=reports.ALL_FINE)
UNREACHABLE = letter(
    "failure", "overdue", code=Exit.FAILED, why="GET /Users: no answer within 60 s"
)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("news-recovery", WELL),
        ("news-unreachable", UNREACHABLE),
        (
            "news-partly-failed",
            letter("failure", code=Exit.SOME_FAILED, report=reports.PARTLY_FAILED),
        ),
        ("news-refused", letter("refused", code=Exit.GUARD_REFUSED, plan=samples.REFUSED)),
        ("news-held", letter("held", "recovery", code=Exit.REMOVALS_HELD, plan=samples.HELD)),
    ],
)
def test_it_reads_as_it_should(name: str, told: Letter) -> None:
    golden.agrees(name, f"{news_title(told)}\n\n{news_markdown(told)}")


@given(texts)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_what_a_stranger_wrote_stays_in_its_code(text: str) -> None:
    told = letter("failure", code=Exit.FAILED, why=f"x{text}")
    (line,) = (line for line in news_markdown(told).splitlines() if line.startswith("Why: "))
    assert re.fullmatch(r"Why: `[^`<>]+`", line)
    assert len(line) <= LONGEST + len("Why: ``")


def test_addresses_are_masked_unless_somebody_wants_them() -> None:
    for mask, shown in ((True, False), (False, True)):
        told = letter("held", code=Exit.REMOVALS_HELD, plan=samples.HELD, mask=mask)
        names = [one.user_name for one in told.held if hasattr(one, "user_name")]
        assert names
        text = news_markdown(told)
        assert all((name in text) is shown for name in names[:SHOWN])


@given(st.integers(1, 3 * SHOWN))
@settings(deadline=None, derandomize=True)
def test_a_long_list_is_cut_and_counted(number: int) -> None:
    held: list[Action] = [
        replace(samples.deactivation(f"user{index}"), held="guard") for index in range(number)
    ]
    told = letter("held", code=Exit.REMOVALS_HELD, plan=Plan(actions=tuple(held)))
    text = news_markdown(told)
    assert text.count("- `deactivate") == min(number, SHOWN)
    assert (f"- and {number - SHOWN} more" in text) is (number > SHOWN)


def test_only_what_is_wholly_good_is_told_as_good() -> None:
    assert WELL.good
    assert not letter("held", "recovery", code=Exit.REMOVALS_HELD).good
