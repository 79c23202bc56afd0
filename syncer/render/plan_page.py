"""A plan as a page for a browser: verdict and totals, a bar per class, removals first."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from syncer.core.guards import NEVER, POLICY
from syncer.model.origin import Origin
from syncer.model.plan import Plan, Violation
from syncer.render.action_rows import NAMES, Finder, action_row
from syncer.render.action_text import Context, context_of, guard_remark
from syncer.render.blocks import grouped
from syncer.render.characters import value
from syncer.render.doubts import doubted, nameless, untold
from syncer.render.drift_rows import drift_groups
from syncer.render.guard_text import concerning
from syncer.render.page import TONES, Group, Page, Problem, Row, render_page
from syncer.render.remainder_text import due
from syncer.render.sections import Kind, Section, irreversible, sections
from syncer.render.summary_text import headline, judgement, totals
from syncer.render.text import Document
from syncer.render.wording import counted, listed, short_digest

_SAID: Final = frozenset({"tenant", "(!)"})
"""Totals that stand at the top of the page already."""


def render_html(
    document: Document,
    *,
    mode_line: str = "plan: nothing is changed in Asana",
    unresolved: Sequence[Violation] | None = None,
    mask: bool = False,
    made: str = "",
) -> str:
    """The plan as one HTML file that asks no network for anything.

    Every action is on it, removals first; `mask` hides the local part of every address. `made`
    says when and by which version it was made.
    """
    plan = document.plan
    still = plan.violations if unresolved is None else tuple(unresolved)
    finder = Finder.of(plan)
    groups = (
        *_running(plan, finder, still),
        *_held(plan, finder),
        *_doubts(plan),
        *_work(plan),
        *drift_groups(plan),
    )
    text, style = judgement(plan, still)
    final = irreversible(plan)
    name = short_digest(document.digest)
    acceptable = still and NEVER.isdisjoint(one.guard for one in still)
    page = Page(
        title=f"Plan {name}: {headline(plan)}",
        mode=mode_line,
        headline=headline(plan) + (f"; {final:,} cannot be undone" if final else ""),
        verdict=text,
        tone=TONES.get(style, ""),
        stamps=tuple(_stamps(plan, name, made)),
        warnings=tuple(_warnings(plan)),
        problems=tuple(_problem(plan, one, stands=one in still) for one in plan.violations),
        accept=f"--approve {name}" if acceptable else "",
        totals=tuple((label, parts) for label, parts in totals(plan) if label not in _SAID),
        groups=groups,
        filters=finder.filters(),
        foot=(f"Plan {document.digest}",),
    )
    return render_page(page, mask=mask)


def _stamps(plan: Plan, name: str, made: str) -> Iterator[tuple[str, str]]:
    yield "Plan", name
    if plan.tenant:
        yield "Tenant", plan.tenant
    if made:
        yield "Made", made


def _warnings(plan: Plan) -> Iterator[str]:
    if plan.guards_off:
        yield f"Switched off in the config: {listed(plan.guards_off)}."


def _problem(plan: Plan, violation: Violation, *, stands: bool) -> Problem:
    about = f", {violation.subject}" if violation.subject else ""
    text = violation.message if stands else f"{violation.message} (accepted)"
    if concerned := concerning(plan, violation):
        text = f"{text}; {concerned}"
    return Problem(f"{violation.guard}{about}:", text, violation.remedy if stands else "")


def _running(plan: Plan, finder: Finder, still: Sequence[Violation]) -> Iterator[Group]:
    context = context_of(plan, held=False)
    for section in sections(plan.runnable):
        remarks = ["cannot be undone"] if section.irreversible else []
        remarks += guard_remark(section, still)
        over = dict(_over(still, joining=section.kind is Kind.ADD_MEMBERS))
        yield Group(
            title=section.title,
            remark=", ".join(remarks),
            tone=TONES[section.kind.style],
            label=NAMES[section.kind],
            bar=section.size,
            rows=_rows(section, context, finder, over),
        )


def _over(still: Sequence[Violation], *, joining: bool) -> Iterator[tuple[str, list[str]]]:
    """What a row says of the guard or policy that its action runs into, as `guard_remark` does."""
    for one in still:
        word = "against a policy" if one.guard.startswith(POLICY) else "over the limit"
        for ref in one.whole if joining else one.refs:
            yield ref, [word]


def _rows(
    section: Section, context: Context, finder: Finder, over: dict[str, list[str]]
) -> tuple[Row, ...]:
    return tuple(
        action_row(action, section.kind, context, finder, over=over.get(action.ref, ()))
        for action in section.actions
    )


def _held(plan: Plan, finder: Finder) -> Iterator[Group]:
    context = context_of(plan, held=True)
    for group in grouped(plan.held, lambda action: action.held):
        for section in sections(group):
            yield Group(
                title=f"Held: {_lower(section.title)}",
                remark="not applied",
                tone=TONES[section.kind.style],
                label=f"Held: {_lower(NAMES[section.kind])}",
                bar=section.size,
                lead=group[0].held,
                rows=_rows(section, context, finder, {}),
            )


def _lower(title: str) -> str:
    return f"{title[:1].lower()}{title[1:]}"


def _doubts(plan: Plan) -> Iterator[Group]:
    if doubted(plan):
        yield Group(
            title=f"Unknown: {doubted(plan):,}",
            remark="neither changed nor removed",
            rows=tuple(_unknown(plan)),
        )
    if plan.in_grace:
        yield Group(
            title=f"In grace: {counted(len(plan.in_grace), 'person')}",
            remark="not due yet",
            rows=tuple(
                Row(
                    sign="-",
                    name=value(one.user_name),
                    brief=due(one.absent_since, one.due_on, one.runs_left),
                    place=_place(one.origin),
                    facts=_told(
                        Why=one.reason, Due=due(one.absent_since, one.due_on, one.runs_left)
                    ),
                )
                for one in plan.in_grace
            ),
        )


def _unknown(plan: Plan) -> Iterator[Row]:
    for one in plan.unknown:
        team = "team " if one.what == "team" else ""
        yield Row(
            sign="?",
            name=f"{team}{value(one.subject)}",
            brief=one.reason,
            place=_place(one.origin),
            facts=_told(Doubt=one.reason, Hint=one.hint),
        )
    for problem in nameless(plan):
        yield Row(
            sign="?",
            name=_place(problem.origin),
            brief=problem.summary,
            facts=_told(Doubt=problem.summary, Hint=problem.hint),
        )


def _work(plan: Plan) -> Iterator[Group]:
    if plan.manual:
        yield Group(
            title=f"Manual work: {counted(len(plan.manual), 'task')}",
            remark="in Asana's admin console",
            rows=tuple(
                Row(
                    sign="*",
                    name=value(one.subject),
                    brief=one.what,
                    place=_place(one.origin),
                    facts=_told(Task=one.what, Why=one.reason),
                )
                for one in plan.manual
            ),
        )
    if notices := tuple(_notices(plan)):
        yield Group(title=f"Notices: {len(notices):,}", rows=notices)


def _notices(plan: Plan) -> Iterable[Row]:
    for notice in plan.notices:
        yield Row(
            sign="*",
            name=value(notice.subject),
            brief=notice.text,
            place=_place(notice.origin),
            facts=_told(Notice=notice.text),
        )
    for problem in untold(plan):
        yield Row(
            sign="*",
            name=_place(problem.origin),
            brief=problem.summary,
            facts=_told(Notice=problem.summary, Hint=problem.hint),
        )


def _told(**texts: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((label, (text,)) for label, text in texts.items() if text)


def _place(origin: Origin | None) -> str:
    return str(origin) if origin else ""
