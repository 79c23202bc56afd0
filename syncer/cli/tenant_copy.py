"""The live tenant as a sandbox in memory: everything that was read, and nothing else."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from syncer.core.names import user_key
from syncer.core.verification import Lookup
from syncer.model.state import ENTERPRISE, MANAGER, VIEW_ONLY, CurrentState, CurrentUser
from syncer.sandbox import Sandbox

_FORMAT: Final = 1
_OTHER: Final = "business"
"""What the sandbox calls a licence that it does not know."""


def copy_of(current: CurrentState, domains: tuple[str, ...]) -> Sandbox:
    """A strict sandbox with the users and teams of this reading. Raises SandboxError.

    Members of teams that were not read are not in it. A manager whom Asana shows in a way that
    leads to nobody is left out.
    """
    lookup = Lookup.of(current)
    ids = {user.id for user in current.users}
    administrators = _administrators(current)
    return Sandbox.in_memory(
        {
            "sandbox": _FORMAT,
            "domains": list(domains),
            "nextId": 1 + max((int(one) for one in _numbers(current)), default=0),
            "switches": {"view_only_domain": current.license_support},
            "users": [_user(user, lookup, administrators) for user in current.users]
            + _guests(current, ids),
            "groups": [
                {
                    "id": team.id,
                    "displayName": team.name,
                    "members": sorted((team.members or frozenset()) & ids),
                }
                for team in current.teams
            ],
        }
    )


def _numbers(current: CurrentState) -> list[str]:
    known = [user.id for user in current.users] + [team.id for team in current.teams]
    return [one for one in known if one.isascii() and one.isdigit()]


def seen_after(current: CurrentState, after: CurrentState) -> CurrentState:
    """What was read of the copy, with what SCIM hides as it would be then.

    A membership goes along with its user: to a new address, and into deprovisioning.
    """
    organization = current.organization
    if organization is not None:
        now = {user.id: user for user in after.users}
        users = {user.key: now[user.id] for user in current.users if user.id in now}
        members = (
            replace(one, address=user.user_name, key=user.key, active=user.active, view_only=None)
            if one.key is not None and (user := users.get(one.key))
            else one
            for one in organization.members
        )
        organization = replace(organization, members=tuple(members))
    return replace(
        after,
        organization=organization,
        organization_unread=current.organization_unread,
        organization_doubt=current.organization_doubt,
    )


def _administrators(current: CurrentState) -> frozenset[str]:
    """The SCIM ids of administrators: by address, or by id where no address is shown."""
    members = current.organization.members if current.organization else ()
    ids = {user.key: user.id for user in current.users}
    return frozenset(
        ids.get(one.key, one.gid) if one.key is not None else one.gid
        for one in members
        if one.admin and not one.guest
    )


def _user(
    user: CurrentUser, lookup: Lookup, administrators: frozenset[str]
) -> Mapping[str, object]:
    kept = {name: value for name, value in user.attributes.items() if name != MANAGER}
    shown = user.attributes.get(MANAGER, "")
    manager = lookup.users.get(shown) or lookup.users_by_key.get(user_key(shown))
    licence = user.license or ENTERPRISE
    return {
        "id": user.id,
        "userName": user.user_name,
        "userType": licence if licence in {ENTERPRISE, VIEW_ONLY} else _OTHER,
        **({} if user.active else {"status": "deactivated"}),
        **({"admin": True} if user.id in administrators else {}),
        **kept,
        **({MANAGER: manager.id} if manager else {}),
    }


def _guests(current: CurrentState, ids: set[str]) -> list[Mapping[str, object]]:
    """Those whom SCIM hides, so that a create of their address fails here as it would there."""
    listed = {user.key for user in current.users}
    members = current.organization.members if current.organization else ()
    return [
        {"id": one.gid, "userName": one.address, "guest": True}
        for one in members
        if one.guest and one.key is not None and one.key not in listed and one.gid not in ids
    ]
