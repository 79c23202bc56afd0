"""What a line of the journal says of an action: whom it is about, and before and after."""

from collections.abc import Mapping
from typing import Any, Final

from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    Member,
    ReactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.outcome import MemberOutcome, MemberResult, Outcome
from syncer.model.state import USER_NAME

NOT_ASKED: Final = "not_asked"
"""Of a member whom no request of the run was about."""


def outcome_entry(action: Action, outcome: Outcome) -> Mapping[str, Any]:
    """What became of the action, and what it was to change."""
    return {
        "entry": "outcome",
        "ref": outcome.ref,
        "kind": action.kind,
        **subject(action),
        "result": outcome.result.value,
        "detail": outcome.detail,
        "scim_id": outcome.scim_id or getattr(action, "scim_id", None),
        "requests": outcome.requests,
        "in_doubt": outcome.in_doubt,
        **({"adopted": True} if outcome.adopted else {}),
        **change_of(action),
        **_members_of(action, outcome),
    }


def memberships(facts: Mapping[str, Any], result: MemberResult) -> Mapping[str, MemberOutcome]:
    """By address, the members that a request with these facts is about."""
    told = (*facts.get("add", ()), *facts.get("remove", ()))
    return {one["user"]: MemberOutcome(one["user"], one["scim_id"], result) for one in told}


def _members_of(action: Action, outcome: Outcome) -> Mapping[str, Any]:
    """Who joins and who leaves, and what became of each of them."""
    if not isinstance(action, ChangeMembers):
        return {}
    known = {one.user: one for one in outcome.members}
    return {
        side: [_member(one, known.get(one.user)) for one in members]
        for side, members in (("add", action.add), ("remove", action.remove))
    }


def _member(member: Member, known: MemberOutcome | None) -> Mapping[str, str | None]:
    scim_id = known.scim_id if known else member.scim_id
    result = known.result.value if known else NOT_ASKED
    return {"user": member.user, "scim_id": scim_id, "result": result}


def subject(action: Action) -> Mapping[str, str]:
    """Whom or what an action is about, by name."""
    match action:
        case CreateTeam() | RenameTeam() | ChangeMembers():
            return {"team": action.team}
        case _:
            return {"user": action.user_name}


def change_of(action: Action) -> Mapping[str, Any]:
    """Before and after, or who joins and who leaves. A manager is told by address."""
    if isinstance(action, ChangeMembers):
        return {
            side: [{"user": one.user, "scim_id": one.scim_id} for one in members]
            for side, members in (("add", action.add), ("remove", action.remove))
        }
    before, after = _sides(action)
    return {"before": before, "after": after}


def _sides(action: Action) -> tuple[Mapping[str, Any] | None, Mapping[str, Any]]:
    """The attributes before and after; None before what was not there."""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] = {}
    match action:
        case UpdateUser():
            before = {one.field: one.before for one in action.changes}
            after = {one.field: one.after for one in action.changes}
        case SetLicense():
            before, after = {"userType": action.before}, {"userType": action.after}
        case DeactivateUser():
            before, after = {"active": True}, {"active": False}
        case ReactivateUser():
            before, after = {"active": False}, {"active": True}
        case RenameTeam():
            before, after = {"displayName": action.before}, {"displayName": action.team}
        case CreateTeam():
            after = {"displayName": action.team}
        case CreateUser():
            after = _created(action)
    return before, after


def _created(action: CreateUser) -> Mapping[str, str | None]:
    license_name = {} if action.license is None else {"userType": action.license}
    given = {one.field: one.after for one in action.attributes}
    return {USER_NAME: action.user_name, **given, **license_name}
