"""One section of a plan as text: blocks by reason, entries with before and after."""

from collections.abc import Collection, Sequence
from typing import Final

from syncer.model.actions import (
    REVERSIBLE,
    Action,
    ChangeMembers,
    Member,
    UpdateUser,
)
from syncer.model.plan import Plan, Violation
from syncer.render.blocks import Block, blocks, grouped
from syncer.render.characters import right_to_left, value, values, width
from syncer.render.layout import Sheet, Style
from syncer.render.sections import (
    REMOVALS,
    Kind,
    Line,
    Section,
    changed_fields,
    lines,
    second_steps,
    subject,
)
from syncer.render.wording import counted

FULL: Final = 30
"""A section of so many entries is listed in full; a longer one is folded."""

SHOWN: Final = 20
"""Entries shown of a folded section."""

SHOWN_ALIKE: Final = 5
"""Entries shown of one block in a folded section that has several."""

_WIDEST_LABEL: Final = 18
_WIDEST_ALIGNED: Final = 28
_ALL: Final = "all of them: --format json"


def put_section(
    sheet: Sheet, section: Section, plan: Plan, unresolved: Sequence[Violation]
) -> None:
    """The heading with its warnings, then the entries, folded when they are many."""
    concerned = {ref for violation in unresolved for ref in violation.refs}
    remarks = []
    if section.irreversible:
        remarks.append("cannot be undone")
    if any(action.ref in concerned for action in section.actions):
        remarks.append("over the limit")
    sheet.heading(section.title, ", ".join(remarks))
    _Listing(sheet, section, plan).put()


class _Listing:
    """The entries of one section, and how many of them are left to show."""

    def __init__(self, sheet: Sheet, section: Section, plan: Plan) -> None:
        self.sheet = sheet
        self.section = section
        self.blocks = blocks(section.actions)
        self.steps = tuple(second_steps(plan.runnable).values())
        fold = section.kind not in REMOVALS and len(section.actions) > FULL
        self.left = SHOWN if fold else len(section.actions)
        self.most = SHOWN_ALIKE if fold and len(self.blocks) > 1 else len(section.actions)

    def put(self) -> None:
        hidden: list[Action] = []
        for number, block in enumerate(self.blocks):
            if not self.left:
                hidden.extend(block.actions)
                continue
            if number and not (block.single and self.blocks[number - 1].single):
                self.sheet.blank()
            self._block(block)
        if hidden:
            self.sheet.put(f"... and {_rest(self.section, hidden)}; {_ALL}", indent=2, hang=6)

    def _block(self, block: Block) -> None:
        shown = block.actions[: min(self.left, self.most)]
        self.left -= len(shown)
        if block.single:
            self._entry(shown[0], block, indent=2)
            return
        size = counted(len(block.actions), _noun(self.section.kind))
        self.sheet.put(f"{block.reason} ({size}):", indent=2)
        put_lines(self.sheet, block.shared, indent=4)
        put_consequences(self.sheet, block.consequences, indent=4, each=True)
        for action in shown:
            self._entry(action, block, indent=4)
        if hidden := block.actions[len(shown) :]:
            rest = (
                f"{counted(len(hidden), 'person')} with the same change"
                if block.shared
                else _rest(self.section, hidden)
            )
            self.sheet.put(f"... and {rest}; {_ALL}", indent=4, hang=8)

    def _entry(self, action: Action, block: Block, *, indent: int) -> None:
        kind, sheet = self.section.kind, self.sheet
        symbol = kind.symbol if REVERSIBLE[action.kind] else f"{kind.symbol}!"
        place = str(action.origin) if action.origin else ""
        sheet.entry(symbol, value(subject(action)), place, indent=indent, style=kind.style)
        inner = indent + 4
        if not block.shared:
            put_lines(sheet, lines(action, self._completing(action)), indent=inner)
        if isinstance(action, ChangeMembers):
            put_members(sheet, action, kind, indent=inner)
        if block.single and action.reason:
            sheet.put(action.reason, indent=inner, style=Style.DIM)
        own = [text for text in action.consequences if text not in block.consequences]
        put_consequences(sheet, own, indent=inner)

    def _completing(self, action: Action) -> tuple[UpdateUser, ...]:
        name = subject(action)
        return tuple(step for step in self.steps if step.user_name == name)


