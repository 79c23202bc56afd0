"""What a plan relies on: apply compares it with the live tenant before the first write."""

from collections.abc import Iterable, Mapping

from syncer.core.names import team_key, user_key
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
from syncer.model.plan import Touched, TouchedAbsence, TouchedTeam, TouchedUser
from syncer.model.state import MANAGER, USER_NAME, CurrentTeam, CurrentUser


def touched_by(
    actions: Iterable[Action],
    users: Mapping[str, CurrentUser],
    teams: Mapping[str, CurrentTeam],
) -> tuple[Touched, ...]:
    """Users, teams and absences in the order of their ids and names.

    An attribute that the plan changes and Asana does not show is "". An address that another
    action of the plan releases is no absence: its present holder is touched instead.
    """
    looked_at = _LookedAt(users, teams)
    for action in actions:
        looked_at.at(action)
    return looked_at.found()


class _LookedAt:
    """Everything looked at so far, each object once."""

    def __init__(self, users: Mapping[str, CurrentUser], teams: Mapping[str, CurrentTeam]) -> None:
        self.users = users
        self.teams = teams
        self.taken = {user.key for user in users.values()}
        self.fields: dict[str, set[str]] = {}
        self.members: dict[str, dict[str, bool]] = {}
        self.absent_users: dict[str, str] = {}
        self.absent_teams: dict[str, str] = {}

    def at(self, action: Action) -> None:
        """Note what this action relies on."""
        match action:
            case CreateUser():
                self._free(action.user_name)
                self._managers(action.attributes)
            case UpdateUser():
                self._update(action)
            case SetLicense() | DeactivateUser() | ReactivateUser():
                self.fields.setdefault(action.scim_id, set())
            case CreateTeam():
                self.absent_teams.setdefault(team_key(action.team), action.team)
            case RenameTeam():
                # In letter case alone the name is taken, by the very team.
                if team_key(action.team) != team_key(action.before):
                    self.absent_teams.setdefault(team_key(action.team), action.team)
                self.members.setdefault(action.scim_id, {})
            case ChangeMembers():
                self._membership(action)

    def _update(self, action: UpdateUser) -> None:
        self._managers(action.changes)
        if action.scim_id is None:
            return
        fields = self.fields.setdefault(action.scim_id, set())
        for change in action.changes:
            if change.field == USER_NAME:
                self._free(change.after or "")
            else:
                fields.add(change.field)

    def _managers(self, changes: Iterable[FieldChange]) -> None:
        for change in changes:
            if change.field == MANAGER and change.reference is not None:
                self.fields.setdefault(change.reference, set())

    def _free(self, address: str) -> None:
        if user_key(address) not in self.taken:
            self.absent_users.setdefault(user_key(address), address)

    def _membership(self, action: ChangeMembers) -> None:
        if action.scim_id is None:
            return
        members = self.members.setdefault(action.scim_id, {})
        members.update((m.scim_id, False) for m in action.add if m.scim_id is not None)
        members.update((m.scim_id, True) for m in action.remove if m.scim_id is not None)

    def found(self) -> tuple[Touched, ...]:
        """Everything that was looked at."""
        return (
            *(self._user(scim_id) for scim_id in sorted(self.fields)),
            *(
                TouchedTeam(
                    scim_id=scim_id,
                    name=self.teams[scim_id].name,
                    members=dict(sorted(self.members[scim_id].items())),
                )
                for scim_id in sorted(self.members)
            ),
            *(
                TouchedAbsence(name=self.absent_users[key], kind="no_user")
                for key in sorted(self.absent_users)
            ),
            *(
                TouchedAbsence(name=self.absent_teams[key], kind="no_team")
                for key in sorted(self.absent_teams)
            ),
        )

    def _user(self, scim_id: str) -> TouchedUser:
        user = self.users[scim_id]
        fields = sorted(self.fields[scim_id])
        return TouchedUser(
            scim_id=scim_id,
            user_name=user.user_name,
            active=user.active,
            license=user.license,
            attributes={field: user.attributes.get(field, "") for field in fields},
        )
