"""The body of `apply`: which plan, whether it may go, and the run itself."""

import asyncio
import getpass
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click

from syncer import __version__
from syncer.apply.execution import StopSignal
from syncer.apply.journal import Header, Journal
from syncer.apply.journal_record import runs_of
from syncer.apply.ledger import RunRecord, Sighting, observe, record_run
from syncer.apply.plan_file import Expected, check_fits, read_plan, write_plan
from syncer.apply.run import ApplyRun, Ports, run_apply
from syncer.apply.sighting import deactivated, sighting
from syncer.asana.client import AsanaClient
from syncer.asana.reader import read_current
from syncer.cli.logs import EventLog
from syncer.cli.options import Settings
from syncer.cli.output import show_plan
from syncer.cli.progress import Progress
from syncer.cli.promoted import refuse_promoted
from syncer.cli.wiring import Inputs, compute, connect, document, read_tenant
from syncer.core.guards import hold, refusing, unresolved
from syncer.core.managed_teams import concerned_team_keys
from syncer.core.plan_document import PlanDocument
from syncer.model.actions import Action
from syncer.model.exits import Exit
from syncer.model.outcome import Outcome, Report, Result
from syncer.model.plan import Plan
from syncer.model.state import CurrentState
from syncer.render.conclusion import report_exit

