"""`syncer health`: whether all is well with the runs of a schedule. Asks nothing of Asana."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from syncer.apply.last_runs import read_history
from syncer.apply.ledger import memory_faults
from syncer.apply.lock import run_at_work
from syncer.apply.writable import state_faults
from syncer.cli.options import Settings, common_options
from syncer.cli.output import format_option
from syncer.cli.wiring import tenant_of
from syncer.config.loader import LoadedConfig, load_config
from syncer.core.health import CLOCK_SLACK, judge_health
from syncer.core.planning.recollection import tenant_key
from syncer.model.errors import StateError, UsageError
from syncer.model.exits import Exit
from syncer.model.health import Fault, Health, HealthLimits, RunAtWork
from syncer.model.policy.base import MOST_HOURS
from syncer.render.health_json import health_json
from syncer.render.health_text import health_text

HOURS = click.FloatRange(min=0, max=MOST_HOURS, min_open=True)


@click.command(
    "health",
    epilog="Exit codes: 0 healthy; 1 not healthy; 64 wrong usage or config.",
)
@common_options
@click.option(
    "--max-age",
    type=HOURS,
    metavar="HOURS",
    help="How long ago the last good run may have begun; else health.max_age_hours.",
)
@click.option(
    "--max-run",
    type=HOURS,
    metavar="HOURS",
    help="How long a run may be at work; else health.max_run_hours.",
)
@format_option
@click.option("--quiet", is_flag=True, help="Say nothing while all is well.")
@click.pass_obj
def command(
    settings: Settings, *, max_age: float | None, max_run: float | None, style: str, quiet: bool
) -> Exit:
    """Tell whether all is well with the runs of a schedule; if not, why, and what to do.

    Well is: a good run is recent enough, the next one could write its ledger and journal, none
    was cut short without another going on from there, and none is stuck. A good run is an apply
    in which nothing failed; removals that a guard holds are no failure. Changes nothing, and
    needs no token and no network.
    """
    for option, hours in (("--max-age", max_age), ("--max-run", max_run)):
        if hours is not None and math.isnan(hours):  # which no range of click's shuts out
            raise UsageError(f"{option} nan is no number of hours", f"for example {option} 26")
    loaded = load_config(settings.config_path)
    policy = loaded.config.health
    limits = HealthLimits(
        age=timedelta(hours=policy.max_age_hours if max_age is None else max_age),
        run=timedelta(hours=policy.max_run_hours if max_run is None else max_run),
    )
    now = datetime.now(UTC)
    health = looked_at(loaded, now, limits)
    text = health_json(health, now) if style == "json" else health_text(health)
    if not (quiet and health.healthy):
        click.echo(text, nl=False)
    return Exit.DONE if health.healthy else Exit.FAILED


def looked_at(loaded: LoadedConfig, now: datetime, limits: HealthLimits) -> Health:
    """The verdict on what lies on disk; whatever cannot be read is a trouble, and no error."""
    config = loaded.config
    ledger = loaded.resolve(config.ledger) if config.ledger else None
    journals, tenant = loaded.resolve(config.journal), tenant_key(tenant_of(loaded))
    # The lock before the journals and after them: a run that begins or ends between the two
    # looks is not taken for one that was cut short.
    before, _ = at_work_now(journals)
    history = read_history(ledger, journals, tenant, now + CLOCK_SLACK)
    after, unreadable = at_work_now(journals)
    days = config.guards.window_days
    # Of a run at work the journal grows, and that run has read all others.
    others = None if before or after else journals
    forgotten = memory_faults(ledger, now, days, journals=others) if ledger else ()
    faults = (*state_faults(ledger, journals), *unreadable, *forgotten)
    return judge_health(history, after or before, faults, now, limits)


def at_work_now(journals: Path) -> tuple[RunAtWork | None, tuple[Fault, ...]]:
    """The run that holds the lock, and why that cannot be told."""
    try:
        return run_at_work(journals / ".lock"), ()
    except StateError as error:
        return None, (Fault(message=error.message, remedy=error.hint),)
