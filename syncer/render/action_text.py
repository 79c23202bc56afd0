"""One section of a plan as text: blocks by reason, entries with before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from syncer.core.guards import APPROVAL, POLICY
from syncer.model.actions import REVERSIBLE, Action, ChangeMembers, UpdateUser
from syncer.model.plan import Plan, Violation
from syncer.render.blocks import Block, blocks, common_consequences
from syncer.render.characters import value
from syncer.render.field_text import put_lines
from syncer.render.layout import Sheet, Style
from syncer.render.member_text import put_members
from syncer.render.sections import (
    REMOVALS,
    Kind,
    Section,
    changed_fields,
    lines,
    second_steps,
    subject,
)
from syncer.render.wording import ALL, counted

FULL: Final = 30
"""A section of so many entries is listed in full; a longer one is folded."""

SHOWN: Final = 12
"""Entries shown of a folded section."""

SHOWN_ALIKE: Final = 3
"""Entries shown of one block in a folded section that has several."""


@dataclass(frozen=True, slots=True)
class Context:
    """What other actions of the plan have to do with an entry.

    `steps` are the updates that complete a create, by the address of the person. `deactivated`
    says how many members a team loses by deactivations, by the SCIM id of the team.
    """

    steps: Mapping[str, Sequence[UpdateUser]]
    deactivated: Mapping[str, int]


def context_of(plan: Plan, *, held: bool) -> Context:
    """The context of the actions that run, or of those that are held.

    Whoever lets held actions go lets them follow on all that runs without them.
    """
    steps: dict[str, list[UpdateUser]] = {}
    for step in second_steps(plan.held if held else plan.runnable).values():
        steps.setdefault(step.user_name, []).append(step)
    refs = {action.ref for action in (plan.actions if held else plan.runnable)}
    deactivated = {
        team: sum(ref in refs for ref in lost) for team, lost in plan.deactivated_members.items()
    }
    return Context(steps, deactivated)


def put_section(
    sheet: Sheet,
    section: Section,
    unresolved: Sequence[Violation],
    context: Context,
) -> None:
    """The heading with its warnings, then the entries, folded when they are many."""
    remarks = []
    if section.irreversible:
        remarks.append("cannot be undone")
    remarks += guard_remark(section, unresolved)
    sheet.heading(section.title, ", ".join(remarks))
    put_entries(sheet, section, context, indent=2)


def guard_remark(section: Section, unresolved: Sequence[Violation]) -> list[str]:
    """What a heading says of the guards and policies that its actions run into."""
    refs = {action.ref for action in section.actions}
    # A guard of members counts those who leave; a policy may forbid that anybody joins.
    joining = section.kind is Kind.ADD_MEMBERS
    guards = [
        one.guard for one in unresolved if not refs.isdisjoint(one.whole if joining else one.refs)
    ]
    limits = [guard for guard in guards if not guard.startswith((APPROVAL, POLICY))]
    policies = [guard for guard in guards if guard.startswith(POLICY)]
    remarks = (["over the limit"] if limits else []) + (["against a policy"] if policies else [])
    return remarks or (["needs approval"] if guards else [])


def put_entries(sheet: Sheet, section: Section, context: Context, *, indent: int) -> None:
    """The entries of a section by reason; removals in full, the rest folded when many."""
    _Listing(sheet, section, context, indent).put()


class _Listing:
    """The entries of one section, and how many of them may still be shown."""

    def __init__(self, sheet: Sheet, section: Section, context: Context, indent: int) -> None:
        self.sheet = sheet
        self.section = section
        self.indent = indent
        several = len(section.actions) > 1
        self.common = common_consequences(section.actions) if several else ()
        self.context = context
        self.folded = section.kind not in REMOVALS and len(section.actions) > FULL
        self.left = SHOWN if self.folded else len(section.actions)
        found = blocks(section.actions)
        # Of a folded section the most is seen when the largest blocks come first.
        self.blocks = (
            sorted(found, key=lambda block: -len(block.actions)) if self.folded else found
        )
        alike = self.folded and len(self.blocks) > 1
        self.most = SHOWN_ALIKE if alike else len(section.actions)

    def put(self) -> None:
        put_consequences(self.sheet, self.common, indent=self.indent, label="each:")
        hidden: list[Action] = []
        for number, block in enumerate(self.blocks):
            if not self.left:
                hidden.extend(block.actions)
                continue
            if number and not (block.single and self.blocks[number - 1].single):
                self.sheet.blank()
            self._block(block)
        if hidden:
            self.sheet.blank()
            self._rest(f"{self._more(hidden)}{_fields(self.section, hidden)}", self.indent)

    def _block(self, block: Block) -> None:
        shown = block.actions[: min(self.left, self.most)]
        self.left -= len(shown)
        if block.single:
            self._entry(shown[0], block, self.indent)
            return
        size = counted(len(block.actions), self._noun)
        self.sheet.put(f"{block.reason} ({size}):", indent=self.indent)
        inner = self.indent + 2
        put_lines(self.sheet, block.shared, indent=inner)
        here = [text for text in block.consequences if text not in self.common]
        put_consequences(self.sheet, here, indent=inner)
        for action in shown:
            self._entry(action, block, inner)
        if hidden := block.actions[len(shown) :]:
            same = " with the same change" if block.shared else _fields(self.section, hidden)
            self._rest(f"{self._more(hidden)}{same}", inner)

    def _entry(self, action: Action, block: Block, indent: int) -> None:
        kind, sheet = self.section.kind, self.sheet
        symbol = kind.symbol if REVERSIBLE[action.kind] else f"{kind.symbol}!"
        place = str(action.origin) if action.origin else ""
        sheet.entry(symbol, value(subject(action)), place, indent=indent, style=kind.style)
        inner = indent + 4
        if not block.shared:
            steps = self.context.steps.get(subject(action), ())
            put_lines(sheet, lines(action, steps), indent=inner)
        if block.single and block.reason:
            sheet.put(f"why: {block.reason}", indent=inner, hang=inner + 5)
        if isinstance(action, ChangeMembers):
            most = SHOWN_ALIKE if self.folded else None
            gone = self.context.deactivated.get(action.scim_id or "", 0)
            put_members(sheet, action, kind, indent=inner, deactivated=gone, most=most)
        told = (*self.common, *block.consequences)
        own = [text for text in action.consequences if text not in told]
        put_consequences(sheet, own, indent=inner)

    def _rest(self, text: str, indent: int) -> None:
        self.sheet.put(f"... and {text}; {ALL}", indent=indent, hang=indent + 4)

    def _more(self, hidden: Sequence[Action]) -> str:
        return counted(len(hidden), f"more {self._noun}")

    @property
    def _noun(self) -> str:
        team = self.section.kind in {Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS}
        return "team" if team else self.section.kind.noun


def put_consequences(
    sheet: Sheet, consequences: Sequence[str], *, indent: int, label: str = "then:"
) -> None:
    """What else will happen; above several actions it is true of each."""
    for number, text in enumerate(consequences):
        sheet.labelled(
            "" if number else label,
            text,
            indent=indent,
            column=indent + 6,
            hang=2,
            style=Style.DIM,
            label_style=Style.DIM,
        )


def _fields(section: Section, hidden: Sequence[Action]) -> str:
    if section.kind not in {Kind.UPDATE, Kind.RENAME, Kind.LICENSE}:
        return ""
    counts = ", ".join(f"{label} {number:,}" for label, number in changed_fields(hidden))
    return f" ({counts})"
