"""`syncer plan`: show what apply would do. Never changes anything in Asana."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from syncer.apply.plan_file import write_plan
from syncer.cli.labels import read_labels
from syncer.cli.options import Settings, common_options
from syncer.cli.output import (
    as_judged,
    check_mask,
    label_option,
    mask_option,
    only_option,
    plan_format_option,
    quiet_option,
    report_option,
    report_style,
    show_plan,
    write_reports,
)
from syncer.cli.outputs import check_outputs, outputs_of
from syncer.cli.progress import Progress
from syncer.cli.signals import heed_signals, run_until_signal
from syncer.cli.watched import Watched, watched
from syncer.cli.wiring import (
    Inputs,
    collector_off,
    compute,
    connect,
    document,
    look_at_journals,
    read_inputs,
    read_tenant,
)
from syncer.core.guards import refusing, unresolved
from syncer.model.errors import UsageError
from syncer.model.exits import Exit
from syncer.model.plan import Plan

MODE = "plan: nothing is changed in Asana"


@click.command(
    "plan",
    epilog="Exit codes: 0 plan made; 1 failed; 2 changes pending (with --detailed-exitcode); "
    "3 a guard would refuse; 64 wrong usage, config or sources.",
)
@common_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Save the plan for `syncer apply FILE`.",
)
@plan_format_option
@report_option("plan")
@mask_option
@only_option
@label_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there are changes.")
@quiet_option
@click.option(
    "--undo",
    metavar="RUN",
    help="Plan to take back what an earlier run did, as far as SCIM can: by its id, the beginning "
    "of it, or its journal.",
)
@click.pass_obj
def command(settings: Settings, /, **options: Any) -> Exit:
    """Compute, show and judge the plan. Nothing is changed in Asana."""
    return run(settings, Choices(**options))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the options of `plan` said."""

    out: Path | None = None
    style: str = "text"
    reports: tuple[Path, ...] = ()
    detailed_exitcode: bool = False
    quiet: bool = False
    mask: bool = False
    only: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    undo: str | None = None


def run(settings: Settings, choices: Choices = Choices()) -> Exit:
    """Plan once: show, then save, then judge, and tell those who watch how it ended.

    A refused plan is shown and saved too.
    """
    return watched(settings, "plan", lambda known: run_once(settings, choices, known))


def run_once(settings: Settings, choices: Choices, known: Watched) -> Exit:
    """Plan once. Raises SyncerError for what ends the run before there is a plan."""
    # Who is to see some people alone, or takes a run back, says nothing of how things stand.
    known.whole = not choices.only and choices.undo is None
    styles = [report_style(path) for path in choices.reports]
    check_mask((choices.style, *styles), mask=choices.mask)
    labels = read_labels(choices.labels)
    with collector_off():
        inputs = read_inputs(settings.config_path, known.log, labels).lean()
        known.inputs = inputs
        undone = Path(choices.undo) if choices.undo else None
        outputs = outputs_of(choices.out, choices.reports)
        check_outputs(outputs, inputs.loaded, {"the journal to undo": undone})
        plan, mode = planned(inputs, known, choices)
        made = document(inputs, plan)
    shown, known.violations = as_judged(made, None)
    known.plan, known.digest = shown.plan, made.digest
    where = f"the saved plan: syncer show {choices.out}" if choices.out else ""
    show_plan(
        settings,
        made,
        choices.style,
        mode,
        quiet=choices.quiet,
        mask=choices.mask,
        where=where,
    )
    if choices.out is not None:
        write_plan(choices.out, made)
        click.echo(f"saved: apply it with  syncer apply {choices.out}", err=True)
    write_reports(choices.reports, made, mode, mask=choices.mask, where=where)
    return verdict(plan, detailed=choices.detailed_exitcode)


def planned(inputs: Inputs, known: Watched, choices: Choices) -> tuple[Plan, str]:
    """The plan for the directory, or the one that takes a run back, and its first line."""
    if choices.undo is None:
        return run_until_signal(look(inputs, known, choices.only)), MODE
    if choices.only:
        raise UsageError(
            "--only and --undo do not go together", "an undo is about what that run changed"
        )
    from syncer.cli.undo import find_undo, look_back  # noqa: PLC0415  # for this errand alone

    undo = find_undo(inputs, choices.undo)
    return run_until_signal(look_back(undo, known.log)), undo.mode


async def look(inputs: Inputs, known: Watched, only: Sequence[str]) -> Plan:
    """Read Asana and plan. The connection refuses anything but GET."""
    log = known.log
    progress = Progress(log)
    with log.stage("journals"):
        history = look_at_journals(inputs)
    try:
        async with connect(inputs, log, read_only=True) as client:
            with log.stage("read"):
                current = known.current = await read_tenant(client, inputs, progress)
    finally:
        progress.close()
    with log.stage("plan"):
        plan = compute(inputs, current, only, history)
    await heed_signals()
    return plan


def verdict(plan: Plan, *, detailed: bool) -> Exit:
    """The exit code that a shown plan deserves."""
    if refusing(plan, unresolved(plan, {}, approved=False)):
        return Exit.GUARD_REFUSED
    if detailed and plan.actions:
        return Exit.CHANGES_PENDING
    return Exit.DONE
