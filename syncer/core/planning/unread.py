"""Users whom Asana lists in a form that nobody could read: whose they may be.

Somebody is there. What can be read of such a user says who: the id, the address, the number.
Where none of it leads to anybody, every newcomer with a directory key may be that user under
another address; one without could not be told from a newcomer in a user who can be read either.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from syncer.core.names import folded
from syncer.core.planning.doubts import unread_anybody, unread_like, unread_number
from syncer.core.planning.roster import Roster, employee_number_is_key, remembered
from syncer.model.memory import Memory
from syncer.model.policy.config import Config
from syncer.model.state import CurrentState, DesiredState, UnreadableUser, UserKey


@dataclass(frozen=True, slots=True)
class Unread:
    """Users who could not be read, by what names them.

    `numbers` are directory keys as Asana shows them, `alike` those that may be of a former
    directory key, or are nobody's with these leading zeros; both empty where employeeNumber is no
    directory key. `anybody` is the name of one who could be any newcomer with a directory key, ""
    where there is none.
    """

    keys: frozenset[UserKey] = frozenset()
    ids: frozenset[str] = frozenset()
    numbers: Mapping[str, str] = field(default_factory=dict)
    alike: Mapping[str, str] = field(default_factory=dict)
    anybody: str = ""

    def has_number(self, directory_key: str | None) -> tuple[str, str] | None:
        """What is wrong, and what to do, where one of them has this number; else None."""
        found = self.numbers.get(folded(directory_key or ""))
        return None if found is None else unread_number(found)

    def may_be(self, directory_key: str | None) -> tuple[str, str] | None:
        """What is wrong, and what to do, where one may be the newcomer of this directory key."""
        if directory_key is None:
            return None
        number = folded(directory_key)
        found = self.alike.get(number) or self.alike.get(_bare(number))
        if found is not None:
            return unread_like(found)
        return unread_anybody(self.anybody) if self.anybody else None


def find_unread(
    desired: DesiredState, current: CurrentState, config: Config, roster: Roster, memory: Memory
) -> Unread:
    """The users of this reading who could not be read."""
    users = current.unreadable
    if not users:
        return Unread()
    keys = frozenset(user.key for user in users if user.key is not None)
    ids = frozenset(user.id for user in users if user.id is not None)
    if not employee_number_is_key(config):
        return Unread(keys, ids)
    numbers = _numbers(users)
    strays = {
        _bare(number): who for number, who in numbers.items() if number not in roster.asked_for
    }
    anybody = min(map(_name, _untold(desired, users, roster, memory)), default="")
    if memory.former_ids:
        return Unread(keys, ids, alike={**strays, **numbers}, anybody=anybody)
    return Unread(keys, ids, numbers, strays, anybody)


def _numbers(users: Iterable[UnreadableUser]) -> Mapping[str, str]:
    """The names of the users by number, in an order that the server has no say in."""
    found: dict[str, str] = {}
    for user in sorted(users, key=_name):
        if number := folded(user.employee_number or ""):
            found.setdefault(number, _name(user))
    return found


def _untold(
    desired: DesiredState, users: Iterable[UnreadableUser], roster: Roster, memory: Memory
) -> Iterator[UnreadableUser]:
    """The users whose number could not be read, where nothing else of them says who they are.

    The address of a person whose number another user has says nothing: it was handed on.
    """
    without = [user for user in users if user.employee_number is None]
    if not without:
        return
    ids = {scim_id for _, scim_id in remembered(desired, memory)}
    ids |= {user.id for user in users if user.id is not None and user.employee_number}
    keys = {
        key
        for person in desired.users
        if folded(person.directory_key or "") not in roster.by_number
        for key in (person.key, *person.previous)
    }
    keys |= {key for person in desired.not_desired for key in person.keys}
    keys |= {key for person in desired.unknown for key in person.keys}
    for user in without:
        if user.id not in ids and user.key not in keys:
            yield user


def _name(user: UnreadableUser) -> str:
    known = f"id {user.id}" if user.id is not None else ""
    if user.key is None:
        return f"the user of {known}" if known else "a user without id and address"
    return f"{user.key} ({known})" if known else user.key


def _bare(number: str) -> str:
    return number.lstrip("0") if number.isdecimal() else number
