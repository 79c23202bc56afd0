"""A whole run of apply: check the live state, execute, read back, remember, report."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from syncer.apply.evidence import outcome_entry
from syncer.apply.execution import Execution, ExecutionLimits, Precondition, StopSignal
from syncer.apply.executor import OnOutcome, counts, execute
from syncer.apply.freshness import Freshness
from syncer.apply.journal import Clock, Journal
from syncer.apply.looks import Looks
from syncer.apply.ports import AsanaPort, Listings
from syncer.core.staleness import already_done, stale_actions, stale_differences
from syncer.core.verification import Lookup
from syncer.model.actions import Action, ChangeMembers, CreateTeam, CreateUser
from syncer.model.errors import StaleError, StateError
from syncer.model.outcome import Outcome, Report, Result
from syncer.model.plan import Plan
from syncer.model.state import CurrentState

READ_BACK_DELAYS: Final = (1.0, 4.0)
"""Seconds before the second and third read-back. Whether Asana shows a write at once is
documented nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything outside that a run needs; all of it is handed in.

    `read` reads the whole current state, `listings` parts of it. `open_journal` creates the
    journal and is called right before the first write. `remember` gets the report and the newest
    reading there is, for the ledger.
    """

    asana: AsanaPort
    read: Callable[[], Awaitable[CurrentState]]
    listings: Listings
    open_journal: Callable[[], Journal]
    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    monotonic: Callable[[], float] = time.monotonic
    requests: Callable[[], Mapping[str, int]] = dict
    remember: Callable[[Report, CurrentState], None] | None = None
    on_outcome: OnOutcome | None = None
    on_defect: Callable[[Exception], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRun:
    """What to carry out, and how.

    `plan` is as the guards left it, `plan_digest` its name before they held anything.
    `current` is the reading the plan was just made from; None reads anew and compares, and
    `when_moved` says whether a record that has moved since refuses the run or only its own
    actions. `resume` accepts records that this same plan has changed before.
    """

    run_id: str
    plan: Plan
    plan_digest: str
    current: CurrentState | None = None
    when_moved: Literal["refuse", "skip"] = "refuse"
    resume: bool = False
    limits: ExecutionLimits = field(default_factory=ExecutionLimits)
    stop: StopSignal = field(default_factory=StopSignal)
    read_back_delays: tuple[float, ...] = READ_BACK_DELAYS


async def run_apply(run: ApplyRun, ports: Ports) -> Report:
    """Carry the plan out and say what became of it.

    Before the first write it raises StaleError with the exact differences, StateError when
    the journal cannot be created and AsanaError when the live state cannot be read. From then
    on everything is in the report, a fault of ours too, which `on_defect` hears of when all of
    that is on disk.
    """
    started = ports.clock()
    current = run.current if run.current is not None else await ports.read()
    precondition = _check(run, ports, current)
    done, members = _begun(run.plan, current) if run.resume else ({}, {})
    journal = ports.open_journal()
    try:
        execution = await execute(
            run.plan,
            ports.asana,
            journal,
            limits=run.limits,
            stop=run.stop,
            done=done,
            members=members,
            precondition=precondition,
            on_outcome=ports.on_outcome,
        )
        # Who asked the run to stop is waiting: one look must do.
        delays = () if execution.interrupted else run.read_back_delays
        looks = Looks(execution, current, ports.asana, ports.listings)
        found = await looks.take(delays, ports.sleep)
        stopped = _stopped(execution, found.outcomes)
        closed = await _close(journal, execution, found.outcomes, stopped)
    finally:
        journal.close()
    report = _report(run, ports, execution, found.outcomes, started)
    warnings = (*found.warnings, *closed)
    report = replace(report, stopped=stopped, journal=str(journal.path), warnings=warnings)
    report = _remembered(report, ports, _as_far_as_read(found.newest, current))
    if execution.error is not None and ports.on_defect is not None:
        ports.on_defect(execution.error)
    return report


def _check(run: ApplyRun, ports: Ports, current: CurrentState) -> Precondition:
    """What to ask before each action. Raises StaleError."""
    moved: Mapping[str, str] = {}
    if run.current is None or run.resume:
        if run.when_moved == "refuse":
            found = stale_differences(run.plan, current, resume=run.resume)
            if found:
                raise StaleError.of_asana(found)
        moved = stale_actions(run.plan, current, resume=run.resume)
    return Freshness(run.plan, moved, read=ports.read, clock=ports.monotonic)


def _begun(
    plan: Plan, current: CurrentState
) -> tuple[Mapping[str, str | None], Mapping[str, frozenset[str]]]:
    """The actions in effect already, with the ids of what they created; and the members of the
    teams whose members the others change."""
    lookup = Lookup.of(current)
    refs = already_done(plan, current)
    done = {action.ref: _id_of(action, lookup) for action in plan.actions if action.ref in refs}
    members: dict[str, frozenset[str]] = {}
    for action in plan.runnable:
        if isinstance(action, ChangeMembers) and action.ref not in refs:
            team = lookup.team(action.scim_id, action.team)
            if team is not None and team.members is not None:
                members[action.ref] = team.members
    return done, members


def _id_of(action: Action, lookup: Lookup) -> str | None:
    match action:
        case CreateUser():
            user = lookup.user(None, action.user_name)
            return user.id if user else None
        case CreateTeam():
            team = lookup.team(None, action.team)
            return team.id if team else None
        case _:
            return action.scim_id


def _as_far_as_read(newest: CurrentState | None, before: CurrentState) -> CurrentState:
    """The reading for the ledger: who could not be read again is as before, and not gone."""
    if newest is None:
        return before
    unread = {user.id for user in newest.unreadable}
    known = [user for user in before.users if user.id in unread]
    again = {user.id for user in known}
    return replace(
        newest,
        users=(*newest.users, *known),
        unreadable=tuple(user for user in newest.unreadable if user.id not in again),
    )


def _stopped(execution: Execution, outcomes: tuple[Outcome, ...]) -> str:
    """Why the run ended early; "" where the read-back shows that it had come to its end."""
    left = any(one.result in {Result.FAILED, Result.SKIPPED} for one in outcomes)
    return execution.stopped if left or not execution.gave_up else ""


async def _close(
    journal: Journal, execution: Execution, outcomes: tuple[Outcome, ...], stopped: str
) -> list[str]:
    """Write down what the read-back changed, and the end; what could not be written."""
    changes = zip(execution.plan.actions, execution.outcomes, outcomes, strict=True)
    for action, before, after in changes:
        if before != after:
            journal.note({**outcome_entry(action, after), "by": "read-back"})
    status = "complete"
    if stopped:
        status = "interrupted" if execution.interrupted else "stopped"
    try:
        journal.end(status, counts(outcomes), stopped)
    except StateError as error:
        return [f"the journal has no end: {error.message}"]
    return []


def _report(
    run: ApplyRun,
    ports: Ports,
    execution: Execution,
    outcomes: tuple[Outcome, ...],
    started: datetime,
) -> Report:
    finished = ports.clock()
    return Report(
        run_id=run.run_id,
        plan=run.plan,
        plan_digest=run.plan_digest,
        outcomes=outcomes,
        started_at=_iso(started),
        finished_at=_iso(finished),
        interrupted=execution.interrupted,
        requests=tuple(sorted(ports.requests().items())),
        seconds=(finished - started).total_seconds(),
    )


def _remembered(report: Report, ports: Ports, newest: CurrentState) -> Report:
    if ports.remember is None:
        return report
    try:
        ports.remember(report, newest)
    except StateError as error:
        warning = f"the ledger does not know of this run: {error.message}"
        return replace(report, warnings=(*report.warnings, warning))
    return report


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
