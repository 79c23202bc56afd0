"""Resolve managers on both sides: whom the directory means, and whom Asana shows.

Asana does not document whether it returns a manager as an id, an address or a display name,
so all three are understood (asana-scim 8.12). What is sent is always the id.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from syncer.core.names import plain, user_key
from syncer.core.planning.addresses import AddressPlan
from syncer.core.planning.population import Population
from syncer.core.planning.roster import Roster
from syncer.model.state import FORMATTED_NAME, MANAGER, CurrentUser, UserKey


def create_ref(key: UserKey) -> str:
    """The ref of the create of a person."""
    return f"create_user:{key}"


class ManagerTarget(NamedTuple):
    """The user a manager reference will point to.

    `after` is the ref of the action that brings that user into being; empty when the user is
    there already.
    """

    address: str
    scim_id: str | None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Managers:
    """Everybody who can be, or is, somebody's manager.

    `leaving` are the SCIM ids of those who leave, `owners` gives the person of each user who has
    a pair; `asked_for` are the people of the directory.
    """

    roster: Roster
    population: Population
    addresses: AddressPlan
    leaving: frozenset[str]
    owners: Mapping[str, UserKey]
    asked_for: frozenset[UserKey]
    by_name: "FullNames"

    def is_user(self, key: UserKey, scim_id: str) -> bool:
        """Whether this id is that of the user paired with the person of this key."""
        pair = self.population.pairs.get(key)
        return pair is not None and pair.current.id == scim_id

    def _is_somebody(self, scim_id: str) -> bool:
        """Whether a user is another person of the directory than the present address says."""
        key = self.owners.get(scim_id)
        return key is not None and self.is_user(key, scim_id)

    def target(self, key: UserKey) -> ManagerTarget | None:
        """Whom this key means; None when that person is not going to be in Asana."""
        if pair := self.population.pairs.get(key):
            after = self.population.awaited.get(key, "")
            return ManagerTarget(pair.desired.user_name, pair.current.id, after)
        if key in self.addresses.creates:
            person = self.population.joiners[key]
            return ManagerTarget(person.user_name, None, create_ref(key))
        if key in self.asked_for and key not in self.population.protected_keys:
            return None
        found = [
            user
            for user in self.roster.by_key.get(key, ())
            if user.active and user.id not in self.leaving and not self._is_somebody(user.id)
        ]
        return ManagerTarget(found[0].user_name, found[0].id) if len(found) == 1 else None

    def present(self, user: CurrentUser) -> CurrentUser | None:
        """Whom Asana shows as this user's manager; None when there is none, or no telling."""
        return shown_manager(user, self.roster, self.by_name)


def shown_manager(user: CurrentUser, roster: Roster, by_name: "FullNames") -> CurrentUser | None:
    """Whom Asana shows as this user's manager; None when there is none, or no telling."""
    shown = user.attributes.get(MANAGER, "")
    if not shown:
        return None
    if found := roster.by_id.get(shown):
        return found
    named = roster.by_key.get(user_key(shown), ())
    if len(named) == 1:
        return named[0]
    return by_name.find(shown)


class FullNames:
    """Users by full name. Gathered when first asked, for ids and addresses name nearly all."""

    def __init__(self, users: Iterable[CurrentUser]) -> None:
        self._users = users

    def find(self, name: str) -> CurrentUser | None:
        """The user of this name. A name that two of them share names nobody."""
        return self._by_name.get(plain(name))

    @cached_property
    def _by_name(self) -> Mapping[str, CurrentUser | None]:
        by_name: dict[str, CurrentUser | None] = {}
        for user in self._users:
            if name := plain(user.attributes.get(FORMATTED_NAME, "")):
                by_name[name] = None if name in by_name else user
        return by_name


def make_managers(
    roster: Roster,
    population: Population,
    addresses: AddressPlan,
    leaving: frozenset[str],
    owners: Mapping[str, UserKey],
    asked_for: frozenset[UserKey],
) -> Managers:
    """The managers of a plan."""
    by_name = FullNames(roster.by_id.values())
    return Managers(roster, population, addresses, leaving, owners, asked_for, by_name)
