"""Everything about one person as text: the verdict first, then all that led to it, in order.

Functions of their arguments: no printing, no clock. Nothing is decided here.
"""

from collections.abc import Sequence
from typing import Final

from syncer.core.tracing.trace import Answer, Trace, Verdict
from syncer.render.guard_text import refusers
from syncer.render.layout import Sheet, Style
from syncer.render.why_asana import put_drifted, put_ledger, put_match, put_plan, put_teams
from syncer.render.why_directory import put_directory, put_groups, put_scope
from syncer.render.why_mapping import put_license, put_manager, put_mapping
from syncer.render.wording import agree, counted

MODE: Final = "why: nothing is changed in Asana"

_STYLES: Final = {
    Verdict.DEACTIVATE: Style.REMOVAL,
    Verdict.UNKNOWN: Style.WARNING,
    Verdict.NOTHING: Style.GOOD,
}


def render_why(answer: Answer, *, colour: bool = False, width: int = 80) -> str:
    """The answer as text, no line wider than `width` columns (40 at least)."""
    sheet = Sheet(width)
    sheet.put(MODE, style=Style.STRONG)
    sheet.blank()
    people = answer.people
    if len(people) > 1:
        asked = counted(len(people), "person")
        sheet.put(f"{asked} could be meant by {answer.asked}:", style=Style.STRONG)
        for number, trace in enumerate(people, start=1):
            put_headline(sheet, trace, number)
    for number, trace in enumerate(people, start=1):
        if len(people) > 1:
            sheet.blank()
            sheet.put("=" * sheet.columns, style=Style.DIM)
            put_headline(sheet, trace, number)
        else:
            put_headline(sheet, trace)
        put_trace(sheet, trace)
    return sheet.text(colour=colour)


def put_headline(sheet: Sheet, trace: Trace, number: int | None = None) -> None:
    """The verdict in one sentence, and whether a guard keeps the whole run from happening."""
    head = "" if number is None else f"{number}. "
    undone = "; this cannot be undone" if trace.irreversible else ""
    style = _STYLES.get(trace.verdict, Style.STRONG)
    sheet.put(f"{head}{trace.name}: {trace.sentence}{undone}", hang=2, style=style)
    if refused := refusal(trace.plan.refused_by):
        sheet.put(refused, indent=2, hang=4, style=Style.WARNING)


def refusal(guards: Sequence[str]) -> str:
    """What to say where guards refuse the run; empty where none does."""
    if not guards:
        return ""
    refuse = agree(len(guards), "refuses", "refuse")
    return f"But {refusers(guards)} {refuse} this run: apply would change nothing at all (exit 3)."


def put_trace(sheet: Sheet, trace: Trace) -> None:
    """Every section that has something to say."""
    put_directory(sheet, trace.directory)
    put_scope(sheet, trace.scope)
    put_groups(sheet, trace.groups)
    put_mapping(sheet, trace.attributes)
    put_manager(sheet, trace.manager)
    put_license(sheet, trace.license)
    put_teams(sheet, trace.teams, trace.other_teams)
    put_match(sheet, trace.match, in_directory=trace.directory is not None)
    put_plan(sheet, trace.plan)
    put_drifted(sheet, trace.plan.drift)
    put_ledger(sheet, trace.memory)
