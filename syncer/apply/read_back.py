"""The read-back in as few requests as it takes: all users again, or each changed one alone.

A listing shows everybody in one request a page. Where fewer users were changed than it has
pages, to ask for each by id says the same, for verification asks about nobody else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from syncer.apply.attempts import final
from syncer.apply.execution import Execution
from syncer.apply.ports import AsanaPort
from syncer.apply.verify import unread, with_unlisted
from syncer.core.names import plain
from syncer.model.actions import Action, ChangeMembers, CreateTeam, CreateUser, RenameTeam
from syncer.model.errors import NotFoundError, RejectedError, UnreadableError
from syncer.model.outcome import Outcome, Result
from syncer.model.state import CurrentState, CurrentTeam, CurrentUser, UnreadableUser

Item = TypeVar("Item")
Named = tuple[str | None, str]
"""The id of a user or team, None while it is not known, and its name."""


async def read_again(
    execution: Execution,
    before: CurrentState,
    asana: AsanaPort,
    *,
    read: Callable[[], Awaitable[CurrentState]],
    pages: int,
) -> CurrentState:
    """What Asana shows now of everything that the run changed.

    `before` is the reading that the run began with; `read` makes a new one, whose users take so
    many `pages`. Raises the AsanaError tree.
    """
    if len(changed_users(execution)) < pages:
        try:
            return await with_changed(execution, before, asana)
        except RejectedError as error:
            # A server may list somebody whom it refuses to show alone, for one a user who was
            # deprovisioned just now. What that says of one must not put all others in doubt.
            if final(error):
                raise
    return await with_unlisted(execution, await read(), asana)


def changed_users(execution: Execution) -> tuple[Named, ...]:
    """The users whom the run asked Asana to change, by id and address, each once."""
    asked = [
        (action, _id_of(action, outcome), action.user_name)
        for action, outcome in _asked(execution)
        if not isinstance(action, CreateTeam | RenameTeam | ChangeMembers)
    ]
    return _each_once(asked)


def changed_teams(execution: Execution) -> tuple[Named, ...]:
    """The teams that the run asked Asana to change, by id and name, each once."""
    asked = [
        (action, _id_of(action, outcome), action.team)
        for action, outcome in _asked(execution)
        if isinstance(action, CreateTeam | RenameTeam | ChangeMembers)
    ]
    return _each_once(asked)


async def with_changed(
    execution: Execution, current: CurrentState, asana: AsanaPort
) -> CurrentState:
    """The reading, with the users and teams that the run changed as they are now.

    Whoever is not there any more is not in it. Raises the AsanaError tree.
    """
    users, teams = changed_users(execution), changed_teams(execution)
    found_users = await _together([_user(asana, *named) for named in users])
    found_teams = await _together([_teams(asana, *named) for named in teams])
    asked = {scim_id for scim_id, _ in (*users, *teams)}
    read = [user for user in found_users if user is not None]
    again = {user.id for user in read} | asked
    return replace(
        current,
        users=(
            *(user for user in current.users if user.id not in again),
            *(user for user in read if isinstance(user, CurrentUser)),
        ),
        unreadable=(
            *(user for user in current.unreadable if user.id not in again),
            *(user for user in read if isinstance(user, UnreadableUser)),
        ),
        teams=_replaced(current.teams, [team for group in found_teams for team in group], asked),
    )


def _asked(execution: Execution) -> Iterable[tuple[Action, Outcome]]:
    """The actions that reached Asana, or may have, with their outcomes.

    What was in effect before this run shows in the reading that the run began with.
    """
    pairs = zip(execution.plan.actions, execution.outcomes, strict=True)
    sent = {Result.APPLIED, Result.FAILED}
    return (
        (action, outcome)
        for action, outcome in pairs
        if outcome.result in sent and outcome.requests
    )


def _id_of(action: Action, outcome: Outcome) -> str | None:
    return outcome.scim_id or getattr(action, "scim_id", None)


def _each_once(asked: Sequence[tuple[Action, str | None, str]]) -> tuple[Named, ...]:
    """Each subject once: a second step for a newcomer may not know the id that the first had.

    Somebody else may have had the same name before, and gave it up in this very run: only who
    was created by the name is meant by it.
    """
    created = {
        plain(name)
        for action, scim_id, name in asked
        if isinstance(action, CreateUser | CreateTeam) and scim_id is not None
    }
    found: dict[tuple[str | None, str], Named] = {}
    for _, scim_id, name in asked:
        if scim_id is not None:
            found.setdefault((scim_id, ""), (scim_id, name))
        elif plain(name) not in created:
            found.setdefault((None, plain(name)), (None, name))
    return tuple(found.values())


def _replaced(
    before: Sequence[CurrentTeam], now: Sequence[CurrentTeam], asked: set[str | None]
) -> tuple[CurrentTeam, ...]:
    again = {team.id for team in now} | asked
    return (*(team for team in before if team.id not in again), *now)


async def _user(
    asana: AsanaPort, scim_id: str | None, name: str
) -> CurrentUser | UnreadableUser | None:
    try:
        if scim_id is None:
            return await asana.find_user(name)
        return await asana.get_user(scim_id)
    except NotFoundError:
        return None
    except UnreadableError as error:
        return unread(scim_id, name, error)


async def _teams(asana: AsanaPort, scim_id: str | None, name: str) -> tuple[CurrentTeam, ...]:
    found: Iterable[str] = [scim_id] if scim_id is not None else []
    if scim_id is None:
        found = [team.id for team in await asana.find_teams(name)]
    try:
        return tuple([await asana.get_team(one) for one in found])
    except NotFoundError:
        return ()


async def _together(reads: Sequence[Awaitable[Item]]) -> list[Item]:
    """All results in order; every reading has ended when one of them raises."""
    results = await asyncio.gather(*reads, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results  # type: ignore[return-value]  # none of them is an error
