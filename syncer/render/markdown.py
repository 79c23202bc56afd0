"""A plan as a comment in a pull request: verdict and totals, removals first, the rest folded."""

from collections.abc import Iterator, Sequence

from syncer.core.guards import NEVER
from syncer.model.actions import REVERSIBLE, Action, ChangeMembers
from syncer.model.drift import MEMBER
from syncer.model.origin import Origin
from syncer.model.plan import Plan, Violation
from syncer.render.action_text import Context, context_of, guard_remark
from syncer.render.blocks import common_consequences, grouped
from syncer.render.comment import Comment, Row
from syncer.render.doubts import doubted, nameless, untold
from syncer.render.drift_text import VERDICTS, article, bound, by_verdict, found, label, membership
from syncer.render.drift_text import remark as drift_remark
from syncer.render.drift_text import title as drift_title
from syncer.render.guard_text import concerning
from syncer.render.markup import inert
from syncer.render.member_text import left_of
from syncer.render.remainder_text import due
from syncer.render.sections import (
    REMOVALS,
    Kind,
    Line,
    Section,
    irreversible,
    lines,
    sections,
    subject,
    why,
)
from syncer.render.summary_text import headline, judgement, totals
from syncer.render.text import Document
from syncer.render.wording import counted, short_digest

_ROWS = ("", "what", "why")


def render_markdown(
    document: Document,
    *,
    mode_line: str = "plan: nothing is changed in Asana",
    unresolved: Sequence[Violation] | None = None,
    mask: bool = False,
    quiet: bool = False,
    where: str = "",
) -> str:
    """The plan as GitHub-flavoured Markdown of at most `comment.LARGEST` characters.

    Removals come first and open, everything else is folded; `quiet` leaves totals and violations.
    `mask` hides the local part of every address. Where the limit is met the text says how many
    rows are missing, and that they stand `where`.
    """
    plan = document.plan
    still = plan.violations if unresolved is None else tuple(unresolved)
    page = _Page(plan, Comment(mask=mask, where=where or "the saved plan: syncer show PLANFILE"))
    page.head(document.digest, mode_line, still)
    if quiet:
        return page.comment.text()
    context = context_of(plan, held=False)
    for section in sections(plan.runnable):
        page.section(section, context, still)
    page.held()
    page.doubts()
    page.work()
    page.drift()
    return page.comment.text()


