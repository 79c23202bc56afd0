"""Attributes, addresses and licences put back, where they are still as the run left them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

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


class _Work:
    def __init__(self, run_id: str, lookup: Lookup, bounds: Bounds) -> None:
        self.run_id = run_id
        self.lookup = lookup
        self.bounds = bounds
        self.found = UsersUndone()
        self._renames: dict[str, tuple[CurrentUser, FieldNet]] = {}
        self._changes: dict[str, tuple[CurrentUser, list[FieldChange], Origin]] = {}

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
        if attribute(user, asked, self.lookup, value=net.after) != net.after:
            if attribute(user, asked, self.lookup, value=net.before) != net.before:
                self._changed_since(user, name, net, shown, net.origin)
            return
        if name == USER_NAME:
            if net.before:
                self._renames[user.id] = user, net
            return
        back = FieldChange(name, net.after if name == MANAGER else shown, net.before)
        if name == MANAGER and net.before:
            manager = self.lookup.users_by_key.get(user_key(net.before))
            if manager is None or not manager.active:
                text = f"manager {net.before} is not in Asana any more: left as it is"
                self._tell(user.user_name, text, net.origin)
                return
            back = replace(back, reference=manager.id)
        self._note(user, back, net.origin)

    def _note(self, user: CurrentUser, change: FieldChange, origin: Origin) -> None:
        _, changes, _ = self._changes.setdefault(user.id, (user, [], origin))
        changes.append(change)

    def _license(self, user: CurrentUser, net: FieldNet) -> None:
        now = license_key(user.license)
        if now == license_key(net.before):
            return
        if net.before is None or now != license_key(net.after):
            self._changed_since(user, "license", net, user.license, net.origin)
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
        for scim_id in sorted(self._renames):
            user, net = self._renames[scim_id]
            if why := self._taken(user, net.before or ""):
                del self._renames[scim_id]
                self._by_hand(user, net, why)
        # What waited for one of those waits for ever: until nothing falls out any more.
        while stuck := [one for one in sorted(self._renames) if self._stuck(one)]:
            for scim_id in stuck:
                user, net = self._renames.pop(scim_id)
                self._by_hand(user, net, f"{net.before} is not free")
        aside = self._aside()
        for scim_id in sorted(self._renames.keys() | self._changes.keys()):
            self.found.updates += self._updates(scim_id, aside)

    def _taken(self, user: CurrentUser, address: str) -> str:
        """Why the address cannot be had at all, "" when it is free or will be released."""
        key = user_key(address)
        if covering(self.bounds.patterns)(address):
            return f"{address} is protected"
        if holder := self.bounds.hidden.get(key):
            return f"{address} belongs to {holder}, whom SCIM does not list"
        holder_id = self._holder(user, address)
        if holder_id and holder_id not in self._renames:
            return f"{address} belongs to the Asana user with id {holder_id}"
        return ""

    def _holder(self, user: CurrentUser, address: str) -> str:
        """The id of another user who has this address now."""
        holder = self.lookup.users_by_key.get(user_key(address))
        return holder.id if holder is not None and holder.id != user.id else ""

    def _waits_for(self, scim_id: str) -> str:
        user, net = self._renames[scim_id]
        return self._holder(user, net.before or "")

    def _stuck(self, scim_id: str) -> bool:
        waits = self._waits_for(scim_id)
        return bool(waits) and waits not in self._renames

    def _aside(self) -> dict[str, str]:
        """Who of each circle goes to which temporary address first; others become manual work."""
        aside: dict[str, str] = {}
        for circle in list(_circles({one: self._waits_for(one) for one in self._renames})):
            chosen = next(
                (
                    (one, address)
                    for one in sorted(circle)
                    if self.bounds.parking and one in self.bounds.keyed
                    if (address := self.bounds.parking.address(self._renames[one][0]))
                ),
                None,
            )
            if chosen is not None:
                aside[chosen[0]] = chosen[1]
                continue
            for scim_id in _with_followers(
                circle, {one: self._waits_for(one) for one in self._renames}
            ):
                user, net = self._renames.pop(scim_id)
                self._by_hand(user, net, "addresses go round in a circle")
        return aside

    def _updates(self, scim_id: str, aside: Mapping[str, str]) -> Iterator[UpdateUser]:
        rename = self._renames.get(scim_id)
        changes = self._changes.get(scim_id)
        user = rename[0] if rename else changes[0]  # type: ignore[index]  # one of them is there
        origin = rename[1].origin if rename else changes[2]  # type: ignore[index]
        waits = [_ref(self.lookup.users[self._waits_for(scim_id)], aside)] if (
            rename and self._waits_for(scim_id)
        ) else []  # fmt: skip
        if scim_id in aside:
            yield self._step_aside(user, aside[scim_id], origin)
            waits.append(_ref(user, aside))
        told = list(changes[1]) if changes else []
        if rename:
            before = aside.get(scim_id, user.user_name)
            told.insert(0, FieldChange(USER_NAME, before, rename[1].before))
        names = ", ".join(one.field for one in told)
        yield UpdateUser(
            ref=f"update_user:{user.key}",
            reason=f"undo of run {self.run_id}: {names} as before",
            origin=origin,
            depends_on=tuple(waits),
            user_name=user.user_name,
            scim_id=scim_id,
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

    def _by_hand(self, user: CurrentUser, net: FieldNet, why: str) -> None:
        self.found.manual.append(
            ManualWork(
                subject=user.user_name,
                what=f"change the address back to {net.before} in Asana's admin console",
                reason=f"undo of run {self.run_id}: {why}",
                origin=net.origin,
            )
        )

    def _changed_since(
        self, user: CurrentUser, name: str, net: FieldNet, shown: str | None, origin: Origin
    ) -> None:
        now = repr(shown) if shown else "empty"
        then = repr(net.after) if net.after else "empty"
        text = f"{name} is {now} now, and was {then} after the run: left as it is"
        self._tell(user.user_name, text, origin)

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
