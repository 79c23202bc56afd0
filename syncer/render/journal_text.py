"""A journal as text: who ran what, what became of each action, and what is in doubt."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from syncer.model.actions import FieldChange
from syncer.model.outcome import MemberResult, Outcome, Result
from syncer.render.blocks import grouped
from syncer.render.characters import value
from syncer.render.conclusion import VERBS
from syncer.render.field_text import put_lines
from syncer.render.layout import Sheet, Style
from syncer.render.sections import Line
from syncer.render.wording import ALL, counted, short_digest

LABELS: Final = 12
FULL: Final = 30
SHOWN: Final = 20
"""As many applied actions are listed when there are more than `FULL`."""

CHANGED: Final = MemberResult.CHANGED.value

_SIGNS: Final = {
    Result.APPLIED: ("*", Style.CREATION),
    Result.FAILED: ("!", Style.REMOVAL),
    Result.SKIPPED: ("*", Style.PLAIN),
    Result.HELD: ("*", Style.PLAIN),
}


class Record(Protocol):
    """What a rendered journal needs of `apply.journal_record.JournalRecord`."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def run_id(self) -> str:
        """The run."""

    @property
    def header(self) -> Mapping[str, Any] | None:
        """The first line, None when it was never whole."""

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The last word on each action."""

    @property
    def changes(self) -> Mapping[str, Mapping[str, Any]]:
        """By ref, what an action was to change: `before` and `after`, `add` and `remove`."""

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Actions without an outcome that Asana may have carried out."""

    @property
    def footer(self) -> Mapping[str, Any] | None:
        """The closing line, None when the run never ended."""

    @property
    def cut(self) -> bool:
        """Whether the last line is not whole."""


def render_journal(
    record: Record, *, colour: bool = False, width: int = 80, quiet: bool = False
) -> str:
    """The journal as text, no line wider than `width` columns (40 at least).

    Failures and doubts are listed in full, applied actions folded when they are many;
    `quiet` leaves header, counts and doubts.
    """
    sheet = Sheet(width)
    sheet.put(f"journal: run {record.run_id}", style=Style.STRONG)
    sheet.blank()
    text, style = verdict(record)
    sheet.put(text, hang=2, style=style)
    sheet.blank()
    for label, told in header_lines(record):
        sheet.labelled(label, told, indent=2, column=LABELS, label_style=Style.DIM)
    put_doubtful(sheet, record.doubtful, record.changes)
    if not quiet:
        for result in (Result.FAILED, Result.SKIPPED, Result.HELD, Result.APPLIED):
            outcomes = [o for o in record.outcomes if o.result is result]
            put_result(sheet, result, outcomes, record.changes)
    return sheet.text(colour=colour)


def verdict(record: Record) -> tuple[str, Style]:
    """How the run ended, if it did."""
    footer = record.footer
    if footer is None:
        cut = "; its last line is not whole" if record.cut else ""
        return f"The run never ended: it was killed, or is still going{cut}.", Style.WARNING
    if stopped := footer.get("stopped"):
        return f"The run stopped: {stopped}", Style.WARNING
    status = footer.get("status", "")
    if status == "complete":
        return "The run came to the end of its plan.", Style.GOOD
    return f"The run ended: {status}.", Style.WARNING


def header_lines(record: Record) -> list[tuple[str, str]]:
    """Who ran what on which tenant, and what came of it."""
    header = record.header or {}
    who = "@".join(str(header[key]) for key in ("user", "host") if header.get(key))
    counts = [
        f"{sum(o.result is result for o in record.outcomes):,} {result.value}"
        for result in Result
        if any(o.result is result for o in record.outcomes)
    ]
    planned = header.get("actions")
    of = f" of {counted(planned, 'action')}" if isinstance(planned, int) else ""
    approvals = header.get("approvals") or ()
    rows = [
        ("begun", str(header.get("at", ""))),
        ("ended", str((record.footer or {}).get("at", ""))),
        ("by", who),
        ("program", f"syncer {header['version']}" if header.get("version") else ""),
        ("tenant", str(header.get("tenant", ""))),
        ("plan", short_digest(str(header.get("plan_digest", "")))),
        ("approvals", ", ".join(map(str, approvals))),
        ("labels", ", ".join(map(str, header.get("labels") or ()))),
        ("outcomes", f"{', '.join(counts) or 'none'}{of}"),
        ("file", str(record.path)),
    ]
    return [(label, text) for label, text in rows if text]


