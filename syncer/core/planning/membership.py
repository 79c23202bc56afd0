"""Who can be put into teams, who may be taken out, and why everybody else stays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import filterfalse
from operator import attrgetter
from typing import NamedTuple

from syncer.core.planning.addresses import AddressPlan
from syncer.core.planning.leavers import Leaver, Leavers
from syncer.core.planning.managers import create_ref
from syncer.core.planning.pairs import Matching
from syncer.core.planning.population import Population
from syncer.core.planning.roster import Roster
from syncer.model.actions import Member
from syncer.model.state import (
    CurrentUser,
    DesiredTeam,
    OrganizationMember,
    TeamMode,
    UserKey,
)


class Difference(NamedTuple):
    """Whom a team gains and whom it loses, and by SCIM id whoever is in it unasked for."""

    add: tuple[Member, ...]
    remove: tuple[Member, ...]
    surplus: frozenset[str]


@dataclass(frozen=True, slots=True)
class Membership:
    """What a team may do with its people.

    `ids` gives by desired key the SCIM ids of those who can join and have one, `keys` is the way
    back, and `newcomers` are the addresses of those who have none yet.
    A team may lose whoever has a key, and those in `going`, by SCIM id. `kept` gives, by SCIM id
    of an active user who stays whatever the team wants, why he does; `users` are all users.
    `hidden` are the memberships of the organization by id: whom SCIM does not list may be there.
    `fresh` gives, by address and SCIM id, the ref that brings somebody into being.
    """

    ids: Mapping[UserKey, str]
    keys: Mapping[str, UserKey]
    newcomers: Mapping[UserKey, str]
    going: frozenset[str]
    kept: Mapping[str, str]
    users: Mapping[str, CurrentUser]
    hidden: Mapping[str, OrganizationMember]
    fresh: Mapping[tuple[str, str | None], str]

    def changes(self, team: DesiredTeam, present: frozenset[str]) -> Difference:
        """Whom to add and whom to remove, each in key order.

        Nobody is removed from a frozen team, nor from one that only gains.
        """
        # Half a million memberships: only what differs is walked by the interpreter.
        ids = [*map(self.ids.get, team.members)]
        wanted = [*filter(None, ids)]
        missing = [self.keys[scim_id] for scim_id in filterfalse(present.__contains__, wanted)]
        if len(wanted) < len(ids):
            unpaired = (key for key, one in zip(team.members, ids, strict=True) if one is None)
            missing += [key for key in unpaired if key in self.newcomers]
        loses = team.mode is not TeamMode.ADD_ONLY and not team.frozen
        surplus = present.difference(wanted)
        lost = (one for one in surplus if one in self.keys or one in self.going)
        leaving = [self.users[scim_id] for scim_id in lost] if loses else []
        return Difference(
            tuple(self._joining(key, team) for key in sorted(missing)),
            tuple(
                Member(user.user_name, user.id, "no rule puts this person in the team")
                for user in sorted(leaving, key=attrgetter("key", "id"))
            ),
            surplus,
        )

    def _joining(self, key: UserKey, team: DesiredTeam) -> Member:
        scim_id = self.ids.get(key)
        name = self.newcomers[key] if scim_id is None else self.users[scim_id].user_name
        return Member(name, scim_id, team.member_reasons.get(key, ""))

    def kept_in(self, team: DesiredTeam, surplus: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
        """Who of the surplus stays though nothing asks for it, by why, each group in order."""
        found: dict[str, list[str]] = {}
        for scim_id in surplus:
            user = self.users.get(scim_id)
            if user is None:
                why, name = self._hidden(scim_id, team)
                if why:
                    found.setdefault(why, []).append(name)
            elif scim_id in self.kept and user.key not in team.members:
                found.setdefault(self.kept[scim_id], []).append(user.user_name)
        return {why: tuple(sorted(names)) for why, names in sorted(found.items())}

    def _hidden(self, scim_id: str, team: DesiredTeam) -> tuple[str, str]:
        """Why somebody whom SCIM does not list stays, and the name where REST shows one; nothing
        when the team asks for this person."""
        member = self.hidden.get(scim_id)
        if member is None:
            return "not listed over SCIM", f"id {scim_id}"
        if member.key in team.members:
            return "", ""
        why = "guest" if member.guest else "not listed over SCIM"
        return why, member.address or f"id {scim_id}"


def make_membership(
    roster: Roster,
    matching: Matching,
    population: Population,
    addresses: AddressPlan,
    leavers: Leavers,
    *,
    staying: Iterable[Leaver],
    spared: frozenset[str],
) -> Membership:
    """The membership rules of one plan.

    A leaver who is deactivated leaves his teams by that and is not removed one by one. One who
    is `staying` as view only is removed from the teams that are exact, unless a doubt spares him:
    then he is one of `spared`.
    """
    ids = {key: pair.current.id for key, pair in population.pairs.items()}
    newcomers = {key: population.joiners[key].user_name for key in addresses.creates}
    awaited = ((population.pairs[key].current, ref) for key, ref in population.awaited.items())
    fresh: dict[tuple[str, str | None], str] = {
        (user.user_name, user.id): ref for user, ref in awaited
    }
    fresh |= {(name, None): create_ref(key) for key, name in newcomers.items()}
    kept = dict.fromkeys(leavers.unmanaged, "not managed")
    kept |= dict.fromkeys(spared, "may be somebody in doubt")
    kept |= dict.fromkeys(matching.doubtful, "unknown")
    kept |= dict.fromkeys(population.hidden.guests, "guest")
    kept |= dict.fromkeys(population.protected, "protected")
    kept = {scim_id: why for scim_id, why in kept.items() if roster.by_id[scim_id].active}
    return Membership(
        ids=ids,
        keys={scim_id: key for key, scim_id in ids.items()},
        newcomers=newcomers,
        going=frozenset(leaver.user.id for leaver in staying) - spared,
        kept=kept,
        users=roster.by_id,
        hidden=population.hidden.by_id,
        fresh=fresh,
    )
