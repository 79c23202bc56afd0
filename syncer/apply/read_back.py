"""The read-back in as few requests as it takes: a listing again, or each changed one alone.

Users and teams are decided apart, and fail apart: where one half cannot be read, what the other
shows is judged all the same.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

from syncer.apply.changed import changed_teams, changed_users
from syncer.apply.execution import Execution
from syncer.apply.look import Look
from syncer.apply.ports import AsanaPort, Listings
from syncer.apply.teams_again import teams_again, teams_in_doubt
from syncer.apply.users_again import users_again, users_in_doubt
from syncer.model.errors import AsanaError
from syncer.model.state import CurrentState


async def read_again(
    execution: Execution,
    before: CurrentState,
    asana: AsanaPort,
    listings: Listings,
    latest: CurrentState | None = None,
) -> CurrentState:
    """What Asana shows now of everything that the run changed and that is not settled.

    `before` is the reading that the run began with, `latest` what an earlier look found. Whatever
    is not asked for again is as it was there. Whoever and whatever could not be read is named as
    that. Raises the AsanaError tree when nothing could be read.
    """
    base = before if latest is None else latest
    look = Look(execution, before, base, asana, listings)
    users, teams = await asyncio.gather(_or_error(users_again(look)), _or_error(teams_again(look)))
    errors = [one for one in (users, teams) if isinstance(one, AsanaError)]
    halves = bool(changed_users(execution)) + bool(changed_teams(execution))
    if errors and len(errors) == halves:
        raise errors[0]
    if isinstance(users, AsanaError):
        users = users_in_doubt(execution, base, users)
    if isinstance(teams, AsanaError):
        teams = teams_in_doubt(execution, base, teams)
    return replace(users, teams=teams.teams, unread_teams=teams.unread_teams)


async def _or_error(half: Awaitable[CurrentState]) -> CurrentState | AsanaError:
    try:
        return await half
    except AsanaError as error:
        return error
