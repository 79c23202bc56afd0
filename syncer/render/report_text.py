"""What a run of apply did, as text: the verdict, what failed, and what to do next."""

from collections.abc import Iterator, Sequence
from typing import Final

from syncer.model.exits import Exit
from syncer.model.outcome import Report
from syncer.render.blocks import grouped
from syncer.render.conclusion import (
    Conclusion,
    Done,
    conclude,
    described,
    next_step,
    report_exit,
)
from syncer.render.layout import Sheet, Style
from syncer.render.wording import ALL, agree, counted, short_digest

LABELS: Final = 12
FULL: Final = 30
SHOWN: Final = 20
"""As many skipped or held actions of one reason are listed when there are more than `FULL`."""


def render_report(
    report: Report,
    *,
    colour: bool = False,
    width: int = 80,
    quiet: bool = False,
    exit_code: Exit | None = None,
) -> str:
    """The report as text, no line wider than `width` columns (40 at least).

    Failures come first and in full, with what Asana said. `quiet` leaves the verdict, the
    totals and the failures. `exit_code` is what the process will return, where the caller
    knows better than the report.
    """
    code = report_exit(report) if exit_code is None else exit_code
    conclusion = conclude(report)
    sheet = Sheet(width)
    tenant = f" on {report.plan.tenant}" if report.plan.tenant else ""
    sheet.put(f"apply: run {report.run_id}{tenant}", style=Style.STRONG)
    sheet.blank()
    text, style = verdict(report, conclusion, code)
    sheet.put(f"Plan {short_digest(report.plan_digest)}: {text}", hang=2, style=style)
    if report.stopped:
        sheet.put(f"Stopped: {report.stopped}", hang=2, style=Style.WARNING)
    sheet.blank()
    for label, parts in totals(report, conclusion, code):
        sheet.listed(label, parts, indent=2, column=LABELS)
    put_failed(sheet, conclusion.failed)
    put_warnings(sheet, report.warnings)
    if not quiet:
        put_group(sheet, "Skipped", "not attempted", conclusion.skipped)
        put_group(sheet, "Held", "not applied", conclusion.held)
    return sheet.text(colour=colour)


def verdict(report: Report, conclusion: Conclusion, code: Exit) -> tuple[str, Style]:
    """What the run came to, in one sentence."""
    total = counted(conclusion.total, "action")
    applied = len(conclusion.applied)
    exit_note = note(code)
    if report.interrupted:
        left = conclusion.total - applied
        text = f"INTERRUPTED: {applied:,} of {total} applied, {left:,} left{exit_note}"
        return text, Style.WARNING
    if conclusion.failed:
        failed = len(conclusion.failed)
        return f"{failed:,} of {total} FAILED{exit_note}", Style.WARNING
    if conclusion.skipped or conclusion.not_started or report.stopped:
        return f"{_cut_short(conclusion)}{exit_note}", Style.WARNING
    if not conclusion.total:
        return "nothing to do.", Style.GOOD
    if conclusion.held:
        held = len(conclusion.held)
        wait = agree(held, "waits", "wait")
        text = f"{applied:,} of {total} applied and read back, {held:,} {wait}{exit_note}"
        return text, Style.WARNING
    return f"all done, {total} applied and read back.", Style.GOOD


def _cut_short(conclusion: Conclusion) -> str:
    """What a run came to that ended early, and of which nothing failed."""
    total = counted(conclusion.total, "action")
    if missed := len(conclusion.skipped) + len(conclusion.not_started):
        return f"{missed:,} of {total} NOT DONE"
    if not conclusion.total:
        return "NOTHING DONE"
    return f"{len(conclusion.applied):,} of {total} applied and read back, but the run STOPPED"


def note(code: Exit) -> str:
    """The exit code at the end of a verdict."""
    return f" (exit {int(code)})."


def totals(
    report: Report, conclusion: Conclusion, code: Exit
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The labelled lines under the verdict; only those that have something to say."""
    if conclusion.applied:
        yield "applied", conclusion.applied_kinds or (f"{len(conclusion.applied):,}",)
    for label, done in (("failed", conclusion.failed), ("skipped", conclusion.skipped)):
        if done:
            yield label, (counted(len(done), "action"),)
    if conclusion.held:
        yield "held", (counted(len(conclusion.held), "action"),)
    if conclusion.not_started:
        yield "not begun", (counted(len(conclusion.not_started), "action"),)
    sent = tuple(f"{number:,} {method}" for method, number in report.requests if number)
    seconds = f"{report.seconds:,.1f} seconds"
    yield "requests", (*(sent or ("none",)), f"in {seconds}")
    if report.journal:
        yield "journal", (report.journal,)
    if conclusion.total and (step := next_step(report, code)):
        yield "next", (step,)


def put_failed(sheet: Sheet, failed: Sequence[Done]) -> None:
    """Every failure in full; those that failed for one reason under it."""
    if not failed:
        return
    sheet.heading(f"Failed: {counted(len(failed), 'action')}", style=Style.WARNING)
    for group in grouped(failed, lambda done: done.outcome.detail):
        put_cause(sheet, group)
        for done in group:
            put_done(sheet, done, Style.REMOVAL)


def put_warnings(sheet: Sheet, warnings: Sequence[str]) -> None:
    """What went wrong around the run and not with an action."""
    if not warnings:
        return
    sheet.heading(f"Warnings: {len(warnings):,}", style=Style.WARNING)
    for text in warnings:
        sheet.put(text, indent=2, hang=4)


def put_group(sheet: Sheet, title: str, remark: str, group: Sequence[Done]) -> None:
    """Actions that were not tried, by why; long lists folded."""
    if not group:
        return
    sheet.heading(f"{title}: {counted(len(group), 'action')}", remark)
    for alike in grouped(group, lambda done: done.outcome.detail):
        put_cause(sheet, alike)
        shown = alike if len(alike) <= FULL else alike[:SHOWN]
        for done in shown:
            put_done(sheet, done, Style.PLAIN)
        if rest := len(alike) - len(shown):
            sheet.put(f"... and {counted(rest, 'more action')}; {ALL}", indent=4)


def put_cause(sheet: Sheet, group: Sequence[Done]) -> None:
    """Why, once for all actions that have it in common."""
    detail = group[0].outcome.detail or "no reason was recorded"
    size = f" ({counted(len(group), 'action')})" if len(group) > 1 else ""
    sheet.put(f"{detail}{size}:", indent=2, hang=4)


def put_done(sheet: Sheet, done: Done, style: Style) -> None:
    """One action by its name in the plan and where it was asked for."""
    origin = done.action.origin if done.action else None
    place = str(origin) if origin else ""
    sheet.entry(done.symbol, described(done), place, indent=4, style=style)
