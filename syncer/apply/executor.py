"""Carry out a plan: in its order, several actions at once, one outcome for each.

Executes the actions as they stand and decides nothing about them. One refused action never
stops the others; a refused token, a row of failures or a broken journal does.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from syncer.apply.attempts import Attempts
from syncer.apply.evidence import outcome_entry
from syncer.apply.execution import Execution, ExecutionLimits, Precondition, StopSignal
from syncer.apply.identities import Identities, UnresolvedError
from syncer.apply.joining import companions
from syncer.apply.journal import Journal
from syncer.apply.ports import AsanaPort
from syncer.apply.requests import Requests
from syncer.model.actions import Action, ChangeMembers, CreateUser, ReactivateUser, SetLicense
from syncer.model.errors import (
    AsanaError,
    AuthenticationError,
    NoSeatError,
    StateError,
    ThrottledError,
)
from syncer.model.outcome import Outcome, Result
from syncer.model.plan import Plan
from syncer.model.state import VIEW_ONLY

OnOutcome = Callable[[Action, Outcome], None]


async def execute(
    plan: Plan,
    port: AsanaPort,
    journal: Journal,
    *,
    limits: ExecutionLimits | None = None,
    stop: StopSignal | None = None,
    done: Mapping[str, str | None] | None = None,
    members: Mapping[str, frozenset[str]] | None = None,
    precondition: Precondition | None = None,
    on_outcome: OnOutcome | None = None,
) -> Execution:
    """Carry out what is runnable in the plan; every action gets exactly one outcome.

    `done` names actions that are in effect already, with the id of what they created, `members`
    by ref of a membership change who is in that team: what of it is in effect is not asked for.
    The journal is left open for the read-back. Raises nothing: what ended the run early is in the
    result.
    """
    run = _Run(plan, port, journal, limits or ExecutionLimits(), stop or StopSignal())
    run.precondition = precondition
    run.on_outcome = on_outcome
    await run.settle_beforehand(done or {}, members or {})
    for _, phase in groupby(run.left(), key=lambda action: action.kind):
        await run.work_off(phase)
    await run.record_rest()
    return Execution(
        plan=plan,
        outcomes=tuple(run.outcomes[action.ref] for action in plan.actions),
        stopped=run.stopped,
        gave_up=run.gave_up,
        interrupted=run.interrupted,
        error=run.error,
    )


_FATE: Final = {
    Result.APPLIED: "was applied",
    Result.FAILED: "failed",
    Result.SKIPPED: "was skipped",
    Result.HELD: "is held",
}


class _Run:
    """The state of one execution: what is settled, what is known, and whether to go on."""

    def __init__(
        self,
        plan: Plan,
        port: AsanaPort,
        journal: Journal,
        limits: ExecutionLimits,
        stop: StopSignal,
    ) -> None:
        self.plan = plan
        self.journal = journal
        self.limits = limits
        self.stop = stop
        self.precondition: Precondition | None = None
        self.on_outcome: OnOutcome | None = None
        self.outcomes: dict[str, Outcome] = {}
        self.stopped = ""
        self.gave_up = False
        self.interrupted = False
        self.error: Exception | None = None
        self._identities = Identities()
        self._requests = Requests(port, self._identities, limits, self._why_halted)
        self._attempts = {action.ref: Attempts(action, journal) for action in plan.actions}
        self._companions = companions(plan.actions)
        self._settled = {action.ref: asyncio.Event() for action in plan.actions}
        self._place = {action.ref: place for place, action in enumerate(plan.actions)}
        self._brings_user = {
            action.ref
            for action in plan.actions
            if isinstance(action, CreateUser | ReactivateUser)
        }
        self._unrecorded: list[Outcome] = []
        self._no_seat: set[str | None] = set()
        self._failures = 0

    async def settle_beforehand(
        self, done: Mapping[str, str | None], members: Mapping[str, frozenset[str]]
    ) -> None:
        """Settle what is held, and what is in effect already."""
        for ref, shown in members.items():
            self._attempts[ref].shown = shown
        for action in self.plan.actions:
            if action.held:
                result, detail, scim_id = Result.HELD, action.held, None
            elif action.ref in done:
                result, detail, scim_id = Result.APPLIED, "in effect already", done[action.ref]
            else:
                continue
            outcome = Outcome(ref=action.ref, result=result, detail=detail, scim_id=scim_id)
            self._unrecorded.append(outcome)
            self._settle(action, outcome)

    def left(self) -> tuple[Action, ...]:
        """The actions without an outcome, in the order of the plan."""
        return tuple(action for action in self.plan.actions if action.ref not in self.outcomes)

    async def work_off(self, phase: Iterator[Action]) -> None:
        """Settle every action of the phase, several at once.

        The workers share one queue in the order of the plan. A dependency stands earlier, so
        that it was taken before by somebody who does not wait for us: no deadlock.
        """
        queue = list(phase)
        actions = iter(queue)

        async def work() -> None:
            for action in actions:
                self._settle(action, await self._outcome(action))

        workers = min(self.limits.writes_in_flight, len(queue))
        await asyncio.gather(*(work() for _ in range(workers)))

    async def record_rest(self) -> None:
        """Journal the outcomes that no request preceded."""
        actions = {action.ref: action for action in self.plan.actions}
        for outcome in self._unrecorded:
            self.journal.note(outcome_entry(actions[outcome.ref], outcome))
        try:
            await self.journal.record({"entry": "executed", "stopped": self.stopped})
        except StateError as error:
            self._halt(error.message)

    async def _outcome(self, action: Action) -> Outcome:
        attempts = self._attempts[action.ref]
        if attempts.carried is not None:
            # It was written down with the outcome of the action whose request carried it.
            return attempts.carried
        kept_back: Outcome | None = None
        companion: Attempts | None = None
        try:
            kept_back, companion = await self._admitted(action)
            if kept_back is None:
                outcome = await self._requests.carry_out(action, attempts, companion)
            elif attempts.in_doubt:
                # A request of another action carried it and was lost: the read-back can tell.
                outcome = replace(kept_back, result=Result.FAILED)
            else:
                self._unrecorded.append(kept_back)
                return kept_back
        except (AsanaError, StateError, UnresolvedError) as error:
            outcome = self._ended_by(error, action, attempts)
        except Exception as error:  # noqa: BLE001 - the journal must be closed first
            self._crash(error)
            detail = f"{self.stopped}; whether Asana carried it out is unknown"
            outcome = Outcome(ref=action.ref, result=Result.FAILED, detail=detail)
            attempts.in_doubt = attempts.sent > 0
        doubt = attempts.in_doubt and outcome.result is Result.FAILED
        outcome = replace(
            outcome,
            requests=attempts.sent,
            in_doubt=doubt,
            members=tuple(attempts.memberships.values()),
        )
        if kept_back is None:  # else the action that it went along with is counted already
            self._count(outcome)
        await self._record(outcome, attempts, companion)
        return outcome

    async def _record(
        self, outcome: Outcome, attempts: Attempts, companion: Attempts | None
    ) -> None:
        """Journal the outcome, and with it that of the companion where a request carried both.

        Both in one write: whoever reads the journal of a killed run needs to know of both.
        """
        told = [outcome_entry(attempts.action, outcome)]
        if companion is not None and companion.carried is not None:
            companion.carried = replace(companion.carried, requests=companion.sent)
            told.append(outcome_entry(companion.action, companion.carried))
        for one in told[:-1]:
            self.journal.note(one)
        try:
            await self.journal.record(told[-1])
        except StateError as error:
            self._halt(error.message)

    def _ended_by(
        self, error: AsanaError | StateError | UnresolvedError, action: Action, attempts: Attempts
    ) -> Outcome:
        """The outcome of an action that ended with an expected error."""
        result, detail = Result.FAILED, _said(error)
        if isinstance(action, ChangeMembers) and attempts.members_changed:
            total = len(action.add) + len(action.remove)
            detail = f"{detail}; {attempts.members_changed} of {total} changed before"
        match error:
            case UnresolvedError():
                result = Result.SKIPPED
            case NoSeatError() if _takes_seat(action):
                self._no_seat.add(_seat(action))
                result, detail = Result.HELD, f"no licence is free: {detail}"
            case AuthenticationError() | ThrottledError():
                self._halt(error.message)
            case StateError():
                self._halt(error.message)
                result = Result.FAILED if attempts.sent else Result.SKIPPED
        return Outcome(ref=action.ref, result=result, detail=detail)

    async def _admitted(self, action: Action) -> tuple[Outcome | None, Attempts | None]:
        """Why the action does not begin, None when it may, and whose change goes with it."""
        if self._attempts[action.ref].begun:
            # What a request of another action has begun is carried through.
            return None, None
        await self._waited(action)
        skipped, held = self._blocked(action)
        other = self._companion(action)
        moved: Mapping[str, str] = {}
        if not (skipped or held or self._halted()):
            moved = await self._moved((action,) if other is None else (action, other))
        # Asked last, for much may have happened while this action waited.
        kept_back = self._kept_back(action, skipped or moved.get(action.ref, ""), held)
        if kept_back is not None or other is None:
            return kept_back, None
        alone = self._kept_back(other, moved.get(other.ref, ""), "")
        return None, None if alone is not None else self._attempts[other.ref]

    def _kept_back(self, action: Action, skipped: str, held: str) -> Outcome | None:
        """Why the action must not go right now, None when it may."""
        if self._halted():
            skipped = f"not begun, the run stopped: {self.stopped}"
        if skipped:
            return Outcome(ref=action.ref, result=Result.SKIPPED, detail=skipped)
        if _seat(action) in self._no_seat and _takes_seat(action):
            held = held or "no licence is free"
        if held:
            return Outcome(ref=action.ref, result=Result.HELD, detail=held)
        return None

    async def _moved(self, together: Sequence[Action]) -> Mapping[str, str]:
        """By ref, which record of these actions has moved."""
        try:
            return await self.precondition(together) if self.precondition else {}
        except AsanaError as error:
            # Nothing may be written by a reading that is too old, and another try may take long.
            self._halt(f"what Asana has could not be read again: {error.message}")
            return {}

    def _companion(self, action: Action) -> Action | None:
        """The later action whose change may go in the same request."""
        other = self._companions.get(action.ref)
        if other is None or other.ref in self.outcomes:
            return None
        needed = tuple(ref for ref in other.depends_on if ref != action.ref)
        # Whoever waits here holds up others, and what is not settled yet may still fail.
        if any(ref not in self.outcomes for ref in needed):
            return None
        return None if any(self._blocked(replace(other, depends_on=needed))) else other

    async def _waited(self, action: Action) -> None:
        """Return when everything is settled that the action depends on."""
        for ref in action.depends_on:
            if self._comes_before(ref, action):
                await self._settled[ref].wait()

    def _comes_before(self, ref: str, action: Action) -> bool:
        return self._place.get(ref, len(self._place)) < self._place[action.ref]

    def _blocked(self, action: Action) -> tuple[str, str]:
        """Which dependency skips the action and which one holds it, "" where none does."""
        skipped = held = ""
        for ref in action.depends_on:
            if not self._comes_before(ref, action):
                return f"it depends on {ref}, which does not come before it in the plan", ""
            # A team's other members need not wait for one person who could not be brought in.
            soft = isinstance(action, ChangeMembers) and ref in self._brings_user
            result = self.outcomes[ref].result
            if result is Result.APPLIED or soft:
                continue
            why = f"it depends on {ref}, which {_FATE[result]}"
            if result is Result.HELD:
                held = held or why
            else:
                skipped = skipped or why
        return skipped, held

    def _settle(self, action: Action, outcome: Outcome) -> None:
        self.outcomes[action.ref] = outcome
        self._identities.learn(action, outcome)
        self._settled[action.ref].set()
        if self.on_outcome is None:
            return
        try:
            self.on_outcome(action, outcome)
        except Exception as error:  # noqa: BLE001 - who watches must not break the run
            self._crash(error)

    def _count(self, outcome: Outcome) -> None:
        if outcome.result is Result.APPLIED:
            self._failures = 0
        self._failures += outcome.result is Result.FAILED
        if self._failures >= self.limits.failures_in_a_row:
            gave_up = self.gave_up or not self.stopped
            self._halt(f"{self._failures} actions in a row failed")
            self.gave_up = gave_up

    def _crash(self, error: Exception) -> None:
        self.error = self.error or error
        # The text of a foreign error may hold anything, a token included: its name must do.
        self._halt(f"internal error ({type(error).__name__}); this is a defect of syncer")

    def _halt(self, reason: str) -> None:
        self.gave_up = False
        self.stopped = self.stopped or reason

    def _halted(self) -> bool:
        if self.stop.requested and not self.stopped:
            self.interrupted = True
            self._halt(self.stop.reason)
        return bool(self.stopped)

    def _why_halted(self) -> str:
        return self.stopped if self._halted() else ""


def counts(outcomes: tuple[Outcome, ...]) -> dict[str, int]:
    """How many actions ended in each way; every way is there."""
    found = Counter(outcome.result for outcome in outcomes)
    return {result.value: found[result] for result in Result}


def _said(error: AsanaError | StateError | UnresolvedError) -> str:
    if isinstance(error, UnresolvedError):
        return str(error)
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _seat(action: Action) -> str | None:
    """The licence that an action asks for."""
    match action:
        case CreateUser():
            return action.license
        case SetLicense():
            return action.after
    return None


def _takes_seat(action: Action) -> bool:
    match action:
        case CreateUser():
            return action.license != VIEW_ONLY
        case SetLicense():
            return not action.downgrade
    return False
