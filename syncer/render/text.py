"""A plan as text for people who must decide: totals, verdict, removals, then the rest.

Everything here is a function of its arguments: no printing, no clock, no environment.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from syncer.model.plan import Plan, Violation
from syncer.render.action_text import context_of, put_section
from syncer.render.drift_text import put_drift
from syncer.render.journal_text import render_journal
from syncer.render.layout import Sheet, Style
from syncer.render.problem_text import render_problems
from syncer.render.remainder_text import put_remainder
from syncer.render.report_text import render_report
from syncer.render.sections import sections
from syncer.render.summary_text import put_summary, verdict

__all__ = ["render_journal", "render_plan", "render_problems", "render_report"]

LONG: Final = 50
"""Lines after which the totals have left the screen and are repeated at the end."""


class Document(Protocol):
    """What a rendered plan needs of `core.plan_document.PlanDocument`."""

    @property
    def digest(self) -> str:
        """`sha256:` and hex digits."""

    @property
    def plan(self) -> Plan:
        """The plan, judged."""


def render_plan(
    document: Document,
    *,
    colour: bool = False,
    width: int = 80,
    quiet: bool = False,
    mode_line: str = "plan: nothing is changed in Asana",
    unresolved: Sequence[Violation] | None = None,
) -> str:
    """The plan as text, no line wider than `width` columns (40 at least).

    `quiet` leaves only totals and violations. `unresolved` are the violations that nobody
    accepted yet; None means all of them. Removals and held actions are always listed in
    full; other long lists are folded, and a line says how to see the rest.
    """
    plan = document.plan
    open_violations = plan.violations if unresolved is None else tuple(unresolved)
    sheet = Sheet(width)
    sheet.put(mode_line, style=Style.STRONG)
    sheet.blank()
    put_summary(sheet, plan, document.digest, open_violations)
    if quiet:
        return sheet.text(colour=colour)
    context = context_of(plan, held=False)
    for section in sections(plan.runnable):
        put_section(sheet, section, open_violations, context)
    put_remainder(sheet, plan)
    put_drift(sheet, plan)
    if len(sheet) > LONG:
        sheet.heading("In short")
        verdict(sheet, plan, document.digest, open_violations)
    return sheet.text(colour=colour)
