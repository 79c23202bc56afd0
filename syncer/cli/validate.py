"""`syncer validate`: every problem of config, sources and rules at once, offline."""

from datetime import UTC, datetime

import click

from syncer.cli.logs import EventLog
from syncer.cli.options import Settings, common_options
from syncer.cli.wiring import Inputs, survey
from syncer.model.exits import Exit
from syncer.model.origin import Problem, Size
from syncer.render.text import render_problems
from syncer.render.wording import counted


@click.command("validate", epilog="Exit codes: 0 all is well; 64 problems were found.")
@common_options
@click.pass_obj
def command(settings: Settings) -> Exit:
    """Check config, sources and rules without credentials and without the network."""
    log = EventLog(settings, command="validate")
    inputs, problems = survey(settings.config_path, log, datetime.now(UTC), offline=True)
    notices = tuple(problem for problem in problems if problem.size is Size.NOTICE)
    faults = tuple(problem for problem in problems if problem.size is not Size.NOTICE)
    if notices:
        click.echo(render_problems(notices, noun="notice"), nl=False)
    if faults:
        click.echo(settings.shown(render_problems(faults)), err=True, nl=False)
        return Exit.USAGE
    click.echo(summary(inputs, notices))
    return Exit.DONE


def summary(inputs: Inputs, notices: tuple[Problem, ...]) -> str:
    """One line that says what was checked, so that an all-clear cannot be an empty check."""
    state = inputs.desired.state
    groups = sum(len(reading.groups) for reading in inputs.snapshot.groups)
    said = f", {counted(len(notices), 'notice')}" if notices else ""
    if unread := inputs.snapshot.unread:
        servers = counted(unread, "source") + (" is a server" if unread == 1 else " are servers")
        said += f"; {servers} and not asked: 'syncer plan' reads there"
    return (
        f"ok: {inputs.loaded.path}: {counted(state.people_read, 'person')} and "
        f"{counted(groups, 'group')} read; {counted(len(state.users), 'person')} and "
        f"{counted(len(state.teams), 'team')} wanted in Asana, "
        f"{counted(len(state.not_desired), 'person')} not{said}"
    )
