"""Attributes, addresses and licences put back, where they are still as the run left them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from syncer.core.names import covering, license_key, user_key
from syncer.core.planning.parking import Parking
from syncer.core.undoing.net import FieldNet, UserNet
from syncer.core.verification import Lookup, attribute
from syncer.model.actions import FieldChange, SetLicense, UpdateUser
from syncer.model.origin import Origin
from syncer.model.plan import ManualWork, Notice
from syncer.model.state import MANAGER, USER_NAME, CurrentUser, UserKey

USER_TYPE = "userType"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an undo must leave alone, and what it may do about addresses in a circle.

    `protected` are SCIM ids, `patterns` those of protected addresses. `hidden` says who has an
    address without being listed. `keyed` are the ids of users whom the directory key finds.
    """

    protected: frozenset[str]
    patterns: tuple[str, ...]
    hidden: Mapping[UserKey, str]
    parking: Parking | None
    keyed: frozenset[str]


@dataclass(slots=True)
class UsersUndone:
    """What is put back, and what is told instead."""

    updates: list[UpdateUser] = field(default_factory=list)
    licenses: list[SetLicense] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    manual: list[ManualWork] = field(default_factory=list)


def undo_users(
    run_id: str, users: Mapping[str, UserNet], lookup: Lookup, bounds: Bounds
) -> UsersUndone:
    """The actions that put users back as they were before the run."""
    work = _Work(run_id, lookup, bounds)
    for scim_id in sorted(users):
        work.at(scim_id, users[scim_id])
    work.settle_addresses()
    return work.found


@dataclass(slots=True)
class _Back:
    """What one user gets back. `address` is the former address, where it is another now."""

    user: CurrentUser
    origin: Origin
    changes: list[FieldChange] = field(default_factory=list)
    address: str = ""


