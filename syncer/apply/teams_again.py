"""The changed teams as they are now, in as few requests as it takes.

A listing of teams saves a request only where it shows their members.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from syncer.apply.changed import Named, asked, changed_teams, id_of
from syncer.apply.execution import Execution
from syncer.apply.look import Look, ensure_some_were_read, may_be_listed
from syncer.apply.ports import AsanaPort, Listings
from syncer.core.managed_teams import concerned_team_keys
from syncer.core.names import plain, team_key
from syncer.model.actions import ChangeMembers, TeamAction
from syncer.model.errors import AsanaError, NotFoundError, UnreadableError
from syncer.model.state import CurrentState, CurrentTeam, UnreadTeam

Answer = tuple[CurrentTeam, ...] | AsanaError
"""Every team of the id or name, or why it could not be read."""
Answers = Mapping[Named, Answer]


async def teams_again(look: Look) -> CurrentState:
    """The latest reading with the teams that the run changed as they are now.

    A team that is gone is not in it, and one that could not be read is in its `unread_teams`.
    Raises the AsanaError tree when no team could be read.
    """
    execution, before, asana, listings = look.execution, look.before, look.asana, look.listings
    changed = changed_teams(execution)
    if not changed:
        return look.latest
    # Who has no id yet is looked for by name first.
    alone = sum(1 if scim_id else 2 for scim_id, _ in changed)
    unlisted = _maybe_empty(execution, before) if listings.members_listed else len(changed)
    if alone > listings.team_pages + unlisted:
        return await _listed(look)
    shown = await asyncio.gather(*(_ask(asana, *named) for named in changed))
    first = dict(zip(changed, shown, strict=True))
    answers = await _refused_again(first, before, listings)
    ensure_some_were_read(answers.values())
    return _with_answers(answers, first, look.latest)


def teams_in_doubt(execution: Execution, latest: CurrentState, error: AsanaError) -> CurrentState:
    """The reading where none of the teams that the run changed could be read again."""
    answers = dict.fromkeys(changed_teams(execution), error)
    return _with_answers(answers, answers, latest)


async def _listed(look: Look) -> CurrentState:
    actions = tuple(action for action, _ in asked(look.execution))
    keys = concerned_team_keys(replace(look.execution.plan, actions=actions))
    now = replace(look.latest, teams=await _every_team(look.before, look.listings))
    # An empty list in a listing may mean no more than "not shown here".
    hidden: list[Named] = [
        (team.id, team.name) for team in now.teams if team.key in keys and not team.members
    ]
    shown = await asyncio.gather(*(_ask(look.asana, *named) for named in hidden))
    first = dict(zip(hidden, shown, strict=True))
    return _with_answers(_listed_instead(first, now, now), first, now)


async def _every_team(before: CurrentState, listings: Listings) -> tuple[CurrentTeam, ...]:
    """The listing of teams; UnreadableError where it is empty though no team can be deleted."""
    listed = await listings.teams()
    if before.teams and not listed:
        was = len(before.teams)
        raise UnreadableError(f"GET /Groups: no team is listed, where {was} were before this run")
    return listed


async def _ask(asana: AsanaPort, scim_id: str | None, name: str) -> Answer:
    try:
        if scim_id is not None:
            return (await asana.get_team(scim_id),)
        found = await asana.find_teams(name)
        return tuple([await asana.get_team(team.id) for team in found])
    except AsanaError as error:
        return error


async def _refused_again(answers: Answers, before: CurrentState, listings: Listings) -> Answers:
    """The answers, with what the listing says of those that could not be read alone.

    It is read without members, for one team that is broken would break that listing too.
    """
    if not may_be_listed(answers.values()):
        return answers
    try:
        teams = await _every_team(before, listings)
    except AsanaError:
        return answers
    return _listed_instead(answers, replace(before, teams=teams), before)


def _listed_instead(answers: Answers, listed: CurrentState, before: CurrentState) -> Answers:
    known = {team.id for team in before.teams}
    return {
        named: _in_listing(named, answer, listed, known=named[0] in known)
        if isinstance(answer, AsanaError)
        else answer
        for named, answer in answers.items()
    }


def _in_listing(named: Named, answer: AsanaError, listed: CurrentState, *, known: bool) -> Answer:
    scim_id, key = named[0], team_key(named[1])
    found = [team for team in listed.teams if team.id == scim_id]
    if not (found or known):
        found = [team for team in listed.teams if team.key == key]
    if found:
        return tuple(replace(team, members=team.members or None) for team in found)
    return () if known or isinstance(answer, NotFoundError) else answer


def _with_answers(answers: Answers, alone: Answers, before: CurrentState) -> CurrentState:
    """The reading with these teams as they were answered, in the end and `alone`."""
    read = {
        team.id: team
        for answer in answers.values()
        if not isinstance(answer, AsanaError)
        for team in answer
    }
    unread = [
        UnreadTeam(scim_id, team_key(name), error.message)
        for (scim_id, name), error in alone.items()
        if isinstance(error, AsanaError) and _without_members(answers[scim_id, name])
    ]
    again = {scim_id for scim_id, _ in answers} | read.keys()
    return replace(
        before,
        teams=(*(team for team in before.teams if team.id not in again), *read.values()),
        unread_teams=tuple(unread),
    )


def _without_members(answer: Answer) -> bool:
    return isinstance(answer, AsanaError) or any(team.members is None for team in answer)


def _maybe_empty(execution: Execution, before: CurrentState) -> int:
    """How many of the changed teams may have no member now, which no listing can show."""
    inside: dict[str, frozenset[str]] = {
        team.id: team.members or frozenset() for team in before.teams
    }
    members: dict[str, frozenset[str]] = {}
    for action, outcome in asked(execution):
        if not isinstance(action, TeamAction):
            continue
        name = id_of(action, outcome) or plain(action.team)
        members.setdefault(name, inside.get(name, frozenset()))
        if isinstance(action, ChangeMembers):
            left = {member.scim_id for member in action.remove}
            joined = (member.scim_id or member.user for member in action.add)
            members[name] = (members[name] - left).union(joined)
    return sum(not left for left in members.values())
