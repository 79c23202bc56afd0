"""Problems of config and sources as text: where, what, and what to do about it."""

from collections.abc import Sequence
from typing import Final

from syncer.model.origin import Problem, Size
from syncer.render.layout import Sheet, Style
from syncer.render.wording import counted, listed

SHOWN: Final = 50
"""Problems of one file that are listed; a broken export may have one in every row."""


def render_problems(
    problems: Sequence[Problem],
    *,
    noun: str = "problem",
    colour: bool = False,
    width: int = 80,
    shown: int = SHOWN,
) -> str:
    """The problems by file and line, the first `shown` of each file, and their number.

    Empty for no problems. `noun` names them in the closing line.
    """
    if not problems:
        return ""
    sheet = Sheet(width)
    for path in sorted({_path(problem) for problem in problems}):
        there = sorted((p for p in problems if _path(p) == path), key=_line)
        for problem in there[:shown]:
            put_problem(sheet, problem)
        if rest := len(there[shown:]):
            where = f"{path}: " if path else ""
            sheet.put(f"{where}... and {rest:,} more", style=Style.DIM)
    sheet.put(closing(problems, noun), hang=2, style=Style.STRONG)
    return sheet.text(colour=colour)


def put_problem(sheet: Sheet, problem: Problem, *, indent: int = 0) -> None:
    """`people.csv:4: mail: what is wrong`, and a hint below it."""
    column = f"{problem.column}: " if problem.column else ""
    stops = problem.size is Size.STRUCTURAL
    style = Style.REMOVAL if stops else Style.PLAIN
    text = f"{column}{problem.summary}"
    if problem.origin:
        sheet.placed(str(problem.origin), text, indent=indent, hang=indent + 4, style=style)
    else:
        sheet.put(text, indent=indent, hang=indent + 4, style=style)
    if problem.hint:
        sheet.put(f"hint: {problem.hint}", indent=indent + 2, hang=indent + 8)


def closing(problems: Sequence[Problem], noun: str) -> str:
    """`3 problems in 2 files: 1 stops the run, 2 leave somebody unknown`."""
    files = len({_path(problem) for problem in problems} - {""})
    place = f" in {counted(files, 'file')}" if files > 1 else ""
    structural = sum(problem.size is Size.STRUCTURAL for problem in problems)
    records = sum(problem.size is Size.RECORD for problem in problems)
    effects = []
    if structural:
        effects.append(f"{structural:,} {'stops' if structural == 1 else 'stop'} the run")
    if records:
        leave = "leaves" if records == 1 else "leave"
        effects.append(f"{records:,} {leave} a person or team unknown")
    effect = f": {listed(effects)}" if effects else ""
    return f"{counted(len(problems), noun)}{place}{effect}"


def _path(problem: Problem) -> str:
    return problem.origin.path if problem.origin else ""


def _line(problem: Problem) -> int:
    return (problem.origin.line or 0) if problem.origin else 0
