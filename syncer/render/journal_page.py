"""A journal as a page for a browser and as Markdown: doubts and failures first."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from syncer.model.outcome import Outcome, Result
from syncer.render.characters import value, values
from syncer.render.comment import Comment
from syncer.render.comment import Row as Cells
from syncer.render.journal_text import Record, header_lines, member, named, told, verdict
from syncer.render.layout import Style
from syncer.render.page import TONES, Change, Group, Page, Roll, Row, render_page
from syncer.render.wording import counted

_DOUBT: Final = "In doubt"
_OUTCOME: Final = "Outcome"
_GROUPS: Final = (
    (Result.FAILED, "!", Style.REMOVAL),
    (Result.SKIPPED, "*", Style.CHANGE),
    (Result.HELD, "*", Style.CHANGE),
    (Result.APPLIED, "*", Style.CREATION),
)
_SIDES: Final = (("+", "joins", "add"), ("-", "leaves", "remove"))


def render_journal_html(record: Record, *, mask: bool = False) -> str:
    """The journal as one HTML file that asks no network for anything; every outcome is on it."""
    text, style = verdict(record)
    page = Page(
        title=f"Journal of run {record.run_id}",
        mode="journal",
        headline=f"Run {record.run_id}",
        verdict=text,
        tone=TONES.get(style, ""),
        totals=tuple((label, (said,)) for label, said in header_lines(record)),
        groups=tuple(_groups(record)),
    )
    return render_page(page, mask=mask)


def render_journal_markdown(record: Record, *, mask: bool = False, quiet: bool = False) -> str:
    """The journal as GitHub-flavoured Markdown of at most `comment.LARGEST` characters.

    `quiet` leaves header, counts and doubts.
    """
    comment = Comment(mask=mask, where=f"the journal: syncer show {record.path}")
    text, _ = verdict(record)
    comment.put(f"### Run {comment.say(record.run_id)}\n\n**{comment.say(text)}**\n\n")
    comment.totals((label, (said,)) for label, said in header_lines(record))
    comment.put("\n")
    for group in _groups(record):
        if quiet and not group.title.startswith(_DOUBT):
            continue
        rows = (_cells(comment, row) for row in group.rows)
        opened = group.tone == TONES[Style.REMOVAL] or group.title.startswith(_DOUBT)
        comment.fold(group.title, group.remark, ("", "what", "detail"), rows, opened=opened)
    return comment.text()


def _cells(comment: Comment, row: Row) -> Cells:
    """A row that was made for a page, in the cells of a table."""
    lines = [
        f"{comment.say(one.label)} "
        + (f"{comment.code(one.before)} &rarr; " if one.before is not None else "")
        + comment.code(one.after)
        for one in row.changes
    ]
    lines += [f"{roll.sign} {comment.say(name)}" for roll in row.rolls for name in roll.names]
    detail = "; ".join(text for label, texts in row.facts if label == _OUTCOME for text in texts)
    name = f"{comment.say(row.sign)} {comment.say(row.name)}"
    return name, "<br>".join(lines), comment.say(detail)


def _groups(record: Record) -> Iterator[Group]:
    changes = record.changes
    if record.doubtful:
        yield Group(
            title=f"{_DOUBT}: {counted(len(record.doubtful), 'action')}",
            label=_DOUBT,
            remark="Asana may have done it",
            tone=TONES[Style.REMOVAL],
            bar=len(record.doubtful),
            rows=tuple(
                _row("?", ref, changes.get(ref, {}), Style.REMOVAL) for ref in record.doubtful
            ),
        )
    for result, sign, style in _GROUPS:
        outcomes = [one for one in record.outcomes if one.result is result]
        if outcomes:
            title = result.value.capitalize()
            yield Group(
                title=f"{title}: {counted(len(outcomes), 'action')}",
                label=title,
                tone=TONES[style],
                bar=len(outcomes),
                rows=tuple(_of(one, sign, changes.get(one.ref, {}), style) for one in outcomes),
            )


def _of(outcome: Outcome, sign: str, change: Mapping[str, Any], style: Style) -> Row:
    return _row(sign, outcome.ref, change, style, outcome)


def _row(
    sign: str, ref: str, change: Mapping[str, Any], style: Style, outcome: Outcome | None = None
) -> Row:
    changes = tuple(_changes(change))
    moved = tuple(_rolls(change))
    people = sum(len(roll.names) for roll in moved)
    brief = "; ".join(f"{one.label} {one.after}" for one in changes[:3])
    action = ("Action", (ref,))
    facts: list[tuple[str, Sequence[str]]] = [action]
    if outcome is not None:
        facts = [
            (_OUTCOME, (outcome.detail,) if outcome.detail else ()),
            (
                "In doubt",
                ("Asana may have carried it out all the same",) if outcome.in_doubt else (),
            ),
            ("Requests", (f"{outcome.requests:,}",)),
            action,
            ("Id in Asana", (outcome.scim_id,) if outcome.scim_id else ()),
        ]
        brief = outcome.detail or brief
    return Row(
        sign=sign,
        tone=TONES[style],
        name=named(ref, change),
        brief=brief or (counted(people, "member") if people else ""),
        changes=changes,
        rolls=moved,
        facts=tuple((label, tuple(texts)) for label, texts in facts if texts),
    )


def _changes(change: Mapping[str, Any]) -> Iterator[Change]:
    before, after = change.get("before"), change.get("after")
    if not isinstance(after, Mapping):
        return
    for name in after:
        if isinstance(before, Mapping):
            was, now = values(told(before.get(name)), told(after[name]))
            yield Change(str(name), was, now)
        else:
            yield Change(str(name), None, value(told(after[name])))


def _rolls(change: Mapping[str, Any]) -> Iterator[Roll]:
    for sign, verb, side in _SIDES:
        names = tuple(member(one) for one in change.get(side) or () if isinstance(one, Mapping))
        if names:
            yield Roll(sign, verb, names)
