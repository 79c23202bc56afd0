"""The read-back in as few requests as it takes: a listing again, or each changed one alone.

Users and teams are decided apart. A listing of users shows everybody in one request a page: where
fewer were changed than it has pages, to ask for each by id says the same, for verification asks
about nobody else. A listing of teams saves a request only where it shows their members.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from syncer.apply.attempts import final
from syncer.apply.execution import Execution
from syncer.apply.ports import AsanaPort, Listings
from syncer.apply.verify import unread, with_unlisted
from syncer.core.managed_teams import concerned_team_keys
from syncer.core.names import plain
from syncer.model.actions import Action, ChangeMembers, CreateTeam, CreateUser, RenameTeam
from syncer.model.errors import NotFoundError, RejectedError, UnreadableError
from syncer.model.outcome import Outcome, Result
from syncer.model.state import CurrentState, CurrentTeam, CurrentUser, UnreadableUser

Item = TypeVar("Item")
Named = tuple[str | None, str]
"""The id of a user or team, None while it is not known, and its name."""
Reading = Callable[[], Awaitable[CurrentState]]


async def read_again(
    execution: Execution, before: CurrentState, asana: AsanaPort, listings: Listings
) -> CurrentState:
    """What Asana shows now of everything that the run changed.

    `before` is the reading that the run began with; whatever is not asked for again is as it was
    there. Raises the AsanaError tree.
    """
    users, teams = await _together(
        [
            _users_again(execution, before, asana, listings),
            _teams_again(execution, before, asana, listings),
        ]
    )
    return replace(users, teams=teams.teams)


async def _users_again(
    execution: Execution, before: CurrentState, asana: AsanaPort, listings: Listings
) -> CurrentState:
    changed = changed_users(execution)

    async def listed() -> CurrentState:
        found = await with_unlisted(execution, await listings.users(), asana)
        return replace(
            before,
            users=found.users,
            unreadable=found.unreadable,
            license_support=found.license_support,
        )

    if not changed:
        return before
    if len(changed) < listings.user_pages:
        return await _or(_with_users(changed, before, asana), listed)
    return await listed()


async def _teams_again(
    execution: Execution, before: CurrentState, asana: AsanaPort, listings: Listings
) -> CurrentState:
    changed = changed_teams(execution)

    async def listed() -> CurrentState:
        actions = tuple(action for action, _ in _asked(execution))
        keys = concerned_team_keys(replace(execution.plan, actions=actions))
        return replace(before, teams=await listings.teams(keys))

    if not changed:
        return before
    # Who has no id yet is looked for by name first.
    alone = sum(1 if scim_id else 2 for scim_id, _ in changed)
    unlisted = _maybe_empty(execution, before) if listings.members_listed else len(changed)
    if alone <= listings.team_pages + unlisted:
        return await _or(_with_teams(changed, before, asana), listed)
    return await listed()


async def _or(alone: Awaitable[CurrentState], listed: Reading) -> CurrentState:
    try:
        return await alone
    except RejectedError as error:
        # A server may list somebody whom it refuses to show alone, for one a user who was
        # deprovisioned just now. What that says of one must not put all others in doubt.
        if final(error):
            raise
    return await listed()


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


async def _with_users(
    changed: Sequence[Named], before: CurrentState, asana: AsanaPort
) -> CurrentState:
    """The reading with these users as they are now. Whoever is not there any more is not in it."""
    found = await _together([_user(asana, *named) for named in changed])
    read = [user for user in found if user is not None]
    again = {user.id for user in read} | {scim_id for scim_id, _ in changed}
    return replace(
        before,
        users=(
            *(user for user in before.users if user.id not in again),
            *(user for user in read if isinstance(user, CurrentUser)),
        ),
        unreadable=(
            *(user for user in before.unreadable if user.id not in again),
            *(user for user in read if isinstance(user, UnreadableUser)),
        ),
    )


async def _with_teams(
    changed: Sequence[Named], before: CurrentState, asana: AsanaPort
) -> CurrentState:
    """The reading with these teams as they are now. One that is gone is not in it."""
    found = await _together([_teams(asana, *named) for named in changed])
    read = [team for group in found for team in group]
    again = {team.id for team in read} | {scim_id for scim_id, _ in changed}
    return replace(before, teams=(*(team for team in before.teams if team.id not in again), *read))


def _maybe_empty(execution: Execution, before: CurrentState) -> int:
    """How many of the changed teams may have no member now, which no listing can show."""
    inside: dict[str, frozenset[str]] = {
        team.id: team.members or frozenset() for team in before.teams
    }
    members: dict[str, frozenset[str]] = {}
    for action, outcome in _asked(execution):
        match action:
            case CreateTeam() | RenameTeam() | ChangeMembers():
                name = _id_of(action, outcome) or plain(action.team)
                members.setdefault(name, inside.get(name, frozenset()))
        if isinstance(action, ChangeMembers):
            left = {member.scim_id for member in action.remove}
            joined = (member.scim_id or member.user for member in action.add)
            members[name] = (members[name] - left).union(joined)
    return sum(not left for left in members.values())


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
