"""What the mapping and the licence rules make of one person, as text, beside Asana's values."""

from typing import Final

from syncer.core.tracing.trace import AttributeSeen, LicenseSeen, ManagerSeen
from syncer.model.actions import FieldChange
from syncer.render.characters import value
from syncer.render.field_text import put_lines
from syncer.render.layout import Sheet, Style
from syncer.render.sections import Line
from syncer.render.why_directory import FACTS, put_rules, several

_SYMBOLS: Final = {"changes": "~", "set for the new user": "+", "as in Asana": "="}


def put_mapping(sheet: Sheet, attributes: tuple[AttributeSeen, ...]) -> None:
    """Each managed attribute: what becomes of it, from where, and what Asana has."""
    if not attributes:
        return
    sheet.heading("Mapping")
    for one in attributes:
        symbol = _SYMBOLS.get(one.outcome, ".")
        style = Style.CHANGE if one.change else Style.PLAIN
        head = f"{one.attribute}: {one.outcome}"
        sheet.entry(symbol, head, str(one.rule), indent=2, style=style)
        put_sources(sheet, one)
        put_both(sheet, one.value, one.current, one.change)


def put_sources(sheet: Sheet, one: AttributeSeen) -> None:
    """Where the value comes from, and how, where that is not plain."""
    column = 4 + FACTS
    remark = ", for new people only" if one.on_create else ""
    sheet.labelled("from", f"{one.source}{remark}", indent=6, column=column)
    for number, raw in enumerate(one.values):
        label = "" if number else "directory has"
        text = f"{raw.name} {several(raw.value)}"
        sheet.labelled(label, text, indent=6, column=column)
    if one.how:
        sheet.labelled("so", one.how, indent=6, column=column)


def put_both(
    sheet: Sheet, wanted: str | None, current: str | None, change: FieldChange | None
) -> None:
    """The value that is wanted and the one that Asana has, before and after where it changes."""
    if change is not None:
        put_lines(sheet, [Line("change", change, arrow=change.before is not None)], indent=6)
        return
    column = 4 + FACTS
    if wanted is not None:
        sheet.labelled("wanted", value(wanted), indent=6, column=column)
    if current is not None or wanted is None:
        sheet.labelled("Asana has", value(current), indent=6, column=column)


def put_manager(sheet: Sheet, manager: ManagerSeen | None) -> None:
    """The manager as the directory wrote it, who that is, and whom Asana shows."""
    if manager is None:
        return
    sheet.heading("Manager")
    symbol = _SYMBOLS.get(manager.outcome, ".")
    style = Style.CHANGE if manager.change else Style.PLAIN
    head = f"manager: {manager.outcome}"
    sheet.entry(symbol, head, str(manager.rule), indent=2, style=style)
    column = 4 + FACTS
    sheet.labelled("from", manager.source, indent=6, column=column)
    if manager.reference is not None:
        sheet.labelled("directory has", value(manager.reference), indent=6, column=column)
    if manager.manager:
        text = f"{value(manager.manager)} ({manager.origin})"
        sheet.labelled("that is", text, indent=6, column=column)
    if manager.why:
        text = manager.why
        if manager.reference:
            text = f"this manager {manager.why}: left as it is in Asana"
        sheet.labelled("so", text, indent=6, column=column)
    put_both(sheet, None, manager.current, manager.change)


def put_license(sheet: Sheet, seen: LicenseSeen | None) -> None:
    """The licence that is wanted and by which rule, what Asana has, and the seats."""
    if seen is None:
        return
    sheet.heading("Licence")
    wanted = "none in particular" if seen.wanted is None else seen.wanted
    sheet.labelled("wanted", f"{wanted} ({seen.why})", indent=2, column=FACTS)
    put_rules(sheet, seen.tried)
    if seen.current is not None:
        sheet.labelled("Asana has", value(seen.current), indent=2, column=FACTS)
    for name, used, budget in seen.seats:
        text = f"{name}: {used:,} of {budget:,} in use" if budget is not None else name
        sheet.labelled("seats", text, indent=2, column=FACTS)
