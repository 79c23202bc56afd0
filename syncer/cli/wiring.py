"""The one place that builds concrete objects and connects the layers.

Inputs (config, sources, rules, ledger) are read and checked whole before Asana is asked
anything; Asana is read whole before anything is planned.
"""

import asyncio
import gc
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from syncer import __version__
from syncer.apply.history import is_written_on, read_history
from syncer.apply.ledger import catch_up, read_memory
from syncer.asana.client import AsanaClient, ClientSettings
from syncer.asana.in_process import InProcessTransport
from syncer.asana.organization import AUTO, OrganizationReading, read_organization
from syncer.asana.reader import read_current
from syncer.cli.logs import EventLog
from syncer.cli.progress import Progress
from syncer.cli.secret import read_again, read_secret
from syncer.cli.servers import Servers
from syncer.config.loader import LoadedConfig, load_config
from syncer.core.desired import Desired, desire
from syncer.core.drift.telling import with_drift
from syncer.core.expectations import check_expectations
from syncer.core.guards import judge
from syncer.core.managed_teams import managed_team_keys
from syncer.core.names import our_domains
from syncer.core.narrowing import drift_about, narrowed
from syncer.core.plan_document import PlanDocument, make_document, with_plan
from syncer.core.planner import work_out
from syncer.core.planning.recollection import tenant_key
from syncer.core.policing.facts import Circumstances
from syncer.core.policing.police import police
from syncer.core.policing.rules import compile_policies
from syncer.core.rules_check import check_rules
from syncer.core.wanted import wanted_attributes
from syncer.model.directory import Snapshot
from syncer.model.errors import StateError, UsageError
from syncer.model.memory import Memory
from syncer.model.origin import Problem, Size
from syncer.model.past import History
from syncer.model.plan import Plan
from syncer.model.policy.secrets import FileSecret
from syncer.model.state import CurrentState, TeamKey
from syncer.sources.reading import read_snapshot

if TYPE_CHECKING:
    from syncer.sandbox import Sandbox

SANDBOX_URL = "http://localhost/api/1.0/scim"

_WRITTEN_ON = "a run was at work while Asana was read: what else changed in it is not told"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a plan is made from, but for Asana itself."""

    loaded: LoadedConfig
    snapshot: Snapshot
    desired: Desired
    memory: Memory
    now: datetime
    run_id: str
    labels: tuple[str, ...] = ()

    @property
    def tenant(self) -> str:
        """Which Asana this is about, in words for a person and for the plan file."""
        return tenant_of(self.loaded)

    def lean(self) -> "Inputs":
        """Without the records of the directory, for whoever asks only what they amount to."""
        return replace(self, snapshot=self.snapshot.forgotten())


class Asking(Protocol):
    """Who asks Asana: a config, and the run that it is for."""

    @property
    def loaded(self) -> LoadedConfig:
        """The config that says where Asana is."""

    @property
    def run_id(self) -> str:
        """The name of the run, which Asana is told."""


def tenant_of(loaded: LoadedConfig) -> str:
    """Which Asana this config is about."""
    asana = loaded.config.asana
    return asana.base_url or f"sandbox {asana.sandbox}"


def new_run_id(now: datetime) -> str:
    """A name for this run that sorts by time and does not repeat."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def read_inputs(config_path: Path, log: EventLog, labels: tuple[str, ...] = ()) -> Inputs:
    """Config, sources, rules and ledger, read and checked. Raises UsageError with all problems.

    Problems of single records do not stop it: they stand in `desired.problems`. `labels` are
    what the policies of the config may ask for.
    """
    now = datetime.now(UTC)
    inputs, problems = survey(config_path, log, now)
    structural = tuple(problem for problem in problems if problem.size is Size.STRUCTURAL)
    if structural:
        raise UsageError("the run cannot start", problems=structural)
    return replace(inputs, labels=labels)


