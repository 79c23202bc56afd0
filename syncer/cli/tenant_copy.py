"""The live tenant as a sandbox in memory: everything that was read, and nothing else."""

from collections.abc import Mapping
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
    return Sandbox.in_memory(
        {
            "sandbox": _FORMAT,
            "domains": list(domains),
            "nextId": 1 + max((int(one) for one in _numbers(current)), default=0),
            "switches": {"view_only_domain": current.license_support},
            "users": [_user(user, lookup) for user in current.users] + _guests(current, ids),
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


def _user(user: CurrentUser, lookup: Lookup) -> Mapping[str, object]:
    kept = {name: value for name, value in user.attributes.items() if name != MANAGER}
    shown = user.attributes.get(MANAGER, "")
    manager = lookup.users.get(shown) or lookup.users_by_key.get(user_key(shown))
    licence = user.license or ENTERPRISE
    return {
        "id": user.id,
        "userName": user.user_name,
        "userType": licence if licence in {ENTERPRISE, VIEW_ONLY} else _OTHER,
        **({} if user.active else {"status": "deactivated"}),
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