class _Work:
    def __init__(self, run_id: str, lookup: Lookup, bounds: Bounds) -> None:
        self.run_id = run_id
        self.lookup = lookup
        self.bounds = bounds
        self.found = UsersUndone()
        self._backs: dict[str, _Back] = {}

    def at(self, scim_id: str, net: UserNet) -> None:
        """Look at one user."""
        user = self.lookup.users.get(scim_id)
        if user is None:
            self._tell(net.name, "is no longer in Asana's listing: nothing of it is put back")
        elif not user.active:
            self._tell(user.user_name, "is deactivated: nothing of it is put back")
        elif scim_id in self.bounds.protected:
            self._tell(user.user_name, "is protected: left as it is")
        else:
            for name in sorted(net.fields):
                self._field(user, name, net.fields[name])

    def _field(self, user: CurrentUser, name: str, net: FieldNet) -> None:
        if name == USER_TYPE:
            self._license(user, net)
            return
        asked = FieldChange(name, net.before, net.after)
        shown = user.user_name if name == USER_NAME else user.attributes.get(name)
        if attribute(user, asked, self.lookup, value=net.after) == net.after:
            self._put_back(user, name, net, shown)
        elif attribute(user, asked, self.lookup, value=net.before) != net.before:
            self._changed_since(user, name, net, shown)

    def _put_back(self, user: CurrentUser, name: str, net: FieldNet, shown: str | None) -> None:
        back = self._backs.get(user.id) or _Back(user, net.origin)
        if name == USER_NAME:
            back.address = net.before or ""
        elif name != MANAGER:
            back.changes.append(FieldChange(name, shown, net.before))
        else:
            manager = self.lookup.users_by_key.get(user_key(net.before)) if net.before else None
            if net.before and (manager is None or not manager.active):
                text = f"manager {net.before} is not in Asana any more: left as it is"
                self._tell(user.user_name, text, net.origin)
                return
            reference = manager.id if manager else None
            back.changes.append(FieldChange(MANAGER, net.after, net.before, reference))
        self._backs[user.id] = back

    def _license(self, user: CurrentUser, net: FieldNet) -> None:
        now = license_key(user.license)
        if now == license_key(net.before):
            return
        if net.before is None or now != license_key(net.after):
            self._changed_since(user, "license", net, user.license)
            return
        self.found.licenses.append(
            SetLicense(
                ref=f"set_license:{user.key}",
                reason=f"undo of run {self.run_id}: the licence was {net.before}",
                origin=net.origin,
                user_name=user.user_name,
                scim_id=user.id,
                before=user.license,
                after=net.before,
            )
        )

    def settle_addresses(self) -> None:
        """Put addresses back in an order that releases each before it is claimed."""
        for scim_id in sorted(self._renamed):
            if why := self._taken(scim_id):
                self._by_hand(scim_id, why)
        # What waited for one of those waits for ever: until nothing falls out any more.
        while stuck := [one for one in sorted(self._renamed) if self._stuck(one)]:
            for scim_id in stuck:
                self._by_hand(scim_id, f"{self._backs[scim_id].address} is not free")
        aside = self._aside()
        for scim_id in sorted(self._backs):
            self.found.updates += self._updates(self._backs[scim_id], aside)

    @property
    def _renamed(self) -> tuple[str, ...]:
        return tuple(scim_id for scim_id, back in self._backs.items() if back.address)

    def _taken(self, scim_id: str) -> str:
        """Why the address cannot be had at all, "" when it is free or will be released."""
        address = self._backs[scim_id].address
        if covering(self.bounds.patterns)(address):
            return f"{address} is protected"
        if holder := self.bounds.hidden.get(user_key(address)):
            return f"{address} belongs to {holder}, whom SCIM does not list"
        holder_id = self._waits_for(scim_id)
        if holder_id and holder_id not in self._renamed:
            return f"{address} belongs to the Asana user with id {holder_id}"
        return ""

    def _waits_for(self, scim_id: str) -> str:
        """The id of the other user who has the former address now."""
        holder = self.lookup.users_by_key.get(user_key(self._backs[scim_id].address))
        return holder.id if holder is not None and holder.id != scim_id else ""

    def _stuck(self, scim_id: str) -> bool:
        waits = self._waits_for(scim_id)
        return bool(waits) and waits not in self._renamed

    def _aside(self) -> dict[str, str]:
        """Who of each circle goes to which temporary address first; others become manual work."""
        aside: dict[str, str] = {}
        waits = {one: self._waits_for(one) for one in self._renamed}
        for circle in list(_circles(waits)):
            if chosen := self._chosen(circle):
                aside |= dict([chosen])
                continue
            for scim_id in _with_followers(circle, waits):
                self._by_hand(scim_id, "addresses go round in a circle")
        return aside

    def _chosen(self, circle: Sequence[str]) -> tuple[str, str] | None:
        """Who goes where: only whom the directory key would find again there."""
        parking = self.bounds.parking
        for scim_id in sorted(circle) if parking else ():
            address = parking.address(self._backs[scim_id].user) if parking else ""
            if scim_id in self.bounds.keyed and address:
                return scim_id, address
        return None

    def _updates(self, back: _Back, aside: Mapping[str, str]) -> Iterator[UpdateUser]:
        user, told, waits = back.user, list(back.changes), []
        if back.address:
            before = aside.get(user.id, user.user_name)
            told.insert(0, FieldChange(USER_NAME, before, back.address))
            if holder := self._waits_for(user.id):
                waits.append(_ref(self.lookup.users[holder], aside))
        if user.id in aside:
            yield self._step_aside(user, aside[user.id], back.origin)
            waits.append(_ref(user, aside))
        if told:
            names = ", ".join(one.field for one in told)
            yield UpdateUser(
                ref=f"update_user:{user.key}",
                reason=f"undo of run {self.run_id}: {names} as before",
                origin=back.origin,
                depends_on=tuple(waits),
                user_name=user.user_name,
                scim_id=user.id,
                changes=tuple(told),
            )

    def _step_aside(self, user: CurrentUser, address: str, origin: Origin) -> UpdateUser:
        return UpdateUser(
            ref=f"temporary_address:{user.key}",
            reason=f"undo of run {self.run_id}: a temporary address, for addresses go round in a "
            "circle; lifecycle.address_cycles is temporary",
            origin=origin,
            consequences=("until the next step mail to that address is lost",),
            user_name=user.user_name,
            scim_id=user.id,
            changes=(FieldChange(USER_NAME, user.user_name, address),),
        )

    def _by_hand(self, scim_id: str, why: str) -> None:
        """Leave the address to a person; what else the user gets back stays."""
        back = self._backs[scim_id]
        self.found.manual.append(
            ManualWork(
                subject=back.user.user_name,
                what=f"change the address back to {back.address} in Asana's admin console",
                reason=f"undo of run {self.run_id}: {why}",
                origin=back.origin,
            )
        )
        back.address = ""

    def _changed_since(
        self, user: CurrentUser, name: str, net: FieldNet, shown: str | None
    ) -> None:
        now = repr(shown) if shown else "empty"
        then = repr(net.after) if net.after else "empty"
        text = f"{name} is {now} now, and was {then} after the run: left as it is"
        self._tell(user.user_name, text, net.origin)

    def _tell(self, subject: str, text: str, origin: Origin | None = None) -> None:
        self.found.notices.append(Notice(subject=subject, text=text, origin=origin))


def _ref(user: CurrentUser, aside: Mapping[str, str]) -> str:
    """The step by which this user leaves his present address."""
    return f"temporary_address:{user.key}" if user.id in aside else f"update_user:{user.key}"


def _circles(waits: Mapping[str, str]) -> Iterator[Sequence[str]]:
    """Each circle of those who wait for each other, once."""
    seen: set[str] = set()
    for start in sorted(waits):
        path: list[str] = []
        one = start
        while one and one not in seen:
            seen.add(one)
            path.append(one)
            one = waits.get(one, "")
        if one in path:
            yield path[path.index(one) :]


def _with_followers(circle: Sequence[str], waits: Mapping[str, str]) -> list[str]:
    """The circle, and everybody who waits for somebody of it."""
    found = list(circle)
    while more := [one for one in sorted(waits) if waits[one] in found and one not in found]:
        found += more
    return found