def survey(
    config_path: Path, log: EventLog, now: datetime, *, offline: bool = False
) -> tuple[Inputs, tuple[Problem, ...]]:
    """The inputs and every problem of any size, of the sources too where rules do not compile.

    With `offline` no directory server is asked: what it holds stays unread. Raises UsageError
    when the config cannot be loaded, and StateError for the ledger.
    """
    with log.stage("config"):
        loaded = load_config(config_path)
        faults = check_rules(loaded.config, loaded.where)
    config, base = loaded.config, loaded.path.parent
    with log.stage("sources"):
        wanted = wanted_attributes(config)
        live = None if offline else Servers(base)
        snapshot = read_snapshot(config.directory, base, loaded.where, wanted, live)
        memory = recall(loaded, now)
    with log.stage("rules"):
        desired = desire(snapshot, config, loaded.where)
        doubts = check_expectations(snapshot, config, memory, now, loaded.where)
    found = (*faults, *desired.problems, *doubts)
    inputs = Inputs(loaded, snapshot, desired, memory, now, new_run_id(now))
    return inputs, tuple(dict.fromkeys(found))


def recall(loaded: LoadedConfig, now: datetime) -> Memory:
    """What earlier runs saw, killed ones included; nothing without a ledger. Raises StateError."""
    config = loaded.config
    if config.ledger is None:
        return Memory()
    journals = loaded.resolve(config.journal)
    days = config.guards.window_days
    tenant = tenant_key(tenant_of(loaded))
    return read_memory(loaded.resolve(config.ledger), now, days, journals=journals, tenant=tenant)


def caught_up(inputs: Inputs) -> Inputs:
    """The inputs with a memory that no other run can outdate: asked under the lock.

    Raises StateError when this run could not be remembered.
    """
    config = inputs.loaded.config
    if config.ledger is None:
        return inputs
    ledger, journals = inputs.loaded.resolve(config.ledger), inputs.loaded.resolve(config.journal)
    catch_up(ledger, inputs.now, config.guards.window_days, journals=journals)
    return replace(inputs, memory=recall(inputs.loaded, inputs.now))


@asynccontextmanager
async def connect(asking: Asking, log: EventLog, *, read_only: bool) -> AsyncIterator[AsanaClient]:
    """A client for the configured tenant; the sandbox differs in its transport alone."""
    loaded = asking.loaded
    agent = f"syncer/{__version__} (run {asking.run_id})"
    settings, transport = way_to(loaded, agent, read_only=read_only)
    async with AsanaClient(settings, transport, event=log.event) as client:
        log.traffic = client.traffic
        yield client


def way_to(
    loaded: LoadedConfig, user_agent: str, *, read_only: bool
) -> tuple[ClientSettings, InProcessTransport | None]:
    """How to reach the configured tenant. Raises UsageError for the token, StateError."""
    asana, base = loaded.config.asana, loaded.path.parent
    transport, renew = None, None
    if asana.sandbox is not None:
        sandbox = open_sandbox(loaded.resolve(asana.sandbox), asana.domains)
        transport = InProcessTransport(sandbox)
        token, url = sandbox.token, SANDBOX_URL
    else:
        token = read_secret(asana.token, base).get_secret_value()
        url = asana.base_url or ""
        if isinstance(asana.token, FileSecret):
            renew = lambda: read_again(asana.token, base).get_secret_value()  # noqa: E731
    settings = ClientSettings(
        base_url=url,
        token=token,
        user_agent=user_agent,
        requests_per_minute=asana.requests_per_minute * asana.share,
        share=asana.share,
        timeout_seconds=asana.timeout_seconds,
        ca_bundle=str(loaded.resolve(asana.ca_bundle)) if asana.ca_bundle else None,
        member_removal=asana.member_removal,
        read_only=read_only,
        renew=renew,
    )
    return settings, transport


def open_sandbox(path: Path, domains: tuple[str, ...] = ()) -> "Sandbox":
    """The sandbox tenant in this file, created empty when absent. Raises StateError.

    A new tenant takes addresses of these domains only, as the real one would.
    """
    from syncer.sandbox import Sandbox  # noqa: PLC0415  # a tenth of the start of other runs

    with sandbox_errors():
        return Sandbox.open(path, domains=domains)


@contextmanager
def sandbox_errors() -> Iterator[None]:
    """The sandbox's errors as ours: it imports nothing of the rest."""
    from syncer.sandbox import SandboxError  # noqa: PLC0415  # as above

    try:
        yield
    except SandboxError as error:
        raise StateError(error.message, error.hint) from None


async def read_tenant(client: AsanaClient, inputs: Inputs, progress: Progress) -> CurrentState:
    """The whole current state: every user, every team, members of managed teams only.

    What SCIM hides is read beside it, where the token may.
    """
    managed = managed_team_keys(inputs.desired.state)
    return await read_beside(client, inputs, progress, managed=managed)


