"""Drift under a plan of which a part waits: what is held back undoes nothing."""

from dataclasses import replace

from syncer.core.drift.verdicts import changes_of
from syncer.model.drift import ACTIVE, UNDOING, Drift
from syncer.model.plan import Plan


def with_held_drift(plan: Plan) -> Plan:
    """The plan, with drift as held where everything that it would do about it is held."""
    if not plan.drift:
        return plan
    changes = changes_of(plan)

    def told(one: Drift) -> Drift:
        # Asana takes whom it deactivates out of the team.
        made = changes.get((one.id, one.what, one.member_id)) or changes.get(
            (one.member_id, ACTIVE, "")
        )
        waits = one.verdict in UNDOING and made is not None and made.held
        return replace(one, verdict="held") if waits else one

    return replace(plan, drift=tuple(map(told, plan.drift)))
