"""`syncer show`: a saved plan or a journal, rendered again; works when stale."""

from pathlib import Path

import click

from syncer.apply.journal_record import read_journal, verify_journal
from syncer.apply.plan_file import read_plan
from syncer.cli.options import Settings, common_options
from syncer.cli.output import (
    check_mask,
    mask_option,
    plan_format_option,
    quiet_option,
    show_plan,
    width,
)
from syncer.core.plan_document import read_document
from syncer.model.errors import UsageError
from syncer.model.exits import Exit
from syncer.render.text import render_journal
from syncer.render.wording import listed


@click.command(
    "show",
    epilog="Exit codes: 0 shown; 1 --verify found the journal edited or cut; 64 neither a plan "
    "nor a journal.",
)
@common_options
@click.argument("path", metavar="PLAN_OR_JOURNAL", type=click.Path(path_type=Path))
@plan_format_option
@mask_option
@quiet_option
@click.option("--verify", is_flag=True, help="Check that no line of a journal was edited.")
@click.pass_obj
def command(
    settings: Settings, *, path: Path, style: str, quiet: bool, verify: bool, mask: bool
) -> Exit:
    """Render a saved plan or a journal again. Nothing is asked of Asana.

    In JSON a journal is its own lines, one document in each.
    """
    if verify:
        given = {"--format": style != "text", "--quiet": quiet, "--mask": mask}
        if others := [name for name, said in given.items() if said]:
            raise UsageError(
                f"--verify does not go with {listed(others)}",
                "it says one line: whole, or where not",
            )
        return verified(path)
    check_mask((style,), mask=mask)
    if is_journal(path):
        return show_journal(settings, path, style, quiet=quiet, mask=mask)
    document = read_plan(path, even_altered=True)
    if altered(path):
        click.echo("warning: this plan was altered after it was made; apply refuses it", err=True)
    mode = f"show: a plan made on {document.created_at:%Y-%m-%d %H:%M} UTC"
    where = f"the saved plan: syncer show {path}"
    show_plan(settings, document, style, mode, quiet=quiet, mask=mask, where=where)
    return Exit.DONE


def show_journal(settings: Settings, path: Path, style: str, *, quiet: bool, mask: bool) -> Exit:
    """Write a journal to stdout; in JSON as it is, a document in each line."""
    record = read_journal(path)
    if style == "text":
        colour = settings.colour()
        text = render_journal(record, colour=colour, width=width(), quiet=quiet)
        click.echo(text, nl=False, color=colour)
    elif style == "json":
        click.echo(path.read_text(encoding="utf-8"), nl=False)
    else:
        from syncer.render import journal_page  # noqa: PLC0415  # only for a page

        text = (
            journal_page.render_journal_markdown(record, mask=mask, quiet=quiet)
            if style == "markdown"
            else journal_page.render_journal_html(record, mask=mask)
        )
        click.echo(text, nl=False)
    return Exit.DONE


def is_journal(path: Path) -> bool:
    """Whether the file is JSON lines rather than one document. Raises UsageError."""
    try:
        with path.open(encoding="utf-8") as lines:
            first = lines.readline()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"cannot read {path}: {why}", "name a saved plan or a journal") from None
    return first.startswith('{"') and '"entry"' in first


def altered(path: Path) -> bool:
    """Whether the plan differs from what was saved."""
    try:
        read_document(path.read_text(encoding="utf-8"))
    except ValueError:
        return True
    return False


def verified(path: Path) -> Exit:
    """Say whether the journal is whole."""
    if not is_journal(path):
        raise UsageError(
            f"{path} is not a journal", "a plan file checks itself when it is applied"
        )
    found = verify_journal(path)
    for line in found:
        click.echo(f"{path}: {line}", err=True)
    if found:
        return Exit.FAILED
    click.echo(f"{path}: whole and unedited")
    return Exit.DONE
