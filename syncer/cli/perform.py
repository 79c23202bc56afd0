"""Carry a chosen plan out: under the journal, read back, and remembered by the ledger."""

import asyncio
import socket
from collections import Counter
from datetime import UTC, datetime
from typing import Final

from syncer import __version__
from syncer.apply.execution import ExecutionLimits
from syncer.apply.history import later_run
from syncer.apply.journal import Header, Journal
from syncer.apply.ledger import RunRecord, Sighting, record_run
from syncer.apply.run import ApplyRun, Ports, run_apply
from syncer.apply.sighting import deactivated, sighting
from syncer.asana.client import AsanaClient
from syncer.asana.listings import TenantListings
from syncer.cli.account import who
from syncer.cli.frames import print_frames
from syncer.cli.job import Chosen, Job
from syncer.cli.progress import Progress
from syncer.cli.promoted import refuse_promoted
from syncer.core.guards import hold, unresolved
from syncer.core.managed_teams import concerned_team_keys
from syncer.model.actions import Action
from syncer.model.outcome import Outcome, Report, Result
from syncer.model.plan import Plan
from syncer.model.state import CurrentState

SLEEP: Final = asyncio.sleep
"""Between read-backs; by name here, so that a test need not wait."""


class Readings:
    """The readings of one apply: all users, and the teams that the plan concerns.

    With `checks` the first of them stands between a plan and its first write, and is held against
    the administrators of that moment. `listings` are its parts.
    """

    def __init__(
        self, job: Job, client: AsanaClient, plan: Plan, progress: Progress, *, checks: bool
    ) -> None:
        self._job = job
        self._client = client
        self._plan = plan
        self._progress = progress
        self._checks = checks
        self._concerned = concerned_team_keys(plan)
        self.listings = TenantListings(client, progress)

    async def read(self) -> CurrentState:
        """The current state. Raises the AsanaError tree, and StaleError for an administrator."""
        current = await self.listings.current(self._concerned)
        if self._checks:
            self._checks = False
            inputs, progress = self._job.inputs, self._progress
            await refuse_promoted(self._client, inputs, self._plan, current, progress)
        return current


def judged(job: Job, plan: Plan, *, approved: bool) -> Plan:
    """The plan with what still breaks a guard held back."""
    standing = unresolved(plan, job.approvals.allow, approved=approved)
    return hold(plan, standing) if standing else plan


async def perform(job: Job, chosen: Chosen, client: AsanaClient, progress: Progress) -> Report:
    """Carry the plan out under the journal, read back, and remember the run."""
    plan = judged(job, chosen.document.plan, approved=job.approvals.covers(chosen))
    # While a person was thinking, the world may have moved: read anew and compare.
    known = None if job.ask else chosen.current
    readings = Readings(job, client, plan, progress, checks=known is None)
    done = Counter[str]()

    def on_outcome(_: Action, __: Outcome) -> None:
        done["actions"] += 1
        progress("applying", done["actions"], len(plan.runnable))

    def remember(report: Report, newest: CurrentState | None) -> None:
        record(job, report, newest or chosen.current)

    ports = Ports(
        asana=client,
        read=readings.read,
        listings=readings.listings,
        open_journal=lambda: open_journal(job, chosen, plan),
        clock=lambda: datetime.now(UTC),
        sleep=SLEEP,
        requests=lambda: client.requests,
        remember=remember,
        on_outcome=on_outcome,
        on_defect=print_frames if job.settings.debugging else None,
    )
    run = ApplyRun(
        run_id=job.inputs.run_id,
        plan=plan,
        plan_digest=chosen.document.digest,
        current=known,
        # What was saved and reviewed is carried out whole or not at all. To a question on the
        # spot, what moved meanwhile is no answer: it waits for the next plan, the rest goes.
        when_moved="refuse" if job.plan_file else "skip",
        resume=bool(chosen.resumes),
        limits=ExecutionLimits(failures_in_a_row=job.inputs.loaded.config.apply.failures_in_a_row),
        stop=job.stop,
    )
    return await run_apply(run, ports)


def open_journal(job: Job, chosen: Chosen, plan: Plan) -> Journal:
    """A new journal that says who runs what. Raises StateError."""
    folder = job.inputs.loaded.resolve(job.inputs.loaded.config.journal)
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
        labels=job.inputs.labels,
        resumes=chosen.resumes,
        follows=later_run(folder, job.inputs.run_id),
    )
    return Journal.create(folder, header, lambda: datetime.now(UTC))


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
