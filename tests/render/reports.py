"""Reports to look at: runs that went well, failed in part, were interrupted or held."""

from dataclasses import replace
from typing import Any

from syncer.model.outcome import Outcome, Report, Result
from syncer.model.plan import Plan
from tests.render.samples import DIGEST, EVERY_KIND, HELD


def report(plan: Plan, *outcomes: Outcome, **more: Any) -> Report:
    """A report of a run on this plan; actions without an outcome of their own went well."""
    told = {outcome.ref: outcome for outcome in outcomes}
    given = {
        "run_id": "20251123T182200Z-3fa9c1",
        "plan_digest": DIGEST,
        "started_at": "2025-11-23T18:22:00Z",
        "finished_at": "2025-11-23T18:22:12Z",
        "requests": (("GET", 30), ("PATCH", 12), ("POST", 3)),
        "seconds": 12.42,
        "journal": "journal/20251123T182200Z-3fa9c1.jsonl",
        "outcomes": tuple(
            told.get(action.ref, Outcome(ref=action.ref, result=Result.APPLIED, requests=2))
            for action in plan.runnable
        ),
        **more,
    }
    return Report(plan=replace(plan, tenant="sandbox tenant.json"), **given)


ALL_FINE = report(EVERY_KIND)

PARTLY_FAILED = report(
    EVERY_KIND,
    Outcome(
        ref="deactivate_user:marco.bianchi",
        result=Result.FAILED,
        detail="PATCH /Users/7: 403 not allowed to deprovision a super admin",
        requests=1,
    ),
    Outcome(
        ref="create_user:zoë.łukasz",
        result=Result.FAILED,
        detail="POST /Users: 402 no licence is free",
        requests=1,
    ),
    Outcome(
        ref="set_manager:zoë.łukasz",
        result=Result.SKIPPED,
        detail="after the failure of create_user:zoë.łukasz",
    ),
    Outcome(
        ref="members:finance",
        result=Result.FAILED,
        detail="read back without zoë.łukasz@kranich.example",
        requests=3,
    ),
)

INTERRUPTED = report(
    EVERY_KIND,
    outcomes=tuple(
        Outcome(ref=action.ref, result=Result.APPLIED, requests=2)
        for action in EVERY_KIND.actions[:5]
    ),
    interrupted=True,
    stopped="SIGTERM",
)

PARTLY_HELD = report(HELD)
