"""The words of carrying out a plan: its limits, its stop signal and what came of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from syncer.model.actions import Action
from syncer.model.outcome import Outcome
from syncer.model.plan import Plan

MEMBERS_PER_REQUEST: Final = 100
"""Asana documents no maximum. Another SCIM server is known to refuse more than a hundred
(slashdevops/idp-scim-sync#62), and a small chunk keeps a refusal cheap to isolate."""

Precondition = Callable[[Sequence[Action]], Awaitable[Mapping[str, str]]]
"""Asked right before a request, of all actions that it carries: by ref, why one must not go."""

Stopped = Callable[[], str]
"""Asked between two requests of one action: why the run has stopped, "" while it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionLimits:
    """How much at once, and when to give up.

    Asana allows 15 writes in flight for a token. So many actions are worked on at once; how many
    of them are really in flight is for the client to say, which counts lookups and readings too.
    `failures_in_a_row` ends the run: it is no longer one person's bad record.
    """

    writes_in_flight: int = 15
    failures_in_a_row: int = 10
    members_per_request: int = MEMBERS_PER_REQUEST
    create_attempts: int = 2


class StopSignal:
    """Set from outside (SIGTERM, Ctrl-C): what is in flight ends, nothing else begins."""

    def __init__(self) -> None:
        self.reason = ""

    def request(self, reason: str = "interrupted") -> None:
        """Ask the run to stop; the first reason stays."""
        self.reason = self.reason or reason

    @property
    def requested(self) -> bool:
        """Whether anybody asked."""
        return bool(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One outcome for each action of the plan, in its order.

    `stopped` says why the run ended early, `interrupted` that somebody asked it to. `error`
    is a fault of ours that ended it. APPLIED here means that Asana accepted: whether it is in
    effect is for the read-back to say. `gave_up` tells that it ended early for nothing but a row
    of failures, which the read-back may turn round. `settled` are the actions of which it has
    said so.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    stopped: str = ""
    gave_up: bool = False
    interrupted: bool = False
    error: Exception | None = None
    settled: frozenset[str] = frozenset()
