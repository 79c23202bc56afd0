"""The users of Asana, found by whatever names a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from syncer.core.names import attribute_key, folded
from syncer.model.memory import Memory
from syncer.model.policy.config import Config
from syncer.model.state import (
    EMPLOYEE_NUMBER,
    CurrentState,
    CurrentUser,
    DesiredState,
    DesiredUser,
    NotDesired,
    UserKey,
)


@dataclass(frozen=True, slots=True)
class Roster:
    """Current users by id, by address and by directory key, all in the order of addresses.

    `by_number` is empty when Asana's employeeNumber does not hold the directory key.
    `unproven` has the users whose number may be of a former directory key, or differs in leading
    zeros alone: it names nobody, and keeps them from being taken for nobody's. `numbers` gives, by
    SCIM id, the directory keys that Asana or the ledger attach to a user, `asked_for` the
    directory keys of everybody who should be in Asana.
    """

    by_id: Mapping[str, CurrentUser]
    by_key: Mapping[UserKey, tuple[CurrentUser, ...]]
    by_number: Mapping[str, tuple[CurrentUser, ...]]
    unproven: Mapping[str, tuple[CurrentUser, ...]]
    numbers: Mapping[str, tuple[str, ...]]
    asked_for: frozenset[str]

    def strangers(self, person: DesiredUser | NotDesired, user: CurrentUser) -> bool:
        """Whether immutable keys say that this user is somebody else."""
        known = self.numbers.get(user.id)
        if known is None:
            return False
        if person.directory_key is None:
            return not self.asked_for.isdisjoint(known)
        return folded(person.directory_key) not in known

    def renumbered(self, person: DesiredUser, user: CurrentUser) -> bool:
        """Whether Asana itself shows another directory key at this user than the person's."""
        own = folded(user.attributes.get(EMPLOYEE_NUMBER, ""))
        if own not in self.numbers.get(user.id, ()):
            return False
        return own != folded(person.directory_key or "")


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
    # By key, then by id: two sorts by a text each are three times as fast as one by pairs.
    users = sorted(current.users, key=attrgetter("id"))
    users.sort(key=attrgetter("key"))
    lone = [(user,) for user in users]  # what both indexes say of nearly everybody
    by_number: dict[str, tuple[CurrentUser, ...]] = {}
    unproven: dict[str, tuple[CurrentUser, ...]] = {}
    numbers: dict[str, tuple[str, ...]] = {}
    if employee_number_is_key(config):
        evidence = _Evidence(memory)
        for user, alone in zip(users, lone, strict=True):
            if number := folded(user.attributes.get(EMPLOYEE_NUMBER, "")):
                names = not evidence.changed or evidence.names(number, user)
                known = by_number if names else unproven
                known[number] = (*known[number], user) if number in known else alone
                if names or evidence.tells_apart():
                    numbers[user.id] = (number,)
    for number, scim_id in remembered(desired, memory):
        numbers[scim_id] = (*numbers.get(scim_id, ()), number)
    by_id = {user.id: user for user in users}
    asked_for = frozenset(
        folded(person.directory_key)
        for person in desired.users
        if person.directory_key is not None
    )
    for number, found in _other_zeros(asked_for, by_id, numbers).items():
        unproven[number] = (*unproven.get(number, ()), *found)
    return Roster(
        by_id=by_id,
        by_key=_grouped(lone),
        by_number=by_number,
        unproven=unproven,
        numbers=numbers,
        asked_for=asked_for,
    )


def remembered(desired: DesiredState, memory: Memory) -> Iterable[tuple[str, str]]:
    """The ledger's directory keys with their SCIM ids, where they are today's kind of key.

    A ledger that does not say which kind they are and knows none of today's keys was written
    under another `directory.key`: it would call everybody a stranger.
    """
    if memory.key_attribute is not None or any(
        person.directory_key in memory.ids for person in desired.users
    ):
        return ((folded(number), scim_id) for number, scim_id in memory.ids.items())
    return ()


def _other_zeros(
    asked_for: frozenset[str],
    by_id: Mapping[str, CurrentUser],
    numbers: Mapping[str, Iterable[str]],
) -> Mapping[str, list[CurrentUser]]:
    """By a number of the directory that nobody has: who has it but for leading zeros.

    A spreadsheet takes them from a whole column, and then a new address would make a leaver
    and a newcomer of one person.
    """
    taken = frozenset(chain.from_iterable(numbers.values()))
    lost = {number: number.lstrip("0") for number in asked_for - taken if number.isdecimal()}
    stripped = frozenset(lost.values())
    alike: dict[str, list[CurrentUser]] = {}
    lengths = {*map(len, taken)}
    if not any(bare.rjust(length, "0") in taken for bare in stripped for length in lengths):
        return alike
    for scim_id, known in numbers.items():
        for number in known:
            bare = number.lstrip("0")
            if bare in stripped and number.isdecimal() and scim_id in by_id:
                alike.setdefault(bare, []).append(by_id[scim_id])
    return {number: alike[bare] for number, bare in lost.items() if bare in alike}


class _Evidence:
    """What an employeeNumber in Asana is worth, where the ledger knows another directory key.

    The number may then be one of the former key, until the plan has set the new one: it was
    a badge, and the same number as an employee is somebody else.
    """

    def __init__(self, memory: Memory) -> None:
        self.changed = bool(memory.former_ids)
        self.today = {(folded(number), scim_id) for number, scim_id in memory.ids.items()}

    def names(self, number: str, user: CurrentUser) -> bool:
        """Whether the number alone says whose user this is."""
        return (number, user.id) in self.today

    def tells_apart(self) -> bool:
        """Whether a number that names nobody still says who somebody is not.

        In the first run under a new key every number would say so. Later ones know the ids of
        those who were paired by address, so that a number without one is a reason for doubt.
        """
        return bool(self.today)


def _grouped(
    lone: Sequence[tuple[CurrentUser]],
) -> Mapping[UserKey, tuple[CurrentUser, ...]]:
    grouped: dict[UserKey, tuple[CurrentUser, ...]] = {alone[0].key: alone for alone in lone}
    if len(grouped) == len(lone):
        return grouped
    grouped.clear()
    for alone in lone:
        key = alone[0].key
        grouped[key] = (*grouped[key], *alone) if key in grouped else alone
    return grouped
