"""A saved plan that is to be carried out, or tried: whether it may, and what was done of it."""

import math
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click

from syncer.apply.journal_record import JournalRecord, runs_of
from syncer.apply.plan_file import Expected, check_fits, read_plan
from syncer.cli.options import Command
from syncer.cli.wiring import Inputs
from syncer.core.plan_document import PlanDocument
from syncer.model.errors import UsageError
from syncer.model.outcome import Result
from syncer.model.policy.base import MOST_HOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms a saved plan still counts."""

    max_age: timedelta
    ignore_sources: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A plan as it was saved, and the earlier runs that carried out a part of it."""

    document: PlanDocument
    resumes: tuple[str, ...]


def terms_options(function: Command) -> Command:
    """`--max-age` and `--ignore-sources`, of whatever takes a saved plan."""
    function = click.option(
        "--ignore-sources",
        is_flag=True,
        help="Take a saved plan although the directory files differ from those it was made from.",
    )(function)
    return click.option(
        "--max-age",
        type=click.FloatRange(min=0, max=MOST_HOURS, min_open=True),
        default=24.0,
        show_default=True,
        metavar="HOURS",
        help="Refuse a saved plan that is older.",
    )(function)


def read_terms(max_age: float, *, ignore_sources: bool) -> Terms:
    """The terms that the options say. Raises UsageError."""
    if math.isnan(max_age):  # which no range of click's shuts out
        raise UsageError("--max-age nan is no number of hours", "for example --max-age 24")
    return Terms(max_age=timedelta(hours=max_age), ignore_sources=ignore_sources)


def saved_plan(inputs: Inputs, path: Path, terms: Terms) -> SavedPlan:
    """The plan in this file, where it fits config, directory and tenant, and is not done yet.

    Says on stderr what an earlier run did of it. Raises StaleError with every reason against it;
    whether Asana has moved is not asked. Writes nothing.
    """
    saved = read_plan(path)
    folder = inputs.loaded.resolve(inputs.loaded.config.journal)
    # What takes a run back was made from its journal: a directory put right since is no reason
    # against it.
    any_sources = terms.ignore_sources or bool(saved.plan.undoes)
    expected = Expected(
        config_digest=inputs.loaded.digest,
        sources_digest=None if any_sources else inputs.snapshot.digest,
        tenant=inputs.tenant,
    )
    earlier = runs_of(folder, saved.checksum)
    resume = check_fits(
        saved,
        now=inputs.now,
        earlier=earlier,
        max_age=terms.max_age,
        expected=expected,
    )
    begun = [record for record in earlier if resume and (record.outcomes or record.doubtful)]
    for record in begun:
        click.echo(partly_applied(record, len(saved.plan.actions)), err=True)
    return SavedPlan(document=saved, resumes=tuple(record.run_id for record in begun))


def partly_applied(record: JournalRecord, actions: int) -> str:
    """What an earlier run did of this plan, in a line."""
    applied = sum(outcome.result is Result.APPLIED for outcome in record.outcomes)
    ended = "ended" if record.footer else "was cut off"
    return (
        f"this plan is partly applied: run {record.run_id} {ended} after {applied} of {actions} "
        "actions; what is in effect stays, the rest is left to do"
    )
