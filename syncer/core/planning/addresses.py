"""Order changes of address: an address is released before somebody else claims it.

A rename or a create needs a free address. Where another rename of the same plan frees it, it
waits for that one. Where nothing frees it a person has to act, and so it is where addresses go
round in a circle: a temporary third address might send mail to nobody. Where the config allows
that, one of the circle goes aside first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from syncer.core.names import domain_of, same_text
from syncer.core.planning.organization import Hidden
from syncer.core.planning.pairs import Pair
from syncer.core.planning.parking import LOST, Parking, parked_ref
from syncer.core.planning.population import Population
from syncer.core.planning.roster import Roster
from syncer.model.plan import ManualWork, UnknownSubject
from syncer.model.state import USER_NAME, CurrentUser, DesiredUser, UserKey

_FREE: Final = ""


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """The renames and creates that can go, each with the refs that release its address.

    `parked` gives the temporary address of whoever goes aside first.
    """

    renames: Mapping[UserKey, tuple[str, ...]]
    creates: Mapping[UserKey, tuple[str, ...]]
    manual: tuple[ManualWork, ...]
    unknown: tuple[UnknownSubject, ...]
    parked: Mapping[UserKey, str]


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a claim of an address waits for: another rename, or a reason why it cannot go."""

    after: UserKey | None = None
    blocked: str = _FREE


def update_ref(key: UserKey) -> str:
    """The ref of the update of an existing user."""
    return f"update_user:{key}"


def is_renamed(pair: Pair, create_only: frozenset[str], any_case: frozenset[str]) -> bool:
    """Whether the directory asks for another address than the user has."""
    if USER_NAME in create_only:
        return False
    if USER_NAME in any_case:
        return pair.current.key != pair.desired.key
    return not same_text(pair.current.user_name, pair.desired.user_name)


def settle_addresses(
    population: Population,
    roster: Roster,
    owners: Mapping[str, UserKey],
    create_only: frozenset[str],
    any_case: frozenset[str] = frozenset({USER_NAME}),
    parking: Parking | None = None,
) -> AddressPlan:
    """Decide which renames and creates can go, and after which others.

    `owners` gives the person of each user who has a pair, by SCIM id.
    """
    renaming = {
        key: pair
        for key, pair in population.pairs.items()
        if is_renamed(pair, create_only, any_case)
    }
    hidden = population.hidden
    claims = {
        key: _claim(key, pair.current.id, roster, owners, renaming)
        if not (unlisted := _held_behind(key, hidden))
        else _Claim(blocked=unlisted)
        for key, pair in renaming.items()
    }
    traffic = _Traffic(claims, renaming, parking)
    verdicts = traffic.verdicts()
    joining = {key: _claim(key, None, roster, owners, renaming) for key in population.joiners}
    stuck = {
        key: claim.blocked or (verdicts[claim.after] if claim.after is not None else _FREE)
        for key, claim in sorted(joining.items())
    }
    blocked = [(population.joiners[key], why) for key, why in stuck.items() if why]
    return AddressPlan(
        renames={key: traffic.after(key) for key, why in verdicts.items() if not why},
        creates={key: _after(joining[key]) for key, why in stuck.items() if not why},
        manual=tuple(rename_by_hand(renaming[key], why) for key, why in verdicts.items() if why),
        unknown=tuple(_blocked_joiner(person, why) for person, why in blocked),
        parked=dict(sorted(traffic.parked.items())),
    )


def _held_behind(key: UserKey, hidden: Hidden) -> str:
    """Why an address cannot be had though SCIM shows nobody who has it; empty when it can."""
    if holder := hidden.holder(key):
        return f"{key} belongs to {holder}, whom SCIM does not list"
    if hidden.foreign(key):
        return f"{domain_of(key)} is no e-mail domain of the organization"
    return ""


def _claim(
    key: UserKey,
    own_id: str | None,
    roster: Roster,
    owners: Mapping[str, UserKey],
    renaming: Mapping[UserKey, Pair],
) -> _Claim:
    holders = [user for user in roster.by_key.get(key, ()) if user.id != own_id]
    if not holders:
        return _Claim()
    owner = owners.get(holders[0].id)
    if len(holders) > 1 or owner is None or owner not in renaming:
        return _Claim(blocked=f"{key} belongs to {_name(holders[0])}, who keeps it")
    return _Claim(after=owner)


def _name(user: CurrentUser) -> str:
    state = "" if user.active else "deprovisioned "
    return f"the {state}Asana user with id {user.id}"


def _after(claim: _Claim) -> tuple[str, ...]:
    return () if claim.after is None else (update_ref(claim.after),)


class _Traffic:
    """Which of the renames can go, and who of a circle goes aside. Each claim is walked once."""

    def __init__(
        self,
        claims: Mapping[UserKey, _Claim],
        renaming: Mapping[UserKey, Pair],
        parking: Parking | None,
    ) -> None:
        self.claims = claims
        self.renaming = renaming
        self.parking = parking
        self.parked: dict[UserKey, str] = {}
        self._found: dict[UserKey, str] = {}

    def verdicts(self) -> dict[UserKey, str]:
        """For each rename why it cannot go, or nothing."""
        for start in sorted(self.claims):
            path: dict[UserKey, None] = {}
            key: UserKey | None = start
            while key is not None and key not in path and key not in self._found:
                path[key] = None
                key = self.claims[key].after
            self._judge_path(list(path), key)
        return {key: self._found[key] for key in sorted(self._found)}

    def after(self, key: UserKey) -> tuple[str, ...]:
        """The refs that a rename waits for: somebody aside has left already, by another step."""
        aside = (parked_ref(key),) if key in self.parked else ()
        claim = self.claims[key]
        if claim.after in self.parked:
            return (*aside, parked_ref(claim.after))
        return (*aside, *_after(claim))

    def _judge_path(self, path: list[UserKey], end: UserKey | None) -> None:
        if end is not None and end not in self._found:
            self._judge_circle(path[path.index(end) :])
        for key in reversed(path):
            if key not in self._found:
                claim = self.claims[key]
                self._found[key] = claim.blocked
                if claim.after is not None and self._found[claim.after]:
                    why = f"{key} is not free: the change to {claim.after} cannot go"
                    self._found[key] = why

    def _judge_circle(self, circle: list[UserKey]) -> None:
        chosen = self.parking.choose(circle, self.renaming) if self.parking else None
        if chosen is not None:
            key, address = chosen
            self.parked[key] = address
            self._found |= dict.fromkeys(circle, _FREE)
            return
        # Told from its first address, so that the text does not depend on who was asked first.
        first = circle.index(min(circle))
        told = " -> ".join((*circle[first:], *circle[:first], circle[first]))
        lost = f"; {LOST}" if self.parking else ""
        why = f"addresses go round in a circle: {told}{lost}"
        self._found |= dict.fromkeys(circle, why)


def rename_by_hand(pair: Pair, why: str) -> ManualWork:
    """The change of an address that only a person can make."""
    return ManualWork(
        subject=pair.current.user_name,
        what=f"change the address to {pair.desired.user_name} in Asana's admin console",
        reason=why,
        origin=pair.desired.origin,
    )


def _blocked_joiner(person: DesiredUser, why: str) -> UnknownSubject:
    return UnknownSubject(
        subject=person.user_name,
        what="person",
        reason=why,
        hint="free the address in Asana's admin console",
        origin=person.origin,
    )