def put_lines(sheet: Sheet, fields: Sequence[Line], *, indent: int) -> None:
    """Fields in columns; before and after one below the other where one line is too short."""
    labels = [width(line.label) for line in fields if width(line.label) <= _WIDEST_LABEL]
    column = indent + max(labels, default=0) + 2
    pairs = [values(line.change.before, line.change.after) for line in fields]
    befores = [
        width(before) for (before, _), line in zip(pairs, fields, strict=True) if line.arrow
    ]
    aligned = max((size for size in befores if size <= _WIDEST_ALIGNED), default=0)
    for line, (before, after) in zip(fields, pairs, strict=True):
        if not line.arrow:
            sheet.labelled(line.label, after, indent=indent, column=column)
            continue
        padding = " " * max(0, aligned - width(before))
        text = f"{before}{padding} -> {after}"
        turned = right_to_left(before) or right_to_left(after)
        if not turned and width(text) <= sheet.columns - column:
            sheet.labelled(line.label, text, indent=indent, column=column)
            continue
        head = f"{line.label}{' ' * max(2, column - indent - width(line.label))}from"
        sheet.labelled(head, before, indent=indent, column=column + 6)
        sheet.labelled("to", after, indent=column, column=column + 6)


def put_members(sheet: Sheet, action: ChangeMembers, kind: Kind, *, indent: int) -> None:
    """Who joins or leaves a team, by reason; those who leave one per line and in full."""
    if kind is Kind.REMOVE_MEMBERS:
        put_size(sheet, action, indent=indent)
        for group in grouped(action.remove, lambda member: member.reason):
            inner = put_reason(sheet, group, indent=indent)
            for member in group:
                sheet.entry("-", value(member.user), "", indent=inner, style=Style.REMOVAL)
        return
    for group in grouped(action.add, lambda member: member.reason):
        inner = put_reason(sheet, group, indent=indent)
        shown = group if len(group) <= FULL else group[:SHOWN]
        names = ", ".join(value(member.user) for member in shown)
        sheet.put(f"+ {names}", indent=inner, hang=inner + 2, style=Style.CREATION)
        if len(shown) < len(group):
            rest = counted(len(group) - len(shown), "person")
            sheet.put(f"... and {rest}; {_ALL}", indent=inner, hang=inner + 4)


def put_reason(sheet: Sheet, group: Collection[Member], *, indent: int) -> int:
    """The reason a group of members shares; comes out as the indent of its members."""
    reason = next(iter(group)).reason
    if not reason:
        return indent
    sheet.put(f"{reason}:", indent=indent, style=Style.DIM)
    return indent + 2


def put_size(sheet: Sheet, action: ChangeMembers, *, indent: int) -> None:
    """How many of how many leave, and whether anybody stays."""
    before, leave = action.members_before, len(action.remove)
    after = max(0, before - leave) + len(action.add)
    text = f"{leave:,} of {counted(before, 'member')} leave"
    text = text if leave != 1 else f"{text}s"
    if not after:
        sheet.put(f"{text}: the team will be empty", indent=indent, style=Style.WARNING)
        return
    joined = f", {len(action.add):,} join" if action.add else ""
    sheet.put(f"{text}{joined}: {after:,} after", indent=indent)


def put_consequences(
    sheet: Sheet, consequences: Sequence[str], *, indent: int, each: bool = False
) -> None:
    """What else will happen, once per block where it is true of each."""
    word = "each: " if each else "then: "
    for text in consequences:
        sheet.put(f"{word}{text}", indent=indent, hang=indent + len(word))


def _noun(kind: Kind) -> str:
    return "team" if kind in {Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS} else kind.noun


def _rest(section: Section, hidden: Sequence[Action]) -> str:
    more = f"{len(hidden):,} more {_noun(section.kind) if len(hidden) == 1 else ''}".rstrip()
    if section.kind not in {Kind.UPDATE, Kind.RENAME, Kind.LICENSE}:
        return more
    fields = ", ".join(f"{label} {number:,}" for label, number in changed_fields(hidden))
    return f"{more} ({fields})"
