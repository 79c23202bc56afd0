"""The listings of a tenant one by one, and what each took when it was read last."""

from collections import Counter
from collections.abc import Callable

from syncer.asana.client import AsanaClient
from syncer.asana.reader import read_current, read_teams, read_users, silent
from syncer.model.state import CurrentState, CurrentTeam, TeamKey


class TenantListings:
    """Reads over one client, which may have read them before: then that is the last time.

    Implements `apply.ports.Listings` by shape. Every method raises as `read_current` does.
    """

    def __init__(self, client: AsanaClient, progress: Callable[[str, int], None] = silent) -> None:
        self._client = client
        self._progress = progress
        self._took = Counter(client.listed)

    @property
    def user_pages(self) -> int:
        """How many requests the listing of users took."""
        return self._took["Users"]

    @property
    def team_pages(self) -> int:
        """How many requests the listing of teams took, the teams that were read alone aside."""
        return self._took["Groups"]

    @property
    def members_listed(self) -> bool:
        """Whether the listing of teams showed members, so that no team was read alone for them."""
        return self._took["members"] > 0

    async def current(self, managed: frozenset[TeamKey]) -> CurrentState:
        """All of it, with the members of these teams."""
        before = Counter(self._client.listed)
        current = await read_current(self._client, managed, progress=self._progress)
        self._took = self._client.listed - before
        return current

    async def users(self) -> CurrentState:
        """All users, and no team."""
        return await read_users(self._client, progress=self._progress)

    async def teams(self) -> tuple[CurrentTeam, ...]:
        """All teams, with members where the listing shows them."""
        return await read_teams(self._client, frozenset(), progress=self._progress)
