"""What goes to stdout: the plan or the report, in the format that was asked for."""

import shutil
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import click

from syncer.apply.files import write_whole
from syncer.cli.account import who
from syncer.cli.options import Command, Settings
from syncer.core.drift.holding import with_held_drift
from syncer.core.guards import hold, refusing
from syncer.core.plan_document import PlanDocument, document_json
from syncer.model.errors import SyncerError, UsageError
from syncer.model.exits import Exit
from syncer.model.outcome import Report
from syncer.model.plan import Plan, Violation
from syncer.render.json_text import report_json
from syncer.render.text import render_plan, render_report
from syncer.render.wording import listed


class Ended(Protocol):
    """How an apply ended, as far as its report goes."""

    @property
    def code(self) -> Exit:
        """The exit code."""

    @property
    def report(self) -> Report:
        """What was done."""


FORMATS: Final = ("text", "json")
PLAN_FORMATS: Final = (*FORMATS, "markdown", "html")
ENDINGS: Final = {".txt": "text", ".json": "json", ".md": "markdown", ".html": "html"}
MASKED: Final = frozenset({"markdown", "html"})
NARROWEST, WIDEST = 60, 120


def format_choice(formats: Sequence[str]) -> Callable[[Command], Command]:
    """`--format`, of these."""
    return click.option(
        "--format",
        "style",
        type=click.Choice(formats),
        default="text",
        show_default=True,
        help="What goes to stdout.",
    )


format_option = format_choice(FORMATS)
plan_format_option = format_choice(PLAN_FORMATS)
only_option = click.option(
    "--only",
    multiple=True,
    metavar="PERSON|team:NAME",
    help="Plan for this person or team alone, and what that cannot do without. Repeatable.",
)
label_option = click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME",
    help="A label for the policies of the config, such as one of the pull request. Repeatable "
    "[default: $SYNCER_LABELS, with commas between].",
)
mask_option = click.option(
    "--mask", is_flag=True, help="In markdown and html, hide the local part of every address."
)

WHOLE: Final = "JSON and HTML stay whole"
quiet_option = click.option("--quiet", is_flag=True, help=f"Totals and violations only; {WHOLE}.")


def report_option(what: str) -> Callable[[Command], Command]:
    """`--report FILE`, which writes the plan or the report (`what`) into files too."""
    return click.option(
        "--report",
        "reports",
        type=click.Path(path_type=Path, dir_okay=False),
        multiple=True,
        help=f"Also write the {what} to this file; {listed(ENDINGS, 'or')}. Repeatable.",
    )


def width() -> int:
    """The columns to write for: the terminal's within reason, 80 where there is none."""
    if not sys.stdout.isatty():
        return 80
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))


def plan_text(
    document: PlanDocument,
    style: str,
    mode_line: str,
    *,
    unresolved: Sequence[Violation] | None = None,
    mask: bool = False,
    quiet: bool = False,
    where: str = "",
) -> str:
    """The plan for a file or a pipe: never coloured, 80 columns."""
    if style == "json":
        return document_json(document)
    if style == "markdown":
        from syncer.render.markdown import render_markdown  # noqa: PLC0415  # only for a comment

        return render_markdown(
            document,
            mode_line=mode_line,
            unresolved=unresolved,
            mask=mask,
            quiet=quiet,
            where=where,
        )
    if style == "html":
        from syncer.render.plan_page import render_html  # noqa: PLC0415  # only for a page

        made = f"{document.created_at:%Y-%m-%d %H:%M} UTC by syncer {document.program_version}"
        return render_html(
            document, mode_line=mode_line, unresolved=unresolved, mask=mask, made=made
        )
    return render_plan(document, mode_line=mode_line, unresolved=unresolved)


