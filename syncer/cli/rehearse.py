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
from syncer.cli.outputs import check_outputs, outputs_of
from syncer.cli.progress import Progress
from syncer.cli.promoted import check_promoted
from syncer.cli.saved import SavedPlan, read_terms, saved_plan, terms_options
from syncer.cli.signals import run_until_signal
from syncer.cli.tenant_copy import copy_of, seen_after
from syncer.cli.wiring import (
    SANDBOX_URL,
    Inputs,
    collector_off,
    compute,
    connect,
    document,
    read_beside,
    read_inputs,
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
@terms_options
@click.pass_obj
def command(
    settings: Settings,
    *,
    plan_file: Path | None,
    out: Path | None,
    style: str,
    only: tuple[str, ...],
    labels: tuple[str, ...],
    max_age: float,
    ignore_sources: bool,
) -> Exit:
    """Apply the plan to a copy of the live tenant in memory. Nothing is changed in Asana.

    Shows what would come of each action as far as the documentation tells, the requests by kind,
    the time at Asana's limits, and what a second plan would find.
    """
    if only and plan_file is not None:
        raise UsageError("--only: a saved plan is rehearsed as it is", "leave one of them out")
    terms = read_terms(max_age, ignore_sources=ignore_sources)
    log = EventLog(settings, command="rehearse")
    with collector_off():
        inputs = read_inputs(settings.config_path, log, read_labels(labels)).lean()
        check_outputs(outputs_of(out), inputs.loaded, {"the plan": plan_file})
        saved = saved_plan(inputs, plan_file, terms) if plan_file else None
        done = run_until_signal(Stage(inputs, log, out).rehearse(saved, only))
    if style == "json":
        click.echo(rehearsal_json(done), nl=False)
    else:
        colour = settings.colour()
        click.echo(render_rehearsal(done, colour=colour, width=width()), nl=False, color=colour)
    if out is not None:
        click.echo(f"saved: look at it with  syncer sandbox show {out}", err=True)
    return done.code


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
class Part:
    """What is played: the plan, the tenant as it is, and whether a run has begun with it."""

    made: PlanDocument
    current: CurrentState
    resumes: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a plan is tried: the inputs of any plan, the log, and where the copy is left."""

    inputs: Inputs
    log: EventLog
    out: Path | None

    async def rehearse(self, saved: SavedPlan | None, only: Sequence[str]) -> Rehearsal:
        """Read the live tenant, and carry the plan out on a copy. Only `GET` reaches Asana.

        Raises StaleError where apply would not begin with the saved plan.
        """
        progress = Progress(self.log)
        try:
            async with connect(self.inputs, self.log, read_only=True) as live:
                with self.log.stage("read"):
                    current = await self._read(live, saved, progress)
                reading = Counter(live.requests)
        finally:
            progress.close()
        made = self._chosen(saved, only, current)
        with self.log.stage("rehearse"):
            return await self._played(Part(made, current, bool(saved and saved.resumes)), reading)

    async def _read(
        self, live: AsanaClient, saved: SavedPlan | None, progress: Progress
    ) -> CurrentState:
        """The live tenant, with the members of every team that the plan is about."""
        managed = managed_team_keys(self.inputs.desired.state)
        concerned = concerned_team_keys(saved.document.plan) if saved else frozenset()
        return await read_beside(live, self.inputs, progress, managed=managed | concerned)

    def _chosen(
        self, saved: SavedPlan | None, only: Sequence[str], current: CurrentState
    ) -> PlanDocument:
        if saved is None:
            return document(self.inputs, compute(self.inputs, current, only))
        made = rejudged(self.inputs, saved.document)
        plan = _as_it_would_go(made.plan)
        if found := stale_differences(plan, current, resume=bool(saved.resumes)):
            raise StaleError.of_asana(found)
        check_promoted(self.inputs, plan, current)
        return made

    async def _played(self, part: Part, reading: Counter[str]) -> Rehearsal:
        current = part.current
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
            report = await self._applied(part, client, time)
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
            code=self._code(part.made.plan, report),
            users=sum(user.active for user in after.users),
            licenses=_licenses(after),
            teams=len(after.teams),
            left=tuple(action for action in second.actions if not action.held),
        )

    async def _applied(self, part: Part, client: AsanaClient, time: _Meanwhile) -> Report:
        made = part.made
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
                current=part.current,
                resume=part.resumes,
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
