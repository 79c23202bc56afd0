"""What each kind of action asks of Asana, request by request."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from syncer.apply.attempts import Attempts, Shared, applied, refused
from syncer.apply.creation import create_user
from syncer.apply.evidence import change_of
from syncer.apply.execution import ExecutionLimits, Stopped
from syncer.apply.identities import Identities, UnresolvedError
from syncer.apply.ports import AsanaPort
from syncer.apply.team_requests import TeamRequests
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    FieldChange,
    ReactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.errors import AsanaError, NoSeatError, NotFoundError
from syncer.model.outcome import Outcome
from syncer.model.state import MANAGER, USER_NAME


@dataclass(frozen=True, slots=True)
class Requests:
    """Carries out single actions; knows nothing of their order.

    A `companion` are the attempts of a later action whose change the request may carry too;
    how much of it was carried then stands in them.
    """

    port: AsanaPort
    identities: Identities
    limits: ExecutionLimits
    stopped: Stopped

    async def carry_out(
        self, action: Action, attempts: Attempts, companion: Attempts | None = None
    ) -> Outcome:
        """What came of the action. Raises AsanaError and UnresolvedError."""
        teams = TeamRequests(self.port, self.identities, self.limits, self.stopped)
        match action:
            case CreateUser():
                return await self._create_user(action, attempts)
            case CreateTeam():
                return await teams.create(action, attempts, companion)
            case UpdateUser() | SetLicense():
                return await self._update_user(action, attempts, companion)
            case ChangeMembers():
                return await teams.change_members(action, attempts)
            case DeactivateUser() | ReactivateUser():
                return await self._set_active(action, attempts)
            case RenameTeam():
                return await teams.rename(action, attempts, companion)
        assert_never(action)

    async def _create_user(self, action: CreateUser, attempts: Attempts) -> Outcome:
        wanted = (one for one in action.attributes if one.field != USER_NAME)
        values = {one.field: value for one in wanted if (value := self._value(one))}
        at_most = self.limits.create_attempts
        return await create_user(action, values, self.port, attempts, at_most=at_most)

    async def _update_user(
        self, action: UpdateUser | SetLicense, attempts: Attempts, companion: Attempts | None
    ) -> Outcome:
        scim_id = self.identities.user(action.scim_id, action.user_name)
        asked = self._asked(action)
        other = None if companion is None else self._asked_too(companion)
        if companion is not None and other is not None:
            try:
                await self._update(scim_id, asked, attempts, companion, other)
            except AsanaError as error:
                # Which of the two was refused is not said: each is asked for alone. A seat is
                # what only a licence takes.
                seat = isinstance(error, NoSeatError) and isinstance(action, SetLicense)
                if seat or not refused(error):
                    raise
            else:
                companion.carried = applied(companion.action, scim_id=scim_id)
                return applied(action, scim_id=scim_id)
        await self._update(scim_id, asked, attempts)
        return applied(action, scim_id=scim_id)

    async def _update(
        self,
        scim_id: str,
        asked: "_Asked",
        attempts: Attempts,
        companion: Attempts | None = None,
        other: "_Asked | None" = None,
    ) -> None:
        changes, shared = dict(asked.changes), None
        if companion is not None and other is not None:
            changes |= other.changes
            shared = Shared(companion, {"scim_id": scim_id, **other.told})
        await attempts.send(
            lambda: self.port.update_user(scim_id, changes),
            # An attribute is emptied by PUT, which needs the whole user first.
            cost=1 if all(changes.values()) else 2,
            shared=shared,
            scim_id=scim_id,
            **asked.told,
        )

    def _asked(self, action: UpdateUser | SetLicense) -> "_Asked":
        changes: Mapping[str, str | None]
        if isinstance(action, SetLicense):
            changes = {"userType": action.after}
        else:
            changes = {one.field: self._value(one) for one in action.changes}
        # By id, for the manager may have another address when somebody looks into the journal.
        manager = {"manager_id": changes[MANAGER]} if changes.get(MANAGER) else {}
        return _Asked(changes, {**change_of(action), **manager})

    def _asked_too(self, companion: Attempts) -> "_Asked | None":
        """What the companion asks of the same user; None where that is not known yet."""
        if not isinstance(companion.action, UpdateUser | SetLicense):
            return None
        try:
            return self._asked(companion.action)
        except UnresolvedError:
            return None

    async def _set_active(
        self, action: DeactivateUser | ReactivateUser, attempts: Attempts
    ) -> Outcome:
        active = isinstance(action, ReactivateUser)
        try:
            await attempts.send(
                lambda: self.port.set_active(action.scim_id, active=active),
                scim_id=action.scim_id,
                **change_of(action),
            )
        except NotFoundError:
            if active:
                raise
            gone = applied(action, scim_id=action.scim_id, detail="already gone")
            return replace(gone, missing=True)
        return applied(action, scim_id=action.scim_id)

    def _value(self, change: FieldChange) -> str | None:
        """The value as Asana takes it: a manager by id."""
        if change.field != MANAGER or not change.after:
            return change.after
        return self.identities.user(change.reference, change.after)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one action asks of a user: as it is sent, and as the journal tells it."""

    changes: Mapping[str, str | None]
    told: Mapping[str, Any]
