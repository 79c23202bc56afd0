"""`syncer rehearse`: carry the plan out on a copy of the live tenant, and say what came of it."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from syncer import __version__
from syncer.apply.journal import Header, Journal
from syncer.apply.plan_file import read_plan
from syncer.apply.run import ApplyRun, Ports, run_apply
from syncer.asana.client import AsanaClient
from syncer.asana.in_process import InProcessTransport
from syncer.asana.listings import TenantListings
from syncer.asana.reader import read_current
from syncer.asana.settings import ClientSettings, Timing
from syncer.cli.labels import read_labels
from syncer.cli.logs import EventLog
from syncer.cli.options import Settings, common_options
from syncer.cli.output import format_option, label_option, only_option, width
from syncer.cli.progress import Progress
from syncer.cli.signals import run_until_signal
from syncer.cli.tenant_copy import copy_of, seen_after
from syncer.cli.wiring import (
    SANDBOX_URL,
    Inputs,
    collector_off,
    compute,
    connect,
    document,
    read_inputs,
    read_tenant,
    rejudged,
    sandbox_errors,
)
from syncer.core.guards import hold, holds_back, refusing, unresolved
from syncer.core.managed_teams import concerned_team_keys, managed_team_keys
from syncer.core.plan_document import PlanDocument
from syncer.core.staleness import stale_differences
from syncer.model.errors import StaleError, UsageError
from syncer.model.exits import Exit
from syncer.model.outcome import Report
from syncer.model.plan import Plan
from syncer.model.state import CurrentState
from syncer.render.conclusion import report_exit
from syncer.render.rehearsal_json import rehearsal_json
from syncer.render.rehearsal_text import Rehearsal, render_rehearsal


@click.command(
    "rehearse",
    epilog="Exit codes: 0 all of it would go; 1 failed; 3 a guard would refuse; 4 some actions "
    "would fail; 5 stale plan; 6 removals held; 64 wrong usage, config or sources.",
)
@common_options
@click.argument("plan_file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the tenant that would result, for `syncer sandbox show FILE` or asana.sandbox.",
)
@format_option
@only_option
@label_option
@click.pass_obj
def command(
    settings: Settings,
    *,
    plan_file: Path | None,
    out: Path | None,
    style: str,
    only: tuple[str, ...],
    labels: tuple[str, ...],
) -> Exit:
    """Apply the plan to a copy of the live tenant in memory. Nothing is changed in Asana.

    Shows what would come of each action as far as the documentation tells, the requests by kind,
    the time at Asana's limits, and what a second plan would find.
    """
    if only and plan_file is not None:
        raise UsageError("--only: a saved plan is rehearsed as it is", "leave one of them out")
    log = EventLog(settings, command="rehearse")
    with collector_off():
        inputs = read_inputs(settings.config_path, log, read_labels(labels)).lean()
        check_out(inputs, out, plan_file)
        stage = Stage(inputs, log, out)
        done = run_until_signal(stage.rehearse(plan_file, only))
    if style == "json":
        click.echo(rehearsal_json(done), nl=False)
    else:
        colour = settings.colour()
        click.echo(render_rehearsal(done, colour=colour, width=width()), nl=False, color=colour)
    if out is not None:
        click.echo(f"saved: look at it with  syncer sandbox show {out}", err=True)
    return done.code


def check_out(inputs: Inputs, out: Path | None, plan_file: Path | None) -> None:
    """Raises UsageError where the copy would take the place of what it was made from."""
    if out is None:
        return
    sandbox = inputs.loaded.config.asana.sandbox
    taken = {
        "the tenant of asana.sandbox": inputs.loaded.resolve(sandbox) if sandbox else None,
        "the plan": plan_file,
    }
    for what, path in taken.items():
        if path is not None and path.resolve() == out.resolve():
            raise UsageError(f"--out {out}: that is {what}", "name another file")


class _Meanwhile:
    """A clock on which a wait takes no time, and is counted all the same."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds have passed."""
        self.now += seconds


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a plan is tried: the inputs of any plan, the log, and where the copy is left."""

    inputs: Inputs
    log: EventLog
    out: Path | None

    async def rehearse(self, plan_file: Path | None, only: Sequence[str]) -> Rehearsal:
        """Read the live tenant, and carry the plan out on a copy. Only `GET` reaches Asana."""
        progress = Progress(self.log)
        try:
            async with connect(self.inputs, self.log, read_only=True) as live:
                with self.log.stage("read"):
                    current = await read_tenant(live, self.inputs, progress)
                reading = Counter(live.requests)
        finally:
            progress.close()
        made = self._chosen(plan_file, only, current)
        with self.log.stage("rehearse"):
            return await self._played(made, current, reading)

    def _chosen(
        self, plan_file: Path | None, only: Sequence[str], current: CurrentState
    ) -> PlanDocument:
        if plan_file is None:
            return document(self.inputs, compute(self.inputs, current, only))
        saved = read_plan(plan_file)
        if found := stale_differences(saved.plan, current):
            raise StaleError.of_asana(found)
        return rejudged(self.inputs, saved)

    async def _played(
        self, made: PlanDocument, current: CurrentState, reading: Counter[str]
    ) -> Rehearsal:
        asana, time = self.inputs.loaded.config.asana, _Meanwhile()
        with sandbox_errors():
            sandbox = copy_of(current, asana.domains)
        settings = ClientSettings(
            base_url=SANDBOX_URL,
            token=sandbox.token,
            requests_per_minute=asana.requests_per_minute * asana.share,
            share=asana.share,
            member_removal=asana.member_removal,
            read_only=False,
        )
        timing = Timing(clock=time.clock, sleep=time.sleep)
        transport = InProcessTransport(sandbox, sleep=time.sleep)
        async with AsanaClient(settings, transport, timing=timing) as client:
            report = await self._applied(made, current, client, time)
            requests = reading + Counter(client.requests)
            after = await read_current(client, managed_team_keys(self.inputs.desired.state))
        if self.out is not None:
            with sandbox_errors():
                sandbox.save_as(self.out)
        second = compute(self.inputs, seen_after(current, after))
        per_second = asana.requests_per_minute * asana.share / 60
        return Rehearsal(
            report=replace(report, requests=tuple(sorted(requests.items()))),
            seconds_at_limits=sum(requests.values()) / per_second,
            code=self._code(made.plan, report),
            users=sum(user.active for user in after.users),
            licenses=_licenses(after),
            teams=len(after.teams),
            left=tuple(action for action in second.actions if not action.held),
        )

    async def _applied(
        self, made: PlanDocument, current: CurrentState, client: AsanaClient, time: _Meanwhile
    ) -> Report:
        concerned, listings = concerned_team_keys(made.plan), TenantListings(client)
        with tempfile.TemporaryDirectory() as folder:
            ports = Ports(
                asana=client,
                read=lambda: listings.current(concerned),
                listings=listings,
                open_journal=lambda: self._journal(Path(folder), made),
                clock=lambda: datetime.now(UTC),
                sleep=time.sleep,
                monotonic=time.clock,
            )
            run = ApplyRun(
                run_id=self.inputs.run_id,
                plan=_as_it_would_go(made.plan),
                plan_digest=made.digest,
                current=current,
            )
            report = await run_apply(run, ports)
        # The journal is gone with its folder, and no time has really passed.
        plan = replace(report.plan, tenant=f"a copy of {self.inputs.tenant}")
        standing = unresolved(made.plan, {}, approved=False)
        return replace(report, plan=plan, journal="", seconds=0.0, violations=standing)

    def _journal(self, folder: Path, made: PlanDocument) -> Journal:
        header = Header(
            run_id=self.inputs.run_id,
            user="",
            host="",
            version=__version__,
            config_digest="",
            sources_digest="",
            plan_digest=made.digest,
            plan_checksum="",
            tenant=f"a copy of {self.inputs.tenant}",
            actions=len(made.plan.actions),
        )
        return Journal.create(folder, header, lambda: datetime.now(UTC))

    @staticmethod
    def _code(plan: Plan, report: Report) -> Exit:
        """What apply would end with: a guard is judged before anything is done."""
        if refusing(plan, unresolved(plan, {}, approved=False)):
            return Exit.GUARD_REFUSED
        return report_exit(report)


def _licenses(after: CurrentState) -> tuple[tuple[str, int], ...]:
    held = Counter(user.license for user in after.users if user.active and user.license)
    return tuple(sorted(held.items()))


def _as_it_would_go(plan: Plan) -> Plan:
    """The plan with what a guard or a policy lets wait held back.

    What one refuses is tried all the same: it tells what would come of accepting it.
    """
    standing = unresolved(plan, {}, approved=False)
    return hold(plan, (one for one in standing if holds_back(plan, one)))
