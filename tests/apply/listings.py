"""The two listings of a tenant in memory, at the cost that a test says."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from syncer.model.state import CurrentState, CurrentTeam
from tests.apply.fake_asana import FakeAsana


@dataclass
class Listed:
    """Lists what `read` shows, else the whole tenant; `requests` counts what that takes, but for
    the teams read alone, which the tenant counts."""

    asana: FakeAsana
    read: Callable[[], Awaitable[CurrentState]] | None = None
    user_pages: int = 1
    team_pages: int = 1
    members_listed: bool = False
    requests: int = 0

    async def users(self) -> CurrentState:
        self.requests += self.user_pages
        return replace(await self._state(), teams=())

    async def teams(self) -> tuple[CurrentTeam, ...]:
        self.requests += self.team_pages
        teams = (await self._state()).teams
        if not self.members_listed:
            teams = tuple(replace(team, members=None) for team in teams)
        return teams

    async def _state(self) -> CurrentState:
        return self.asana.state() if self.read is None else await self.read()
