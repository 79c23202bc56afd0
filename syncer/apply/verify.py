"""What counts as applied: not what Asana answered, but what it shows afterwards."""

import asyncio
from dataclasses import replace

from syncer.apply.execution import Execution
from syncer.apply.ports import AsanaPort
from syncer.core.verification import Lookup, unmet_reasons
from syncer.model.actions import Action, ChangeMembers, CreateUser
from syncer.model.errors import NotFoundError
from syncer.model.outcome import MemberOutcome, MemberResult, Outcome, Result
from syncer.model.state import CurrentState, CurrentUser

_ACCEPTED = "accepted by Asana, but"


def verify(execution: Execution, current: CurrentState) -> tuple[Outcome, ...]:
    """The outcomes after a read-back, in the order of the plan.

    What was accepted and does not show has failed. What failed and shows nevertheless is
    applied: its answer was lost, and the change was not. Either way the doubt is over.
    """
    sent = {o.ref for o in execution.outcomes if o.result in {Result.APPLIED, Result.FAILED}}
    actions = [action for action in execution.plan.actions if action.ref in sent]
    lookup = Lookup.of(current, execution.plan.any_case)
    reasons = unmet_reasons(actions, lookup)
    return tuple(
        _with_members(_judged(outcome, reasons[outcome.ref]), action, lookup)
        if outcome.ref in reasons
        else outcome
        for action, outcome in zip(execution.plan.actions, execution.outcomes, strict=True)
    )


async def with_unlisted(
    execution: Execution, current: CurrentState, asana: AsanaPort
) -> CurrentState:
    """The reading, with the users whom this run created and the listing does not show.

    Nobody documents whether pending invitations are listed. Each of them is asked for by id, so
    that where they are not, a create is not called failed. Raises the AsanaError tree.
    """
    listed = {user.id for user in current.users}
    listed |= {user.id for user in current.unreadable if user.id is not None}
    creates = {action.ref for action in execution.plan.actions if isinstance(action, CreateUser)}
    missing = {
        outcome.scim_id
        for outcome in execution.outcomes
        if outcome.ref in creates
        and outcome.result is Result.APPLIED
        and outcome.scim_id is not None
        and outcome.scim_id not in listed
    }
    found = await asyncio.gather(*(_alone(asana, scim_id) for scim_id in sorted(missing)))
    unlisted = tuple(user for user in found if user is not None)
    return replace(current, users=(*current.users, *unlisted)) if unlisted else current


async def _alone(asana: AsanaPort, scim_id: str) -> CurrentUser | None:
    try:
        return await asana.get_user(scim_id)
    except NotFoundError:
        return None


def unverified(execution: Execution, why: str) -> tuple[Outcome, ...]:
    """The outcomes when there was no read-back: nothing of it may be called applied."""
    return tuple(
        replace(
            outcome,
            result=Result.FAILED,
            detail=f"{_ACCEPTED} not verified, the read-back failed: {why}",
            in_doubt=True,
        )
        if outcome.result is Result.APPLIED and outcome.requests
        else outcome
        for outcome in execution.outcomes
    )


def _with_members(outcome: Outcome, action: Action, lookup: Lookup) -> Outcome:
    """The outcome with each member as the read-back shows it."""
    if not isinstance(action, ChangeMembers) or not outcome.members:
        return outcome
    team = lookup.team(action.scim_id or outcome.scim_id, action.team)
    if team is None or team.members is None:
        return outcome
    joining = {member.user for member in action.add}
    inside = team.members
    members = (_shown(one, (one.scim_id in inside) == (one.user in joining))
               for one in outcome.members)  # fmt: skip
    return replace(outcome, members=tuple(members))


def _shown(one: MemberOutcome, in_effect: bool) -> MemberOutcome:  # noqa: FBT001 - a claim about one
    if in_effect:
        return replace(one, result=MemberResult.CHANGED)
    if one.result is MemberResult.REFUSED:
        return one
    return replace(one, result=MemberResult.NOT_IN_EFFECT)


def _judged(outcome: Outcome, reason: str) -> Outcome:
    match outcome.result, bool(reason):
        case Result.APPLIED, True:
            said = outcome.detail or _ACCEPTED.removesuffix(" but").removesuffix(",")
            detail = f"{said}, but not in effect at read-back: {reason}"
            return replace(outcome, result=Result.FAILED, detail=detail)
        case Result.FAILED, False:
            detail = f"in effect at read-back, although: {outcome.detail}"
            return replace(outcome, result=Result.APPLIED, detail=detail, in_doubt=False)
    return replace(outcome, in_doubt=False)
