"""What came of a rehearsal, as text: the verdict, the requests, the time, what would be left."""

from dataclasses import dataclass
from typing import Final

from syncer.core.guards import refusing
from syncer.model.actions import Action
from syncer.model.exits import Exit
from syncer.model.outcome import Report
from syncer.render.conclusion import by_kind, conclude
from syncer.render.guard_text import refusers
from syncer.render.layout import Sheet, Style
from syncer.render.report_text import LABELS, put_failed, put_group
from syncer.render.wording import agree, counted, short_digest

_MINUTE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A plan carried out on a copy.

    `code` is what apply would end with. `seconds_at_limits` is the least that the requests take.
    `users` are active afterwards, so many with each licence where Asana shows licences, and `left`
    is what a second plan would do.
    """

    report: Report
    seconds_at_limits: float
    code: Exit
    users: int
    licenses: tuple[tuple[str, int], ...]
    teams: int
    left: tuple[Action, ...]


def render_rehearsal(done: Rehearsal, *, colour: bool = False, width: int = 80) -> str:
    """The rehearsal as text, no line wider than `width` columns (40 at least)."""
    report, conclusion = done.report, conclude(done.report)
    sheet = Sheet(width)
    sheet.put("rehearse: on a copy in memory, nothing is changed in Asana", style=Style.STRONG)
    sheet.blank()
    text, style = verdict(done)
    sheet.put(f"Plan {short_digest(report.plan_digest)}: {text}", hang=2, style=style)
    if report.stopped:
        sheet.put(f"Stopped: {report.stopped}", hang=2, style=Style.WARNING)
    sheet.blank()
    if conclusion.applied_kinds:
        sheet.listed("would do", conclusion.applied_kinds, indent=2, column=LABELS)
    sent = tuple(f"{number:,} {method}" for method, number in report.requests)
    sheet.listed("requests", sent or ("none",), indent=2, column=LABELS)
    sheet.listed("time", (spoken(done.seconds_at_limits),), indent=2, column=LABELS)
    sheet.listed("after", after(done), indent=2, column=LABELS)
    sheet.listed("then", (second(done),), indent=2, column=LABELS)
    put_failed(sheet, conclusion.failed)
    put_group(sheet, "Skipped", "not attempted", conclusion.skipped)
    put_group(sheet, "Held", "not applied", conclusion.held)
    return sheet.text(colour=colour)


def verdict(done: Rehearsal) -> tuple[str, Style]:
    """What apply would come to, in one sentence."""
    conclusion = conclude(done.report)
    total = counted(conclusion.total, "action")
    if done.code is Exit.GUARD_REFUSED:
        names = [one.guard for one in refusing(done.report.plan, done.report.violations)]
        refuse = agree(len(names), "REFUSES", "REFUSE")
        going = f"accepted, {len(conclusion.applied):,} of {total} go"
        return f"{refusers(names)} {refuse} it (exit 3); {going}.", Style.WARNING
    if not conclusion.total:
        return "nothing to do.", Style.GOOD
    if done.code is Exit.DONE:
        return f"all of it would go: {total}.", Style.GOOD
    code = int(done.code)
    return f"{len(conclusion.applied):,} of {total} would go (exit {code}).", Style.WARNING


def spoken(seconds: float) -> str:
    """The time that the limits leave, in words."""
    if seconds < _MINUTE:
        return f"{seconds:.1f} seconds at least, by Asana's limit of requests"
    return f"{seconds / _MINUTE:.1f} minutes at least, by Asana's limit of requests"


def after(done: Rehearsal) -> tuple[str, ...]:
    """What the tenant would have then."""
    seats = ", ".join(f"{number:,} {license_name}" for license_name, number in done.licenses)
    users = counted(done.users, "active user")
    return (f"{users} ({seats})" if seats else users, counted(done.teams, "team"))


def second(done: Rehearsal) -> str:
    """What a second plan would find."""
    if not done.left:
        return "a second plan would find nothing to do"
    return f"a second plan would still do: {', '.join(by_kind(done.left))}"
