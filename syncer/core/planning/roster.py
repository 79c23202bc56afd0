"""The users of Asana, found by whatever names a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from syncer.core.names import attribute_key, folded
from syncer.model.memory import Memory
from syncer.model.policy.config import Config
from syncer.model.state import CurrentState, CurrentUser, DesiredState, DesiredUser, UserKey

EMPLOYEE_NUMBER: Final = "employeeNumber"


@dataclass(frozen=True, slots=True)
class Roster:
    """Current users by id, by address and by directory key, all in the order of addresses.

    `by_number` is empty when Asana's employeeNumber does not hold the directory key.
    `numbers` gives, by SCIM id, the directory keys that Asana or the ledger attach to a user,
    `asked_for` the directory keys of everybody who should be in Asana.
    """

    by_id: Mapping[str, CurrentUser]
    by_key: Mapping[UserKey, tuple[CurrentUser, ...]]
    by_number: Mapping[str, tuple[CurrentUser, ...]]
    numbers: Mapping[str, frozenset[str]]
    asked_for: frozenset[str]

    def strangers(self, person: DesiredUser, user: CurrentUser) -> bool:
        """Whether immutable keys say that this user is somebody else."""
        known = self.numbers.get(user.id)
        if known is None:
            return False
        if person.directory_key is None:
            return not known.isdisjoint(self.asked_for)
        return folded(person.directory_key) not in known


def our_domains(config: Config) -> frozenset[str]:
    """The e-mail domains that are ours, without letter case."""
    return frozenset(folded(domain).lstrip("@") for domain in config.asana.domains)


def employee_number_is_key(config: Config) -> bool:
    """Whether employeeNumber in Asana is the directory's immutable key.

    Any other number is no identity: "17" as a badge and "17" as a cost code would marry two
    strangers.
    """
    if config.directory.key is None:
        return False
    key = attribute_key(config.directory.key)
    rule = config.mapping.employee_number
    mapped = rule is not None and rule.source is not None and attribute_key(rule.source) == key
    return mapped or key == attribute_key(EMPLOYEE_NUMBER)


def make_roster(
    desired: DesiredState, current: CurrentState, config: Config, memory: Memory
) -> Roster:
    """The current users with every index that matching needs."""
    users = sorted(current.users, key=lambda user: (user.key, user.id))
    by_number: dict[str, list[CurrentUser]] = {}
    numbers: dict[str, set[str]] = {}
    if employee_number_is_key(config):
        for user in users:
            if number := folded(user.attributes.get(EMPLOYEE_NUMBER, "")):
                by_number.setdefault(number, []).append(user)
                numbers.setdefault(user.id, set()).add(number)
    for number, scim_id in remembered(desired, memory):
        numbers.setdefault(scim_id, set()).add(number)
    return Roster(
        by_id={user.id: user for user in users},
        by_key=_grouped(users),
        by_number={number: tuple(found) for number, found in by_number.items()},
        numbers={scim_id: frozenset(found) for scim_id, found in numbers.items()},
        asked_for=frozenset(
            folded(person.directory_key)
            for person in desired.users
            if person.directory_key is not None
        ),
    )


def remembered(desired: DesiredState, memory: Memory) -> Iterable[tuple[str, str]]:
    """The ledger's directory keys with their SCIM ids, where they are today's kind of key.

    A ledger that knows none of today's keys was written under another `directory.key`: it
    would call everybody a stranger.
    """
    if any(person.directory_key in memory.ids for person in desired.users):
        return ((folded(number), scim_id) for number, scim_id in memory.ids.items())
    return ()


def _grouped(users: Iterable[CurrentUser]) -> Mapping[UserKey, tuple[CurrentUser, ...]]:
    grouped: dict[UserKey, tuple[CurrentUser, ...]] = {}
    for user in users:
        grouped[user.key] = (*grouped.get(user.key, ()), user)
    return grouped
