"""Whether an action is in effect: its promise compared with what Asana shows.

Asana may answer a request with success and change nothing, so what counts as applied is what
a later reading shows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from syncer.core.explain import Document, Leaf, differences
from syncer.core.names import names_nobody, plain, same_text, team_key, user_key
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
from syncer.model.state import (
    FORMATTED_NAME,
    MANAGER,
    USER_NAME,
    CurrentState,
    CurrentTeam,
    CurrentUser,
    TeamKey,
    UserKey,
)

_NAMED_AT_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Lookup:
    """Current state by id and by key, for many questions about one reading."""

    users: Mapping[str, CurrentUser]
    users_by_key: Mapping[UserKey, CurrentUser]
    teams: Mapping[str, CurrentTeam]
    teams_by_key: Mapping[TeamKey, tuple[CurrentTeam, ...]]
    unreadable: Mapping[str, str]
    """By id and by key, why a user whom Asana listed could not be read."""
    unread_teams: Mapping[str, str] = field(default_factory=dict)
    """By id and by key, why a team could not be read again."""
    any_case: frozenset[str] = frozenset({USER_NAME})
    """The attributes whose letter case alone is no difference."""
    learned: Mapping[UserKey, str] = field(default_factory=dict)
    """The ids of those whom the run in question created, by the address that they were given."""
    licensed: bool = True
    """Whether anybody shows a licence; where nobody does, Asana does not know licences."""

    @classmethod
    def of(
        cls,
        current: CurrentState,
        any_case: Iterable[str] = (USER_NAME,),
        learned: Mapping[UserKey, str] | None = None,
    ) -> "Lookup":
        """The lookup of this reading, for a plan with this `any_case`; `learned` are the ids of
        those whom it created, if it was carried out."""
        teams_by_key: dict[TeamKey, list[CurrentTeam]] = defaultdict(list)
        for team in current.teams:
            teams_by_key[team.key].append(team)
        # An active user goes before an inactive one that once had the same address.
        by_activity = sorted(current.users, key=lambda user: user.active)
        return cls(
            users={user.id: user for user in current.users},
            users_by_key={user.key: user for user in by_activity},
            teams={team.id: team for team in current.teams},
            teams_by_key={key: tuple(teams) for key, teams in teams_by_key.items()},
            unreadable={
                name: user.problem.summary
                for user in current.unreadable
                for name in (user.id, user.key)
                if name
            },
            unread_teams={
                name: team.why
                for team in current.unread_teams
                for name in (team.id, team.key)
                if name
            },
            any_case=frozenset(any_case),
            learned=learned or {},
            licensed=any(user.license is not None for user in current.users),
        )

    def user(self, scim_id: str | None, name: str) -> CurrentUser | None:
        """The user of this id or, where there was none yet, of this address."""
        if scim_id is not None:
            return self.users.get(scim_id)
        known = self.learned.get(user_key(name), "")
        if known in self.users or known in self.unreadable:
            # Whoever had the address before may be shown with it for a while.
            return self.users.get(known)
        return self.users_by_key.get(user_key(name))

    def ids(self, scim_id: str | None, name: str) -> frozenset[str]:
        """The ids under which this person may be told: as a member, or as somebody's manager.

        A newcomer who cannot be read has the id that the create was answered with.
        """
        user = self.user(scim_id, name)
        known = (scim_id or self.learned.get(user_key(name)), user.id if user else None)
        return frozenset(one for one in known if one is not None)

    def team(self, scim_id: str | None, name: str) -> CurrentTeam | None:
        """The team of this id or, where there was none yet, the first of this name."""
        if scim_id is not None:
            return self.teams.get(scim_id)
        return next(iter(self.teams_by_key.get(team_key(name), ())), None)

    def cannot_read(self, scim_id: str | None, name: str) -> bool:
        """Whether this user was listed and could not be read."""
        return self.why_unread(scim_id, name) is not None

    def why_unread(self, scim_id: str | None, name: str) -> str | None:
        """Why this user, who was listed, could not be read; None when that is not so."""
        names = (scim_id,) if scim_id else (user_key(name), self.learned.get(user_key(name), ""))
        return next((self.unreadable[one] for one in names if one in self.unreadable), None)

    def cannot_read_team(self, scim_id: str | None, name: str) -> bool:
        """Whether this team could not be read again."""
        return (scim_id or team_key(name)) in self.unread_teams


def unmet(action: Action, current: CurrentState | Lookup) -> str:
    """Why the action is not in effect, as a sentence; "" when it is."""
    lookup = Lookup.of(current) if isinstance(current, CurrentState) else current
    match action:
        case CreateUser() | UpdateUser() | SetLicense():
            return _unmet_attributes(action, lookup)
        case DeactivateUser() | ReactivateUser():
            return _unmet_activity(action, lookup)
        case CreateTeam():
            there = lookup.team(None, action.team) is not None
            return "" if there else _no_team(None, action.team, lookup, "of this name")
        case RenameTeam():
            return _unmet_name(action, lookup)
        case ChangeMembers():
            return _unmet_members(action, lookup)
    assert_never(action)


def unmet_reasons(actions: Sequence[Action], current: CurrentState | Lookup) -> dict[str, str]:
    """By ref, `unmet` for each of these actions of one plan, in the order of the plan.

    A value that a later action in effect has replaced counts as met: two people who swap
    their addresses pass through a third one.
    """
    lookup = Lookup.of(current) if isinstance(current, CurrentState) else current
    reasons: dict[str, str] = {}
    replaced: set[tuple[str, str]] = set()
    for action in reversed(actions):
        asked = action
        if isinstance(action, UpdateUser):
            who = action.scim_id or user_key(action.user_name)
            left = (one for one in action.changes if (who, one.field) not in replaced)
            asked = replace(action, changes=tuple(left))
        reasons[action.ref] = unmet(asked, lookup)
        if isinstance(action, UpdateUser) and not reasons[action.ref]:
            replaced |= {(who, one.field) for one in action.changes}
    return dict(reversed(reasons.items()))


def attribute(
    user: CurrentUser, change: FieldChange, lookup: Lookup, *, value: str | None
) -> str | None:
    """What the user has in the field of `change`: `value` itself where that is meant.

    Asana may give a manager as an id, an address or a name, a text decomposed or with blanks
    around it, an address in another letter case, unless the plan cares about that, and the
    address for want of a full name.
    """
    found = user.user_name if change.field == USER_NAME else user.attributes.get(change.field)
    if not value and change.field == FORMATTED_NAME and names_nobody(found or "", user.user_name):
        return value
    if not found or not value:
        return value if not found and not value else found
    if change.field == MANAGER:
        same = found in lookup.ids(change.reference, value) or _is_person(found, value, lookup)
    else:
        same = same_text(found, value, any_case=change.field in lookup.any_case)
    return value if same else found


def _is_person(found: str, meant: str, lookup: Lookup) -> bool:
    if found == meant or user_key(found) == user_key(meant):
        return True
    holder = lookup.users.get(found) or lookup.users_by_key.get(user_key(found))
    person = lookup.users.get(meant) or lookup.users_by_key.get(user_key(meant))
    if person is None:
        return False
    return person is holder or person.attributes.get(FORMATTED_NAME) == found


def _unmet_attributes(action: CreateUser | UpdateUser | SetLicense, lookup: Lookup) -> str:
    scim_id = None if isinstance(action, CreateUser) else action.scim_id
    user = lookup.user(scim_id, action.user_name)
    if user is None:
        unread = lookup.cannot_read(scim_id, action.user_name)
        return "the user could not be read" if unread else "there is no such user"
    if isinstance(action, CreateUser) and not user.active:
        return "the user is not active"
    expected: dict[str, Leaf] = {}
    found: dict[str, Leaf] = {}
    for change in _changes(action, lookup):
        expected[change.field] = change.after
        found[change.field] = attribute(user, change, lookup, value=change.after)
    license_name = _license(action, lookup)
    if license_name is not None:
        expected["license"], found["license"] = license_name, user.license
    return _sentence(expected, found)


def _license(action: CreateUser | UpdateUser | SetLicense, lookup: Lookup) -> str | None:
    match action:
        case CreateUser():
            # The plan for an empty tenant could not know whether Asana shows licences at all.
            return action.license if lookup.licensed else None
        case UpdateUser():
            return None
        case SetLicense():
            return action.after


def _changes(
    action: CreateUser | UpdateUser | SetLicense, lookup: Lookup
) -> tuple[FieldChange, ...]:
    match action:
        case CreateUser():
            # An attribute that a new user does not get is left to Asana.
            asked = tuple(change for change in action.attributes if change.after is not None)
            if USER_NAME in lookup.any_case:
                return asked
            return (FieldChange(USER_NAME, None, action.user_name), *asked)
        case UpdateUser():
            return action.changes
        case SetLicense():
            return ()


def _unmet_activity(action: DeactivateUser | ReactivateUser, lookup: Lookup) -> str:
    user = lookup.users.get(action.scim_id)
    if user is None and lookup.cannot_read(action.scim_id, action.user_name):
        return "the user could not be read"
    if isinstance(action, ReactivateUser):
        return "" if user is not None and user.active else "the user is not active"
    # Whether a deactivated user is still listed is documented nowhere: both are in effect.
    return "the user is still active" if user is not None and user.active else ""


def _unmet_name(action: RenameTeam, lookup: Lookup) -> str:
    team = lookup.teams.get(action.scim_id)
    if team is None:
        return _no_team(action.scim_id, action.team, lookup)
    name = action.team if plain(team.name) == plain(action.team) else team.name
    return _sentence({"name": action.team}, {"name": name})


def _no_team(scim_id: str | None, name: str, lookup: Lookup, which: str = "") -> str:
    if lookup.cannot_read_team(scim_id, name):
        return "the team could not be read"
    return f"there is no team {which}" if which else "there is no such team"


def _unmet_members(action: ChangeMembers, lookup: Lookup) -> str:
    team = lookup.team(action.scim_id, action.team)
    if team is None:
        return _no_team(action.scim_id, action.team, lookup)
    if team.members is None:
        return "the members of the team could not be read"
    wrong = [
        *(f"{one.user} is no member" for one in action.add if not _inside(one, team, lookup)),
        *(f"{one.user} is still a member" for one in action.remove if _inside(one, team, lookup)),
    ]
    return named(wrong)


def _inside(member: Member, team: CurrentTeam, lookup: Lookup) -> bool:
    return not lookup.ids(member.scim_id, member.user).isdisjoint(team.members or ())


def _sentence(expected: Document, found: Document) -> str:
    return named([str(one) for one in differences(expected, found)])


def named(parts: Iterable[str]) -> str:
    """The parts in one line, the first ten by name and the rest by number."""
    listed = list(parts)
    more = len(listed) - _NAMED_AT_MOST
    end = [f"and {more} more"] if more > 0 else []
    return "; ".join([*listed[:_NAMED_AT_MOST], *end])
