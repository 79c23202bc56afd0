"""Figures: what was measured, beside its floor of the same run, and whether the goal is met."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

HEADINGS: Final = ("part", "of", "measure", "figure", "floor", "ratio", "goal", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement. `most` is the goal: of the ratio where there is a floor, else of the
    value. Without `most` nothing is asked of it."""

    part: str
    subject: str
    measure: str
    value: float
    floor: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the floor; None without a floor to compare with."""
        return self.value / self.floor if self.floor else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.most is None:
            return None
        return (self.value if self.ratio is None else self.ratio) <= self.most


def as_table(figures: Iterable[Figure]) -> str:
    """The figures in columns, for people."""
    lines = [HEADINGS, *map(_cells, figures)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(cells, widths) for cells in lines) + "\n"


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.part,
        figure.subject,
        figure.measure,
        _number(figure.value),
        "" if figure.floor is None else _number(figure.floor),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        "" if figure.most is None else f"<= {figure.most:g}",
        {None: "", True: "met", False: "MISSED"}[figure.met],
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    words = (
        cell.ljust(width) if at < 3 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(words).rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= 1000 else f"{value:.3g}"


def as_json(figures: Iterable[Figure]) -> str:
    """The figures for programs: a list of objects with what the table shows."""
    rows = [{**asdict(figure), "ratio": figure.ratio, "met": figure.met} for figure in figures]
    return json.dumps({"format_version": 1, "figures": rows}, indent=2) + "\n"
