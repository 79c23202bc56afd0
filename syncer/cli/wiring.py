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

from syncer import __version__
from syncer.apply.ledger import catch_up, read_memory
from syncer.asana.client import AsanaClient, ClientSettings
from syncer.asana.in_process import InProcessTransport
from syncer.asana.organization import AUTO, OrganizationReading, read_organization
from syncer.asana.reader import read_current
from syncer.cli.logs import EventLog
from syncer.cli.progress import Progress
from syncer.cli.secret import read_secret
from syncer.config.loader import LoadedConfig, load_config
from syncer.core.desired import Desired, desire
from syncer.core.expectations import check_expectations
from syncer.core.guards import judge
from syncer.core.managed_teams import managed_team_keys
from syncer.core.names import our_domains
from syncer.core.narrowing import narrowed
from syncer.core.plan_document import PlanDocument, make_document
from syncer.core.planner import build_plan
from syncer.core.planning.recollection import tenant_key
from syncer.core.rules_check import check_rules
from syncer.core.wanted import wanted_attributes
from syncer.model.directory import Snapshot
from syncer.model.errors import StateError, UsageError
from syncer.model.memory import Memory
from syncer.model.origin import Problem, Size
from syncer.model.plan import Plan
from syncer.model.policy.asana import FileSecret
from syncer.model.state import CurrentState
from syncer.sandbox import Sandbox, SandboxError
from syncer.sources.reading import read_snapshot

SANDBOX_URL = "http://localhost/api/1.0/scim"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a plan is made from, but for Asana itself."""

    loaded: LoadedConfig
    snapshot: Snapshot
    desired: Desired
    memory: Memory
    now: datetime
    run_id: str

    @property
    def tenant(self) -> str:
        """Which Asana this is about, in words for a person and for the plan file."""
        return tenant_of(self.loaded)


def tenant_of(loaded: LoadedConfig) -> str:
    """Which Asana this config is about."""
    asana = loaded.config.asana
    return asana.base_url or f"sandbox {asana.sandbox}"


def new_run_id(now: datetime) -> str:
    """A name for this run that sorts by time and does not repeat."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def read_inputs(config_path: Path, log: EventLog) -> Inputs:
    """Config, sources, rules and ledger, read and checked. Raises UsageError with all problems.

    Problems of single records do not stop it: they stand in `desired.problems`.
    """
    now = datetime.now(UTC)
    inputs, problems = survey(config_path, log, now)
    structural = tuple(problem for problem in problems if problem.size is Size.STRUCTURAL)
    if structural:
        raise UsageError("the run cannot start", problems=structural)
    return inputs


def survey(config_path: Path, log: EventLog, now: datetime) -> tuple[Inputs, tuple[Problem, ...]]:
    """The inputs and every problem of any size, of the sources too where rules do not compile.

    Raises UsageError when the config cannot be loaded, and StateError for the ledger.
    """
    with log.stage("config"):
        loaded = load_config(config_path)
        faults = check_rules(loaded.config, loaded.where)
    config, base = loaded.config, loaded.path.parent
    with log.stage("sources"):
        wanted = wanted_attributes(config)
        snapshot = read_snapshot(config.directory, base, loaded.where, wanted)
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
async def connect(inputs: Inputs, log: EventLog, *, read_only: bool) -> AsyncIterator[AsanaClient]:
    """A client for the configured tenant; the sandbox differs in its transport alone."""
    loaded = inputs.loaded
    agent = f"syncer/{__version__} (run {inputs.run_id})"
    settings, transport = way_to(loaded, agent, read_only=read_only)
    async with AsanaClient(settings, transport, event=log.event) as client:
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
            renew = lambda: read_secret(asana.token, base).get_secret_value()  # noqa: E731
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


def open_sandbox(path: Path, domains: tuple[str, ...] = ()) -> Sandbox:
    """The sandbox tenant in this file, created empty when absent. Raises StateError.

    A new tenant takes addresses of these domains only, as the real one would.
    """
    with sandbox_errors():
        return Sandbox.open(path, domains=domains)


@contextmanager
def sandbox_errors() -> Iterator[None]:
    """The sandbox's errors as ours: it imports nothing of the rest."""
    try:
        yield
    except SandboxError as error:
        raise StateError(error.message, error.hint) from None


async def read_tenant(client: AsanaClient, inputs: Inputs, progress: Progress) -> CurrentState:
    """The whole current state: every user, every team, members of managed teams only.

    What SCIM hides is read beside it, where the token may.
    """
    managed = managed_team_keys(inputs.desired.state)
    beside = asyncio.create_task(read_behind(client, inputs, progress))
    try:
        current = await read_current(client, managed, progress=progress)
        found = await beside
    finally:
        beside.cancel()
        # Whatever ended it is no news when the reading itself has failed.
        await asyncio.gather(beside, return_exceptions=True)
    return found.beside(current)


async def read_behind(
    client: AsanaClient, inputs: Inputs, progress: Progress
) -> OrganizationReading:
    """What SCIM hides, where the token may read it. Raises nothing of the AsanaError tree."""
    config = inputs.loaded.config
    workspace = config.asana.workspace
    rest = client.rest(anywhere=workspace != AUTO)
    return await read_organization(rest, workspace, our_domains(config), progress)


@contextmanager
def collector_off() -> Iterator[None]:
    """Let the cyclic collector rest while records are made by the hundred thousand.

    None of them is garbage, and looking for some takes a third of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def compute(inputs: Inputs, current: CurrentState, only: Sequence[str] = ()) -> Plan:
    """The plan for these inputs and this tenant, judged by the guards of the config.

    With `only` it is about these people and teams alone; raises UsageError for an unknown one.
    """
    config, desired = inputs.loaded.config, inputs.desired.state
    plan = build_plan(desired, current, config, inputs.memory, inputs.now)
    if only:
        return finished(inputs, narrowed(plan, only, desired, current), problems=False)
    return finished(inputs, plan)


def finished(inputs: Inputs, plan: Plan, *, problems: bool = True) -> Plan:
    """The plan with its names and, where wanted, the problems of all records, judged."""
    config = inputs.loaded.config
    told = record_problems(inputs) if problems else ()
    plan = replace(
        plan,
        config_digest=inputs.loaded.digest,
        sources_digest=inputs.snapshot.digest,
        tenant=inputs.tenant,
        problems=tuple(dict.fromkeys((*told, *plan.problems))),
    )
    return judge(plan, config.guards, config.approval)


def record_problems(inputs: Inputs) -> tuple[Problem, ...]:
    """What was wrong with single records, for the plan to show; it has the notices already."""
    problems = dict.fromkeys(inputs.desired.problems)
    return tuple(problem.told() for problem in problems if problem.size is Size.RECORD)


def document(inputs: Inputs, plan: Plan) -> PlanDocument:
    """The plan as it is shown and saved."""
    return make_document(plan, created_at=inputs.now, version=__version__)
