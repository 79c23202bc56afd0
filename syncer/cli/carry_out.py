"""The body of `apply`: which plan, and whether it may go."""

import asyncio
import socket
import sys
from dataclasses import replace
from datetime import UTC, datetime

import click

from syncer.apply.ledger import observe
from syncer.apply.plan_file import write_plan
from syncer.asana.client import AsanaClient
from syncer.cli.account import who
from syncer.cli.interruption import INTERRUPTION
from syncer.cli.job import Chosen, Ended, Job
from syncer.cli.output import show_plan
from syncer.cli.perform import judged, perform, seen_by
from syncer.cli.progress import Progress
from syncer.cli.saved import saved_plan
from syncer.cli.signals import heed_signals, on_signals
from syncer.cli.wiring import compute, connect, document, look_at_journals, read_tenant, rejudged
from syncer.core.guards import called, refusing, unresolved
from syncer.core.policing.police import new_violations
from syncer.model.exits import Exit
from syncer.model.outcome import Report
from syncer.render.characters import harmless
from syncer.render.conclusion import report_exit
from syncer.render.wording import counted, listed

MODE = "apply: what this plan says is about to be done in Asana"


async def carry_out(job: Job) -> Ended:
    """Choose the plan, show it, judge it, ask, and do it."""
    progress = Progress(job.log)
    try:
        async with connect(job.inputs, job.log, read_only=False) as client:
            with job.log.stage("read"):
                chosen = await choose(job, client, progress)
            progress.close()
            await heed_signals()
            refused = await decide(job, chosen)
            await heed_signals()
            if refused is not None:
                return refused
            with (
                job.log.stage("apply"),
                on_signals(lambda name: job.stop.request(f"interrupted by {name}")),
            ):
                # One that came right before this block still ends the run before any change.
                await heed_signals()
                report = await perform(job, chosen, client, progress)
                INTERRUPTION.over = True
    finally:
        progress.close()
    return Ended(code=report_exit(report), report=signed(report, job, chosen))


async def choose(job: Job, client: AsanaClient, progress: Progress) -> Chosen:
    """The saved plan, checked; or a plan made now from a fresh reading."""
    if job.plan_file is None:
        history = look_at_journals(job.inputs)
        current = await read_tenant(client, job.inputs, progress)
        made = document(job.inputs, compute(job.inputs, current, job.only, history))
        return Chosen(document=made, current=current)
    saved = saved_plan(job.inputs, job.plan_file, job.terms)
    return Chosen(
        document=rejudged(job.inputs, saved.document),
        saved=saved.document,
        resumes=saved.resumes,
    )


async def decide(job: Job, chosen: Chosen) -> Ended | None:
    """None when the plan may go; else how the run ends before any change."""
    plan = chosen.document.plan
    approved = job.approvals.covers(chosen)
    standing = unresolved(plan, job.approvals.allow, approved=approved)
    refused = () if job.approvals.hold else refusing(plan, standing)
    if job.out is not None:
        write_plan(job.out, chosen.saved or chosen.document)
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
    return overtaken(job, chosen)


def overtaken(job: Job, chosen: Chosen) -> Ended | None:
    """How the run ends where, since the plan was shown, the hour has come at which a policy
    forbids any of it; None where nothing has changed."""
    if not job.inputs.loaded.config.policy:
        return None
    later = rejudged(job.inputs, chosen.document, datetime.now(UTC))
    found = new_violations(chosen.document.plan, later.plan)
    standing = unresolved(
        replace(later.plan, violations=found), job.approvals.allow, approved=False
    )
    if not standing:
        return None
    for violation in standing:
        click.echo(f"{called(violation.guard)}, only now: {violation.message}", err=True)
    why = "a policy forbids now what it let pass when the plan was shown"
    return undone(job, replace(chosen, document=later), why, Exit.GUARD_REFUSED)


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
    return Ended(code=code, report=signed(report, job, chosen), began=False)


def signed(report: Report, job: Job, chosen: Chosen) -> Report:
    """The report with who ran it where, and the violations that nobody accepted."""
    approved = job.approvals.covers(chosen)
    standing = unresolved(chosen.document.plan, job.approvals.allow, approved=approved)
    return replace(report, user=who(), host=socket.gethostname(), violations=standing)


def refuse(job: Job, chosen: Chosen) -> None:
    """Say why nothing was done, and remember who was seen absent all the same."""
    if job.approvals.digest and not job.approvals.covers(chosen):
        click.echo(
            f"--approve {job.approvals.digest} is not this plan: its digest is "
            f"{chosen.document.digest}",
            err=True,
        )
    if left_out := labels_left_out(job, chosen):
        click.echo(
            f"the plan was made with {counted(len(left_out), 'label')} that this apply was not "
            f"given: {listed(left_out)}; only what --label says here counts",
            err=True,
        )
    ledger = job.inputs.loaded.config.ledger
    if ledger is not None and chosen.current is not None:
        seen = seen_by(job, chosen.document.plan, chosen.current)
        observe(job.inputs.loaded.resolve(ledger), job.inputs.run_id, job.inputs.now, seen)


def labels_left_out(job: Job, chosen: Chosen) -> tuple[str, ...]:
    """The labels that a saved plan was made with and that nobody gave to this apply."""
    policed = chosen.saved.plan.policed if chosen.saved else None
    labels = policed.labels if policed else ()
    return tuple(harmless(one) for one in labels if one not in job.inputs.labels)


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
