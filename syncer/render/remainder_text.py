"""The end of a plan: what waits, what is in doubt, and what only a person can do."""

from collections.abc import Sequence
from typing import Final, TypeVar

from syncer.model.origin import Origin
from syncer.model.plan import Notice, Plan
from syncer.render.action_text import context_of, put_entries
from syncer.render.blocks import grouped
from syncer.render.characters import value
from syncer.render.doubts import doubted, nameless, untold
from syncer.render.layout import Sheet, Style
from syncer.render.problem_text import put_problem
from syncer.render.sections import second_steps, sections
from syncer.render.wording import ALL, counted

FULL: Final = 30
SHOWN: Final = 20
"""As many entries of one list are shown when it is longer than `FULL`."""


Item = TypeVar("Item")


def put_remainder(sheet: Sheet, plan: Plan) -> None:
    """Held, unknown, in grace, by hand, notices; each only when there is any."""
    put_held(sheet, plan)
    put_unknown(sheet, plan)
    put_grace(sheet, plan)
    put_manual(sheet, plan)
    put_notices(sheet, plan)


def put_held(sheet: Sheet, plan: Plan) -> None:
    """The actions that wait, by why they do, with everything a person must know to let go."""
    later = second_steps(plan.held)
    waiting = [action for action in plan.held if action.ref not in later]
    if not waiting:
        return
    sheet.heading(f"Held: {counted(len(waiting), 'action')}", "not applied")
    context = context_of(plan, held=True)
    for number, group in enumerate(grouped(waiting, lambda action: action.held)):
        if number:
            sheet.blank()
        size = counted(len(group), "action")
        sheet.put(f"{group[0].held} ({size}):", indent=2, hang=4)
        for section in sections(group):
            remark = " (cannot be undone)" if section.irreversible else ""
            sheet.put(f"{section.title}{remark}", indent=4, style=Style.STRONG)
            put_entries(sheet, section, context, indent=6)


def put_unknown(sheet: Sheet, plan: Plan) -> None:
    """People, teams and records in doubt, with what would end the doubt."""
    if not doubted(plan):
        return
    sheet.heading(f"Unknown: {doubted(plan):,}", "neither changed nor removed")
    groups = grouped(plan.unknown, lambda unknown: (unknown.reason, unknown.hint))
    shown = kept(groups)
    for group in shown:
        sheet.put(f"{group[0].reason}:", indent=2, hang=4)
        if group[0].hint:
            sheet.put(f"hint: {group[0].hint}", indent=4, hang=10)
        for unknown in kept(group):
            team = "team " if unknown.what == "team" else ""
            name = f"{team}{value(unknown.subject)}"
            sheet.entry("?", name, _place(unknown.origin), indent=4, style=Style.PLAIN)
        put_rest(sheet, len(group) - len(kept(group)), indent=4)
    problems = nameless(plan)
    for problem in kept(problems):
        put_problem(sheet, problem, indent=2)
    hidden = sum(map(len, groups[len(shown) :])) + len(problems) - len(kept(problems))
    put_rest(sheet, hidden, indent=2)


def put_grace(sheet: Sheet, plan: Plan) -> None:
    """Leavers who are not due yet, and when they will be; removals to come, so in full."""
    if not plan.in_grace:
        return
    sheet.heading(f"In grace: {counted(len(plan.in_grace), 'person')}", "not due yet")
    for leaver in plan.in_grace:
        sheet.entry("-", value(leaver.user_name), _place(leaver.origin), indent=2, style=Style.DIM)
        sheet.put(due(leaver.absent_since, leaver.due_on, leaver.runs_left), indent=6)
        if leaver.reason:
            sheet.put(f"why: {leaver.reason}", indent=6, hang=11)


def due(absent_since: str, due_on: str | None, runs_left: int) -> str:
    """`absent since 2025-11-01, due on 2025-11-08 and after 1 more run`."""
    when = [f"on {due_on}"] if due_on else []
    if runs_left:
        when.append(f"after {counted(runs_left, 'more run')}")
    return f"absent since {absent_since}, due {' and '.join(when) or 'in the next run'}"


def put_manual(sheet: Sheet, plan: Plan) -> None:
    """What SCIM cannot do; by what is to be done."""
    if not plan.manual:
        return
    sheet.heading(f"Manual work: {counted(len(plan.manual), 'task')}", "in Asana's admin console")
    groups = grouped(plan.manual, lambda work: (work.what, work.reason))
    shown = kept(groups)
    for group in shown:
        sheet.put(f"{group[0].what}:", indent=2, hang=4)
        if group[0].reason:
            sheet.put(f"why: {group[0].reason}", indent=4, hang=9)
        for work in kept(group):
            sheet.entry("*", value(work.subject), _place(work.origin), indent=4, style=Style.PLAIN)
        put_rest(sheet, len(group) - len(kept(group)), indent=4)
    put_rest(sheet, sum(map(len, groups[len(shown) :])), indent=2)


def put_notices(sheet: Sheet, plan: Plan) -> None:
    """What a reviewer should know and nobody is in doubt for."""
    problems = untold(plan)
    size = len(plan.notices) + len(problems)
    if not size:
        return
    sheet.heading(f"Notices: {size:,}")
    groups = grouped(plan.notices, lambda notice: notice.text)
    shown = kept(groups)
    for group in shown:
        put_notice(sheet, group)
    for problem in kept(problems):
        put_problem(sheet, problem, indent=2)
    hidden = sum(map(len, groups[len(shown) :])) + len(problems) - len(kept(problems))
    put_rest(sheet, hidden, indent=2)


def put_notice(sheet: Sheet, group: Sequence[Notice]) -> None:
    """One text and all whom it is about; on one line with its place when that is one."""
    text = group[0].text
    named = [notice for notice in group if notice.subject]
    if len(group) == 1:
        place = f"{group[0].origin}: " if group[0].origin else ""
        subject = value(group[0].subject) if named else ""
        whom = f"{subject}: " if subject and not text.startswith(subject) else ""
        sheet.put(f"{place}{whom}{text}", indent=2, hang=6)
        return
    sheet.put(f"{text}{':' if named else ''}", indent=2, hang=4)
    for notice in kept(named):
        place = _place(notice.origin)
        sheet.entry("*", value(notice.subject), place, indent=4, style=Style.PLAIN)
    put_rest(sheet, len(named) - len(kept(named)), indent=4)


def kept(items: Sequence[Item]) -> Sequence[Item]:
    """The items that are shown of a list: all of a short one, the first of a long one."""
    return items if len(items) <= FULL else items[:SHOWN]


def put_rest(sheet: Sheet, rest: int, *, indent: int) -> None:
    """How many entries a folded list keeps back."""
    if rest > 0:
        sheet.put(f"... and {rest:,} more; {ALL}", indent=indent)


def _place(origin: Origin | None) -> str:
    return str(origin) if origin else ""
