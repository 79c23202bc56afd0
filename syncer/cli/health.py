"""`syncer health`: whether it last went well recently enough. Asks nothing of Asana."""

import math
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from syncer.apply.last_runs import read_history
from syncer.cli.options import Settings, common_options
from syncer.cli.output import format_option
from syncer.cli.wiring import tenant_of
from syncer.config.loader import load_config
from syncer.core.health import CLOCK_SLACK, judge_health
from syncer.core.planning.recollection import tenant_key
from syncer.model.errors import UsageError
from syncer.model.exits import Exit
from syncer.render.health_text import health_json, health_text

NIGHTLY: Final = 26.0
"""A run each night, and two hours for one that begins or ends late."""

MOST_HOURS: Final = 24.0 * 366 * 10


@click.command(
    "health",
    epilog="Exit codes: 0 healthy; 1 not healthy; 64 wrong usage or config.",
)
@common_options
@click.option(
    "--max-age",
    type=click.FloatRange(min=0, max=MOST_HOURS, min_open=True),
    default=NIGHTLY,
    show_default=True,
    metavar="HOURS",
    help="How long ago the last good run may have begun.",
)
@format_option
@click.option("--quiet", is_flag=True, help="Say nothing while all is well.")
@click.pass_obj
def command(settings: Settings, *, max_age: float, style: str, quiet: bool) -> Exit:
    """Tell whether the last good run is recent enough; if not, why, and what to do.

    A good run is an apply in which nothing failed; removals that a guard holds are no failure.
    Reads the config, the ledger and the journals, and changes none of them. Needs no token and no
    network.
    """
    if math.isnan(max_age):  # which no range of click's shuts out
        raise UsageError("--max-age nan is no number of hours", "for example --max-age 26")
    loaded = load_config(settings.config_path)
    config, now = loaded.config, datetime.now(UTC)
    ledger = loaded.resolve(config.ledger) if config.ledger else None
    journals, tenant = loaded.resolve(config.journal), tenant_key(tenant_of(loaded))
    history = read_history(ledger, journals, tenant, now + CLOCK_SLACK)
    health = judge_health(history, now, timedelta(hours=max_age))
    text = health_json(health, now) if style == "json" else health_text(health)
    if not (quiet and health.healthy):
        click.echo(text, nl=False)
    return Exit.DONE if health.healthy else Exit.FAILED
