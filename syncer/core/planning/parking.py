"""Temporary addresses for people who go round in a circle. Decides where, never who is who.

Somebody at a temporary address whom nothing but that address named would be lost when the run
stops in between, so only people go there whom their directory key finds again.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from syncer.core.names import covering, folded, is_address, user_key
from syncer.core.planning.pairs import Pair
from syncer.core.planning.roster import Roster
from syncer.model.policy.config import Config
from syncer.model.state import CurrentState, CurrentUser, DesiredState, UserKey

_PLAIN_ID: Final = re.compile("[0-9A-Za-z-]{1,40}")
_DIGITS: Final = 16

LOST: Final = "nobody in it could be found again at a temporary address, without a directory key"


def parked_ref(key: UserKey) -> str:
    """The ref of the step to a temporary address; it sorts before that of the update itself."""
    return f"temporary_address:{key}"


@dataclass(frozen=True, slots=True)
class Parking:
    """Where somebody can go meanwhile: to no address that anybody has, wants or protects."""

    taken: frozenset[UserKey]
    is_protected: Callable[[str], bool]

    def choose(
        self, circle: Sequence[UserKey], pairs: Mapping[UserKey, Pair]
    ) -> tuple[UserKey, str] | None:
        """Who of the circle goes where: the first by key whom the directory key finds again."""
        for key in sorted(circle):
            if pairs[key].keyed and (address := self._address(pairs[key].current)):
                return key, address
        return None

    def _address(self, user: CurrentUser) -> str:
        """A free address in the user's own domain, always the same for equal input."""
        name = user.id
        if not _PLAIN_ID.fullmatch(name):
            name = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
        stem, domain = f"syncer-swap-{name}", folded(user.user_name).rpartition("@")[2]
        tries = (f"{stem}{end}@{domain}" for end in ("", *(f"-{n}" for n in range(2, 10))))
        return next((address for address in tries if self._free(address)), "")

    def _free(self, address: str) -> bool:
        taken = user_key(address) in self.taken or self.is_protected(address)
        return is_address(address) and not taken


def make_parking(
    desired: DesiredState, current: CurrentState, roster: Roster, config: Config
) -> Parking | None:
    """The parking of a plan; None where a circle is manual work."""
    if config.lifecycle.address_cycles == "manual":
        return None
    people = (key for person in desired.users for key in (person.key, *person.previous))
    doubtful = (key for person in desired.unknown for key in person.keys)
    leaving = (key for person in desired.not_desired for key in person.keys)
    unread = (user.key for user in current.unreadable if user.key is not None)
    members = current.organization.members if current.organization else ()
    hidden = (member.key for member in members if member.key is not None)
    taken = frozenset((*roster.by_key, *people, *doubtful, *leaving, *unread, *hidden))
    return Parking(taken, covering(config.protected.users))
