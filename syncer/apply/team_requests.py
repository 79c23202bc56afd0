"""What the actions on teams ask of Asana: a new team, a new name, the members by delta."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncer.apply.attempts import Attempts, Shared, applied, final, refused
from syncer.apply.creation import create_team
from syncer.apply.evidence import change_of, memberships
from syncer.apply.execution import ExecutionLimits, Stopped
from syncer.apply.identities import Identities, UnresolvedError
from syncer.apply.ports import AsanaPort
from syncer.core.verification import named
from syncer.model.actions import ChangeMembers, CreateTeam, Member, RenameTeam
from syncer.model.errors import AsanaError
from syncer.model.outcome import MemberResult, Outcome, Result


@dataclass(frozen=True, slots=True)
class TeamRequests:
    """Carries out the actions on teams; a `companion` is as in `requests.Requests`."""

    port: AsanaPort
    identities: Identities
    limits: ExecutionLimits
    stopped: Stopped

    async def create(
        self, action: CreateTeam, attempts: Attempts, companion: Attempts | None
    ) -> Outcome:
        """A team of this name, with the first of its members. Raises AsanaError."""
        chunk = self._first_chunk(companion)
        if companion is None or not chunk or any(not one.add for one in chunk):
            return await create_team(action, self.port, attempts)
        members = [one.scim_id for one in chunk]
        shared = Shared(companion, {"scim_id": None, **_told(chunk)})
        return await create_team(action, self.port, attempts, members=members, shared=shared)

    async def rename(
        self, action: RenameTeam, attempts: Attempts, companion: Attempts | None
    ) -> Outcome:
        """The team by its new name, with the first of its new members. Raises AsanaError."""
        scim_id = action.scim_id
        facts: dict[str, Any] = {"scim_id": scim_id, **change_of(action)}
        chunk = self._first_chunk(companion)
        if companion is not None and chunk:
            add, remove = _sides(chunk)
            shared = Shared(companion, {"scim_id": scim_id, **_told(chunk)})
            try:
                await attempts.send(
                    lambda: self.port.change_members(scim_id, add, remove, action.team),
                    shared=shared,
                    **facts,
                )
            except AsanaError as error:
                if not refused(error):
                    raise
            else:
                companion.members = frozenset(one.scim_id for one in chunk)
                return applied(action, scim_id=scim_id)
        await attempts.send(lambda: self.port.rename_team(scim_id, action.team), **facts)
        return applied(action, scim_id=scim_id)

    async def change_members(self, action: ChangeMembers, attempts: Attempts) -> Outcome:
        """The members by delta, in chunks; one who cannot be changed never stops the rest.

        No request begins once the run has stopped. Raises AsanaError and UnresolvedError.
        """
        scim_id = self.identities.team(action.scim_id, action.team)
        changes, wrong, waiting = self._resolved(action)
        # Whether Asana takes a member once more is documented nowhere: who is in is left out.
        found = {one.user: one for one in changes if _found(one, attempts)}
        attempts.memberships |= memberships(_told([*found.values()]), MemberResult.FOUND)
        left = [one for one in changes
                if one.scim_id not in attempts.members and one.user not in found]  # fmt: skip
        size = self.limits.members_per_request
        stopped = ""
        try:
            for start in range(0, len(left), size):
                await self._send_chunk(scim_id, left[start : start + size], attempts, wrong)
        except _StoppedError as error:
            stopped = str(error)
        if not (wrong or waiting or stopped):
            return applied(action, scim_id=scim_id)
        result = Result.HELD
        if wrong or stopped:
            result = Result.FAILED if changes else Result.SKIPPED
        return Outcome(
            ref=action.ref,
            result=result,
            detail=_not_changed(action, attempts, [*wrong, *waiting], stopped),
            scim_id=scim_id,
        )

    def _first_chunk(self, companion: Attempts | None) -> Sequence["_MemberChange"]:
        """The member changes that a request about the team itself can carry."""
        if companion is None or not isinstance(companion.action, ChangeMembers):
            return ()
        changes, _, _ = self._resolved(companion.action)
        left = [one for one in changes if not _found(one, companion)]
        return left[: self.limits.members_per_request]

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
        self,
        scim_id: str,
        chunk: Sequence["_MemberChange"],
        attempts: Attempts,
        wrong: list[str],
    ) -> None:
        """Ask for the whole chunk; what goes wrong joins `wrong`, by person."""
        if stopped := self.stopped():
            raise _StoppedError(stopped)
        add, remove = _sides(chunk)
        try:
            await attempts.send(
                lambda: self.port.change_members(scim_id, add, remove),
                scim_id=scim_id,
                **_told(chunk),
            )
        except AsanaError as error:
            if final(error):
                raise
            if len(chunk) == 1 or not refused(error):
                wrong += [f"{one.user}: {error}" for one in chunk]
                return
        else:
            return
        # Whether a refused request was carried out in part is documented nowhere, and
        # repeating what took effect does no harm: each person is asked for alone.
        for one in chunk:
            await self._send_chunk(scim_id, [one], attempts, wrong)


class _StoppedError(Exception):
    """The run has stopped, so that the next request must not begin."""


def _not_changed(
    action: ChangeMembers, attempts: Attempts, reasons: Sequence[str], stopped: str
) -> str:
    """How far it came, and why not further."""
    total = len(action.add) + len(action.remove)
    if not stopped:
        return f"{len(reasons)} of {total} not changed: {named(reasons)}"
    changed = f"{attempts.members_changed} of {total} changed"
    why = f"; not changed: {named(reasons)}" if reasons else ""
    return f"{changed}; the others not begun, the run stopped: {stopped}{why}"


@dataclass(frozen=True, slots=True)
class _MemberChange:
    add: bool
    scim_id: str
    user: str

    @property
    def shown(self) -> Mapping[str, str]:
        return {"user": self.user, "scim_id": self.scim_id}


def _found(one: _MemberChange, attempts: Attempts) -> bool:
    """Whether the change was in effect before anything was asked."""
    return attempts.in_effect(one.scim_id, joins=one.add)


def _sides(chunk: Sequence[_MemberChange]) -> tuple[list[str], list[str]]:
    """The ids to add and the ids to remove."""
    add = [one.scim_id for one in chunk if one.add]
    return add, [one.scim_id for one in chunk if not one.add]


def _told(chunk: Sequence[_MemberChange]) -> Mapping[str, Any]:
    """The member changes as the journal tells them."""
    return {
        "add": [one.shown for one in chunk if one.add],
        "remove": [one.shown for one in chunk if not one.add],
    }


def _each(action: ChangeMembers) -> Iterator[tuple[bool, Member]]:
    # Additions first: a team whose members are all replaced is never empty in between.
    for member in action.add:
        yield True, member
    for member in action.remove:
        yield False, member
