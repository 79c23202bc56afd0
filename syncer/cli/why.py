"""`syncer why`: everything about one person. Never changes anything in Asana."""

from collections.abc import Iterable

import click

from syncer.cli.labels import read_labels
from syncer.cli.logs import EventLog
from syncer.cli.options import Settings, common_options
from syncer.cli.output import format_option, label_option, width
from syncer.cli.progress import Progress
from syncer.cli.signals import run_until_signal
from syncer.cli.wiring import (
    Inputs,
    collector_off,
    connect,
    finished,
    look_at_journals,
    read_inputs,
    read_tenant,
    still_so,
)
from syncer.core import desired, planner
from syncer.core.drift.telling import with_drift
from syncer.core.why import Answer, Evidence, why
from syncer.model.errors import UsageError
from syncer.model.exits import Exit
from syncer.model.past import History
from syncer.model.policy.directory import LdapSource, LdifSource, Source
from syncer.model.state import CurrentState
from syncer.render.characters import harmless
from syncer.render.why_json import why_json
from syncer.render.why_text import render_why


@click.command(
    "why",
    epilog="Exit codes: 0 told; 1 failed; 64 nobody is called so, or wrong usage, config or "
    "sources.",
)
@common_options
@click.argument("person")
@format_option
@label_option
@click.pass_obj
def command(settings: Settings, *, person: str, style: str, labels: tuple[str, ...] = ()) -> Exit:
    """Tell everything about one person: why something happens to them, or why nothing does.

    PERSON is an address (today's or a former one), a directory key, a distinguished name, an
    account name, an id in Asana, or a place such as people.csv:12.
    """
    log = EventLog(settings, command="why")
    with collector_off():
        inputs = read_inputs(settings.config_path, log, read_labels(labels))
        with log.stage("journals"):
            history = look_at_journals(inputs)
        current = run_until_signal(look(inputs, log))
        answer = why(gathered(inputs, current, history), person)
    if not answer.people:
        raise nobody(answer, inputs.loaded.config.directory.people)
    colour = settings.colour()
    text = why_json(answer) if style == "json" else None
    shown = text or render_why(answer, colour=colour, width=width())
    click.echo(shown, nl=False, color=colour)
    return Exit.DONE


async def look(inputs: Inputs, log: EventLog) -> CurrentState:
    """Read Asana. The connection refuses anything but GET."""
    progress = Progress(log)
    try:
        async with connect(inputs, log, read_only=True) as client:
            with log.stage("read"):
                return await read_tenant(client, inputs, progress)
    finally:
        progress.close()


def gathered(inputs: Inputs, current: CurrentState, history: History) -> Evidence:
    """All that the plan is made from, and the plan itself, judged and with all drift."""
    loaded = inputs.loaded
    config, memory, now = loaded.config, inputs.memory, inputs.now
    state = inputs.desired.state
    _, directory = desired.work_out(inputs.snapshot, config, loaded.where)
    if directory is None:  # what stops a run was refused when the inputs were read
        raise UsageError("the run cannot start", problems=inputs.desired.problems)
    plan, workings = planner.work_out(state, current, config, memory, now)
    judged = finished(inputs, plan)
    told = with_drift(judged, still_so(inputs, history), state, current, workings)
    return Evidence(
        config=config,
        where=loaded.where,
        snapshot=inputs.snapshot,
        desired=state,
        directory=directory,
        current=current,
        memory=workings.memory,
        plan=told,
        planning=workings,
    )


def nobody(answer: Answer, sources: Iterable[Source]) -> UsageError:
    """What to say of a name that is nobody's, and who may have been meant.

    Names come from the directory, so nothing in them may reach the terminal as it is.
    """
    asked = f"nobody is called '{harmless(answer.asked)}', in the directory or in Asana"
    if answer.near:
        return UsageError(asked, f"did you mean {' or '.join(map(harmless, answer.near))}?")
    hint = "guests do not show over SCIM"
    if any(isinstance(source, LdifSource | LdapSource) for source in sources):
        hint += ", and of an LDAP directory only entries that 'select' takes are people"
    return UsageError(asked, f"{hint}; 'syncer why --help' says what may be asked for")
