"""What became of a plan: an outcome per action, and the report of a run."""

from dataclasses import dataclass
from enum import StrEnum

from syncer.model.plan import Plan, Violation


class Result(StrEnum):
    """APPLIED only when a read-back showed it, or the action was found done already."""

    APPLIED = "applied"
    FAILED = "failed"
    SKIPPED = "skipped"
    HELD = "held"


class MemberResult(StrEnum):
    """What became of one member of a membership change; of all others nothing was asked.

    FOUND is who was in, or out, already when a run went on with what an earlier one had begun.
    """

    CHANGED = "changed"
    FOUND = "in_effect_already"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    NOT_IN_EFFECT = "not_in_effect"


@dataclass(frozen=True, slots=True)
class MemberOutcome:
    """One member of whom a request was about, or would have been."""

    user: str
    scim_id: str
    result: MemberResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one action. `detail` says why when it is not plainly applied.

    `in_doubt` tells of a failed action that Asana may have carried out all the same. `members`
    are those of a membership change that Asana was asked about, or need not be. `adopted` tells
    of whom or what was to be created that it was there already, as far as anybody can tell.
    `missing` tells of an applied deactivation that Asana answered with 404: whether it is in
    effect a listing must say.
    """

    ref: str
    result: Result
    detail: str = ""
    scim_id: str | None = None
    requests: int = 0
    in_doubt: bool = False
    members: tuple[MemberOutcome, ...] = ()
    adopted: bool = False
    missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run of apply did. `stopped` says why it ended before its last action.

    `requests` counts what was sent, by HTTP method. Times are ISO 8601 in UTC, durations in
    seconds. `warnings` are what went wrong around the run and not with an action. `violations`
    are the broken guards that nobody accepted. `user` on `host` started it.
    """

    run_id: str
    plan: Plan
    plan_digest: str
    outcomes: tuple[Outcome, ...]
    started_at: str
    finished_at: str
    stopped: str = ""
    interrupted: bool = False
    journal: str = ""
    requests: tuple[tuple[str, int], ...] = ()
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()
    user: str = ""
    host: str = ""
