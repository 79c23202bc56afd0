"""The closed set of actions: one change to one object each.

`reason`, `origin` and `consequences` are for people; nothing may branch on them.
"""

from dataclasses import dataclass
from typing import Literal

from syncer.model.origin import Origin
from syncer.model.state import MANAGER, USER_NAME, VIEW_ONLY


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One managed attribute, before and after; None is empty.

    For `manager` the values are addresses, and `reference` is the SCIM id of the new
    manager, or None while that manager does not exist yet.
    """

    field: str
    before: str | None
    after: str | None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One person in a membership change; `scim_id` is None until the person is created."""

    user: str
    scim_id: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionBase:
    """What every action carries.

    `ref` is unique in a plan and stable between plans of the same change. `depends_on` are
    refs that must be applied first; when one is not, this action is skipped. `held` says
    why the action waits, empty when it does not.
    """

    ref: str
    reason: str
    origin: Origin | None = None
    depends_on: tuple[str, ...] = ()
    consequences: tuple[str, ...] = ()
    held: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUser(ActionBase):
    """`POST /Users`. A manager who does not exist yet follows in an UpdateUser."""

    user_name: str
    attributes: tuple[FieldChange, ...]
    license: str | None = None
    kind: Literal["create_user"] = "create_user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateUser(ActionBase):
    """Change attributes by id. `scim_id` is None for a user created by this plan."""

    user_name: str
    scim_id: str | None
    changes: tuple[FieldChange, ...]
    kind: Literal["update_user"] = "update_user"

    @property
    def rename(self) -> bool:
        """Whether the address itself changes."""
        return any(change.field == USER_NAME for change in self.changes)

    @property
    def clears(self) -> tuple[str, ...]:
        """The attributes that become empty, which SCIM can only do by PUT."""
        return tuple(change.field for change in self.changes if change.after is None)

    @property
    def manager_only(self) -> bool:
        """Whether this is the second step that sets a manager."""
        return all(change.field == MANAGER for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLicense(ActionBase):
    """PATCH userType."""

    user_name: str
    scim_id: str
    before: str | None
    after: str
    kind: Literal["set_license"] = "set_license"

    @property
    def downgrade(self) -> bool:
        """Whether a paid seat is given up."""
        return self.after == VIEW_ONLY and self.before != VIEW_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class DeactivateUser(ActionBase):
    """`active` false. Irreversible over SCIM."""

    user_name: str
    scim_id: str
    kind: Literal["deactivate_user"] = "deactivate_user"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactivateUser(ActionBase):
    """`active` true, attempted only when the policy says so, and verified."""

    user_name: str
    scim_id: str
    kind: Literal["reactivate_user"] = "reactivate_user"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTeam(ActionBase):
    """`POST /Groups`. A team cannot be deleted over SCIM."""

    team: str
    kind: Literal["create_team"] = "create_team"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameTeam(ActionBase):
    """PATCH displayName."""

    team: str
    scim_id: str
    before: str
    kind: Literal["rename_team"] = "rename_team"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMembers(ActionBase):
    """PATCH members by delta. `scim_id` is None for a team created by this plan."""

    team: str
    scim_id: str | None
    add: tuple[Member, ...] = ()
    remove: tuple[Member, ...] = ()
    members_before: int = 0
    kind: Literal["change_members"] = "change_members"


UserAction = CreateUser | UpdateUser | SetLicense | DeactivateUser | ReactivateUser
TeamAction = CreateTeam | RenameTeam | ChangeMembers
Action = (
    CreateUser
    | UpdateUser
    | SetLicense
    | DeactivateUser
    | ReactivateUser
    | CreateTeam
    | RenameTeam
    | ChangeMembers
)

REVERSIBLE = {
    "create_user": True,
    "update_user": True,
    "set_license": True,
    "deactivate_user": False,
    "reactivate_user": True,
    "create_team": False,
    "rename_team": True,
    "change_members": True,
}
"""Whether SCIM can put things back.

A deprovisioned user cannot be reactivated and a team cannot be deleted over SCIM. A user who
should not have been created can be deactivated again.
"""
