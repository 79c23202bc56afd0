"""One apply as a value: what to carry out, what a person accepted, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from syncer.apply.execution import StopSignal
from syncer.cli.logs import EventLog
from syncer.cli.options import Settings
from syncer.cli.saved import Terms
from syncer.cli.wiring import Inputs
from syncer.core.plan_document import PlanDocument
from syncer.core.policing.police import new_violations
from syncer.model.exits import Exit
from syncer.model.outcome import Report
from syncer.model.state import CurrentState

SHORTEST_DIGEST: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """What a person accepted on the command line."""

    allow: Mapping[str, int]
    digest: str | None = None
    hold: bool = False

    def covers(self, chosen: "Chosen") -> bool:
        """Whether the approved digest is this plan's; its first eight digits are enough.

        That of a saved plan stands for what its reader saw, and for no policy that only today
        forbids any of it.
        """
        if self._names(chosen.document):
            return True
        saved = chosen.saved
        return (
            saved is not None
            and self._names(saved)
            and not new_violations(saved.plan, chosen.document.plan)
        )

    def _names(self, document: PlanDocument) -> bool:
        given = (self.digest or "").removeprefix("sha256:")
        return len(given) >= SHORTEST_DIGEST and document.digest.removeprefix(
            "sha256:"
        ).startswith(given)

    def said(self) -> tuple[str, ...]:
        """The options again, for the journal."""
        allowed = tuple(f"--allow {name}={number}" for name, number in self.allow.items())
        approved = (f"--approve {self.digest}",) if self.digest else ()
        return (*allowed, *approved, *(("--hold",) if self.hold else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One apply."""

    settings: Settings
    inputs: Inputs
    log: EventLog
    approvals: Approvals
    plan_file: Path | None
    terms: Terms
    ask: bool
    style: str
    quiet: bool
    out: Path | None
    only: tuple[str, ...]
    stop: StopSignal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a job ended."""

    code: Exit
    report: Report
    began: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The plan to carry out, as it is judged now.

    `saved` is the document that it was saved as, if it was. `current` is the reading it was just
    made from, if it was; `resumes` are the earlier runs that carried out a part of it.
    """

    document: PlanDocument
    saved: PlanDocument | None = None
    current: CurrentState | None = None
    resumes: tuple[str, ...] = ()
