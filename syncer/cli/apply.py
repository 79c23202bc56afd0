"""`syncer apply`: carry out a saved plan, or plan and carry that out."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import click

from syncer.apply.execution import StopSignal
from syncer.cli.carry_out import carry_out
from syncer.cli.exits import exit_code, internal_error
from syncer.cli.job import Approvals, Ended, Job
from syncer.cli.labels import read_labels
from syncer.cli.locking import exclusive
from syncer.cli.logs import EventLog
from syncer.cli.options import Settings, common_options
from syncer.cli.output import (
    WHOLE,
    check_mask,
    label_option,
    mask_option,
    only_option,
    plan_format_option,
    report_option,
    report_style,
    show_ended,
    show_report,
)
from syncer.cli.outputs import check_outputs, harmless_reports, outputs_of
from syncer.cli.saved import Terms, read_terms, terms_options
from syncer.cli.signals import run_until_signal
from syncer.cli.streams import forget_stdout
from syncer.cli.watched import Watched, watched
from syncer.cli.wiring import Inputs, caught_up, collector_off, read_inputs
from syncer.core.guards import POLICY
from syncer.model.errors import StateError, SyncerError, UsageError
from syncer.model.exits import Exit
from syncer.model.policy.limits import GuardClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the options of `apply` said."""

    plan_file: Path | None = None
    style: str = "text"
    reports: tuple[Path, ...] = ()
    out: Path | None = None
    quiet: bool = False
    yes: bool = False
    allow: tuple[str, ...] = ()
    approve: str | None = None
    hold: bool = False
    max_age: float = 24.0
    ignore_sources: bool = False
    mask: bool = False
    only: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    stop: StopSignal = field(default_factory=StopSignal)

    @property
    def read(self) -> Mapping[str, Path | None]:
        """The files that the command line names to be read, by what they are."""
        return {"the plan": self.plan_file}


@click.command(
    "apply",
    epilog="Exit codes: 0 done or nothing to do; 1 failed before any change; 3 a guard refused; "
    "4 some actions failed; 5 stale plan or locked; 6 removals held; 64 wrong usage, config or "
    "sources; 130 interrupted.",
)
@common_options
@click.argument("plan_file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask; needed without a terminal.")
@click.option(
    "--allow",
    multiple=True,
    metavar="CLASS=N",
    help=f"Accept up to N actions of a guard class ({', '.join(get_args(GuardClass))}) or of "
    "a policy (policy:NAME).",
)
@click.option(
    "--approve", metavar="DIGEST", help="Accept all violations of the plan with this digest."
)
@click.option(
    "--hold", is_flag=True, help="Let what breaks a guard wait and apply the rest (exit 6)."
)
@terms_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also save the plan that was carried out.",
)
@plan_format_option
@mask_option
@only_option
@label_option
@report_option("report")
@click.option("--quiet", is_flag=True, help=f"Totals, violations and failures only; {WHOLE}.")
@click.pass_obj
def command(settings: Settings, /, **options: Any) -> Exit:
    """Carry out the saved plan PLAN_FILE; without one, plan and carry that out."""
    return run(settings, Choices(**options))


def run(settings: Settings, choices: Choices) -> Exit:
    """Apply once, under the lock, say what became of it, and tell those who watch."""
    return watched(settings, "apply", lambda known: run_reported(settings, choices, known))


def run_reported(settings: Settings, choices: Choices, known: Watched) -> Exit:
    """Apply once, and say what became of it.

    What ends a run before any change is in the reports too: whoever reads those at night must
    not have to look for it elsewhere.
    """

    def show(error: SyncerError, code: Exit) -> None:
        loaded = known.inputs.loaded if known.inputs else None
        config = settings.config_path
        reports = harmless_reports(choices.reports, loaded, config, choices.read)
        show_ended(choices.style, reports, error, code, mask=choices.mask)

    try:
        return run_once(settings, choices, known)
    except SyncerError as error:
        show(error, exit_code(error))
        raise
    except (KeyboardInterrupt, click.Abort):
        show(SyncerError("interrupted before any change"), Exit.INTERRUPTED)
        raise
    except Exception as error:
        show(internal_error(error), Exit.FAILED)
        raise