MODE = "apply: what this plan says is about to be done in Asana"
SHORTEST_DIGEST: Final = 8
SLEEP: Final = asyncio.sleep
"""Between read-backs; by name here, so that a test need not wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """What a person accepted on the command line."""

    allow: Mapping[str, int]
    digest: str | None = None
    hold: bool = False

    def covers(self, document: PlanDocument) -> bool:
        """Whether the approved digest is this plan's; its first eight digits are enough."""
        given = (self.digest or "").removeprefix("sha256:")
        return len(given) >= SHORTEST_DIGEST and document.digest.removeprefix(
            "sha256:"
        ).startswith(given)

    def said(self) -> tuple[str, ...]:
        """The options again, for the journal."""
        allowed = tuple(f"--allow {name}={number}" for name, number in self.allow.items())
        approved = (f"--approve {self.digest}",) if self.digest else ()
        return (*allowed, *approved, *(("--hold",) if self.hold else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One apply."""

    settings: Settings
    inputs: Inputs
    log: EventLog
    approvals: Approvals
    plan_file: Path | None
    max_age: timedelta
    ignore_sources: bool
    ask: bool
    style: str
    quiet: bool
    out: Path | None
    stop: StopSignal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a job ended."""

    code: Exit
    report: Report
    began: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The plan to carry out. `current` is the reading it was just made from, if it was."""

    document: PlanDocument
    current: CurrentState | None = None
    resume: bool = False


async def carry_out(job: Job) -> Ended:
    """Choose the plan, show it, judge it, ask, and do it."""
    progress = Progress(job.log)
    try:
        async with connect(job.inputs, job.log, read_only=False) as client:
            with job.log.stage("read"):
                chosen = await choose(job, client, progress)
            progress.close()
            refused = await decide(job, chosen)
            if refused is not None:
                return refused
            with (
                job.log.stage("apply"),
                on_signals(lambda name: job.stop.request(f"interrupted by {name}")),
            ):
                report = await perform(job, chosen, client, progress)
    finally:
        progress.close()
    return Ended(code=report_exit(report), report=report)


async def choose(job: Job, client: AsanaClient, progress: Progress) -> Chosen:
    """The saved plan, checked; or a plan made now from a fresh reading."""
    if job.plan_file is None:
        current = await read_tenant(client, job.inputs, progress)
        made = document(job.inputs, compute(job.inputs, current))
        return Chosen(document=made, current=current)
    saved = read_plan(job.plan_file)
    folder = job.inputs.loaded.resolve(job.inputs.loaded.config.journal)
    expected = Expected(
        config_digest=job.inputs.loaded.digest,
        sources_digest=None if job.ignore_sources else job.inputs.snapshot.digest,
        tenant=job.inputs.tenant,
    )
    resume = check_fits(
        saved,
        now=job.inputs.now,
        earlier=runs_of(folder, saved.checksum),
        max_age=job.max_age,
        expected=expected,
    )
    return Chosen(document=saved, resume=resume)


async def decide(job: Job, chosen: Chosen) -> Ended | None:
    """None when the plan may go; else how the run ends before any change."""
    plan = chosen.document.plan
    approved = job.approvals.covers(chosen.document)
    standing = unresolved(plan, job.approvals.allow, approved=approved)
    refused = () if job.approvals.hold else refusing(plan, standing)
    if job.out is not None:
        write_plan(job.out, chosen.document)
    if job.style == "text":
        show_plan(
            job.settings,
            chosen.document,
            job.style,
            MODE,
            quiet=job.quiet,
            standing=standing,
            holding=job.approvals.hold,
        )
    if refused:
        refuse(job, chosen)
        return undone(job, chosen, "a guard refused", Exit.GUARD_REFUSED)
    if job.ask and judged(job, plan, approved=approved).runnable and not await agreed():
        return undone(job, chosen, "nobody said yes", Exit.FAILED)
    return None


def undone(job: Job, chosen: Chosen, why: str, code: Exit) -> Ended:
    """The end of a run that changed nothing, with a report for whoever reads those."""
    at = f"{job.inputs.now:%Y-%m-%dT%H:%M:%SZ}"
    report = Report(
        run_id=job.inputs.run_id,
        plan=chosen.document.plan,
        plan_digest=chosen.document.digest,
        outcomes=(),
        started_at=at,
        finished_at=at,
        stopped=f"{why}; nothing was changed",
    )
    return Ended(code=code, report=report, began=False)


def refuse(job: Job, chosen: Chosen) -> None:
    """Say why nothing was done, and remember who was seen absent all the same."""
    if job.approvals.digest and not job.approvals.covers(chosen.document):
        click.echo(
            f"--approve {job.approvals.digest} is not this plan: its digest is "
            f"{chosen.document.digest}",
            err=True,
        )
    ledger = job.inputs.loaded.config.ledger
    if ledger is not None and chosen.current is not None:
        seen = seen_by(job, chosen.document.plan, chosen.current)
        observe(job.inputs.loaded.resolve(ledger), job.inputs.run_id, job.inputs.now, seen)


async def agreed() -> bool:
    """Whether the person at the terminal types yes; a signal at the question ends the run."""
    click.echo("Do this in Asana? Only 'yes' goes on [no]: ", err=True, nl=False)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        if not answer.done():
            answer.set_result(sys.stdin.readline())

    # The loop waits for line and signal alike: a blocking read could begin just after a
    # signal was noted, and then nobody would act on it.
    loop.add_reader(sys.stdin, read)
    try:
        with on_signals(lambda _: answer.cancel()):
            return (await answer).strip() == "yes"
    except asyncio.CancelledError:
        raise click.Abort from None
    finally:
        loop.remove_reader(sys.stdin)


@contextmanager
def on_signals(act: Callable[[str], object]) -> Iterator[None]:
    """Within the block SIGTERM and Ctrl-C call `act` with the signal's name."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in signals}
    for number in signals:
        loop.add_signal_handler(number, act, number.name)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


def judged(job: Job, plan: Plan, *, approved: bool) -> Plan:
    """The plan with what still breaks a guard held back."""
    standing = unresolved(plan, job.approvals.allow, approved=approved)
    return hold(plan, standing) if standing else plan


async def perform(job: Job, chosen: Chosen, client: AsanaClient, progress: Progress) -> Report:
    """Carry the plan out under the journal, read back, and remember the run."""
    plan = judged(job, chosen.document.plan, approved=job.approvals.covers(chosen.document))
    concerned = concerned_team_keys(plan)
    done = Counter[str]()
    # While a person was thinking, the world may have moved: read anew and compare.
    known = None if job.ask else chosen.current
    looks = Counter(pages=client.pages)

    async def read() -> CurrentState:
        before = client.pages
        current = await read_current(client, concerned, progress=progress)
        looks["taken"] += 1
        looks["pages"] = client.pages - before
        if known is None and looks["taken"] == 1:
            await refuse_promoted(client, job.inputs, plan, current, progress)
        return current

    def on_outcome(_: Action, __: Outcome) -> None:
        done["actions"] += 1
        progress("applying", done["actions"], len(plan.runnable))

    def remember(report: Report, newest: CurrentState | None) -> None:
        record(job, report, newest or chosen.current)

    ports = Ports(
        asana=client,
        read=read,
        open_journal=lambda: open_journal(job, chosen, plan),
        clock=lambda: datetime.now(UTC),
        sleep=SLEEP,
        requests=lambda: client.requests,
        pages=lambda: looks["pages"],
        remember=remember,
        on_outcome=on_outcome,
    )
    run = ApplyRun(
        run_id=job.inputs.run_id,
        plan=plan,
        plan_digest=chosen.document.digest,
        current=known,
        # What was saved and reviewed is carried out whole or not at all. To a question on the
        # spot, what moved meanwhile is no answer: it waits for the next plan, the rest goes.
        when_moved="refuse" if job.plan_file else "skip",
        resume=chosen.resume,
        stop=job.stop,
    )
    return await run_apply(run, ports)


def open_journal(job: Job, chosen: Chosen, plan: Plan) -> Journal:
    """A new journal that says who runs what. Raises StateError."""
    header = Header(
        run_id=job.inputs.run_id,
        user=who(),
        host=socket.gethostname(),
        version=__version__,
        config_digest=plan.config_digest,
        sources_digest=plan.sources_digest,
        plan_digest=chosen.document.digest,
        plan_checksum=chosen.document.checksum,
        tenant=plan.tenant,
        actions=len(plan.actions),
        approvals=job.approvals.said(),
    )
    folder = job.inputs.loaded.resolve(job.inputs.loaded.config.journal)
    return Journal.create(folder, header, lambda: datetime.now(UTC))


def who() -> str:
    """The account that runs this; a container may have none by name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


def record(job: Job, report: Report, current: CurrentState | None) -> None:
    """Tell the ledger what this run saw and did. Raises StateError."""
    ledger = job.inputs.loaded.config.ledger
    if ledger is None or current is None:
        return
    seen = seen_by(job, report.plan, current)
    record_run(
        job.inputs.loaded.resolve(ledger),
        RunRecord(
            run_id=report.run_id,
            at=job.inputs.now,
            people=job.inputs.desired.state.people_read,
            good=not any(failed(outcome) for outcome in report.outcomes) and not report.stopped,
            sighting=seen,
            deactivated=deactivated(report.plan, report.outcomes),
        ),
    )


def seen_by(job: Job, plan: Plan, current: CurrentState) -> Sighting:
    """What the ledger learns of this reading."""
    inputs = job.inputs
    return sighting(plan, inputs.desired.state, current, inputs.loaded.config, inputs.memory)


def failed(outcome: Outcome) -> bool:
    """Whether an outcome keeps a run from being a good one."""
    return outcome.result in {Result.FAILED, Result.SKIPPED}
