"""What one run makes of a strict copy of a tenant is all that any may make of another one."""

from collections.abc import Iterator, Mapping
from typing import Any

from syncer.sandbox import Sandbox

Record = Mapping[str, Any]


def users_of(tenant: Record, before: Record) -> dict[str, dict[str, Any]]:
    """Every user by a name that two tenants share: the id of old, the address of new ones."""
    names = names_of(tenant, before)
    return {
        names[user["id"]]: {
            **user,
            "userName": user["userName"].casefold(),
            "status": user.get("status", "active"),
            "id": names[user["id"]],
            **({"manager": names[user["manager"]]} if "manager" in user else {}),
        }
        for user in tenant["users"]
    }


def names_of(tenant: Record, before: Record) -> dict[str, str]:
    """By id; who and what was there before the first run keeps the id as name."""
    old = {row["id"] for key in ("users", "groups") for row in before[key]}
    users = {user["id"]: user["userName"].casefold() for user in tenant["users"]}
    groups = {team["id"]: team["displayName"].casefold() for team in tenant["groups"]}
    return {key: key if key in old else name for key, name in {**users, **groups}.items()}


def teams_of(tenant: Record, before: Record) -> dict[str, tuple[str, frozenset[str]]]:
    """Every team by such a name, with its title and its members."""
    names = names_of(tenant, before)
    return {
        names[team["id"]]: (
            team["displayName"],
            frozenset(names[member] for member in team["members"]),
        )
        for team in tenant["groups"]
    }


def wrong_writes(before: Record, after: Record, wanted: Record) -> list[str]:
    """Every difference that the strict tenant does not have too."""
    return [*wrong_users(before, after, wanted), *wrong_teams(before, after, wanted)]


def wrong_users(before: Record, after: Record, wanted: Record) -> Iterator[str]:
    licensed = Sandbox.in_memory(dict(after)).switches.view_only_domain
    old, new, right = (users_of(one, before) for one in (before, after, wanted))
    yield from (f"{name} is gone" for name in old.keys() - new.keys())
    for name, user in new.items():
        was, should = old.get(name), right.get(name)
        if should is None:
            yield f"{name} was created"
            continue
        ours = {*user, *(was or {})}
        if was is None and not licensed:
            ours.discard("userType")  # of a new user Asana decides then, and shows nothing
        for key in sorted(ours):
            allowed = [record.get(key) for record in (was, should) if record is not None]
            if user.get(key) not in allowed:
                yield f"{name}: {key} {allowed} -> {user.get(key)!r}"


def wrong_teams(before: Record, after: Record, wanted: Record) -> Iterator[str]:
    old, new, right = (teams_of(one, before) for one in (before, after, wanted))
    people = users_of(wanted, before)
    left = {name for name, user in people.items() if user["status"] == "deactivated"}
    for name, (title, members) in new.items():
        if name not in right:
            yield f"team {name} was created"
            continue
        was_title, were = old.get(name, (title, frozenset()))
        should_title, should = right[name]
        if title not in {was_title, should_title}:
            yield f"team {name} is now called {title}"
        if strangers := members - were - should:
            yield f"team {name}: {sorted(strangers)} came in"
        if lost := (were & should) - members - left:
            yield f"team {name}: {sorted(lost)} went out"


def doubled(tenant: Record) -> list[str]:
    users = [user["userName"].casefold() for user in tenant["users"]]
    teams = [team["displayName"].casefold() for team in tenant["groups"]]
    return sorted(name for names in (users, teams) for name in names if names.count(name) > 1)
