"""What counts as applied: not what Asana answered, but what it shows afterwards."""

from dataclasses import replace

from syncer.apply.changed import id_of, learned
from syncer.apply.execution import Execution
from syncer.core.names import team_key
from syncer.core.verification import Lookup, unmet, unmet_reasons
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    TeamAction,
    UpdateUser,
)
from syncer.model.outcome import MemberOutcome, MemberResult, Outcome, Result
from syncer.model.state import MANAGER, CurrentState

_ACCEPTED = "accepted by Asana, but"


def verify(execution: Execution, current: CurrentState) -> tuple[Outcome, ...]:
    """The outcomes after a read-back, in the order of the plan.

    What was accepted and does not show has failed. What failed and shows nevertheless is
    applied: its answer was lost, and the change was not. Either way the doubt is over, but for
    users who could not be read.
    """
    sent = {o.ref for o in execution.outcomes if o.result in {Result.APPLIED, Result.FAILED}}
    actions = [action for action in execution.plan.actions if action.ref in sent]
    lookup = Lookup.of(current, execution.plan.any_case, learned(execution))
    reasons = unmet_reasons(actions, lookup)
    return tuple(
        _with_members(_judged(outcome, reasons[outcome.ref], action, lookup), action, lookup)
        if outcome.ref in reasons
        else outcome
        for action, outcome in zip(execution.plan.actions, execution.outcomes, strict=True)
    )


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
    unread = _unread(action, outcome, lookup)
    match outcome.result, bool(reason):
        case Result.APPLIED, True:
            said = outcome.detail or _ACCEPTED.removesuffix(" but").removesuffix(",")
            if outcome.missing:
                said = "Asana answered that there is no such user (404)"
            detail = f"{said}, but not in effect at read-back: {reason}"
            if unread is not None:
                detail = f"{said}, but not verified: {reason}: {unread}"
            doubt = unread is not None
            return replace(outcome, result=Result.FAILED, detail=detail, in_doubt=doubt)
        case Result.FAILED, False:
            detail = f"in effect at read-back, although: {outcome.detail}"
            return replace(outcome, result=Result.APPLIED, detail=detail, in_doubt=False)
        case Result.FAILED, True:
            # Whether invitations are listed is documented nowhere: one that was made without an
            # answer may be there and have no id that could be asked for.
            hidden = isinstance(action, CreateUser) and outcome.scim_id is None
            return replace(outcome, in_doubt=outcome.in_doubt and (hidden or unread is not None))
    return replace(outcome, in_doubt=False, scim_id=_shown_id(action, outcome, lookup))


def _shown_id(action: Action, outcome: Outcome, lookup: Lookup) -> str | None:
    """The id of the outcome; of a newcomer whom Asana shows under another one, that."""
    if not isinstance(action, CreateUser) or outcome.scim_id in lookup.users:
        return outcome.scim_id
    user = lookup.user(None, action.user_name)
    return user.id if user else outcome.scim_id


def _unread(action: Action, outcome: Outcome, lookup: Lookup) -> str | None:
    """Why what the action is about could not be read, None when it could."""
    if isinstance(action, TeamAction):
        return _unread_team(action, id_of(action, outcome), lookup)
    why = lookup.why_unread(id_of(action, outcome), action.user_name)
    return _unread_manager(action, lookup) if why is None else why


def _unread_team(action: TeamAction, scim_id: str | None, lookup: Lookup) -> str | None:
    why = lookup.unread_teams.get(scim_id or team_key(action.team))
    team = lookup.team(None if isinstance(action, CreateTeam) else scim_id, action.team)
    if team is None:
        return why
    hidden = isinstance(action, ChangeMembers) and team.members is None
    return (why or "Asana does not show them") if hidden else None


def _unread_manager(action: Action, lookup: Lookup) -> str | None:
    """Why nobody can say whether the manager is the one who was meant.

    Asana may show a manager by name, and the name of one who cannot be read is not known.
    """
    if not isinstance(action, UpdateUser):
        return None
    rest = tuple(one for one in action.changes if one.field != MANAGER)
    if unmet(replace(action, changes=rest), lookup):
        return None
    managers = (one for one in action.changes if one.field == MANAGER and one.after)
    reasons = (lookup.why_unread(one.reference, one.after or "") for one in managers)
    return next((why for why in reasons if why is not None), None)
