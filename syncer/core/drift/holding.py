"""Drift under a plan of which a part waits: what is held undoes nothing and makes nothing."""

from dataclasses import replace

from syncer.core.drift.verdicts import bearing, changes_of, creates_of
from syncer.model.drift import ACTIVE, UNDOING, Drift
from syncer.model.plan import Plan


def with_held_drift(plan: Plan) -> Plan:
    """The plan, with drift as held where everything that it would do about it is held."""
    if not plan.drift:
        return plan
    changes, creates = changes_of(plan), creates_of(plan)

    def waits(one: Drift) -> bool:
        if one.verdict == "creates_anew":
            return creates.get(bearing(one.kind, one.what, one.left_at, one.subject), False)
        # Asana takes whom it deactivates out of the team.
        made = changes.get((one.id, one.what, one.member_id)) or changes.get(
            (one.member_id, ACTIVE, "")
        )
        return one.verdict in UNDOING and made is not None and made.held

    told = (replace(one, verdict="held") if waits(one) else one for one in plan.drift)
    return replace(plan, drift=tuple(told))