def run_once(settings: Settings, choices: Choices, known: Watched) -> Exit:
    """Apply once, under the lock. Raises SyncerError for what ends the run before any change."""
    # Who does it for some people alone says nothing of how things stand.
    known.whole, known.attended = not choices.only, not choices.yes
    approvals = read_approvals(choices)
    check_usage(choices)
    terms = read_terms(choices.max_age, ignore_sources=choices.ignore_sources)
    labels = read_labels(choices.labels)
    with collector_off():
        inputs = read_inputs(settings.config_path, known.log, labels).lean()
        known.inputs = inputs
    check_policies_named(approvals, inputs)
    check_outputs(outputs_of(choices.out, choices.reports), inputs.loaded, choices.read)
    with exclusive(inputs):
        inputs = caught_up(inputs)
        job = a_job(settings, choices, inputs, known.log, approvals, terms)
        ended = run_until_signal(carry_out(job))
    known.report, known.plan = ended.report, ended.report.plan
    known.violations, known.digest = ended.report.violations, ended.report.plan_digest
    return told(settings, choices, ended)


def told(settings: Settings, choices: Choices, ended: Ended) -> Exit:
    """Show the report, and give the exit code.

    A report that cannot be written takes nothing back: what the run did decides, and only a run
    that would have ended well ends as one of which a part failed.
    """
    shown = choices.style if ended.began or choices.style != "text" else ""
    try:
        show_report(
            settings, ended, shown, choices.reports, quiet=choices.quiet, mask=choices.mask
        )
    except BrokenPipeError:
        forget_stdout()
    except (OSError, StateError) as error:
        why = error.message if isinstance(error, StateError) else f"stdout: {error.strerror}"
        click.echo(f"error: {why}", err=True)
        changed = any(outcome.requests for outcome in ended.report.outcomes)
        return ended.code or (Exit.SOME_FAILED if changed else Exit.FAILED)
    return ended.code


def check_usage(choices: Choices) -> None:
    """Raise UsageError for what no run could honour, before anything is read."""
    check_mask((choices.style, *map(report_style, choices.reports)), mask=choices.mask)
    for path in choices.reports:
        if not path.parent.is_dir():
            raise UsageError(f"--report {path}: there is no folder {path.parent}", "create it")
    if choices.only and choices.plan_file:
        raise UsageError(
            "--only: a saved plan is carried out as it is", "make it with: syncer plan --only ..."
        )
    if not choices.yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "apply asks before it changes anything, and there is no terminal to ask on",
            "review the plan, then add --yes",
        )


def check_policies_named(approvals: Approvals, inputs: Inputs) -> None:
    """Raise UsageError where --allow names a policy that the config does not have."""
    known = [f"{POLICY}{rule.name}" for rule in inputs.loaded.config.policy]
    for name in approvals.allow:
        if name.startswith(POLICY) and name not in known:
            there = f"there are {', '.join(known)}" if known else "it has none"
            raise UsageError(f"--allow {name}: the config has no such policy", there)


def a_job(
    settings: Settings,
    choices: Choices,
    inputs: Inputs,
    log: EventLog,
    approvals: Approvals,
    terms: Terms,
) -> Job:
    """What to carry out, and how, from what the command line said."""
    return Job(
        settings=settings,
        inputs=inputs,
        log=log,
        approvals=approvals,
        plan_file=choices.plan_file,
        terms=terms,
        ask=not choices.yes,
        style=choices.style,
        quiet=choices.quiet,
        out=choices.out,
        only=choices.only,
        stop=choices.stop,
    )


def read_approvals(choices: Choices) -> Approvals:
    """What the command line accepts. Raises UsageError for a class or number nobody knows."""
    classes = get_args(GuardClass)
    allow: dict[str, int] = {}
    for text in choices.allow:
        name, _, number = text.partition("=")
        known = name in classes or name.startswith(POLICY)
        if not known or not (number.isascii() and number.isdigit()):
            raise UsageError(
                f"--allow {text}: not of the form CLASS=N",
                f"CLASS is one of {', '.join(classes)} or policy:NAME; N is a number, for example "
                "--allow deactivate=12",
            )
        allow[name] = int(number)
    return Approvals(allow=allow, digest=choices.approve, hold=choices.hold)