def as_judged(
    document: PlanDocument, standing: tuple[Violation, ...] | None, *, holding: bool = False
) -> tuple[PlanDocument, tuple[Violation, ...]]:
    """The plan as it would go, and the violations that nobody accepted.

    With `holding`, or where the config says so, what they concern is held. None of `standing`
    means all of them.
    """
    plan = document.plan
    if standing is None:
        standing = plan.violations
    if holding:
        plan = replace(plan, on_violation="hold")
    refused = () if holding else refusing(plan, standing)
    waiting = [violation for violation in standing if violation not in refused]
    return replace(document, plan=with_held_drift(hold(plan, waiting))), standing


def show_plan(
    settings: Settings,
    document: PlanDocument,
    style: str,
    mode_line: str,
    *,
    quiet: bool,
    standing: tuple[Violation, ...] | None = None,
    holding: bool = False,
    mask: bool = False,
    where: str = "",
) -> None:
    """Write the plan to stdout, as it would go; in JSON as it was made."""
    shown, still = as_judged(document, standing, holding=holding)
    if style != "text":
        whole = document if style == "json" else shown
        text = plan_text(
            whole, style, mode_line, unresolved=still, mask=mask, quiet=quiet, where=where
        )
        click.echo(text, nl=False)
        return
    text = render_plan(
        shown,
        colour=settings.colour(),
        width=width(),
        quiet=quiet,
        mode_line=mode_line,
        unresolved=still,
    )
    click.echo(text, nl=False, color=settings.colour())


def show_report(
    settings: Settings,
    ended: Ended,
    style: str,
    paths: tuple[Path, ...],
    *,
    quiet: bool,
    mask: bool = False,
) -> None:
    """Write the report to stdout and into each report file. Raises StateError.

    An empty `style` writes nothing to stdout: a refused plan has been shown and says it all.
    """
    report, code = ended.report, ended.code
    if style == "text":
        colour = settings.colour()
        text = render_report(report, colour=colour, width=width(), quiet=quiet, exit_code=code)
        click.echo(f"\n{text}", nl=False, color=colour)
    elif style:
        click.echo(report_text(report, style, code, mask=mask, quiet=quiet), nl=False)
    for path in paths:
        content = report_text(report, report_style(path), code, mask=mask)
        write_whole(path, content, what="the report")


def report_text(
    report: Report,
    style: str,
    code: Exit,
    *,
    mask: bool = False,
    quiet: bool = False,
    error: SyncerError | None = None,
) -> str:
    """The report for a file or a pipe: never coloured, 80 columns."""
    if style == "json":
        return report_json(report, exit_code=code, error=error)
    if style == "markdown":
        from syncer.render.report_markdown import (  # noqa: PLC0415  # likewise
            render_report_markdown,
        )

        return render_report_markdown(report, exit_code=code, mask=mask, quiet=quiet)
    if style == "html":
        from syncer.render.report_page import render_report_html  # noqa: PLC0415  # likewise

        return render_report_html(report, exit_code=code, mask=mask)
    return render_report(report, exit_code=code)


def show_ended(
    style: str, paths: tuple[Path, ...], error: SyncerError, code: Exit, *, mask: bool
) -> None:
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
    with suppress(OSError):
        if style != "text":
            click.echo(report_text(report, style, code, mask=mask, error=error), nl=False)
    for path in paths:
        with suppress(SyncerError):
            text = report_text(report, report_style(path), code, mask=mask, error=error)
            write_whole(path, text, what="the report")


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
    paths: tuple[Path, ...], document: PlanDocument, mode_line: str, *, mask: bool, where: str
) -> None:
    """Write the plan into each report file. Raises StateError when one cannot be written."""
    shown, still = as_judged(document, None)
    for path in paths:
        style = report_style(path)
        whole = document if style == "json" else shown
        text = plan_text(whole, style, mode_line, unresolved=still, mask=mask, where=where)
        write_whole(path, text, what="the report")


def check_mask(styles: Iterable[str], *, mask: bool) -> None:
    """Raise UsageError for a mask over what is not masked: it would only look hidden."""
    if mask and MASKED.isdisjoint(styles):
        raise UsageError(
            "--mask hides addresses in markdown and html alone",
            "add --format markdown, or --report FILE.html",
        )
