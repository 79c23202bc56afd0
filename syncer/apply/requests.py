"""What each kind of action asks of Asana, request by request."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from syncer.apply.attempts import Attempts, applied, refused
from syncer.apply.creation import create_team, create_user
from syncer.apply.execution import ExecutionLimits
from syncer.apply.identities import Identities, UnresolvedError
from syncer.apply.ports import AsanaPort
from syncer.core.verification import named
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    FieldChange,
    Member,
    ReactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.errors import AsanaError, AuthenticationError, NotFoundError, ThrottledError
from syncer.model.outcome import Outcome, Result
from syncer.model.state import MANAGER, USER_NAME


@dataclass(frozen=True, slots=True)
class Requests:
    """Carries out single actions; knows nothing of their order."""

    port: AsanaPort
    identities: Identities
    limits: ExecutionLimits

    async def carry_out(self, action: Action, attempts: Attempts) -> Outcome:
        """What came of the action. Raises AsanaError and UnresolvedError."""
        match action:
            case CreateUser():
                return await self._create_user(action, attempts)
            case CreateTeam():
                return await create_team(action, self.port, attempts)
            case UpdateUser() | SetLicense():
                return await self._update_user(action, attempts)
            case ChangeMembers():
                return await self._change_members(action, attempts)
            case DeactivateUser() | ReactivateUser():
                return await self._set_active(action, attempts)
            case RenameTeam():
                return await self._rename_team(action, attempts)
        assert_never(action)

    async def _create_user(self, action: CreateUser, attempts: Attempts) -> Outcome:
        wanted = (one for one in action.attributes if one.field != USER_NAME)
        values = {one.field: value for one in wanted if (value := self._value(one))}
        at_most = self.limits.create_attempts
        return await create_user(action, values, self.port, attempts, at_most=at_most)

    async def _update_user(self, action: UpdateUser | SetLicense, attempts: Attempts) -> Outcome:
        scim_id = self.identities.user(action.scim_id, action.user_name)
        if isinstance(action, SetLicense):
            changes: dict[str, str | None] = {"userType": action.after}
            before, clears = {"userType": action.before}, False
            after = dict(changes)
        else:
            changes = {one.field: self._value(one) for one in action.changes}
            before = {one.field: one.before for one in action.changes}
            after = {one.field: one.after for one in action.changes}
            clears = bool(action.clears)
        await attempts.send(
            lambda: self.port.update_user(scim_id, changes),
            # An attribute is emptied by PUT, which needs the whole user first.
            cost=2 if clears else 1,
            scim_id=scim_id,
            before=before,
            after=after,
        )
        return applied(action, scim_id=scim_id)

    async def _rename_team(self, action: RenameTeam, attempts: Attempts) -> Outcome:
        await attempts.send(
            lambda: self.port.rename_team(action.scim_id, action.team),
            scim_id=action.scim_id,
            before={"displayName": action.before},
            after={"displayName": action.team},
        )
        return applied(action, scim_id=action.scim_id)

    async def _set_active(
        self, action: DeactivateUser | ReactivateUser, attempts: Attempts
    ) -> Outcome:
        active = isinstance(action, ReactivateUser)
        try:
            await attempts.send(
                lambda: self.port.set_active(action.scim_id, active=active),
                scim_id=action.scim_id,
                before={"active": not active},
                after={"active": active},
            )
        except NotFoundError:
            if active:
                raise
            return applied(action, scim_id=action.scim_id, detail="already gone")
        return applied(action, scim_id=action.scim_id)

    async def _change_members(self, action: ChangeMembers, attempts: Attempts) -> Outcome:
        """The members by delta, in chunks; one who cannot be changed never stops the rest."""
        scim_id = self.identities.team(action.scim_id, action.team)
        changes, wrong, waiting = self._resolved(action)
        size = self.limits.members_per_request
        for start in range(0, len(changes), size):
            wrong += await self._send_chunk(scim_id, changes[start : start + size], attempts)
        if not wrong and not waiting:
            return applied(action, scim_id=scim_id)
        total = len(action.add) + len(action.remove)
        reasons = named([*wrong, *waiting])
        result = Result.HELD
        if wrong:
            result = Result.FAILED if changes else Result.SKIPPED
        return Outcome(
            ref=action.ref,
            result=result,
            detail=f"{len(wrong) + len(waiting)} of {total} not changed: {reasons}",
            scim_id=scim_id,
        )

    def _resolved(
        self, action: ChangeMembers
    ) -> tuple[list["_MemberChange"], list[str], list[str]]:
        """What can be sent, who did not come into being, and whose coming is held."""
        changes: list[_MemberChange] = []
        wrong: list[str] = []
        waiting: list[str] = []
        for add, member in _each(action):
            find = self.identities.newcomer if add else self.identities.user
            try:
                scim_id = find(member.scim_id, member.user)
            except UnresolvedError as error:
                (waiting if error.result is Result.HELD else wrong).append(str(error))
            else:
                changes.append(_MemberChange(add, scim_id, member.user))
        return changes, wrong, waiting

    async def _send_chunk(
        self, scim_id: str, chunk: Sequence["_MemberChange"], attempts: Attempts
    ) -> list[str]:
        """What went wrong, by person; empty when the whole chunk was accepted."""
        add = [one for one in chunk if one.add]
        remove = [one for one in chunk if not one.add]
        try:
            await attempts.send(
                lambda: self.port.change_members(
                    scim_id, [one.scim_id for one in add], [one.scim_id for one in remove]
                ),
                scim_id=scim_id,
                add=[one.shown for one in add],
                remove=[one.shown for one in remove],
            )
        except (AuthenticationError, ThrottledError):
            raise
        except AsanaError as error:
            if len(chunk) == 1 or not refused(error):
                return [f"{one.user}: {error}" for one in chunk]
        else:
            return []
        # Whether a refused request was carried out in part is documented nowhere, and
        # repeating what took effect does no harm: each person is asked for alone.
        wrong = []
        for one in chunk:
            wrong += await self._send_chunk(scim_id, [one], attempts)
        return wrong

    def _value(self, change: FieldChange) -> str | None:
        """The value as Asana takes it: a manager by id."""
        if change.field != MANAGER or not change.after:
            return change.after
        return self.identities.user(change.reference, change.after)


@dataclass(frozen=True, slots=True)
class _MemberChange:
    add: bool
    scim_id: str
    user: str

    @property
    def shown(self) -> Mapping[str, str]:
        return {"user": self.user, "scim_id": self.scim_id}


def _each(action: ChangeMembers) -> Iterator[tuple[bool, Member]]:
    # Additions first: a team whose members are all replaced is never empty in between.
    for member in action.add:
        yield True, member
    for member in action.remove:
        yield False, member
