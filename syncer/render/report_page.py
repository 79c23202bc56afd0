"""What a run of apply did, as a page for a browser: what failed first, then the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from syncer.model.actions import REVERSIBLE, Action
from syncer.model.exits import Exit
from syncer.model.outcome import MemberResult, Outcome, Report
from syncer.render.action_rows import Finder, action_row, rolls
from syncer.render.action_text import Context, context_of
from syncer.render.characters import value
from syncer.render.conclusion import MEANINGS, VERBS, Conclusion, Done, conclude, report_exit
from syncer.render.layout import Style
from syncer.render.page import TONES, Group, Page, Problem, Row, render_page
from syncer.render.report_text import totals, verdict
from syncer.render.sections import kinds
from syncer.render.wording import counted, short_digest

_NOT_BEGUN: Final = "not_started"

_GROUPS: Final = (
    ("Failed", "failed", Style.REMOVAL),
    ("Skipped", "skipped", Style.CHANGE),
    ("Held", "held", Style.CHANGE),
    ("Not begun", _NOT_BEGUN, Style.CHANGE),
    ("Applied", "applied", Style.CREATION),
)


def render_report_html(
    report: Report, *, exit_code: Exit | None = None, mask: bool = False
) -> str:
    """The report as one HTML file that asks no network for anything.

    Every action is on it with its outcome. `exit_code` and `mask` are as in the other views.
    """
    code = report_exit(report) if exit_code is None else exit_code
    conclusion = conclude(report)
    text, style = verdict(report, conclusion, code)
    finder = Finder.of(report.plan)
    context = context_of(report.plan, held=False)
    rows = _rows(conclusion, finder, context)
    groups = tuple(
        Group(
            title=f"{title}: {counted(len(rows[key]), 'action')}",
            label=title,
            tone=TONES[tone],
            bar=len(rows[key]),
            rows=rows[key],
        )
        for title, key, tone in _GROUPS
        if rows[key]
    )
    page = Page(
        title=f"Run {report.run_id}: {text}" if report.run_id else text,
        mode="apply",
        headline=f"{text[:1].upper()}{text[1:]}",
        verdict=f"Stopped: {report.stopped}"
        if report.stopped
        else f"Exit code {int(code)}: {MEANINGS[code]}.",
        tone=TONES.get(style, ""),
        stamps=tuple(_stamps(report)),
        warnings=report.warnings,
        problems=tuple(
            Problem(f"{one.guard}:", one.message, one.remedy) for one in report.violations
        ),
        totals=tuple(totals(report, conclusion, code)),
        groups=groups,
        filters=finder.filters(),
    )
    return render_page(page, mask=mask)


def _stamps(report: Report) -> Iterator[tuple[str, str]]:
    who = "@".join(filter(None, (report.user, report.host)))
    named = {
        "Run": report.run_id,
        "Plan": short_digest(report.plan_digest),
        "Tenant": report.plan.tenant,
        "By": who,
        "Begun": report.started_at,
        "Ended": report.finished_at,
    }
    yield from ((label, text) for label, text in named.items() if text)


def _rows(
    conclusion: Conclusion, finder: Finder, context: Context
) -> Mapping[str, tuple[Row, ...]]:
    """The rows of each group, by its name in the conclusion."""
    ended = {
        key: tuple(_row(done, finder, context) for done in getattr(conclusion, key))
        for _, key, _ in _GROUPS
        if key != _NOT_BEGUN
    }
    begun = tuple(
        _of_action(action, finder, context, "the run ended before it")
        for action in conclusion.not_started
    )
    return {**ended, _NOT_BEGUN: begun}


def _row(done: Done, finder: Finder, context: Context) -> Row:
    outcome = done.outcome
    if done.action is None:
        return Row(sign=done.symbol, name=value(outcome.ref), brief=outcome.detail)
    row = _of_action(done.action, finder, context, outcome.detail)
    doubt = ("Asana may have carried it out all the same",) if outcome.in_doubt else ()
    facts = (
        ("In doubt", doubt),
        ("Requests", (f"{outcome.requests:,}",)),
        *_members(outcome),
    )
    return replace(
        row,
        badges=("may be done",) if outcome.in_doubt else (),
        facts=(*row.facts, *((label, texts) for label, texts in facts if texts)),
    )


def _of_action(action: Action, finder: Finder, context: Context, detail: str) -> Row:
    kind, *others = kinds(action)
    row = action_row(action, kind, context, finder)
    more = [roll for other in others for roll in rolls(action, other)]
    told = (("Outcome", (detail,)),) if detail else ()
    return replace(
        row,
        sign=kind.symbol if REVERSIBLE[action.kind] else f"{kind.symbol}!",
        name=f"{VERBS[action.kind]} {row.name}",
        brief=detail or row.brief,
        badges=(),
        rolls=(*row.rolls, *more),
        facts=(*told, *row.facts),
    )


def _members(outcome: Outcome) -> list[tuple[str, tuple[str, ...]]]:
    """Whom of a team's members it did not go well with."""
    words = (
        ("Refused", MemberResult.REFUSED),
        ("In doubt", MemberResult.IN_DOUBT),
        ("Not in effect", MemberResult.NOT_IN_EFFECT),
    )
    return [
        (word, tuple(value(one.user) for one in outcome.members if one.result is result))
        for word, result in words
    ]
