"""A run as those see it who were not there: its numbers, and what they were told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from syncer.model.exits import Exit

PLANNED: Final = "planned"
NOT_STARTED: Final = "not_started"

SUCCESSES: Final = frozenset({Exit.DONE, Exit.CHANGES_PENDING, Exit.REMOVALS_HELD})
"""How a run ends that did what it should. Removals that are held wait for a person, and no run
to come would do better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One run of `plan` or `apply` in numbers. `tenant` is what those who watch call it.

    `locked` says that another run was at work, so that this one says nothing of the tenant. `why`
    is what ended it early, in words. `seconds` are those of each stage. `actions` counts by kind
    and outcome, `violations` by guard, `requests` by method and `statuses` by status; `quota_used`
    is the busiest minute's part of what Asana grants. `planned` is false where the run ended
    before there was a plan: then nothing is known of actions. `refused` and `held` name which
    actions a guard refused and which removals are held, empty for none.
    """

    command: str
    tenant: str
    code: Exit
    started: datetime
    finished: datetime
    run_id: str = ""
    digest: str = ""
    locked: bool = False
    why: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    planned: bool = False
    actions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unknown: int = 0
    in_grace: int = 0
    violations: Mapping[str, int] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)
    quota_used: float = 0.0
    refused: str = ""
    held: str = ""
    held_removals: int = 0

    @property
    def succeeded(self) -> bool:
        """Whether the run did what it should."""
        return self.code in SUCCESSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a command stands, as those know it who are notified. Times are ISO 8601 in UTC.

    `trouble` names the trouble that they were told of last, empty when all is well as far as they
    know; `held` the removals that they know to be held; `overdue` whether they know that nothing
    has succeeded for long. `since` is when the first run was seen, `last_success` when one last
    ended well.
    """

    trouble: str = ""
    held: str = ""
    overdue: bool = False
    since: str = ""
    last_success: str = ""
