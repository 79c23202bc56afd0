"""What goes to stdout: the plan or the report, in the format that was asked for."""

import shutil
import sys
from pathlib import Path
from typing import Final

import click

from syncer.apply.plan_file import write_private
from syncer.cli.options import Settings
from syncer.core.plan_document import PlanDocument, document_json
from syncer.model.errors import UsageError
from syncer.render.text import render_plan

FORMATS: Final = ("text", "json")
ENDINGS: Final = {".txt": "text", ".json": "json"}
NARROWEST, WIDEST = 60, 120


def width() -> int:
    """The columns to write for: the terminal's within reason, 80 where there is none."""
    if not sys.stdout.isatty():
        return 80
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))


def plan_text(document: PlanDocument, style: str, mode_line: str) -> str:
    """The plan for a file: never coloured, 80 columns."""
    if style == "json":
        return document_json(document)
    return render_plan(document, mode_line=mode_line)


def show_plan(
    settings: Settings, document: PlanDocument, style: str, mode_line: str, *, quiet: bool
) -> None:
    """Write the plan to stdout."""
    if style == "json":
        click.echo(document_json(document), nl=False)
        return
    text = render_plan(
        document,
        colour=settings.colour(),
        width=width(),
        quiet=quiet,
        mode_line=mode_line,
    )
    click.echo(text, nl=False, color=settings.colour())


def report_style(path: Path) -> str:
    """The format that a report file's ending asks for. Raises UsageError."""
    style = ENDINGS.get(path.suffix.casefold())
    if style is None:
        known = ", ".join(ENDINGS)
        raise UsageError(
            f"--report {path}: the ending {path.suffix or '(none)'} is not a known format",
            f"use one of {known}",
        )
    return style


def write_reports(
    paths: tuple[Path, ...], document: PlanDocument, mode_line: str
) -> None:
    """Write the plan into each report file. Raises StateError when one cannot be written."""
    for path in paths:
        write_private(path, plan_text(document, report_style(path), mode_line))
