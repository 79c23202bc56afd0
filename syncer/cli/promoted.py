"""The last look before a plan is carried out: has one of its people become an administrator?

SCIM does not show that, so no comparison of records does. It changes nothing and judges nothing
else.
"""

from syncer.asana.client import AsanaClient
from syncer.cli.progress import Progress
from syncer.cli.wiring import Inputs, read_behind
from syncer.core.planning.organization import look_behind_scim
from syncer.core.planning.roster import make_roster
from syncer.core.planning.waiting import taking
from syncer.core.protection import touched_people
from syncer.model.errors import StaleError
from syncer.model.plan import Plan
from syncer.model.state import CurrentState


async def refuse_promoted(
    client: AsanaClient, inputs: Inputs, plan: Plan, current: CurrentState, progress: Progress
) -> None:
    """Read over REST, where the plan concerns anybody, and check. Raises StaleError."""
    if concerns_anybody(inputs, plan, current):
        found = await read_behind(client, inputs, progress)
        check_promoted(inputs, plan, found.beside(current))


def concerns_anybody(inputs: Inputs, plan: Plan, current: CurrentState) -> bool:
    """Whether the plan changes somebody who is there, of whom it matters what he is."""
    everybody = frozenset(user.id for user in current.users)
    protects = inputs.loaded.config.protected.administrators
    return protects and bool(touched_people(plan, everybody))


def check_promoted(inputs: Inputs, plan: Plan, current: CurrentState) -> None:
    """Raise StaleError where the plan touches an administrator, or where it takes something from
    people and a reading that was allowed did not say who is one."""
    if not concerns_anybody(inputs, plan, current):
        return
    config = inputs.loaded.config
    roster = make_roster(inputs.desired.state, current, config, inputs.memory)
    hidden = look_behind_scim(current, roster, config, inputs.memory)
    promoted = touched_people(plan, hidden.administrators)
    lines = [f"user {name} is an administrator of Asana now, so protected" for name in promoted]
    lines += sorted(set(taking(plan.runnable, hidden).values()))
    doubt, unread = current.organization_doubt, current.organization_unread
    if plan.facts.administrators_read and not hidden.read and not doubt:
        why = unread or "no membership of the organization is shown"
        lines.append(f"administrators of Asana can no longer be read: {why}")
    if lines:
        raise StaleError.of_asana(tuple(lines))
