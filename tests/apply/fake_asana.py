"""A strict tenant in memory behind `AsanaPort`, with faults that a test scripts.

It refuses what Asana is known to refuse (a taken address, an unknown id) and yields to the
loop in every call, so that actions which may run together do.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from syncer.core.names import team_key, user_key
from syncer.model.errors import ConflictError, NotFoundError, RejectedError
from syncer.model.state import USER_NAME, CurrentState, CurrentTeam, CurrentUser


@dataclass(slots=True)
class Fault:
    """Raise `error` in the next call of `method` (whose arguments mention `about`).

    `committed` carries the change out first: the answer was lost, the change was not.
    """

    method: str
    error: BaseException
    about: str = ""
    committed: bool = False
    times: int = 1


@dataclass(slots=True)
class FakeAsana:
    """The tenant, what was asked of it, and how it will misbehave."""

    users: dict[str, CurrentUser] = field(default_factory=dict)
    teams: dict[str, CurrentTeam] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    """Users whom nothing shows; those of `unlisted` are shown by id alone."""
    unlisted: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    without_effect: set[str] = field(default_factory=set)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    writes_at_once: int = 0
    most_writes_at_once: int = 0
    next_id: int = 100
    meeting: asyncio.Barrier | None = None
    """Creates of users answer only when so many of them are in flight."""

    # What tests say about the tenant.

    def with_user(self, scim_id: str, name: str, **attributes: str) -> "FakeAsana":
        """Add an active user."""
        license_name = attributes.pop("license", None)
        self.users[scim_id] = CurrentUser(
            scim_id, name, user_key(name), active=True, attributes=attributes, license=license_name
        )
        return self

    def with_team(self, scim_id: str, name: str, *members: str) -> "FakeAsana":
        """Add a team."""
        self.teams[scim_id] = CurrentTeam(scim_id, name, team_key(name), frozenset(members))
        return self

    def fail(
        self,
        method: str,
        error: BaseException,
        about: str = "",
        *,
        committed: bool = False,
        times: int = 1,
    ) -> "FakeAsana":
        """Script a fault."""
        self.faults.append(Fault(method, error, about, committed, times))
        return self

    def state(self) -> CurrentState:
        """The tenant as a complete reading shows it."""
        unseen = self.hidden | self.unlisted
        return CurrentState(
            users=tuple(user for user in self.users.values() if user.id not in unseen),
            teams=tuple(self.teams.values()),
            license_support=True,
        )

    @property
    def writes(self) -> list[tuple[str, ...]]:
        """The calls that change something, in the order they arrived."""
        return [call for call in self.calls if not call[0].startswith(("find", "get"))]

    # What the executor asks.

    async def find_user(self, user_name: str) -> CurrentUser | None:
        await self._enter("find_user", user_name)
        key = user_key(user_name)
        seen = (user for user in self.users.values() if user.id not in self.hidden)
        return next((user for user in seen if user.key == key), None)

    async def get_user(self, scim_id: str) -> CurrentUser:
        await self._enter("get_user", scim_id)
        if scim_id in self.hidden or scim_id not in self.users:
            raise NotFoundError(f"GET /Users/{scim_id}: 404", status=404)
        return self.users[scim_id]

    async def get_team(self, scim_id: str) -> CurrentTeam:
        await self._enter("get_team", scim_id)
        return self._team(scim_id)

    async def find_teams(self, name: str) -> tuple[CurrentTeam, ...]:
        await self._enter("find_teams", name)
        return tuple(team for team in self.teams.values() if team.key == team_key(name))

    async def create_user(
        self, user_name: str, attributes: Mapping[str, str], license_name: str | None
    ) -> CurrentUser:
        lost = await self._enter("create_user", user_name)
        if any(user.key == user_key(user_name) for user in self.users.values()):
            raise ConflictError("409 taken", status=409)
        given = {key: value for key, value in attributes.items() if value}
        scim_id = self._new_id()
        self.users[scim_id] = CurrentUser(
            scim_id,
            user_name,
            user_key(user_name),
            active=True,
            attributes=given,
            license=license_name,
        )
        self._leave(lost)
        return self.users[scim_id]

    async def update_user(self, scim_id: str, changes: Mapping[str, str | None]) -> None:
        lost = await self._enter("update_user", scim_id, *changes)
        user = self._user(scim_id)
        name = changes.get(USER_NAME) or user.user_name
        others = [other for other in self.users.values() if other.id != scim_id]
        if any(other.key == user_key(name) for other in others):
            raise ConflictError("409 taken", status=409)
        special = {USER_NAME, "userType"}
        kept = {k: v for k, v in user.attributes.items() if k not in changes}
        kept |= {k: v for k, v in changes.items() if v is not None and k not in special}
        license_name = changes.get("userType") or user.license
        if "update_user" not in self.without_effect:
            self.users[scim_id] = CurrentUser(
                scim_id, name, user_key(name), user.active, kept, license_name
            )
        self._leave(lost)

    async def set_active(self, scim_id: str, *, active: bool) -> None:
        lost = await self._enter("set_active", scim_id, str(active))
        user = self._user(scim_id)
        if "set_active" not in self.without_effect:
            self.users[scim_id] = replace(user, active=active)
        self._leave(lost)

    async def create_team(self, name: str, members: Sequence[str] = ()) -> CurrentTeam:
        lost = await self._enter("create_team", name, *members)
        self._known(members)
        scim_id = self._new_id()
        self.teams[scim_id] = CurrentTeam(scim_id, name, team_key(name), frozenset(members))
        self._leave(lost)
        return self.teams[scim_id]

    async def rename_team(self, scim_id: str, name: str) -> None:
        lost = await self._enter("rename_team", scim_id, name)
        self.teams[scim_id] = replace(self._team(scim_id), name=name, key=team_key(name))
        self._leave(lost)

    async def change_members(
        self, scim_id: str, add: Sequence[str], remove: Sequence[str], name: str = ""
    ) -> None:
        renamed = [f"={name}"] if name else []
        removed = [f"-{one}" for one in remove]
        lost = await self._enter("change_members", scim_id, *renamed, *add, *removed)
        team = self._team(scim_id)
        self._known(add)
        members = (team.members or frozenset()).union(add).difference(remove)
        named = name or team.name
        self.teams[scim_id] = replace(team, name=named, key=team_key(named), members=members)
        self._leave(lost)

    # How it does it.

    async def _enter(self, method: str, *about: str) -> Fault | None:
        """Raise a scripted fault, or return the one to raise after the change."""
        self.calls.append((method, *about))
        self.writes_at_once += 1
        self.most_writes_at_once = max(self.most_writes_at_once, self.writes_at_once)
        await asyncio.sleep(0)
        if self.meeting is not None and method == "create_user":
            await self.meeting.wait()
        self.writes_at_once -= 1
        for fault in self.faults:
            if fault.method == method and fault.times and fault.about in ("", *about):
                fault.times -= 1
                if fault.committed:
                    return fault
                raise fault.error
        return None

    @staticmethod
    def _leave(fault: Fault | None) -> None:
        if fault is not None:
            raise fault.error

    def _known(self, members: Sequence[str]) -> None:
        strangers = [one for one in members if one not in self.users]
        if strangers:
            raise RejectedError(f"400 no user {strangers[0]}", status=400)

    def _user(self, scim_id: str) -> CurrentUser:
        if scim_id not in self.users:
            raise NotFoundError(f"404 no user {scim_id}", status=404)
        return self.users[scim_id]

    def _team(self, scim_id: str) -> CurrentTeam:
        if scim_id not in self.teams:
            raise NotFoundError(f"404 no team {scim_id}", status=404)
        return self.teams[scim_id]

    def _new_id(self) -> str:
        self.next_id += 1
        return str(self.next_id)
