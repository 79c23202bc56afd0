"""Order changes of address: an address is released before somebody else claims it.

A rename or a create needs a free address. Where another rename of the same plan frees it, it
waits for that one. Where nothing frees it, or where addresses go round in a circle, a person
has to act: a temporary third address might send mail to nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from syncer.core.names import domain_of
from syncer.core.planning.matching import Pair
from syncer.core.planning.organization import Hidden
from syncer.core.planning.population import Population
from syncer.core.planning.roster import Roster
from syncer.model.plan import ManualWork, UnknownSubject
from syncer.model.state import USER_NAME, CurrentUser, DesiredUser, UserKey

_FREE: Final = ""


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """The renames and creates that can go, each with the refs that release its address."""

    renames: Mapping[UserKey, tuple[str, ...]]
    creates: Mapping[UserKey, tuple[str, ...]]
    manual: tuple[ManualWork, ...]
    unknown: tuple[UnknownSubject, ...]


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a claim of an address waits for: another rename, or a reason why it cannot go."""

    after: UserKey | None = None
    blocked: str = _FREE


def update_ref(key: UserKey) -> str:
    """The ref of the update of an existing user."""
    return f"update_user:{key}"


def settle_addresses(
    population: Population, roster: Roster, create_only: frozenset[str]
) -> AddressPlan:
    """Decide which renames and creates can go, and after which others."""
    renaming = {
        key: pair
        for key, pair in population.pairs.items()
        if pair.current.key != key and USER_NAME not in create_only
    }
    owners = {pair.current.id: key for key, pair in population.pairs.items()}
    hidden = population.hidden
    claims = {
        key: _claim(key, pair.current.id, roster, owners, renaming)
        if not (unlisted := _held_behind(key, hidden))
        else _Claim(blocked=unlisted)
        for key, pair in renaming.items()
    }
    verdicts = _verdicts(claims)
    joining = {key: _claim(key, None, roster, owners, renaming) for key in population.joiners}
    stuck = {
        key: claim.blocked or (verdicts[claim.after] if claim.after is not None else _FREE)
        for key, claim in sorted(joining.items())
    }
    blocked = [(population.joiners[key], why) for key, why in stuck.items() if why]
    return AddressPlan(
        renames={key: _after(claims[key]) for key, why in verdicts.items() if not why},
        creates={key: _after(joining[key]) for key, why in stuck.items() if not why},
        manual=tuple(_rename_by_hand(renaming[key], why) for key, why in verdicts.items() if why),
        unknown=tuple(_blocked_joiner(person, why) for person, why in blocked),
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


def _verdicts(claims: Mapping[UserKey, _Claim]) -> dict[UserKey, str]:
    """For each rename why it cannot go, or nothing. Each claim is walked once."""
    verdicts: dict[UserKey, str] = {}
    for start in sorted(claims):
        path: dict[UserKey, None] = {}
        key: UserKey | None = start
        while key is not None and key not in path and key not in verdicts:
            path[key] = None
            key = claims[key].after
        _judge_path(list(path), key, claims, verdicts)
    return {key: verdicts[key] for key in sorted(verdicts)}


def _judge_path(
    path: list[UserKey],
    end: UserKey | None,
    claims: Mapping[UserKey, _Claim],
    verdicts: dict[UserKey, str],
) -> None:
    if end is not None and end not in verdicts:
        circle = path[path.index(end) :]
        # Told from its first address, so that the text does not depend on who was asked first.
        first = circle.index(min(circle))
        told = " -> ".join((*circle[first:], *circle[:first], circle[first]))
        for key in circle:
            verdicts[key] = f"addresses go round in a circle: {told}"
    for key in reversed(path):
        if key not in verdicts:
            claim = claims[key]
            verdicts[key] = claim.blocked
            if claim.after is not None and verdicts[claim.after]:
                verdicts[key] = f"{key} is not free: the change to {claim.after} cannot go"


def _rename_by_hand(pair: Pair, why: str) -> ManualWork:
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
