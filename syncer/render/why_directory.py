"""What the directory says of one person, as text: records, status, scope, groups."""

from typing import Final

from syncer.core.tracing.trace import (
    Activity,
    DirectorySide,
    GroupSeen,
    RuleTried,
    Scope,
    SourceValue,
)
from syncer.model.directory import Value
from syncer.render.characters import value
from syncer.render.layout import Sheet, Style
from syncer.render.problem_text import put_problem
from syncer.render.wording import agree, counted

FACTS: Final = 18
"""The column at which facts stand, beside their labels."""

SHOWN: Final = 8
"""So many values of one attribute are shown."""


def several(text: Value) -> str:
    """A value of the directory, several where there are several."""
    if isinstance(text, str):
        return value(text)
    more = f"; and {len(text) - SHOWN} more" if len(text) > SHOWN else ""
    return "; ".join(value(one) for one in text[:SHOWN]) + more


def put_directory(sheet: Sheet, side: DirectorySide | None) -> None:
    """The records with their places and values, what is wrong with them, and the status."""
    sheet.heading("Directory")
    if side is None:
        sheet.put("no record of the directory names this user", indent=2)
        return
    for number, origin in enumerate(side.records, start=1):
        record = f"record {number} of {len(side.records)}" if len(side.records) > 1 else "record"
        sheet.entry("*", record, str(origin), indent=2, style=Style.PLAIN)
    several_records = len(side.records) > 1
    for one in side.values:
        put_value(sheet, one, placed=several_records)
    if side.doubt is not None:
        sheet.put("in doubt:", indent=2, style=Style.WARNING)
        put_problem(sheet, side.doubt, indent=4)
    if side.directory_key is not None:
        sheet.labelled("directory key", value(side.directory_key), indent=2, column=FACTS)
    for number, former in enumerate(side.former):
        remark = "" if former.counts else " (may be somebody else's today, so it proves nothing)"
        text = f"{value(former.address)}{remark}"
        sheet.labelled("" if number else "former", text, indent=2, column=FACTS)
    if side.activity is not None:
        put_activity(sheet, side.activity)


def put_value(sheet: Sheet, one: SourceValue, *, placed: bool) -> None:
    """One attribute, with the place of the record that it comes from where there are several."""
    place = f" ({one.origin})" if placed else ""
    column = 4 + FACTS
    sheet.labelled(one.name, f"{several(one.value)}{place}", indent=4, column=column)
    for lost in one.others:
        text = f"not used: {several(lost.value)} ({lost.origin})"
        sheet.labelled("", text, indent=4, column=column, style=Style.WARNING)


def put_activity(sheet: Sheet, activity: Activity) -> None:
    """Whether the account is active, and what says so."""
    told = [f"{one.name} is {several(one.value)}" for one in activity.indicators]
    if activity.active is None:
        text = f"cannot be told: {activity.why}"
    elif activity.active:
        text = f"yes: {'; '.join(told)}" if told else "yes: no attribute says otherwise"
    else:
        text = f"no: {activity.why}"
    if activity.rule is not None:
        text += f" (directory.active, {activity.rule})"
    sheet.labelled("active", text, indent=2, column=FACTS)


def put_scope(sheet: Sheet, scope: Scope | None) -> None:
    """The rules that were tried, and what the last of them decided."""
    if scope is None:
        return
    sheet.heading("Scope")
    word = {True: "in scope", False: "out of scope", None: "cannot be told"}[scope.in_scope]
    sheet.put(f"{word}: {scope.why}" if scope.why else word, indent=2, hang=4)
    put_rules(sheet, scope.tried)
    if scope.untried:
        tried = agree(scope.untried, "was", "were")
        text = f"{counted(scope.untried, 'further rule')} {tried} not tried"
        sheet.put(text, indent=4, style=Style.DIM)


def put_rules(sheet: Sheet, rules: tuple[RuleTried, ...]) -> None:
    """Rules in the order they were tried, each with its answer and its place."""
    for rule in rules:
        answer = {True: "yes", False: "no ", None: "?  "}[rule.holds]
        style = Style.STRONG if rule.holds else Style.PLAIN
        sheet.entry(answer, rule.rule, str(rule.origin), indent=4, style=style)
        if rule.because and rule.holds:
            sheet.put(f"because: {rule.because}", indent=8, hang=10)


def put_groups(sheet: Sheet, groups: tuple[GroupSeen, ...]) -> None:
    """The groups that rules look at, how the person is in them, and the rules."""
    if not groups:
        return
    sheet.heading("Groups that rules look at")
    for group in groups:
        sheet.entry("*", value(group.name), str(group.origin), indent=2, style=Style.PLAIN)
        if not group.member:
            sheet.put("may be a member or not", indent=6, style=Style.WARNING)
        elif group.chain:
            through = ", then ".join(value(name) for name in group.chain)
            sheet.put(f"member through {through}", indent=6, hang=8)
        else:
            sheet.put("direct member", indent=6)
        for asking in group.asked:
            sheet.put(f"asked for by {asking.rule} ({asking.origin})", indent=6, hang=8)
        if group.doubt:
            sheet.put(f"in doubt: {group.doubt}", indent=6, hang=8, style=Style.WARNING)
