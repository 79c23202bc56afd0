"""What apply needs of Asana, and nothing more.

Every method raises the `AsanaError` tree of `model.errors`. A method that returns without an
error was answered with success by Asana; whether it took effect is for the read-back to say.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from syncer.model.state import CurrentState, CurrentTeam, CurrentUser


class AsanaPort(Protocol):
    """The calls of the executor, each one request unless it says otherwise."""

    async def find_user(self, user_name: str) -> CurrentUser | None:
        """The user with this address, by filter; None when there is none."""

    async def get_user(self, scim_id: str) -> CurrentUser:
        """`GET /Users/:id`; a server may show there whom it does not list."""

    async def get_team(self, scim_id: str) -> CurrentTeam:
        """`GET /Groups/:id`, with members where Asana returns them."""

    async def find_teams(self, name: str) -> tuple[CurrentTeam, ...]:
        """Every team of this display name; Asana does not promise at most one."""

    async def create_user(
        self, user_name: str, attributes: Mapping[str, str], license_name: str | None
    ) -> CurrentUser:
        """`POST /Users`, never repeated blindly. `manager` is a SCIM id."""

    async def update_user(self, scim_id: str, changes: Mapping[str, str | None]) -> None:
        """`PATCH /Users/:id`; GET-modify-PUT (two requests) when a value is None.

        `userName` and `userType` are among the keys where they change; `manager` is a SCIM id.
        """

    async def set_active(self, scim_id: str, *, active: bool) -> None:
        """`PATCH /Users/:id` with `active`."""

    async def create_team(self, name: str, members: Sequence[str] = ()) -> CurrentTeam:
        """`POST /Groups` with a displayName and these members, never repeated blindly."""

    async def rename_team(self, scim_id: str, name: str) -> None:
        """`PATCH /Groups/:id` with displayName."""

    async def change_members(
        self, scim_id: str, add: Sequence[str], remove: Sequence[str], name: str = ""
    ) -> None:
        """One `PATCH /Groups/:id` that adds and removes these ids, and renames the team too
        where there is a `name`."""


class Listings(Protocol):
    """Asana's two listings, and what each took when it was read last."""

    @property
    def user_pages(self) -> int:
        """How many requests the listing of users took."""

    @property
    def team_pages(self) -> int:
        """How many requests the listing of teams took, the teams that were read alone aside."""

    @property
    def members_listed(self) -> bool:
        """Whether the listing of teams showed members, so that no team was read alone for them."""

    async def users(self) -> CurrentState:
        """All users, and no team."""

    async def teams(self) -> tuple[CurrentTeam, ...]:
        """All teams, with members where the listing shows them."""
