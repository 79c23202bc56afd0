"""What changed in Asana since our last runs, by what this plan does about it."""

from collections.abc import Iterator, Sequence
from typing import Final

from syncer.model.actions import FieldChange
from syncer.model.drift import ACTIVE, LICENSE, MEMBER, NAME, UNDOING, YES, Drift, Verdict
from syncer.model.plan import Plan
from syncer.render.blocks import grouped
from syncer.render.characters import value
from syncer.render.field_text import put_lines
from syncer.render.layout import Sheet, Style
from syncer.render.sections import LICENSE as LICENCE
from syncer.render.sections import Line
from syncer.render.wording import ALL, counted

FULL: Final = 30
SHOWN: Final = 20
"""As many changes are shown where there are more than `FULL` of one verdict."""

NOT_LISTED: Final = "no longer listed"

VERDICTS: Final[dict[Verdict, str]] = {
    "puts_back": "this plan puts it back",
    "changes": "this plan changes it: the directory asks for another value",
    "creates_anew": "left; this plan creates another one of that name",
    "held": "held: what would be done about it waits",
    "by_hand": "left: a task for a person, see Manual work",
    "grace": "left: in grace",
    "unknown": "left: in doubt",
    "asked_for": "left: the directory asks for it now",
    "agrees": "left: it agrees with the directory now",
    "unmanaged": "left: no longer managed, or the config no longer names it",
    "left": "left: a rule of the config leaves it",
}
"""In the order in which they are told: what is lost comes first."""


def title(plan: Plan) -> str:
    """`Drift: 3 changes`."""
    return f"Drift: {counted(len(plan.drift), 'change')}"


def remark(plan: Plan) -> str:
    """`made in Asana since 2026-11-20`."""
    return f"made in Asana since {min(one.at for one in plan.drift)[:10]}"


def total(plan: Plan) -> Iterator[str]:
    """The line among the totals; nothing where nothing changed."""
    if plan.drift:
        undone = sum(one.verdict in UNDOING for one in plan.drift)
        changes = counted(len(plan.drift), "change")
        yield f"{changes} {remark(plan)}; this plan undoes {undone or 'none'}"


def bound(plan: Plan) -> str:
    """What was not looked at, empty where everything was."""
    return f"runs before {plan.drift_since} were not looked at" if plan.drift_since else ""


def by_verdict(drift: Sequence[Drift]) -> list[list[Drift]]:
    """The changes by verdict, in the order of `VERDICTS`."""
    order = list(VERDICTS)
    listed = sorted(drift, key=lambda one: order.index(one.verdict))
    return grouped(listed, lambda one: one.verdict)


def put_drift(sheet: Sheet, plan: Plan) -> None:
    """The section, when there is any drift; long lists are folded."""
    if not plan.drift:
        return
    sheet.heading(title(plan), remark(plan))
    put_by_verdict(sheet, plan.drift)
    if told := bound(plan):
        sheet.put(told, indent=2)


def put_by_verdict(sheet: Sheet, drift: Sequence[Drift]) -> None:
    """Changes by what the plan does about them; long lists are folded."""
    sheet.put("as our run left it -> as it is now", indent=2, style=Style.DIM)
    for group in by_verdict(drift):
        sheet.put(f"{VERDICTS[group[0].verdict]} ({counted(len(group), 'change')}):", indent=2,
                  hang=4)  # fmt: skip
        shown = group if len(group) <= FULL else group[:SHOWN]
        put_changes(sheet, shown, indent=4)
        if rest := len(group) - len(shown):
            sheet.put(f"... and {rest:,} more; {ALL}", indent=4)


def put_changes(sheet: Sheet, changes: Sequence[Drift], *, indent: int) -> None:
    """Changes by person or team and by the run that had left them."""
    for group in grouped(changes, lambda one: (one.kind, one.id, one.run)):
        first = group[0]
        head = f"{article(first)}{value(first.subject)}"
        place = f"{first.at[:10]} by run {first.run}"
        sheet.entry("~", head, place, indent=indent, style=Style.CHANGE)
        fields = [line for one in group if (line := _line(one)) is not None]
        put_lines(sheet, fields, indent=indent + 4)
        for one in group:
            if one.what == MEMBER:
                symbol, style = ("+", Style.CREATION) if one.found == YES else ("-", Style.REMOVAL)
                member = f"{value(one.member)} {membership(one)}"
                sheet.entry(symbol, member, "", indent=indent + 4, style=style)


def article(one: Drift) -> str:
    """What stands before a name that is no person's."""
    return "team " if one.kind == "team" else ""


def membership(one: Drift) -> str:
    """What became of a member."""
    return "is a member again" if one.found == YES else "is no member any more"


def label(one: Drift) -> str:
    """What changed, as every view calls it."""
    return LICENCE if one.what == LICENSE else one.what


def found(one: Drift) -> str | None:
    """What Asana shows now, None for empty."""
    return NOT_LISTED if one.found is None and one.what in {ACTIVE, NAME} else one.found


def _line(one: Drift) -> Line | None:
    if one.what == MEMBER:
        return None
    return Line(label(one), FieldChange(label(one), one.left_at, found(one)))
