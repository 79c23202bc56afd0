"""What the mapping and the licence rules make of one person, as text, beside Asana's values."""

from typing import Final

from syncer.core.tracing.trace import AttributeSeen, LicenseSeen, ManagerSeen
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
        raw = "; ".join(f"{given.name} {several(given.value)}" for given in one.values)
        plain = [several(given.value) for given in one.values] == [value(one.value)]
        told = one.source if plain or not raw else f"{one.source}: {raw}"
        remark = "; for new people only" if one.on_create else ""
        put_outcome(sheet, one.attribute, one.value, one, f"from {told}{remark}")
        if one.how:
            sheet.put(one.how, indent=6, hang=8)


def put_outcome(
    sheet: Sheet, name: str, wanted: str | None, seen: AttributeSeen | ManagerSeen, source: str
) -> None:
    """The attribute with its value, or before and after where it changes, and what becomes."""
    outcome = seen.outcome
    symbol, place = _SYMBOLS.get(outcome, "."), str(seen.rule)
    style = Style.CHANGE if seen.change else Style.PLAIN
    if seen.change is not None and seen.change.before is not None:
        sheet.entry(symbol, f"{name}: {outcome}", place, indent=2, style=style)
        put_lines(sheet, [Line("", seen.change)], indent=4)
        sheet.put(source, indent=6, hang=8)
        return
    shown = seen.change.after if seen.change else seen.current if wanted is None else wanted
    sheet.entry(symbol, f"{name}: {value(shown)}", place, indent=2, style=style)
    differs = wanted is not None and outcome.startswith("differs")
    has = f"; Asana has {value(seen.current)}" if differs else ""
    sheet.put(f"{outcome}{has}; {source}", indent=6, hang=8)


def put_manager(sheet: Sheet, manager: ManagerSeen | None) -> None:
    """The manager as the directory wrote it, who that is, and whom Asana shows."""
    if manager is None:
        return
    sheet.heading("Manager")
    wanted = manager.manager if manager.reference else manager.reference
    told = f": {value(manager.reference)}" if manager.reference else ""
    put_outcome(sheet, "manager", wanted, manager, f"from {manager.source}{told}")
    if manager.manager:
        sheet.put(f"that is {value(manager.manager)} ({manager.origin})", indent=6, hang=8)
    if manager.why:
        whom = f"this manager {manager.why}" if manager.reference else manager.why
        sheet.put(whom, indent=6, hang=8)


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
    for seats in seen.seats:
        text = f"{seats.license}: {seats.used:,} of {seats.budget:,} in use before this plan"
        sheet.labelled("seats", text, indent=2, column=FACTS)
