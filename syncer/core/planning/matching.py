"""Pair people of the directory with users of Asana. Decides identity and nothing else.

The tiers are the directory key, the address, the previous addresses. A user who is taken in
one tier is no candidate in the next. An active user is preferred to a deprovisioned one,
which nobody can use any more. Whatever stays ambiguous is doubt: the person becomes unknown
and all candidates are left alone.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from syncer.core.names import domain_of, folded, key_domain
from syncer.core.planning.claims import Claims, active_among, contest
from syncer.core.planning.doubts import (
    UNREAD,
    claimed,
    contradicted,
    doubted_people,
    formerly_numbered,
    several,
    unknown_people,
)
from syncer.core.planning.pairs import BY_KEY, Matching, Pair, Untraced
from syncer.core.planning.retirement import retired_users
from syncer.core.planning.roster import Roster
from syncer.core.planning.search import Search
from syncer.core.planning.unread import Unread
from syncer.model.memory import Memory
from syncer.model.origin import Origin
from syncer.model.plan import UnknownSubject
from syncer.model.state import (
    CurrentUser,
    DesiredState,
    DesiredUser,
    UnknownPerson,
    UserKey,
)

Candidates = Callable[[DesiredUser], Sequence[CurrentUser]]


def match_people(
    desired: DesiredState,
    unread: Unread,
    roster: Roster,
    memory: Memory,
    domains: frozenset[str],
) -> Matching:
    """Pair everybody who can be paired without a guess."""
    matcher = _Matcher(desired, roster, memory)
    matcher.respect_unknown(desired, domains)
    matcher.respect_unread(unread)
    matcher.find_contradictions()
    for name, tier in (
        (BY_KEY, matcher.search.by_directory_key),
        ("address", matcher.search.by_address),
        ("previous address", matcher.search.by_previous),
    ):
        matcher.claim(name, tier)
    matcher.find_returners()
    matcher.find_rivals()
    matcher.find_reused_addresses()
    matcher.find_former_numbers()
    matcher.find_unread_newcomers(unread)
    matcher.respect_domains(domains)
    matcher.spare_namesakes()
    return matcher.result(desired)


class _Matcher:
    """The state of one matching. Everything is walked in key order: equal input, equal result."""

    def __init__(self, desired: DesiredState, roster: Roster, memory: Memory) -> None:
        self.people = sorted(desired.users, key=attrgetter("key"))
        self.open = self.people
        self.roster = roster
        self.memory = memory
        self.search = Search(roster, memory)
        self.matched: dict[UserKey, CurrentUser] = {}
        self.owner: dict[str, UserKey] = {}
        self.dormant: dict[UserKey, tuple[CurrentUser, ...]] = {}
        self.doubts: dict[UserKey, tuple[str, str]] = {}
        self.doubtful: dict[str, UnknownSubject] = {}
        self.tiers: dict[UserKey, str] = {}
        self.candidates: dict[UserKey, set[str]] = {}
        self.untraced: list[Untraced] = []
        self.retired = retired_users(desired, self.search.by_any_key, roster)
        self.firmly_retired = {
            user.id
            for gone in desired.not_desired
            for user in self.search.by_number(gone.directory_key)
        }

    def doubt(
        self, person: DesiredUser, users: Iterable[CurrentUser], reason: str, hint: str
    ) -> None:
        """Make the person unknown and leave these users alone. The first reason stays."""
        self.doubts.setdefault(person.key, (reason, hint))
        found = self.candidates.setdefault(person.key, set())
        found.update(user.id for user in users)
        if user := self.matched.pop(person.key, None):
            found.add(user.id)
            self.owner.pop(user.id, None)
        self._leave(found, reason, hint, person.origin)

    def _leave(
        self, scim_ids: Iterable[str], reason: str, hint: str, origin: Origin | None = None
    ) -> None:
        """Leave these users alone. The first reason stays."""
        for scim_id in sorted(scim_ids):
            unknown = UnknownSubject(
                subject=self.roster.by_id[scim_id].user_name,
                what="person",
                reason=reason,
                hint=hint,
                origin=origin,
            )
            self.doubtful.setdefault(scim_id, unknown)

    def respect_unknown(self, desired: DesiredState, domains: frozenset[str]) -> None:
        """Leave alone whoever a doubtful record may be about."""
        keys = {key for person in desired.unknown for key in person.keys}
        numbers = {
            folded(number) for person in desired.unknown for number in person.directory_keys
        }
        for unknown in desired.unknown:
            found = {
                user.id for user in self.search.by_any_key(unknown.keys, unknown.directory_keys)
            }
            for directory_key in unknown.directory_keys:
                found.update(user.id for user in self.search.unproven(directory_key))
            self._leave(found, unknown.reason, unknown.hint, unknown.origin)
            self.untraced += self._untraced(unknown, domains)
        for person in self.people if keys or numbers else ():
            number = person.directory_key
            if person.key in keys or (number is not None and folded(number) in numbers):
                self.doubt(
                    person,
                    self.search.by_any_key((person.key,), (number,)),
                    "another record of the directory, which is in doubt, names the same person",
                    "correct the record in doubt",
                )

    def _untraced(self, unknown: UnknownPerson, domains: frozenset[str]) -> Iterable[Untraced]:
        """The person, unless a present address says where he is in Asana.

        With an address that Asana could have, and has not, somebody is yet to come. What else
        the record leads to may be a second account, and the right one would look like a
        leaver's.
        """
        address = unknown.address
        if address is not None and (
            domain_of(address) in domains or address in self.roster.by_key
        ):
            return
        keyed = any(
            user.active for key in unknown.directory_keys for user in self.search.by_number(key)
        )
        yield Untraced(unknown, identified=keyed or unknown.shown)

    def respect_unread(self, unread: Unread) -> None:
        """Make unknown whoever may be a user that Asana listed and nobody could read.

        So is a user who was read and has the same address, id or number.
        """
        keys, ids = unread.keys, unread.ids
        if not (keys or ids or unread.numbers):
            return
        users = self.roster.by_id.values()
        alike = {user.id for user in users if user.key in keys or user.id in ids}
        for number in unread.numbers:
            alike.update(user.id for user in self.roster.by_number.get(number, ()))
        self._leave(alike, *UNREAD)
        for person in self.people:
            known = self.memory.ids.get(person.directory_key or "")
            told = unread.has_number(person.directory_key)
            if known in ids or person.key in keys or not keys.isdisjoint(person.previous):
                told = UNREAD
            if told is not None:
                found = self.search.by_any_key((person.key,), (person.directory_key,))
                self.doubt(person, found, *told)

    def find_contradictions(self) -> None:
        """Doubt whoever the ledger alone finds, in a user with another number and address.

        Asana's own number is the newer word: the tenant may have been reset since.
        """
        for person in self.people if self.memory.ids else ():
            if person.directory_key is None or person.key in self.doubts:
                continue
            user = self.roster.by_id.get(self.memory.ids.get(person.directory_key, ""))
            names = (person.key, *person.previous)
            if user is None or user.key in names or not self.roster.renumbered(person, user):
                continue
            if not any(user.id in ids.values() for ids in self.memory.former_ids.values()):
                self.doubt(person, (user,), *contradicted(user))

    def claim(self, name: str, tier: Candidates) -> None:
        """Give each free user of this tier to the one person who claims it."""
        claims: Claims = {}
        ambiguous: list[tuple[DesiredUser, Sequence[CurrentUser]]] = []
        owner, doubts = self.owner, self.doubts
        self.open = [one for one in self.open if one.key not in self.matched]
        for person in self.open:
            found = tier(person)
            if owner:
                found = [user for user in found if user.id not in owner]
            if not found or person.key in doubts:
                continue
            active = found if len(found) == 1 and found[0].active else active_among(found)
            if len(active) > 1:
                ambiguous.append((person, active))
                continue
            if active:
                if claims.setdefault(active[0].id, person) is not person:
                    contest(claims, active[0].id, person)
            elif person.key not in self.dormant:
                self.dormant[person.key] = tuple(found)
            else:
                continue
            if name != BY_KEY:
                self.tiers[person.key] = name
        for person, users in ambiguous:
            self.doubt(person, users, *several(users))
        self._settle_all(claims)

    def _settle_all(self, claims: Claims) -> None:
        users, matched, owner = self.roster.by_id, self.matched, self.owner
        for scim_id, claim in claims.items():
            if isinstance(claim, list) or scim_id in self.doubtful:
                several_people = claim if isinstance(claim, list) else [claim]
                self._contested(users[scim_id], several_people)
            else:
                matched[claim.key] = users[scim_id]
                owner[scim_id] = claim.key

    def _contested(self, user: CurrentUser, claimants: Sequence[DesiredUser]) -> None:
        for person in claimants:
            others = [other.user_name for other in claimants if other.key != person.key]
            self.doubt(person, (user,), *claimed(user, others))

    def find_returners(self) -> None:
        """Pair who has no active user with the deprovisioned one, where there is just one."""
        claims: Claims = {}
        for person in self.people if self.dormant else ():
            found = self.dormant.get(person.key, ())
            if person.key in self.matched or person.key in self.doubts or not found:
                continue
            if len(found) > 1:
                self.doubt(person, found, *several(found))
            elif claims.setdefault(found[0].id, person) is not person:
                contest(claims, found[0].id, person)
        self._settle_all(claims)

    def find_rivals(self) -> None:
        """Doubt whoever has a pair and, besides, an active user that nobody else claims."""
        rivals: list[tuple[DesiredUser, tuple[CurrentUser, ...]]] = []
        for person in self.people:
            mine = self.matched.get(person.key)
            namesakes = self.roster.by_key.get(person.key, ())
            if mine is None or (namesakes == (mine,) and not person.previous):
                continue
            others = tuple(
                user
                for user in (*self.search.by_address(person), *self.search.by_previous(person))
                if user.active and user.id != mine.id and user.id not in self.owner
            )
            if others:
                rivals.append((person, (mine, *others)))
        for person, users in rivals:
            self.doubt(person, users, *several(users))

    def find_reused_addresses(self) -> None:
        """Doubt joiners and returners whose address belongs to a user with another directory key.

        That user may have left, or the directory may have renumbered one and the same person.
        Only a record that retires exactly that directory key tells.
        """
        for person in self.people:
            mine = self.matched.get(person.key)
            if (mine is not None and mine.active) or person.key in self.doubts:
                continue
            holders = tuple(
                user
                for user in self.roster.by_key.get(person.key, ())
                if user.active and user.id not in self.owner and user.id not in self.firmly_retired
            )
            if holders:
                self.doubt(
                    person,
                    holders,
                    f"{person.user_name} belongs to an Asana user with another directory key "
                    f"(id {holders[0].id})",
                    "correct employeeNumber on the side that is wrong",
                )

    def find_former_numbers(self) -> None:
        """Doubt joiners whose number an unclaimed user has, where numbers may be of another kind.

        With the address they would be a pair, and with a number of today's kind too.
        """
        for person in self.people:
            if person.key in self.matched or person.key in self.doubts:
                continue
            found = self.search.unproven(person.directory_key)
            holders = [user for user in found if user.active and user.id not in self.owner]
            if holders:
                self.doubt(person, holders, *formerly_numbered(holders[0]))

    def find_unread_newcomers(self, unread: Unread) -> None:
        """Doubt newcomers who may be a user that nobody could read, under another address."""
        for person in self.people if unread.alike or unread.anybody else ():
            if person.key in self.matched or person.key in self.doubts:
                continue
            if told := unread.may_be(person.directory_key):
                self.doubt(person, (), *told)

    def respect_domains(self, domains: frozenset[str]) -> None:
        """Doubt pairs whose user is outside the domains that are ours."""
        for person in self.people if domains else ():
            user = self.matched.get(person.key)
            if user is not None and key_domain(user.key) not in domains:
                self.doubt(
                    person,
                    (),
                    f"this person's Asana user {user.user_name} is outside asana.domains",
                    f"add {domain_of(user.user_name)} to asana.domains if it is yours",
                )

    def spare_namesakes(self) -> None:
        """Leave alone every unclaimed user who has an address or the number of somebody in doubt,
        be it with other leading zeros.

        The doubt may be about another account alone. A record that retires exactly that user's
        directory key still does.
        """
        for person in self.people if self.doubts else ():
            if person.key not in self.doubts:
                continue
            names, number = (person.key, *person.previous), person.directory_key
            alike = (*self.search.by_any_key(names, (number,)), *self.search.unproven(number))
            found = {
                user.id
                for user in alike
                if user.id not in self.owner and user.id not in self.firmly_retired
            }
            self.candidates[person.key] |= found
            self._leave(found, *self.doubts[person.key], person.origin)

    def result(self, desired: DesiredState) -> Matching:
        """What was decided."""
        for key in [key for key in self.tiers if key not in self.matched]:
            del self.tiers[key]
        pairs: dict[UserKey, Pair] = {}
        returners: dict[UserKey, Pair] = {}
        joiners: dict[UserKey, DesiredUser] = {}
        for person in self.people:
            key, user = person.key, self.matched.get(person.key)
            if user is not None:
                keyed = key not in self.tiers or user in self.search.by_number(
                    person.directory_key
                )
                kind = pairs if user.active else returners
                kind[key] = Pair(person, user, keyed)
            elif key not in self.doubts:
                joiners[key] = person
        doubts = doubted_people(self.people, self.doubts)
        return Matching(
            pairs=pairs,
            returners=returners,
            joiners=joiners,
            doubtful=self.doubtful,
            unknown=(*unknown_people(desired), *doubts),
            retired=self.retired,
            untraced=tuple(self.untraced),
            owners=self.owner,
            tiers=self.tiers,
            candidates={key: frozenset(found) for key, found in self.candidates.items()},
        )
