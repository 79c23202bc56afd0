"""Do to a current state what Asana would do: the other half of the planner's law."""

from dataclasses import replace

from syncer.core.names import plain, team_key, user_key
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
from syncer.model.plan import Plan
from syncer.model.state import MANAGER, USER_NAME, CurrentState, CurrentTeam, CurrentUser


def obey(plan: Plan, current: CurrentState) -> CurrentState:
    """The state after every action that is not held, in the order of the plan.

    Fails when an action claims an address that is taken, refers to somebody who is not there,
    or stands before one that it depends on.
    """
    tenant = _Tenant(current)
    done: set[str] = set()
    for action in plan.runnable:
        assert set(action.depends_on) <= done, f"{action.ref} comes before what it needs"
        tenant.carry_out(action)
        done.add(action.ref)
    return tenant.state()


class _Tenant:
    def __init__(self, current: CurrentState) -> None:
        self.before = current
        self.users = {user.id: user for user in current.users}
        self.teams = {team.id: team for team in current.teams}
        for user in current.users:
            # Asana shows the present name of a manager, however it shows it.
            if (shown := user.attributes.get(MANAGER)) and (found := self._shown(shown)):
                self._change(user.id, [FieldChange(MANAGER, shown, shown, found.id)])

    def state(self) -> CurrentState:
        return replace(
            self.before, users=tuple(self.users.values()), teams=tuple(self.teams.values())
        )

    def carry_out(self, action: Action) -> None:
        match action:
            case CreateUser():
                self._create(action)
            case UpdateUser():
                self._change(self._user(action.scim_id, action.user_name), action.changes)
            case SetLicense():
                user = self.users[action.scim_id]
                assert user.license == action.before
                self.users[user.id] = replace(user, license=action.after)
            case DeactivateUser() | ReactivateUser():
                user = self.users[action.scim_id]
                back = isinstance(action, ReactivateUser)
                assert user.active is not back
                self.users[user.id] = replace(user, active=back)
            case CreateTeam():
                assert not [t for t in self.teams.values() if t.key == team_key(action.team)]
                scim_id = f"new {action.team}"
                self.teams[scim_id] = CurrentTeam(
                    scim_id, action.team, team_key(action.team), frozenset()
                )
            case RenameTeam():
                team = self.teams[action.scim_id]
                assert team.name == action.before
                named = replace(team, name=action.team, key=team_key(action.team))
                self.teams[action.scim_id] = named
            case ChangeMembers():
                self._change_members(action)

    def _create(self, action: CreateUser) -> None:
        self._assert_free(action.user_name)
        scim_id = f"new {user_key(action.user_name)}"
        self.users[scim_id] = CurrentUser(
            id=scim_id,
            user_name=action.user_name,
            key=user_key(action.user_name),
            active=True,
            license=action.license,
        )
        self._change(scim_id, action.attributes)

    def _change(self, scim_id: str, changes: tuple[FieldChange, ...] | list[FieldChange]) -> None:
        user = self.users[scim_id]
        attributes = dict(user.attributes)
        for change in changes:
            if change.field == USER_NAME:
                assert change.after is not None
                self._assert_free(change.after, but_for=scim_id)
                key = user_key(change.after)
                user = replace(user, user_name=change.after, key=key)
            elif change.after is None:
                assert change.field in attributes
                del attributes[change.field]
            elif change.field == MANAGER:
                attributes[MANAGER] = change.reference or self._user(None, change.after)
            else:
                attributes[change.field] = change.after
        self.users[scim_id] = replace(user, attributes=attributes)

    def _change_members(self, action: ChangeMembers) -> None:
        name = team_key(action.team)
        team = (
            next(team for team in self.teams.values() if team.key == name)
            if action.scim_id is None
            else self.teams[action.scim_id]
        )
        assert team.members is not None
        added = {self._user(member.scim_id, member.user) for member in action.add}
        removed = {self._user(member.scim_id, member.user) for member in action.remove}
        assert not added & removed, "one person added and removed"
        assert not added & team.members, "somebody is added twice"
        assert removed <= team.members, "somebody is removed who is no member"
        assert all(self.users[scim_id].active for scim_id in added)
        self.teams[team.id] = replace(team, members=(team.members | added) - removed)

    def _assert_free(self, address: str, but_for: str = "") -> None:
        others = (user for user in self.users.values() if user.id != but_for)
        assert user_key(address) not in {user.key for user in others}, address

    def _user(self, scim_id: str | None, address: str) -> str:
        if scim_id is not None:
            return self.users[scim_id].id
        (user,) = [user for user in self.users.values() if user.key == user_key(address)]
        return user.id

    def _shown(self, text: str) -> CurrentUser | None:
        if text in self.users:
            return self.users[text]
        by_address = [user for user in self.users.values() if user.key == user_key(text)]
        by_name = [
            user
            for user in self.users.values()
            if plain(user.attributes.get("name.formatted", "")) == plain(text)
        ]
        for found in (by_address, by_name):
            if len(found) == 1:
                return found[0]
        return None
