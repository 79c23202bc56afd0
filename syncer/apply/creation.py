"""Create users and teams, once: a create whose end is unknown is looked up, never guessed."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from syncer.apply.attempts import Attempts, Shared, applied, failed, final, in_doubt, lost, refused
from syncer.apply.ports import AsanaPort
from syncer.core.names import user_key
from syncer.core.verification import unmet
from syncer.model.actions import CreateTeam, CreateUser
from syncer.model.errors import AsanaError, ConflictError, UnreadableError
from syncer.model.outcome import Outcome
from syncer.model.state import MANAGER, USER_NAME, CurrentState, CurrentUser

Answer = TypeVar("Answer")

_HIDDEN: Final = (
    "Asana says that the address is taken and lists no such user: probably a guest, an "
    "invitation or somebody deprovisioned, whom SCIM does not show; make that person a member "
    "in the admin console"
)


async def create_user(
    action: CreateUser,
    values: Mapping[str, str],
    port: AsanaPort,
    attempts: Attempts,
    *,
    at_most: int,
) -> Outcome:
    """A user of this address, created or adopted. `values` are the attributes as sent.

    Asana creates nobody twice under one address, so that a create may be repeated once a
    lookup has shown nobody. Raises AsanaError.
    """
    shown = {USER_NAME: action.user_name, **values}
    if action.license is not None:
        shown["userType"] = action.license
    cause: AsanaError | None = None
    for _ in range(at_most):
        try:
            user = await attempts.send(
                lambda: port.create_user(action.user_name, values, action.license), after=shown
            )
        except AsanaError as error:
            if not _may_exist(error):
                raise
            cause = error
        else:
            how = _how_answered(action, user)
            return _there(action, user, how, adopted=bool(how))
        found = await _looked_up(port.find_user(action.user_name), attempts, cause)
        if found is not None:
            # An attempt of ours that nobody answered may be why the address is taken.
            adopted = not (attempts.in_doubt or lost(cause))
            return _there(action, found, _how_found(cause), adopted=adopted)
        if isinstance(cause, ConflictError):
            return failed(action, _HIDDEN)
    return failed(action, f"{cause}; a lookup shows that the user was not created")


async def create_team(
    action: CreateTeam,
    port: AsanaPort,
    attempts: Attempts,
    *,
    members: Sequence[str] = (),
    shared: Shared | None = None,
) -> Outcome:
    """A team of this name, created or adopted; of `members` it has those that `shared` says.

    Raises AsanaError.
    """
    name = action.team
    try:
        team = await attempts.send(
            lambda: port.create_team(name, members), shared=shared, after={"displayName": name}
        )
    except AsanaError as error:
        without = bool(members) and refused(error) and not _may_exist(error)
        if not (without or _may_exist(error)):
            raise
        # Never repeated in this run unless it was refused: Asana does not promise one team a
        # name, and a lookup right after a lost create may not show the first one yet.
        found = await _looked_up(port.find_teams(name), attempts, error)
        if len(found) == 1:
            return applied(
                action,
                scim_id=found[0].id,
                detail=_how_found(error),
                adopted=not lost(error),
            )
        if found:
            return failed(action, f"there are {len(found)} teams of this name: {error}")
        if without:
            # One of the members may have been the reason.
            return await create_team(action, port, attempts)
        return failed(action, f"{error}; a lookup shows no team of this name")
    if shared is not None and team.members is not None:
        # Asana's example answers with the members; where they are not shown, nobody is sure.
        shared.attempts.members = team.members.intersection(members)
    return applied(action, scim_id=team.id)


async def _looked_up(lookup: Awaitable[Answer], attempts: Attempts, cause: AsanaError) -> Answer:
    attempts.sent += 1
    try:
        return await lookup
    except AsanaError as error:
        if final(error):
            raise
        message = f"{cause}; whether it was created is unknown, the lookup failed too: {error}"
        raise UnreadableError(message) from error


def _there(action: CreateUser, user: CurrentUser, how: str, *, adopted: bool) -> Outcome:
    """The outcome for a user who is there: made by us just now, or found to be there."""
    if user.key != user_key(action.user_name):
        # Whom we take for somebody else would join that person's teams.
        return failed(
            action,
            f"Asana answered with another user, {user.user_name} (id {user.id}): where the "
            "address is an alias of theirs, give the directory their address in Asana",
        )
    if not user.active:
        return failed(
            action,
            "a deactivated user has this address, and SCIM cannot reactivate: "
            "invite the person again in the admin console",
        )
    differs = _differences(action, user) if how else ""
    later = f"; {differs}: the next plan updates it" if differs else ""
    return applied(action, scim_id=user.id, detail=f"{how}{later}", adopted=adopted)


def _how_answered(action: CreateUser, user: CurrentUser) -> str:
    """How the user came about, "" for one who is as we asked for.

    Whether Asana answers a create of an address in use with the user who has it is documented
    nowhere.
    """
    told = {name for name, value in user.attributes.items() if value}
    shown = tuple(one for one in action.attributes if one.field in told)
    # Another licence is no sign: a new user may get that of the domain.
    if _differences(replace(action, attributes=shown, license=None), user):
        return "answered with a user who differs, probably there before: adopted"
    return ""


def _differences(action: CreateUser, user: CurrentUser) -> str:
    # A manager may be shown in words that only the whole listing explains.
    asked = tuple(one for one in action.attributes if one.field != MANAGER)
    return unmet(replace(action, attributes=asked), CurrentState(users=(user,)))


def _how_found(cause: AsanaError) -> str:
    if isinstance(cause, ConflictError):
        return "already there: adopted"
    if refused(cause):
        return f"refused, and a lookup found it: adopted ({cause})"
    return "the answer was lost, a lookup found it: adopted"


def _may_exist(error: AsanaError) -> bool:
    return in_doubt(error) or isinstance(error, ConflictError)
