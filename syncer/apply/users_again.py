"""The changed users as they are now, in as few requests as it takes.

A listing of users shows everybody in one request a page: where fewer were changed than it has
pages, to ask for each by id says the same, for verification asks about nobody else.
"""

import asyncio
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from syncer.apply.changed import Named, changed_users, id_of, learned, sent
from syncer.apply.execution import Execution
from syncer.apply.look import Look, ensure_some_were_read, may_be_listed
from syncer.apply.ports import AsanaPort, Listings
from syncer.core.names import user_key
from syncer.core.verification import Lookup
from syncer.model.actions import CreateUser, DeactivateUser, TeamAction, UpdateUser
from syncer.model.errors import AsanaError, NotFoundError, UnreadableError
from syncer.model.origin import Problem, Size
from syncer.model.outcome import Result
from syncer.model.state import USER_NAME, CurrentState, CurrentUser, UnreadableUser

Answer = CurrentUser | AsanaError | None
"""A user as Asana shows them, why they could not be read, or nobody there."""
Answers = Mapping[Named, Answer]


async def users_again(look: Look) -> CurrentState:
    """The latest reading with the users whom the run changed as they are now.

    Whoever is not there any more is not in it, and who could not be read is in its `unreadable`.
    Raises the AsanaError tree when nobody could be read.
    """
    execution, before, asana, listings = look.execution, look.before, look.asana, look.listings
    changed = changed_users(execution)
    if not changed:
        return look.latest
    if len(changed) >= listings.user_pages:
        return await _listed(look)
    shown = await asyncio.gather(*(_ask(asana, *named) for named in changed))
    answers: Answers = dict(zip(changed, shown, strict=True))
    missing = _missing(answers, execution, before)
    found = await asyncio.gather(
        *(_by_address(asana, one, _renamed(execution, one), before) for one in missing)
    )
    answers = {**answers, **dict(zip(missing, found, strict=True))}
    answers = await _by_listing(answers, execution, before, listings)
    ensure_some_were_read(answers.values())
    return _with_answers(answers, look.latest)


def users_in_doubt(execution: Execution, latest: CurrentState, error: AsanaError) -> CurrentState:
    """The reading where none of the users whom the run changed could be read again."""
    return _with_answers(dict.fromkeys(changed_users(execution), error), latest)


async def _listed(look: Look) -> CurrentState:
    execution, latest = look.execution, look.latest
    found = await _everybody(execution, look.before, look.listings)
    kept = _settled(execution, latest)
    found = replace(
        found,
        users=(
            *(user for user in found.users if user.id not in kept),
            *(user for user in latest.users if user.id in kept),
        ),
        unreadable=tuple(user for user in found.unreadable if user.id not in kept),
    )
    answers = await _unlisted(execution, found, look.asana)
    return replace(
        _with_answers(answers, replace(latest, users=found.users, unreadable=found.unreadable)),
        license_support=found.license_support,
    )


def _settled(execution: Execution, latest: CurrentState) -> AbstractSet[str | None]:
    """The ids of those about whom the latest reading is the last word, there or gone.

    A listing of a later look may be an older copy, or show no invitation that an earlier look
    found alone. Only whoever is to be judged again is as it says.
    """
    lookup = Lookup.of(latest, learned=learned(execution))
    settled, again = set[str | None](), {user.id for user in latest.unreadable}
    for action, outcome in sent(execution):
        if isinstance(action, TeamAction):
            continue
        user = lookup.user(getattr(action, "scim_id", None), action.user_name)
        scim_id = user.id if user else id_of(action, outcome)
        if action.ref not in execution.settled:
            again.add(scim_id)
        elif user or isinstance(action, DeactivateUser):
            settled.add(scim_id)
    return settled - again


async def _everybody(
    execution: Execution, before: CurrentState, listings: Listings
) -> CurrentState:
    """The listing of users; UnreadableError where it is empty and somebody must be there."""
    listed = await listings.users()
    actions = execution.plan.actions
    left = {action.scim_id for action in actions if isinstance(action, DeactivateUser)}
    stay = sum(user.active and user.id not in left for user in before.users)
    if stay and not (listed.users or listed.unreadable):
        raise UnreadableError(f"GET /Users: nobody is listed, where {stay} were before this run")
    return listed


