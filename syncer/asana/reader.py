"""Reads what Asana has: every user, every team, and the members of the teams that we manage."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from syncer.asana.client import AsanaClient, Ready
from syncer.asana.paging import read_listing
from syncer.asana.records import doubtful
from syncer.asana.settings import PAGE_SIZE
from syncer.asana.together import both, together
from syncer.model.errors import NotFoundError, UnreadableError
from syncer.model.state import (
    CurrentState,
    CurrentTeam,
    CurrentUser,
    TeamKey,
    UnreadableUser,
)

Progress = Callable[[str, int], None]


def silent(_what: str, _count: int) -> None:
    """Hear how far a reading is, and tell nobody."""


async def read_current(
    client: AsanaClient,
    managed: frozenset[TeamKey],
    *,
    progress: Progress | None = None,
    every_team: bool = False,
) -> CurrentState:
    """The current state, proven complete against Asana's own totals.

    Members are read for the teams in `managed` only, or for all with `every_team`; the other
    teams have `members` None unless the listing showed them. Without any managed team, teams
    are not read at all, so that a token for users alone will do. `progress` hears what is
    read ("users", "teams", "members") and how many of it so far. Raises the AsanaError tree;
    IncompleteError when the proof fails.
    """
    tell = progress or silent
    if not managed and not every_team:
        return await read_users(client, progress=tell)
    users_seen = asyncio.Event()

    def told(what: str, count: int) -> None:
        if what == "users":
            users_seen.set()
        tell(what, count)

    # What a page holds is let go while its entries are made, and that of users is by far the
    # largest: with the teams of a whole tenant beside it, it would set the peak of memory.
    everyone, teams = await both(
        read_users(client, progress=told),
        read_teams(client, managed, progress=tell, every_team=every_team, ready=users_seen.wait),
    )
    return replace(everyone, teams=teams)


async def read_users(client: AsanaClient, *, progress: Progress = silent) -> CurrentState:
    """The users of the current state, without any team. Raises as `read_current` does."""
    users, unreadable = await _read_users(client, progress)
    return CurrentState(users=users, license_support=_shows_licenses(users), unreadable=unreadable)


async def read_teams(
    client: AsanaClient,
    managed: frozenset[TeamKey],
    *,
    progress: Progress = silent,
    every_team: bool = False,
    ready: Ready | None = None,
) -> tuple[CurrentTeam, ...]:
    """The teams of the current state, looked into when the caller is `ready` for them.

    Raises as `read_current` does.
    """
    listed = await _read_teams(client, progress, ready)
    return await _with_members(client, listed, managed, progress, every_team=every_team)


async def _read_users(
    client: AsanaClient, tell: Progress
) -> tuple[tuple[CurrentUser, ...], tuple[UnreadableUser, ...]]:
    listed = await read_listing(
        client.list_users_page,
        what="GET /Users",
        page_size=PAGE_SIZE,
        progress=lambda count: tell("users", count),
    )
    users: list[CurrentUser] = []
    unreadable: list[UnreadableUser] = []
    for versions in listed.values():
        # Two versions of one user are two halves of a change: neither is the truth to act on.
        doubt = len(versions) > 1
        for user in versions:
            if doubt or isinstance(user, UnreadableUser):
                unreadable.append(doubtful(user))
            else:
                users.append(user)
    return tuple(users), tuple(unreadable)


def _shows_licenses(users: Sequence[CurrentUser]) -> bool:
    """Whether licences may be planned: nothing speaks against it until somebody has none.

    A tenant without anybody is no evidence. To take it for one would give every person of
    the first fill the licence that Asana gives by itself, which is a paid one.
    """
    return any(user.license is not None for user in users) or not any(u.active for u in users)


async def _read_teams(
    client: AsanaClient, tell: Progress, ready: Ready | None
) -> list[CurrentTeam]:
    listed = await read_listing(
        partial(client.list_groups_page, ready=ready),
        what="GET /Groups",
        page_size=PAGE_SIZE,
        progress=lambda count: tell("teams", count),
    )
    for versions in listed.values():
        if len({team.key for team in versions}) > 1:
            names = " and ".join(repr(team.name) for team in versions)
            raise UnreadableError(
                f"GET /Groups: one team came under two names, {names}",
                "run again; the team may have been renamed during the reading",
            )
    return [versions[-1] for versions in listed.values()]


async def _with_members(
    client: AsanaClient,
    teams: list[CurrentTeam],
    managed: frozenset[TeamKey],
    tell: Progress,
    *,
    every_team: bool,
) -> tuple[CurrentTeam, ...]:
    done = 0

    async def read(team: CurrentTeam) -> CurrentTeam:
        nonlocal done
        # An empty list in a listing may mean no more than "not shown here".
        if (every_team or team.key in managed) and not team.members:
            team = await _read_team(client, team)
            done += 1
            tell("members", done)
        return team

    return await together(read(team) for team in teams)


async def _read_team(client: AsanaClient, team: CurrentTeam) -> CurrentTeam:
    try:
        return await client.get_team(team.id)
    except NotFoundError:
        # Listed a moment ago: deleted since, or not ours to see. Either way it was not read.
        return CurrentTeam(team.id, team.name, team.key)
