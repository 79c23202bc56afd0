"""The benchmark: `python -m tests.bench`. Figures as ratios to floors of the same run.

Nothing here is a test: what a machine can do differs, and only the ratios carry over.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Final

from tests.bench import local, memory, render, runs, startup
from tests.bench.figures import Figure, as_json, as_table

PARTS: Final = ("local", "memory", "requests", "pace", "startup", "render")
SIZES: Final = (1_000, 10_000, 100_000)
ONE_SIZE: Final = 10_000
"""Where `--people` says nothing, the parts other than local work have this size."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was asked for and print it; how far it is goes to stderr."""
    asked = options(arguments)
    found = []
    for figure in measured(asked):
        if not asked.json:
            sys.stderr.write(f"{figure.part}: {figure.subject}: {figure.measure}\n")
        found.append(figure)
    sys.stdout.write(as_json(found) if asked.json else as_table(found))


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=(__doc__ or "").partition("\n\n")[0]
    )
    several = "; repeatable; all of them by default"
    parser.add_argument(
        "--part", action="append", choices=PARTS, help=f"{', '.join(PARTS)}{several}", metavar="P"
    )
    parser.add_argument(
        "--people",
        action="append",
        type=size,
        metavar="NUMBER",
        help="people of the organisation; repeatable; by default 1000, 10000 and 100000 for local "
        "work and 10000 for the rest",
    )
    parser.add_argument(
        "--format",
        action="append",
        choices=local.FORMATS,
        metavar="FORMAT",
        help=f"source of local work: {', '.join(local.FORMATS)}{several}",
    )
    parser.add_argument(
        "--runs", type=int, default=2, help="the best of so many counts (default 2)"
    )
    parser.add_argument("--json", action="store_true", help="for programs, in place of the table")
    return parser.parse_args(arguments)


def size(text: str) -> int:
    """A number of people that leaves room for drift."""
    if not text.isdigit() or int(text) < 100:
        raise argparse.ArgumentTypeError(f"{text}: not a number from 100 on")
    return int(text)


def measured(asked: argparse.Namespace) -> Iterator[Figure]:
    """Every figure of the parts that were asked for, as it comes."""
    parts = asked.part or PARTS
    if "local" in parts:
        formats = tuple(asked.format or local.FORMATS)
        yield from local.figures(sorted(asked.people or SIZES), asked.runs, formats)
    if "startup" in parts:
        yield from startup.figures(asked.runs)
    for people in asked.people or (ONE_SIZE,):
        if "memory" in parts:
            yield from memory.figures(people)
        if "render" in parts:
            yield from render.figures(people, asked.runs)
        if "requests" in parts:
            yield from runs.request_figures(people)
        if "pace" in parts:
            yield from runs.pace_figures(people)


if __name__ == "__main__":
    main()