async def read_beside(
    client: AsanaClient,
    asking: Asking,
    progress: Progress,
    *,
    managed: frozenset[TeamKey] = frozenset(),
    every_team: bool = False,
) -> CurrentState:
    """Users and these teams, or every team, with what SCIM hides read beside them."""
    beside = asyncio.create_task(read_behind(client, asking, progress))
    try:
        current = await read_current(client, managed, progress=progress, every_team=every_team)
        found = await beside
    finally:
        beside.cancel()
        # Whatever ended it is no news when the reading itself has failed.
        await asyncio.gather(beside, return_exceptions=True)
    return found.beside(current)


async def read_behind(
    client: AsanaClient, asking: Asking, progress: Progress
) -> OrganizationReading:
    """What SCIM hides, where the token may read it. Raises nothing of the AsanaError tree."""
    config = asking.loaded.config
    workspace = config.asana.workspace
    rest = client.rest(anywhere=workspace != AUTO)
    return await read_organization(rest, workspace, our_domains(config), progress)


@contextmanager
def collector_off() -> Iterator[None]:
    """Let the cyclic collector rest while records are made by the hundred thousand.

    None of them is garbage, and looking for some takes a third of the time. They stay until the
    end, so that it need not look through them later either.
    """
    was_on = gc.isenabled()
    gc.unfreeze()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()


def look_at_journals(inputs: Inputs) -> History:
    """What earlier runs left. To be read before Asana is: what comes later was not left yet."""
    loaded = inputs.loaded
    return read_history(loaded.resolve(loaded.config.journal), inputs.tenant, inputs.now)


def still_so(inputs: Inputs, history: History) -> History:
    """The history, or why there is none: a run that wrote meanwhile makes differences of its own.

    Asked after Asana was read.
    """
    if not is_written_on(inputs.loaded.resolve(inputs.loaded.config.journal), history):
        return history
    return History(doubts=(("journal", _WRITTEN_ON), *history.doubts), since=history.since)


def compute(
    inputs: Inputs,
    current: CurrentState,
    only: Sequence[str] = (),
    history: History | None = None,
) -> Plan:
    """The plan for these inputs and this tenant, judged by the guards of the config.

    With `only` it is about these people and teams alone; raises UsageError for an unknown one.
    With a `history` it tells what changed in Asana since.
    """
    config, desired = inputs.loaded.config, inputs.desired.state
    plan, workings = work_out(desired, current, config, inputs.memory, inputs.now)
    plan = narrowed(plan, only, desired, current)
    plan = finished(inputs, plan, problems=not only)
    if history is None:
        return plan
    about = drift_about(only, desired, current)
    return with_drift(plan, still_so(inputs, history), desired, current, workings, about)


def finished(inputs: Inputs, plan: Plan, *, problems: bool = True) -> Plan:
    """The plan with its names and, where wanted, the problems of all records, judged."""
    told = record_problems(inputs) if problems else ()
    plan = replace(
        plan,
        config_digest=inputs.loaded.digest,
        sources_digest=inputs.snapshot.digest,
        tenant=inputs.tenant,
        problems=tuple(dict.fromkeys((*told, *plan.problems))),
    )
    return judged(inputs, plan)


def judged(inputs: Inputs, plan: Plan, now: datetime | None = None) -> Plan:
    """The plan, judged by the guards and policies of the config: at `now`, else when this run
    began. Whatever judged it before, with other labels on another day, counts no more."""
    config = inputs.loaded.config
    at = (now or inputs.now).astimezone(ZoneInfo(config.policy_timezone))
    circumstances = Circumstances(at, config.policy_timezone, inputs.labels)
    guarded = judge(replace(plan, policed=None), config.guards, config.approval)
    return police(guarded, compile_policies(config.policy), circumstances)


def rejudged(inputs: Inputs, saved: PlanDocument, now: datetime | None = None) -> PlanDocument:
    """A saved plan as it is judged today, with the labels of today; its own verdict is history."""
    return with_plan(saved, judged(inputs, saved.plan, now))


def record_problems(inputs: Inputs) -> tuple[Problem, ...]:
    """What was wrong with single records, for the plan to show; it has the notices already."""
    problems = dict.fromkeys(inputs.desired.problems)
    return tuple(problem.told() for problem in problems if problem.size is Size.RECORD)


def document(inputs: Inputs, plan: Plan) -> PlanDocument:
    """The plan as it is shown and saved."""
    return make_document(plan, created_at=inputs.now, version=__version__)
