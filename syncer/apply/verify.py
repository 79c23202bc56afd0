"""What counts as applied: not what Asana answered, but what it shows afterwards."""

import asyncio
from dataclasses import replace

from syncer.apply.attempts import final
from syncer.apply.execution import Execution
from syncer.apply.ports import AsanaPort
from syncer.core.names import user_key
from syncer.core.verification import Lookup, unmet_reasons
from syncer.model.actions import Action, ChangeMembers, CreateTeam, CreateUser, RenameTeam
from syncer.model.errors import AsanaError, NotFoundError, RejectedError, UnreadableError
from syncer.model.origin import Problem, Size
from syncer.model.outcome import MemberOutcome, MemberResult, Outcome, Result
from syncer.model.state import CurrentState, CurrentUser, UnreadableUser

_ACCEPTED = "accepted by Asana, but"


def verify(execution: Execution, current: CurrentState) -> tuple[Outcome, ...]:
    """The outcomes after a read-back, in the order of the plan.

    What was accepted and does not show has failed. What failed and shows nevertheless is
    applied: its answer was lost, and the change was not. Either way the doubt is over, but for
    users who could not be read.
    """
    sent = {o.ref for o in execution.outcomes if o.result in {Result.APPLIED, Result.FAILED}}
    actions = [action for action in execution.plan.actions if action.ref in sent]
    lookup = Lookup.of(current, execution.plan.any_case)
    reasons = unmet_reasons(actions, lookup)
    return tuple(
        _with_members(_judged(outcome, reasons[outcome.ref], action, lookup), action, lookup)
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
    listed = {user.id for user in current.users} | {user.id for user in current.unreadable}
    missing = {
        outcome.scim_id: action.user_name
        for action, outcome in zip(execution.plan.actions, execution.outcomes, strict=True)
        if isinstance(action, CreateUser)
        and outcome.result is Result.APPLIED
        and outcome.scim_id is not None
        and outcome.scim_id not in listed
    }
    found = await asyncio.gather(*(_alone(asana, *one) for one in sorted(missing.items())))
    return replace(
        current,
        users=(*current.users, *(user for user in found if isinstance(user, CurrentUser))),
        unreadable=(
            *current.unreadable,
            *(user for user in found if isinstance(user, UnreadableUser)),
        ),
    )


async def _alone(asana: AsanaPort, scim_id: str, name: str) -> CurrentUser | UnreadableUser | None:
    try:
        return await asana.get_user(scim_id)
    except NotFoundError:
        return None
    except (RejectedError, UnreadableError) as error:
        if final(error):
            raise
        return unread(scim_id, name, error)


def unread(scim_id: str | None, name: str, error: AsanaError) -> UnreadableUser:
    """The user whom Asana was asked for in vain: neither there for certain, nor gone."""
    problem = Problem(None, error.message, error.hint, size=Size.RECORD)
    return UnreadableUser(scim_id, user_key(name), problem)


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
        found = one.result is MemberResult.FOUND
        return one if found else replace(one, result=MemberResult.CHANGED)
    if one.result is MemberResult.REFUSED:
        return one
    return replace(one, result=MemberResult.NOT_IN_EFFECT)


def _judged(outcome: Outcome, reason: str, action: Action, lookup: Lookup) -> Outcome:
    doubt = _cannot_read(action, outcome, lookup)
    match outcome.result, bool(reason):
        case Result.APPLIED, True:
            said = outcome.detail or _ACCEPTED.removesuffix(" but").removesuffix(",")
            detail = f"{said}, but not in effect at read-back: {reason}"
            return replace(outcome, result=Result.FAILED, detail=detail, in_doubt=doubt)
        case Result.FAILED, False:
            detail = f"in effect at read-back, although: {outcome.detail}"
            return replace(outcome, result=Result.APPLIED, detail=detail, in_doubt=False)
    return replace(outcome, in_doubt=outcome.in_doubt and doubt)


def _cannot_read(action: Action, outcome: Outcome, lookup: Lookup) -> bool:
    if isinstance(action, CreateTeam | RenameTeam | ChangeMembers):
        return False
    scim_id = outcome.scim_id or getattr(action, "scim_id", None)
    return lookup.cannot_read(scim_id, action.user_name)
