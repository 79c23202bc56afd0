"""What goes to stdout: the plan or the report, in the format that was asked for."""

import shutil
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import click

from syncer.apply.files import write_whole
from syncer.cli.account import who
from syncer.cli.options import Command, Settings
from syncer.core.guards import hold, refusing
from syncer.core.plan_document import PlanDocument, document_json
from syncer.model.errors import SyncerError, UsageError
from syncer.model.exits import Exit
from syncer.model.outcome import Report
from syncer.model.plan import Plan, Violation
from syncer.render.json_text import report_json
from syncer.render.text import render_plan, render_report


class Ended(Protocol):
    """How an apply ended, as far as its report goes."""

    @property
    def code(self) -> Exit:
        """The exit code."""

    @property
    def report(self) -> Report:
        """What was done."""


FORMATS: Final = ("text", "json")
ENDINGS: Final = {".txt": "text", ".json": "json"}
NARROWEST, WIDEST = 60, 120


format_option = click.option(
    "--format",
    "style",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="What goes to stdout.",
)


def report_option(what: str) -> Callable[[Command], Command]:
    """`--report FILE`, which writes the plan or the report (`what`) into files too."""
    return click.option(
        "--report",
        "reports",
        type=click.Path(path_type=Path, dir_okay=False),
        multiple=True,
        help=f"Also write the {what} to this file; .txt or .json. Repeatable.",
    )


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
    settings: Settings,
    document: PlanDocument,
    style: str,
    mode_line: str,
    *,
    quiet: bool,
    standing: tuple[Violation, ...] | None = None,
    holding: bool = False,
) -> None:
    """Write the plan to stdout.

    `standing` are the violations that nobody accepted, None for all. With `holding`, or where
    the config says so, what they concern is shown as held, which is how it would go.
    """
    if style == "json":
        click.echo(document_json(document), nl=False)
        return
    plan = document.plan
    if standing is None:
        standing = plan.violations
    if holding:
        plan = replace(plan, on_violation="hold")
    refused = refusing(plan, standing)
    waiting = [violation for violation in standing if violation not in refused]
    document = replace(document, plan=hold(plan, waiting))
    text = render_plan(
        document,
        colour=settings.colour(),
        width=width(),
        quiet=quiet,
        mode_line=mode_line,
        unresolved=standing,
    )
    click.echo(text, nl=False, color=settings.colour())


def show_report(
    settings: Settings, ended: Ended, style: str, paths: tuple[Path, ...], *, quiet: bool
) -> None:
    """Write the report to stdout and into each report file. Raises StateError.

    An empty `style` writes nothing to stdout: a refused plan has been shown and says it all.
    """
    report, code = ended.report, ended.code
    if style == "json":
        click.echo(report_json(report, exit_code=code), nl=False)
    elif style:
        colour = settings.colour()
        text = render_report(report, colour=colour, width=width(), quiet=quiet, exit_code=code)
        click.echo(f"\n{text}", nl=False, color=colour)
    for path in paths:
        as_json = report_style(path) == "json"
        content = (
            report_json(report, exit_code=code)
            if as_json
            else render_report(report, exit_code=code)
        )
        write_whole(path, content, what="the report")


def show_ended(style: str, paths: tuple[Path, ...], error: SyncerError, code: Exit) -> None:
    """Report that this error ended a run before any change: to stdout as JSON, where that was
    asked for, and into each report file. Raises nothing: the error itself is the news."""
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    report = Report(
        run_id="",
        plan=Plan(),
        plan_digest="",
        outcomes=(),
        started_at=at,
        finished_at=at,
        stopped=error.message,
        user=who(),
        host=socket.gethostname(),
    )
    texts = {
        "json": report_json(report, exit_code=code, error=error),
        "text": render_report(report, exit_code=code),
    }
    with suppress(OSError):
        if style == "json":
            click.echo(texts["json"], nl=False)
    for path in paths:
        with suppress(SyncerError):
            write_whole(path, texts[report_style(path)], what="the report")


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


def write_reports(paths: tuple[Path, ...], document: PlanDocument, mode_line: str) -> None:
    """Write the plan into each report file. Raises StateError when one cannot be written."""
    for path in paths:
        write_whole(path, plan_text(document, report_style(path), mode_line), what="the report")
