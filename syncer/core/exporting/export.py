"""The export: the people, teams and values that a directory can say, and whatever it cannot.

The promise is that a plan on it is empty. So whoever a plan could not find again for certain,
and whatever would come out of the mapping changed, is left out with the reason: what a config
does not name is not managed, and an attribute that a record lacks is left as it is.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from syncer.core.exporting.saying import (
    address_fault,
    name_fault,
    protecting_pattern,
    value_fault,
)
from syncer.core.names import domain_of, folded, license_key, our_domains, team_key
from syncer.core.planning.managers import FullNames, shown_manager
from syncer.core.planning.organization import look_behind_scim
from syncer.core.planning.roster import Roster, make_roster
from syncer.model.memory import Memory
from syncer.model.policy.config import Config
from syncer.model.state import (
    ATTRIBUTES,
    EMPLOYEE_NUMBER,
    ENTERPRISE,
    MANAGER,
    USER_NAME,
    VIEW_ONLY,
    CurrentState,
    CurrentTeam,
    CurrentUser,
    DesiredState,
    TeamKey,
    TeamMode,
    UserKey,
)

DEACTIVATED: Final = "deactivated"
OUTSIDE: Final = "outside asana.domains"
GUEST: Final = "a guest of the organization"
UNREADABLE: Final = "listed in a form that could not be read"
DOUBLED: Final = "several active users have the address"
LICENSE: Final = "license"

_DIVISION: Final = "licensingDivisionId"


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A value or a member that is left out: what it is called, what it is, and why."""

    name: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class ExportedPerson:
    """One user. `attributes` are by their names in Asana, without userName, in order."""

    key: UserKey
    address: str
    attributes: Mapping[str, str]
    license: str | None
    unsaid: tuple[Unsaid, ...]


