"""Which actions of a plan one request can carry together: two that change the same object.

Each request counts against Asana's quota, and a plan keeps apart what a person judges apart: a
licence and a title, a new team and its members.
"""

from collections.abc import Iterable, Mapping

from syncer.core.names import team_key
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    RenameTeam,
    SetLicense,
    UpdateUser,
)


def companions(actions: Iterable[Action]) -> Mapping[str, Action]:
    """By the ref of an action, the later one of the same object that its request can carry.

    Whether it may go that early is for its dependencies to say, when the time has come.
    """
    first: dict[str, Action] = {}
    found: dict[str, Action] = {}
    for action in actions:
        subject = _subject(action)
        if not subject or action.held:
            continue
        leader = first.setdefault(subject, action)
        if leader.kind != action.kind:
            found.setdefault(leader.ref, action)
    return found


def _subject(action: Action) -> str:
    """What an action that can share a request is about; "" for any other action."""
    match action:
        case SetLicense(scim_id=scim_id) | UpdateUser(scim_id=str(scim_id)):
            return f"user {scim_id}"
        case RenameTeam(scim_id=scim_id) | ChangeMembers(scim_id=str(scim_id)):
            return f"team {scim_id}"
        case CreateTeam(team=name) | ChangeMembers(team=name):
            return f"new team {team_key(name)}"
    return ""
