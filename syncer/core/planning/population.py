"""Who may be changed by this plan, after identity, protection and lifecycle had their say."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from syncer.core.names import covering, domain_of
from syncer.core.planning.organization import Hidden
from syncer.core.planning.pairs import Matching, Pair
from syncer.model.actions import ReactivateUser
from syncer.model.plan import ManualWork, Notice, UnknownSubject
from syncer.model.policy.config import Config
from syncer.model.state import CurrentState, DesiredUser, UserKey

INVITED: Final = "invited to Asana and not listed over SCIM yet: counts as present"
_GUEST_HINT: Final = (
    "make the guest a member in Asana's admin console, or exclude the person in scope"
)


@dataclass(frozen=True, slots=True)
class Population:
    """The people of a plan.

    `pairs` are ours to change; those whose user this plan reactivates are among them, and
    `awaited` gives the ref of that reactivation by desired key. `joiners` have nobody in
    Asana. `protected` are SCIM ids, the administrators among them where the policy says so;
    `protected_pairs` and `protected_absent` are people whom the directory asks for and
    protection keeps as they are. `invited` are people whom SCIM does not list and who are
    there all the same; `unknown` those whom only the organization's own list puts in doubt.
    """

    pairs: Mapping[UserKey, Pair]
    joiners: Mapping[UserKey, DesiredUser]
    awaited: Mapping[UserKey, str]
    reactivations: tuple[ReactivateUser, ...]
    manual: tuple[ManualWork, ...]
    protected: frozenset[str]
    protected_pairs: tuple[Pair, ...]
    protected_absent: tuple[DesiredUser, ...]
    protected_keys: frozenset[UserKey]
    hidden: Hidden
    invited: tuple[DesiredUser, ...]
    unknown: tuple[UnknownSubject, ...]

    @property
    def notices(self) -> Iterable[Notice]:
        """What there is to say of people who are there without being listed."""
        return (
            Notice(subject=person.user_name, text=INVITED, origin=person.origin)
            for person in self.invited
        )


def _named(
    matching: Matching, current: CurrentState, covers: Callable[[str], bool]
) -> frozenset[str]:
    """Whom a pattern protects, by the address in Asana or by that of a record that retires him."""
    retired = (i for i, gone in matching.retired.items() if any(map(covers, gone.keys)))
    return frozenset((*(user.id for user in current.users if covers(user.key)), *retired))


@dataclass(slots=True)
class _Unlisted:
    """Joiners sorted by what the organization's own list says of their address."""

    joiners: dict[UserKey, DesiredUser] = field(default_factory=dict)
    invited: list[DesiredUser] = field(default_factory=list)
    manual: list[ManualWork] = field(default_factory=list)
    unknown: list[UnknownSubject] = field(default_factory=list)


def populate(
    matching: Matching, current: CurrentState, config: Config, hidden: Hidden
) -> Population:
    """Set the protected apart, decide on returners, and look for joiners behind SCIM."""
    covers = covering(config.protected.users)
    administrators = hidden.administrators if config.protected.administrators else frozenset()
    protected = _named(matching, current, covers) | administrators
    protected_pairs = tuple(
        pair
        for pair in chain(matching.pairs.values(), matching.returners.values())
        if pair.current.id in protected or covers(pair.desired.key)
    )
    protected_keys = frozenset(pair.desired.key for pair in protected_pairs)
    pairs = _without(matching.pairs, protected_keys)
    returners = _without(matching.returners, protected_keys)
    guests = [pair for pair in pairs.values() if pair.current.id in hidden.guests]
    pairs = _without(pairs, frozenset(pair.desired.key for pair in guests))
    attempt = config.lifecycle.reactivate == "attempt"
    reactivations = {k: _reactivation(p) for k, p in returners.items()} if attempt else {}
    joiners = {k: p for k, p in matching.joiners.items() if not covers(k)}
    sorted_out = _look_for(joiners, hidden)
    by_hand = () if attempt else tuple(_manual(pair) for pair in returners.values())
    return Population(
        pairs={**pairs, **returners} if attempt else pairs,
        joiners=sorted_out.joiners,
        awaited={key: action.ref for key, action in reactivations.items()},
        reactivations=tuple(reactivations.values()),
        manual=(*by_hand, *sorted_out.manual),
        protected=protected,
        protected_pairs=protected_pairs,
        protected_absent=tuple(p for k, p in matching.joiners.items() if k not in joiners),
        protected_keys=protected_keys,
        hidden=hidden,
        invited=tuple(sorted_out.invited),
        unknown=(*map(_guest_pair, guests), *sorted_out.unknown),
    )


def _without(pairs: Mapping[UserKey, Pair], keys: frozenset[UserKey]) -> Mapping[UserKey, Pair]:
    """The pairs but for those of these keys; the same ones where there are none."""
    return {key: pair for key, pair in pairs.items() if key not in keys} if keys else pairs


def _look_for(joiners: Mapping[UserKey, DesiredUser], hidden: Hidden) -> _Unlisted:
    """Whom of the joiners SCIM only does not list.

    A former address counts for an invitation, which waits under the address it was sent to. It
    does not for a guest: who came to the organization with a new address is created.
    """
    found = _Unlisted()
    for key, person in joiners.items():
        if key in hidden.guest_addresses:
            found.unknown.append(_guest(person))
        elif not hidden.invited.isdisjoint((key, *person.previous)):
            found.invited.append(person)
        elif key in hidden.dormant:
            found.manual.append(_again(person.user_name, person))
        elif hidden.foreign(key):
            found.unknown.append(_foreign(person, hidden))
        else:
            found.joiners[key] = person
    return found


def _guest(person: DesiredUser) -> UnknownSubject:
    return UnknownSubject(
        subject=person.user_name,
        what="person",
        reason="a guest of the organization has this address, and SCIM neither shows nor takes it",
        hint=_GUEST_HINT,
        origin=person.origin,
    )


def _guest_pair(pair: Pair) -> UnknownSubject:
    return UnknownSubject(
        subject=pair.desired.user_name,
        what="person",
        reason=f"Asana calls the user {pair.current.user_name} a guest of the organization",
        hint=_GUEST_HINT,
        origin=pair.desired.origin,
    )


def _foreign(person: DesiredUser, hidden: Hidden) -> UnknownSubject:
    domain = domain_of(person.key)
    return UnknownSubject(
        subject=person.user_name,
        what="person",
        reason=f"{domain} is no e-mail domain of the organization "
        f"({', '.join(sorted(hidden.domains))})",
        hint=f"add {domain} to the organization in Asana's admin console, or take it out of "
        "asana.domains",
        origin=person.origin,
    )


def _reactivation(pair: Pair) -> ReactivateUser:
    return ReactivateUser(
        ref=f"reactivate_user:{pair.desired.key}",
        reason="back in the directory; lifecycle.reactivate is attempt",
        origin=pair.desired.origin,
        consequences=("Asana does not promise that SCIM can do this; it is read back",),
        user_name=pair.current.user_name,
        scim_id=pair.current.id,
    )


def _manual(pair: Pair) -> ManualWork:
    return _again(pair.current.user_name, pair.desired)


def _again(user_name: str, person: DesiredUser) -> ManualWork:
    return ManualWork(
        subject=user_name,
        what="invite the person again in Asana's admin console",
        reason="back in the directory, deprovisioned in Asana; SCIM cannot reactivate",
        origin=person.origin,
    )
