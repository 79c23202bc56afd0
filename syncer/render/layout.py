"""A sheet of terminal text: every line fits, nothing on it can escape.

The sheet is the one way out: whatever is put on it is made harmless, folded to the width and
only then coloured, so no view can forget to.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from syncer.render.characters import folded, harmless, width

NARROWEST: Final = 40
"""Columns below which aligned text makes no sense; a narrower terminal wraps by itself."""

GAP: Final = 2
"""Columns kept free between a subject and the place it comes from."""


class Style(StrEnum):
    """What a piece of text is; the colour only repeats what the words say."""

    PLAIN = ""
    STRONG = "1"
    REMOVAL = "31"
    CREATION = "32"
    CHANGE = "33"
    DIM = "2"
    WARNING = "1;31"
    GOOD = "1;32"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one line in one style."""

    text: str
    style: Style = Style.PLAIN


class Sheet:
    """Lines in the making. Every method takes any text at all."""

    def __init__(self, columns: int) -> None:
        self.columns = max(NARROWEST, columns)
        self._lines: list[tuple[Span, ...]] = []

    def __len__(self) -> int:
        return len(self._lines)

    def blank(self) -> None:
        """One empty line, never two, and none at the top."""
        if self._lines and self._lines[-1]:
            self._lines.append(())

    def put(
        self, text: str, *, indent: int = 0, hang: int | None = None, style: Style = Style.PLAIN
    ) -> None:
        """A paragraph: `indent` columns in, its further lines `hang` columns in."""
        hang = indent if hang is None else hang
        room = self.columns - max(indent, hang)
        for number, line in enumerate(folded(harmless(text), room)):
            margin = " " * (hang if number else indent)
            self._lines.append((Span(margin), Span(line, style)))

    def placed(self, place: str, text: str, *, indent: int, hang: int, style: Style) -> None:
        """`place: text`, the place in one piece so that it can be copied and opened.

        A place that leaves the text no room stands on a line of its own, however long.
        """
        head = f"{harmless(place)}:"
        if width(head) + indent <= self.columns // 2:
            self.put(f"{place}: {text}", indent=indent, hang=hang, style=style)
            return
        self._lines.append((Span(" " * indent), Span(head, style)))
        self.put(text, indent=hang, style=style)

    def labelled(
        self,
        label: str,
        text: str,
        *,
        indent: int = 0,
        column: int,
        hang: int = 0,
        style: Style = Style.PLAIN,
        label_style: Style = Style.PLAIN,
    ) -> None:
        """A label, and beside it at `column` a paragraph; below it when the label is long.

        Further lines stand `hang` columns deeper, to tell one paragraph of a list from the next.
        """
        label = harmless(label)
        margin = " " * indent
        if width(label) + indent >= column:
            self.put(label, indent=indent, hang=indent + 2, style=label_style)
            self.put(text, indent=column, hang=column + hang, style=style)
            return
        lines = folded(harmless(text), self.columns - column - hang)
        space = " " * (column - indent - width(label))
        self._lines.append(
            (Span(margin), Span(label, label_style), Span(space), Span(lines[0], style))
        )
        for line in lines[1:]:
            self._lines.append((Span(" " * (column + hang)), Span(line, style)))

    def listed(
        self,
        label: str,
        parts: Iterable[str],
        *,
        indent: int,
        column: int,
        style: Style = Style.PLAIN,
        label_style: Style = Style.DIM,
    ) -> None:
        """A label and its parts with commas between, no line broken inside of a part."""
        room = self.columns - column
        rows: list[str] = []
        for part in map(harmless, parts):
            joined = f"{rows[-1]}, {part}" if rows else part
            if rows and width(joined) < room:
                rows[-1] = joined
            else:
                rows.append(part)
        for number, row in enumerate(rows):
            self.labelled(
                "" if number else label,
                f"{row}," if number < len(rows) - 1 else row,
                indent=indent,
                column=column,
                style=style,
                label_style=label_style,
            )

    def entry(self, symbol: str, subject: str, place: str, *, indent: int, style: Style) -> None:
        """`- subject        place`: the place at the right edge, or below when it is tight."""
        head, place = f"{symbol} {harmless(subject)}", harmless(place)
        free = self.columns - indent - width(head) - width(place)
        if free >= (GAP if place else 0):
            spans = (
                Span(" " * indent),
                Span(head, style),
                Span(" " * free),
                Span(place, Style.DIM),
            )
            self._lines.append(spans)
            return
        column = indent + len(symbol) + 1
        self.labelled(
            symbol, subject, indent=indent, column=column, style=style, label_style=style
        )
        if place:
            # In one piece, however long: a place is there to be copied and opened.
            self._lines.append((Span(" " * column), Span(f"({place})", Style.DIM)))

    def heading(self, title: str, remark: str = "", *, style: Style = Style.STRONG) -> None:
        """A rule across the sheet with a title, and a remark at its end."""
        title, remark = harmless(title), harmless(remark)
        self.blank()
        free = self.columns - width(title) - width(remark) - (2 if remark else 1)
        if free < GAP:
            self.put(title, style=style)
            if remark:
                self.put(remark, indent=2, style=Style.WARNING)
            return
        rule = Span(f" {'-' * free}{' ' if remark else ''}", Style.DIM)
        self._lines.append((Span(title, style), rule, Span(remark, Style.WARNING)))

    def text(self, *, colour: bool) -> str:
        """Everything put so far, each line ended; SGR codes only when `colour`."""
        return "".join(f"{_line(spans, colour=colour)}\n" for spans in self._lines)


def _line(spans: tuple[Span, ...], *, colour: bool) -> str:
    kept = list(spans)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if not colour:
        return "".join(span.text for span in kept).rstrip()
    return "".join(map(_coloured, kept))


def _coloured(span: Span) -> str:
    if not span.style or not span.text.strip():
        return span.text
    return f"\x1b[{span.style}m{span.text}\x1b[0m"
