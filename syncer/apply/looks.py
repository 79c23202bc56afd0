"""How often a run looks at what it did, and what it believes then.

Whether Asana shows a write at once is documented nowhere. So what was accepted and does not show
is looked at again after a while, and that alone.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from syncer.apply.execution import Execution
from syncer.apply.ports import AsanaPort, Listings
from syncer.apply.read_back import read_again
from syncer.apply.verify import unverified, verify
from syncer.model.errors import AsanaError
from syncer.model.outcome import Outcome, Result
from syncer.model.state import CurrentState


@dataclass(frozen=True, slots=True)
class Found:
    """The outcomes as Asana shows them, the newest reading, and what went wrong reading."""

    outcomes: tuple[Outcome, ...]
    newest: CurrentState | None = None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Looks:
    """The looks of one run at what it changed; `before` is the reading that it began with."""

    execution: Execution
    before: CurrentState
    asana: AsanaPort
    listings: Listings
    _outcomes: tuple[Outcome, ...] | None = field(default=None, init=False)
    _newest: CurrentState | None = field(default=None, init=False)
    _failure: str = field(default="", init=False)

    async def take(
        self, delays: Sequence[float], sleep: Callable[[float], Awaitable[None]]
    ) -> Found:
        """Look once, and after each delay again while something accepted does not show."""
        if not any(outcome.requests for outcome in self.execution.outcomes):
            return Found(self.execution.outcomes)
        await self._look()
        for delay in delays:
            if self._outcomes is not None and not self._awaited(self._outcomes):
                break
            await sleep(delay)
            await self._look()
        return self._found()

    async def _look(self) -> None:
        execution = replace(self.execution, settled=self._settled())
        try:
            self._newest = await read_again(
                execution, self.before, self.asana, self.listings, self._newest
            )
        except AsanaError as error:
            self._failure = error.message
            return
        self._failure = ""
        shown = verify(execution, self._newest)
        earlier = self._outcomes or shown
        # What one look has shown is so, whatever an older copy of Asana's data says later.
        self._outcomes = tuple(
            old if old.ref in execution.settled else new
            for old, new in zip(earlier, shown, strict=True)
        )

    def _settled(self) -> frozenset[str]:
        if self._outcomes is None:
            return frozenset()
        awaited = {one.ref for one in self._open(self._outcomes)}
        return frozenset(one.ref for one in self._outcomes if one.ref not in awaited)

    def _open(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """What does not show yet, of all that Asana has accepted or may have."""
        pairs = zip(self.execution.outcomes, outcomes, strict=True)
        return [
            after
            for before, after in pairs
            if after.result is Result.FAILED
            and (before.result is Result.APPLIED or before.in_doubt)
        ]

    def _awaited(self, outcomes: Sequence[Outcome]) -> bool:
        """Whether something that Asana has accepted does not show."""
        accepted = {one.ref for one in self.execution.outcomes if one.result is Result.APPLIED}
        return any(one.ref in accepted for one in self._open(outcomes))

    def _found(self) -> Found:
        if self._outcomes is None:
            warning = f"nothing could be verified, the read-back failed: {self._failure}"
            return Found(unverified(self.execution, self._failure), None, (warning,))
        if not self._failure:
            return Found(self._outcomes, self._newest)
        late = {one.ref for one in self._open(self._outcomes)}
        outcomes = (
            replace(one, in_doubt=True) if one.ref in late else one for one in self._outcomes
        )
        warning = f"what did not show at once could not be looked at again: {self._failure}"
        return Found(tuple(outcomes), self._newest, (warning,))
