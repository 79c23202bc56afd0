"""Who can be put into teams, who may be taken out, and why everybody else stays."""

from collections.abc import Mapping
from dataclasses import dataclass

from syncer.core.addresses import AddressPlan
from syncer.core.leavers import Leavers
from syncer.core.managers import create_ref
from syncer.core.matching import Matching
from syncer.core.population import Population
from syncer.model.actions import Member
from syncer.model.state import CurrentState, CurrentUser, DesiredTeam, UserKey


@dataclass(frozen=True, slots=True)
class Joinable:
    """Somebody who can be in a team; `after` is the ref that brings him into being first."""

    user: str
    scim_id: str | None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """What a team may do with its people.

    `joinable` is by desired key. `removable` gives, by SCIM id, the key to sort by. `kept`
    gives, by SCIM id of an active user who stays whatever the team wants, why he does. `fresh`
    gives, by address and SCIM id, the ref that brings somebody into being.
    """

    joinable: Mapping[UserKey, Joinable]
    removable: Mapping[str, CurrentUser]
    kept: Mapping[str, str]
    users: Mapping[str, CurrentUser]
    fresh: Mapping[tuple[str, str | None], str]

    def additions(self, team: DesiredTeam, present: frozenset[str]) -> tuple[Member, ...]:
        """Who is missing from the team, in key order, and can be added."""
        missing = (
            (key, found)
            for key in team.members
            if (found := self.joinable.get(key)) and found.scim_id not in present
        )
        return tuple(
            Member(found.user, found.scim_id, team.member_reasons.get(key, ""))
            for key, found in sorted(missing, key=lambda item: item[0])
        )

    def removals(self, team: DesiredTeam, present: frozenset[str]) -> tuple[Member, ...]:
        """Who is in the team, is ours and is not asked for, in key order."""
        wanted = {found.scim_id for key in team.members if (found := self.joinable.get(key))}
        surplus = (
            self.removable[scim_id] for scim_id in present - wanted if scim_id in self.removable
        )
        return tuple(
            Member(user.user_name, user.id, "no rule puts this person in the team")
            for user in sorted(surplus, key=lambda user: (user.key, user.id))
        )

    def kept_in(self, team: DesiredTeam, present: frozenset[str]) -> Mapping[str, int]:
        """How many members stay though nothing asks for them, by why."""
        found: dict[str, int] = {}
        for scim_id in present:
            user = self.users.get(scim_id)
            why = self.kept.get(scim_id, "") if user else "not listed over SCIM"
            if why and (user is None or user.key not in team.members):
                found[why] = found.get(why, 0) + 1
        return dict(sorted(found.items()))


def make_membership(
    current: CurrentState,
    matching: Matching,
    population: Population,
    addresses: AddressPlan,
    leavers: Leavers,
    *,
    remove_leavers: bool,
) -> Membership:
    """The membership rules of one plan.

    A leaver who is deactivated leaves his teams by that and is not removed one by one. One who
    stays as view only (`remove_leavers`) is removed from the teams that are exact.
    """
    joinable = {
        key: Joinable(pair.current.user_name, pair.current.id, population.awaited.get(key, ""))
        for key, pair in population.pairs.items()
    }
    for key in addresses.creates:
        joinable[key] = Joinable(population.joiners[key].user_name, None, create_ref(key))
    removable = {
        pair.current.id: pair.current for pair in population.pairs.values() if pair.current.active
    }
    if remove_leavers:
        removable |= {leaver.user.id: leaver.user for leaver in leavers.due}
    users = {user.id: user for user in current.users}
    kept = dict.fromkeys(leavers.unmanaged, "not managed")
    kept |= dict.fromkeys(matching.doubtful, "unknown")
    kept |= dict.fromkeys(population.protected, "protected")
    return Membership(
        joinable=joinable,
        removable=removable,
        kept={scim_id: why for scim_id, why in kept.items() if _is_active(users, scim_id)},
        users=users,
        fresh={
            (found.user, found.scim_id): found.after for found in joinable.values() if found.after
        },
    )


def _is_active(users: Mapping[str, CurrentUser], scim_id: str) -> bool:
    return scim_id in users and users[scim_id].active
