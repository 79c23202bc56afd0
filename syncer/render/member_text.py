"""Who joins and who leaves a team."""

from collections.abc import Sequence
from typing import Final

from syncer.model.actions import ChangeMembers, Member
from syncer.render.blocks import grouped
from syncer.render.characters import value
from syncer.render.layout import Sheet, Style
from syncer.render.sections import Kind
from syncer.render.wording import ALL, agree, counted

FULL: Final = 30
SHOWN: Final = 20
"""Joiners shown of one reason when there are more than `FULL`."""


def put_members(
    sheet: Sheet,
    action: ChangeMembers,
    kind: Kind,
    *,
    indent: int,
    deactivated: int = 0,
    most: int | None = None,
) -> None:
    """The members concerned, by reason: those who leave one per line and in full.

    `deactivated` further members leave by their deactivation. `most` limits the joiners
    shown where many teams change.
    """
    leaving = kind is Kind.REMOVE_MEMBERS
    if leaving:
        put_size(sheet, action, deactivated, indent=indent)
    for group in grouped(action.remove if leaving else action.add, lambda member: member.reason):
        inner = indent
        if group[0].reason:
            sheet.put(f"{group[0].reason}:", indent=indent, hang=indent + 2)
            inner = indent + 2
        if leaving:
            for member in group:
                sheet.entry("-", value(member.user), "", indent=inner, style=Style.REMOVAL)
        else:
            put_joiners(sheet, group, indent=inner, most=most)


def put_joiners(
    sheet: Sheet, group: Sequence[Member], *, indent: int, most: int | None = None
) -> None:
    """Those who join for one reason, on as few lines as they take."""
    limit = SHOWN if most is None else most
    shown = group if len(group) <= (FULL if most is None else most) else group[:limit]
    names = [value(member.user) for member in shown]
    if rest := len(group) - len(shown):
        everyone = f"; {ALL}" if most is None else ""
        names.append(f"and {counted(rest, 'more person')}{everyone}")
    sheet.listed("+", names, indent=indent, column=indent + 2, style=Style.CREATION)


def put_size(sheet: Sheet, action: ChangeMembers, deactivated: int, *, indent: int) -> None:
    """How many of how many leave, and whether anybody stays."""
    text, empty = left_of(action, deactivated)
    sheet.put(text, indent=indent, style=Style.WARNING if empty else Style.PLAIN)


def left_of(action: ChangeMembers, deactivated: int) -> tuple[str, bool]:
    """How many of how many leave and how many are members then; and whether nobody is."""
    before, leave, join = action.members_before, len(action.remove), len(action.add)
    after = max(0, before - leave - deactivated) + join
    text = f"{leave:,} of {counted(before, 'member')} {agree(leave, 'leaves', 'leave')}"
    if deactivated:
        text += f", {deactivated:,} {agree(deactivated, 'is', 'are')} deactivated"
    if not after:
        return f"{text}: the team will be empty", True
    joining = f", {join:,} {agree(join, 'joins', 'join')}" if join else ""
    return f"{text}{joining}; {after:,} afterwards", False
