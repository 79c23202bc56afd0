"""Whose address was which before and after a run, and the order in which addresses go back.

The rules for an address are those of any plan: they stand in `core.planning.addresses`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from syncer.core.names import covering, user_key
from syncer.core.planner import Workings
from syncer.core.planning.addresses import AddressPlan, rename_by_hand, settle_addresses
from syncer.core.planning.pairs import Pair
from syncer.core.planning.parking import Parking
from syncer.core.planning.roster import Roster
from syncer.core.undoing.net import FieldNet, UserNet
from syncer.core.verification import Lookup
from syncer.model.plan import ManualWork
from syncer.model.policy.config import Config
from syncer.model.state import USER_NAME, CurrentUser, DesiredUser, UserKey


@dataclass(frozen=True, slots=True)
class Bearers:
    """The user who had an address at one moment, before the run or after it.

    `named` are the SCIM ids of those whom the run renamed, by their address of that moment;
    `renamed` are all of these ids.
    """

    named: Mapping[UserKey, str]
    renamed: frozenset[str]
    roster: Roster

    @classmethod
    def before(cls, users: Mapping[str, UserNet], roster: Roster) -> "Bearers":
        """Who was who when the run began."""
        return cls.of({one: net.before for one, net in _renamed(users)}, roster)

    @classmethod
    def after(cls, users: Mapping[str, UserNet], roster: Roster) -> "Bearers":
        """Who was who when it had ended."""
        return cls.of({one: net.after for one, net in _renamed(users)}, roster)

    @classmethod
    def of(cls, addresses: Mapping[str, str | None], roster: Roster) -> "Bearers":
        """Those who were renamed, by SCIM id, with the address of that moment."""
        named = {user_key(address): one for one, address in addresses.items() if address}
        return cls(named, frozenset(addresses), roster)

    def user(self, address: str) -> CurrentUser | None:
        """Whoever that was, as he is now; None for somebody who cannot be told."""
        key = user_key(address)
        if key in self.named:
            return self.roster.by_id.get(self.named[key])
        # Whom the run renamed had another address than this one at that moment.
        found = [user for user in self.roster.by_key.get(key, ()) if user.id not in self.renamed]
        return found[0] if len(found) == 1 else None


def named(user: CurrentUser, roster: Roster) -> UserKey:
    """By what a ref names this user: the address, and the id where others have it as well."""
    alone = len(roster.by_key.get(user.key, ())) == 1
    return user.key if alone else UserKey(f"{user.key}:{user.id}")


@dataclass(frozen=True, slots=True)
class Addresses:
    """What becomes of the renames: as for any plan, by the key of the address to go back to."""

    pairs: Mapping[UserKey, Pair]
    plan: AddressPlan
    manual: tuple[ManualWork, ...]


def put_back(
    renames: Mapping[str, tuple[CurrentUser, FieldNet]],
    workings: Workings,
    config: Config,
    lookup: Lookup,
    parking: Parking | None,
) -> Addresses:
    """Which users, by SCIM id, get their address back, after which others."""
    covers = covering(config.protected.users)
    keyed = {pair.current.id for pair in workings.population.pairs.values() if pair.keyed}
    pairs: dict[UserKey, Pair] = {}
    manual: list[ManualWork] = []
    for scim_id in sorted(renames):
        user, net = renames[scim_id]
        pair = _pair(user, net, keyed=scim_id in keyed)
        if covers(pair.desired.key) or pair.desired.key in pairs:
            protected = covers(pair.desired.key)
            why = "is protected" if protected else "goes back to somebody else"
            manual.append(rename_by_hand(pair, f"{pair.desired.user_name} {why}"))
        else:
            pairs[pair.desired.key] = pair
    population = replace(workings.population, pairs=pairs, joiners={})
    owners = {pair.current.id: key for key, pair in pairs.items()}
    plan = settle_addresses(
        population, workings.roster, owners, frozenset(), lookup.any_case, parking
    )
    return Addresses(pairs, plan, (*manual, *plan.manual))


def _renamed(users: Mapping[str, UserNet]) -> list[tuple[str, FieldNet]]:
    return [(one, net.fields[USER_NAME]) for one, net in users.items() if USER_NAME in net.fields]


def _pair(user: CurrentUser, net: FieldNet, *, keyed: bool) -> Pair:
    address = net.before or ""
    return Pair(DesiredUser(user_key(address), address, net.origin), user, keyed=keyed)
