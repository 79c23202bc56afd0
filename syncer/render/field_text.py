"""The changed fields of one action in columns."""

from collections.abc import Sequence
from typing import Final

from syncer.render.characters import right_to_left, values, width
from syncer.render.layout import Sheet
from syncer.render.sections import Line

_WIDEST_LABEL: Final = 18
_WIDEST_ALIGNED: Final = 28
"""Values before an arrow up to this width are padded, so that the arrows stand in line."""


def put_lines(sheet: Sheet, fields: Sequence[Line], *, indent: int) -> None:
    """Fields in columns; before and after one below the other where one line is too short.

    So it is too where a terminal would turn the line around for a script that is written
    from right to left: the two values would swap their places.
    """
    labels = [width(line.label) for line in fields if width(line.label) <= _WIDEST_LABEL]
    column = indent + max(labels, default=0) + 2
    shown = [(line, *values(line.change.before, line.change.after)) for line in fields]
    sizes = [width(before) for line, before, _ in shown if line.arrow]
    aligned = max((size for size in sizes if size <= _WIDEST_ALIGNED), default=0)
    for line, before, after in shown:
        if not line.arrow:
            sheet.labelled(line.label, after, indent=indent, column=column)
            continue
        padding = " " * max(0, aligned - width(before))
        text = f"{before}{padding} -> {after}"
        turned = right_to_left(before) or right_to_left(after)
        if turned or width(text) > sheet.columns - column:
            padding = " " * max(2, column - indent - width(line.label))
            head = f"{line.label}{padding}from"
            sheet.labelled(head, before, indent=indent, column=column + 6)
            sheet.labelled("to", after, indent=column, column=column + 6)
        else:
            sheet.labelled(line.label, text, indent=indent, column=column)