@dataclass(frozen=True, slots=True)
class ExportedTeam:
    """One team, with its members by address and those who are left out."""

    key: TeamKey
    name: str
    mode: TeamMode
    members: tuple[str, ...]
    unsaid: tuple[Unsaid, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A user or team that is not in the export. `pattern` protects a user who would look like
    a leaver, since the directory does not have him."""

    name: str
    scim_id: str
    why: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """What goes into the files, all in a fixed order.

    `keyed` tells that employeeNumber can be the directory key; `keyless` says why it cannot.
    """

    people: tuple[ExportedPerson, ...]
    teams: tuple[ExportedTeam, ...]
    left_people: tuple[LeftOut, ...]
    left_teams: tuple[LeftOut, ...]
    keyed: bool
    keyless: str

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes, beside userName, that somebody has."""
        shown = {name for person in self.people for name in person.attributes}
        return tuple(name for name in ATTRIBUTES if name in shown)

    @property
    def licensed(self) -> bool:
        """Whether anybody has a licence that can be asked for."""
        return any(person.license for person in self.people)


def make_export(current: CurrentState, config: Config) -> Export:
    """The export of a tenant that was read with all its teams. Equal for equal tenants.

    `config` is the one in use: it says which domains are ours, and in which mode a team is kept.
    """
    roster = make_roster(_NOBODY, current, config, Memory())
    sorting = _Sorting(current, config, roster)
    chosen, left = sorting.users()
    people = _People(chosen, roster, current)
    exported = tuple(map(people.person, chosen))
    keyless = _shared_number(current.users)
    numbered = any(EMPLOYEE_NUMBER in person.attributes for person in exported)
    modes = {team_key(r.name): r.mode for r in config.teams or () if r.for_each_group is None}
    why = {scim_id: gone.why for scim_id, gone in left.items()}
    teams, left_teams = _teams(current.teams, people.by_id, why, modes)
    return Export(
        people=exported,
        teams=teams,
        left_people=(*left.values(), *sorting.unreadable()),
        left_teams=left_teams,
        keyed=numbered and not keyless,
        keyless=keyless if numbered else "",
    )


_NOBODY: Final = DesiredState(users=(), managed=frozenset())


class _Sorting:
    """Who of the users a plan would find again, and why each other one is left out."""

    def __init__(self, current: CurrentState, config: Config, roster: Roster) -> None:
        self._current = current
        self._roster = roster
        self._domains = our_domains(config)
        self._guests = look_behind_scim(current, roster, config, Memory()).guests
        self._unreadable_ids = {user.id for user in current.unreadable}
        self._unreadable_keys = {user.key for user in current.unreadable}
        self._active = Counter(user.key for user in current.users if user.active)

    def users(self) -> tuple[tuple[CurrentUser, ...], dict[str, LeftOut]]:
        """Those who can be said, by address; and the others, by SCIM id."""
        chosen: list[CurrentUser] = []
        left: dict[str, LeftOut] = {}
        for user in self._roster.by_id.values():
            if why := self._why_not(user):
                spared = "" if why == DEACTIVATED else self._pattern(user.key)
                left[user.id] = LeftOut(user.user_name, user.id, why, spared)
            else:
                chosen.append(user)
        return tuple(chosen), left

    def unreadable(self) -> Iterator[LeftOut]:
        """Users whom nobody could read, in order."""
        told = {(user.key or "", user.id or "") for user in self._current.unreadable}
        for key, scim_id in sorted(told):
            pattern = self._pattern(UserKey(key)) if key else ""
            yield LeftOut(key, scim_id, UNREADABLE, pattern)

    def _why_not(self, user: CurrentUser) -> str:
        if not user.active:
            return DEACTIVATED
        if user.id in self._guests:
            return GUEST
        if self._domains and domain_of(user.key) not in self._domains:
            return OUTSIDE
        if user.id in self._unreadable_ids or user.key in self._unreadable_keys:
            return UNREADABLE
        return address_fault(user.user_name) or (DOUBLED if self._active[user.key] > 1 else "")

    def _pattern(self, key: UserKey) -> str:
        if self._domains and domain_of(key) not in self._domains:
            return ""
        return protecting_pattern(key)


@dataclass(slots=True)
class _People:
    """The users of the export, for values that name one of them."""

    chosen: Iterable[CurrentUser]
    roster: Roster
    current: CurrentState
    by_id: Mapping[str, CurrentUser] = field(init=False)
    by_name: FullNames = field(init=False)

    def __post_init__(self) -> None:
        self.by_id = {user.id: user for user in self.chosen}
        self.by_name = FullNames(self.current.users)

    def person(self, user: CurrentUser) -> ExportedPerson:
        """The user as the directory would have to put it."""
        said: dict[str, str] = {}
        unsaid: list[Unsaid] = []
        for name in ATTRIBUTES:
            value = user.attributes.get(name, "")
            if not value or name == USER_NAME:
                continue
            text, why = self._manager(user) if name == MANAGER else (value, value_fault(value))
            if name == _DIVISION and license_key(user.license) == VIEW_ONLY:
                why = "Asana makes a paid seat of a view only user in a division"
            if why:
                unsaid.append(Unsaid(name, value, why))
            else:
                said[name] = text
        licensed = license_key(user.license)
        known = licensed if licensed in {ENTERPRISE, VIEW_ONLY} else None
        if licensed is not None and known is None:
            why = "only enterprise and view only can be asked for"
            unsaid.append(Unsaid(LICENSE, user.license or "", why))
        return ExportedPerson(user.key, user.user_name.strip(), said, known, tuple(unsaid))

    def _manager(self, user: CurrentUser) -> tuple[str, str]:
        """The address of the manager, or why there is none to give."""
        manager = shown_manager(user, self.roster, self.by_name)
        if manager is None:
            return "", "it leads to no user, or to several"
        if manager.id == user.id:
            return "", "it is the person's own"
        if manager.id not in self.by_id:
            return "", f"{manager.user_name} is not in the export"
        return manager.user_name.strip(), ""


def _shared_number(users: Iterable[CurrentUser]) -> str:
    """Why employeeNumber tells nobody apart; empty when it does."""
    numbers = (folded(user.attributes.get(EMPLOYEE_NUMBER, "")) for user in users if user.active)
    shared = sorted(number for number, count in Counter(numbers).items() if number and count > 1)
    if not shared:
        return ""
    return f"several people have the employeeNumber '{shared[0]}'"


def _teams(
    teams: Iterable[CurrentTeam],
    people: Mapping[str, CurrentUser],
    why_not: Mapping[str, str],
    modes: Mapping[TeamKey, TeamMode],
) -> tuple[tuple[ExportedTeam, ...], tuple[LeftOut, ...]]:
    """The teams that a config can name, and the others with the reason."""
    ordered = sorted(teams, key=lambda team: (team.key, team.id))
    names = Counter(team.key for team in ordered)
    exported: list[ExportedTeam] = []
    left: list[LeftOut] = []
    for team in ordered:
        why = name_fault(team.name)
        if not why and names[team.key] > 1:
            why = f"{names[team.key]} teams have this name"
        if team.members is None:
            why = why or "Asana does not show its members"
        if why or team.members is None:
            left.append(LeftOut(team.name, team.id, why))
            continue
        members = [people[scim_id] for scim_id in team.members if scim_id in people]
        exported.append(
            ExportedTeam(
                key=team.key,
                name=team.name,
                mode=modes.get(team.key, TeamMode.EXACT),
                members=tuple(
                    user.user_name.strip() for user in sorted(members, key=lambda user: user.key)
                ),
                unsaid=tuple(
                    Unsaid("member", scim_id, why_not.get(scim_id, "not listed over SCIM"))
                    for scim_id in sorted(team.members - people.keys())
                ),
            )
        )
    return tuple(exported), tuple(left)