class _Page:
    def __init__(self, plan: Plan, comment: Comment) -> None:
        self.plan = plan
        self.comment = comment
        self.say, self.value, self.place = comment.say, comment.value, comment.place

    def head(self, digest: str, mode_line: str, still: Sequence[Violation]) -> None:
        """Headline, verdict, violations with their remedies, totals."""
        plan, put = self.plan, self.comment.put
        final = irreversible(plan)
        undone = f"; **{final:,} cannot be undone**" if final else ""
        put(f"### {self.say(headline(plan))}{undone}\n\n")
        put(f"**{self.say(judgement(plan, still)[0])}**\n\n")
        if plan.guards_off:
            put(f"**Switched off in the config: {self.say(', '.join(plan.guards_off))}.**\n\n")
        for violation in plan.violations:
            about = f" {self.value(violation.subject)}" if violation.subject else ""
            end = self.say(violation.remedy) if violation in still else "accepted"
            guard, message = self.say(violation.guard), self.say(violation.message)
            if concerned := concerning(plan, violation):
                message = f"{message}; {self.say(concerned)}"
            self.comment.item(f"**{guard}**{about}: {message}; {end}")
        name = f"<code>{short_digest(digest)}</code>"
        if still and NEVER.isdisjoint(one.guard for one in still):
            put(f"\nTo accept exactly this plan: <code>--approve</code> {name}\n")
        put("\n" if plan.violations else "")
        self.comment.totals(totals(plan))
        put(f"\n<sub>Plan {name}; {self.say(mode_line)}</sub>\n\n")

    def section(self, section: Section, context: Context, still: Sequence[Violation]) -> None:
        """The actions of one kind, a row each."""
        remarks = ["cannot be undone"] if section.irreversible else []
        remarks += guard_remark(section, still)
        opened = section.kind in REMOVALS
        self._table(section, context, section.title, ", ".join(remarks), opened=opened)

    def _table(
        self, section: Section, context: Context, title: str, remark: str, *, opened: bool = False
    ) -> None:
        each = common_consequences(section.actions) if len(section.actions) > 1 else ()
        rows = (self._row(section, action, context, each) for action in section.actions)
        self.comment.fold(title, remark, _ROWS, rows, opened=opened, each=each)

    def _row(self, section: Section, action: Action, context: Context, each: Sequence[str]) -> Row:
        symbol = section.kind.symbol if REVERSIBLE[action.kind] else f"{section.kind.symbol}!"
        steps = context.steps.get(subject(action), ())
        changes = [self._line(one) for one in lines(action, steps)]
        reasons = [why(action)]
        if isinstance(action, ChangeMembers):
            leaving = section.kind is Kind.REMOVE_MEMBERS
            members = action.remove if leaving else action.add
            if leaving:
                gone = context.deactivated.get(action.scim_id or "", 0)
                changes.append(self.say(left_of(action, gone)[0]))
            changes += [self.value(one.user) for one in members]
            reasons += dict.fromkeys(one.reason for one in members if one.reason)
        own = (text for text in action.consequences if text not in each)
        changes += [f"<i>then: {self.say(text)}</i>" for text in own]
        told = (*map(self.say, reasons), self.place(action.origin))
        name = f"{inert(symbol)} {self.value(subject(action))}"
        return name, "<br>".join(changes), "<br>".join(filter(None, told))

    def _line(self, line: Line) -> str:
        before = f"{self.value(line.change.before)} &rarr; " if line.arrow else ""
        return f"{self.say(line.label)} {before}{self.value(line.change.after)}"

    def held(self) -> None:
        """The actions that wait, by why they do."""
        context = context_of(self.plan, held=True)
        for group in grouped(self.plan.held, lambda action: action.held):
            for section in sections(group):
                title = f"Held: {section.title[:1].lower()}{section.title[1:]}"
                self._table(section, context, title, group[0].held)

    def doubts(self) -> None:
        """Who is unknown, and who is in grace."""
        plan, fold = self.plan, self.comment.fold
        if doubted(plan):
            title = f"Unknown: {doubted(plan):,}"
            fold(title, "neither changed nor removed", ("", "doubt"), self._unknown())
        grace = (
            (
                self._named(one.user_name, one.origin),
                self.say(due(one.absent_since, one.due_on, one.runs_left)),
                self.say(one.reason),
            )
            for one in plan.in_grace
        )
        title = f"In grace: {counted(len(plan.in_grace), 'person')}"
        fold(title, "not due yet", ("", "due", "why"), grace)

    def work(self) -> None:
        """What only a person can do, and what a reviewer should know."""
        plan, fold = self.plan, self.comment.fold
        tasks = (
            (self._named(one.subject, one.origin), self.say(one.what), self.say(one.reason))
            for one in plan.manual
        )
        title = f"Manual work: {counted(len(plan.manual), 'task')}"
        fold(title, "in Asana's admin console", _ROWS, tasks)
        notices = list(self._notices())
        fold(f"Notices: {len(notices):,}", "", ("", "notice"), notices)

    def drift(self) -> None:
        """What changed in Asana since our last runs, by what this plan does about it."""
        plan = self.plan
        if plan.drift:
            told = ", ".join(filter(None, (drift_remark(plan), bound(plan))))
            columns = ("", "as we left it &rarr; now", "this plan")
            self.comment.fold(drift_title(plan), told, columns, self._drift())

    def _drift(self) -> Iterator[Row]:
        for one in (one for group in by_verdict(self.plan.drift) for one in group):
            if one.what == MEMBER:
                change = f"{self.value(one.member)} {self.say(membership(one))}"
            else:
                now = self.value(found(one))
                change = f"{self.say(label(one))} {self.value(one.left_at)} &rarr; {now}"
            when = f"<sub>{inert(one.at[:10])} by run {inert(one.run)}</sub>"
            name = f"{inert('~')} {article(one)}{self.value(one.subject)}"
            yield name, f"{change}<br>{when}", self.say(VERDICTS[one.verdict])

    def _unknown(self) -> Iterator[Row]:
        for one in self.plan.unknown:
            doubt = "; ".join(filter(None, (one.reason, one.hint)))
            team = "team " if one.what == "team" else ""
            yield f"{team}{self._named(one.subject, one.origin)}", self.say(doubt)
        for problem in nameless(self.plan):
            doubt = "; ".join(filter(None, (problem.summary, problem.hint)))
            yield self.place(problem.origin), self.say(doubt)

    def _notices(self) -> Iterator[Row]:
        for notice in self.plan.notices:
            yield self._named(notice.subject, notice.origin), self.say(notice.text)
        for problem in untold(self.plan):
            hinted = "; ".join(filter(None, (problem.summary, problem.hint)))
            yield self.place(problem.origin), self.say(hinted)

    def _named(self, subject: str, origin: Origin | None) -> str:
        name = self.value(subject) if subject else ""
        return " ".join(filter(None, (name, self.place(origin))))