def named(ref: str, change: Mapping[str, Any]) -> str:
    """`deactivate bob@example.com`, in the words of a report; the bare ref where no line says."""
    kind, before = str(change.get("kind")), change.get("before")
    subject = change.get("user") or change.get("team")
    if kind == "rename_team" and isinstance(before, Mapping):
        subject = before.get("displayName") or subject
    return f"{VERBS[kind]} {value(str(subject))}" if kind in VERBS and subject else value(ref)


def put_doubtful(
    sheet: Sheet, refs: Sequence[str], changes: Mapping[str, Mapping[str, Any]]
) -> None:
    """Actions whose end was never told, and that Asana may have carried out."""
    if not refs:
        return
    sheet.heading(f"In doubt: {counted(len(refs), 'action')}", "Asana may have done it")
    for ref in refs:
        change = changes.get(ref, {})
        sheet.entry("?", named(ref, change), "", indent=2, style=Style.WARNING)
        put_change(sheet, change, indent=6)


def put_result(
    sheet: Sheet,
    result: Result,
    outcomes: Sequence[Outcome],
    changes: Mapping[str, Mapping[str, Any]],
) -> None:
    """The actions that came to one end, by detail, with what each was to change."""
    if not outcomes:
        return
    symbol, style = _SIGNS[result]
    sheet.heading(f"{result.value.capitalize()}: {counted(len(outcomes), 'action')}")
    for group in grouped(outcomes, lambda outcome: outcome.detail):
        if group[0].detail:
            sheet.put(f"{group[0].detail}:", indent=2, hang=4)
        indent = 4 if group[0].detail else 2
        fold = result is Result.APPLIED and len(group) > FULL
        shown = group[:SHOWN] if fold else group
        for outcome in shown:
            change = changes.get(outcome.ref, {})
            sheet.entry(symbol, named(outcome.ref, change), "", indent=indent, style=style)
            put_change(sheet, change, indent=indent + 4)
        if rest := len(group) - len(shown):
            sheet.put(f"... and {counted(rest, 'more action')}; {ALL}", indent=indent)


def put_change(sheet: Sheet, change: Mapping[str, Any], *, indent: int) -> None:
    """Before and after of one action, or who joined and who left."""
    before, after = change.get("before"), change.get("after")
    if isinstance(after, Mapping):
        was: Mapping[str, Any] = before if isinstance(before, Mapping) else {}
        lines = [
            Line(str(name), FieldChange(str(name), told(was.get(name)), told(after[name])),
                 arrow=isinstance(before, Mapping))
            for name in after
        ]  # fmt: skip
        put_lines(sheet, lines, indent=indent)
    for sign, side in (("+", "add"), ("-", "remove")):
        members = change.get(side) or ()
        names = [member(one) for one in members if isinstance(one, Mapping)]
        shown = names if len(names) <= FULL else [*names[:SHOWN], f"... of {len(names):,}"]
        if shown:
            sheet.listed(sign, shown, indent=indent, column=indent + 2)


def member(told_of: Mapping[str, Any]) -> str:
    """Somebody's address, and what became of the membership where it was not changed."""
    result = str(told_of.get("result", CHANGED))
    said = "" if result == CHANGED else f" ({result.replace('_', ' ')})"
    return f"{value(str(told_of['user']))}{said}"


def told(thing: object) -> str | None:
    """A value as it is shown: a flag as JSON has it."""
    if isinstance(thing, bool):
        return str(thing).lower()
    return None if thing is None else str(thing)