async def _unlisted(execution: Execution, listed: CurrentState, asana: AsanaPort) -> Answers:
    """The newcomers to be judged whom the listing does not show, each asked for alone.

    Nobody documents whether pending invitations are listed. Where they are not, a create must
    not be called failed for it.
    """
    found: tuple[CurrentUser | UnreadableUser, ...] = (*listed.users, *listed.unreadable)
    ids, keys = {user.id for user in found}, {user.key for user in found}
    # Their creation may be settled where a later change of theirs is not.
    hidden = {*learned(execution).values()} - ids
    missing = [
        (scim_id, name)
        for scim_id, name in changed_users(execution)
        if (scim_id in hidden if scim_id else user_key(name) not in keys)
    ]
    shown = await asyncio.gather(*(_ask(asana, *named) for named in missing))
    return dict(zip(missing, shown, strict=True))


async def _ask(asana: AsanaPort, scim_id: str | None, name: str) -> Answer:
    try:
        if scim_id is None:
            return await asana.find_user(name)
        return await asana.get_user(scim_id)
    except NotFoundError as error:
        return error if scim_id is None else None
    except AsanaError as error:
        return error


def _missing(answers: Answers, execution: Execution, before: CurrentState) -> Sequence[Named]:
    """Of whom a 404 alone is no proof that they are gone.

    A gateway may say so, and a server of users whom it lists. They were there before this run,
    or came in it, and Asana has accepted no deactivation of theirs.
    """
    there = {user.id for user in before.users}
    left = set[str]()
    for action, outcome in sent(execution):
        match action:
            case CreateUser() if outcome.scim_id is not None:
                there.add(outcome.scim_id)
            case DeactivateUser() if outcome.result is Result.APPLIED and not outcome.missing:
                left.add(action.scim_id)
    there -= left
    return [named for named, answer in answers.items() if answer is None and named[0] in there]


def _renamed(execution: Execution, named: Named) -> Sequence[str]:
    """The addresses under which the user may be shown: the one before, and those given since."""
    given = (
        change.after
        for action, _ in sent(execution)
        if isinstance(action, UpdateUser) and action.scim_id == named[0]
        for change in action.changes
        if change.field == USER_NAME and change.after
    )
    return tuple(dict.fromkeys((named[1], *given)))


async def _by_address(
    asana: AsanaPort, named: Named, addresses: Sequence[str], before: CurrentState
) -> Answer:
    # Asana may have answered a create with another id than the user has. But whoever was there
    # before has that id for good, and his address may be somebody else's by now.
    known = any(user.id == named[0] for user in before.users)
    for address in addresses:
        found = await _ask(asana, None, address)
        if isinstance(found, AsanaError):
            return found
        if found is not None and (found.id == named[0] or not known):
            return found
    return None


async def _by_listing(
    answers: Answers, execution: Execution, before: CurrentState, listings: Listings
) -> Answers:
    """The answers, with what the listing says of those who could not be read alone.

    A server may list somebody whom it refuses to show alone, for one a user who was deprovisioned
    just now; and what went wrong with one must not put all others in doubt.
    """
    if not may_be_listed(answers.values()):
        return answers
    try:
        listed = await _everybody(execution, before, listings)
    except AsanaError:
        return answers
    return {
        named: _in_listing(named, answer, listed, before)
        if isinstance(answer, AsanaError)
        else answer
        for named, answer in answers.items()
    }


def _in_listing(
    named: Named, answer: AsanaError, listed: CurrentState, before: CurrentState
) -> Answer:
    scim_id, key = named[0], user_key(named[1])
    known = any(user.id == scim_id for user in before.users)
    for user in listed.users:
        if user.id == scim_id or (user.key == key and not known):
            return user
    for unread in listed.unreadable:
        if unread.id == scim_id or unread.key == key:
            return UnreadableError(unread.problem.summary, unread.problem.hint)
    # Who came in this run may be an invitation, which a listing need not show.
    return None if known else answer


def _with_answers(answers: Answers, before: CurrentState) -> CurrentState:
    """The reading with these users as they were answered."""
    read = {one.id: one for one in answers.values() if isinstance(one, CurrentUser)}
    unread = [
        _unread(named, answer)
        for named, answer in answers.items()
        if isinstance(answer, AsanaError)
    ]
    again = ({scim_id for scim_id, _ in answers} | read.keys()) - {None}
    names = {user_key(name) for scim_id, name in answers if scim_id is None}
    kept = (
        one
        for one in before.unreadable
        if one.id not in again and (one.id or one.key not in names)
    )
    return replace(
        before,
        users=(*(user for user in before.users if user.id not in again), *read.values()),
        unreadable=(*kept, *unread),
    )


def _unread(named: Named, error: AsanaError) -> UnreadableUser:
    """The user whom Asana was asked for in vain: neither there for certain, nor gone."""
    problem = Problem(None, error.message, error.hint, size=Size.RECORD)
    return UnreadableUser(named[0], user_key(named[1]), problem)
