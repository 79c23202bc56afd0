"""Attributes, addresses and licences put back, where they are still as the run left them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from syncer.core.names import license_key, user_key
from syncer.core.planner import Workings
from syncer.core.planning.addresses import update_ref
from syncer.core.planning.pairs import Pair
from syncer.core.planning.parking import Parking
from syncer.core.planning.roster import Roster
from syncer.core.planning.user_plan import step_aside
from syncer.core.undoing.addresses import Addresses, Bearers, named, put_back
from syncer.core.undoing.net import FieldNet, UserNet
from syncer.core.verification import Lookup, attribute
from syncer.model.actions import FieldChange, SetLicense, UpdateUser
from syncer.model.origin import Origin
from syncer.model.past import USER_TYPE
from syncer.model.plan import ManualWork, Notice, UnknownSubject
from syncer.model.policy.config import Config
from syncer.model.state import ATTRIBUTES, MANAGER, USER_NAME, CurrentUser


@dataclass(slots=True)
class UsersUndone:
    """What is put back, and what is told instead."""

    updates: list[UpdateUser] = field(default_factory=list)
    licenses: list[SetLicense] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    manual: tuple[ManualWork, ...] = ()
    unknown: list[UnknownSubject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Back:
    """One attribute to be put back."""

    change: FieldChange
    origin: Origin


def undo_users(
    run_id: str,
    users: Mapping[str, UserNet],
    lookup: Lookup,
    workings: Workings,
    config: Config,
    parking: Parking | None,
) -> UsersUndone:
    """The actions that put users back as they were before the run."""
    work = _Work(run_id, users, lookup, workings)
    for scim_id in sorted(users):
        work.at(scim_id, users[scim_id])
    addresses = put_back(work.renames, workings, config, lookup, parking)
    work.found.updates += _updates(run_id, work.backs, addresses, workings.roster)
    work.found.manual = tuple(
        replace(one, reason=f"undo of run {run_id}: {one.reason}") for one in addresses.manual
    )
    return work.found


class _Work:
    """One pass over the users, each attribute compared with what there is now."""

    def __init__(
        self, run_id: str, users: Mapping[str, UserNet], lookup: Lookup, workings: Workings
    ) -> None:
        self.run_id = run_id
        self.lookup = lookup
        self.protected = workings.population.protected
        self.doubtful = workings.matching.doubtful
        self.claims = {key: one for one in workings.desired.unknown for key in one.keys}
        self.roster = workings.roster
        self.before = Bearers.before(users, workings.roster)
        self.after = Bearers.after(users, workings.roster)
        self.found = UsersUndone()
        self.renames: dict[str, tuple[CurrentUser, FieldNet]] = {}
        self.backs: dict[str, list[_Back]] = {}

    def at(self, scim_id: str, net: UserNet) -> None:
        """Look at one user."""
        user = self.lookup.users.get(scim_id)
        if user is None:
            unread = self.lookup.cannot_read(scim_id, net.name)
            why = (
                "was listed and could not be read" if unread else "is no longer in Asana's listing"
            )
            self._tell(net.name, f"{why}: nothing of it is put back")
        elif not user.active:
            self._tell(user.user_name, "is deactivated: nothing of it is put back")
        elif scim_id in self.protected:
            self._tell(user.user_name, "is protected: left as it is")
        elif scim_id in self.doubtful:
            if any(self._as_left(user, name, one) for name, one in net.fields.items()):
                self.found.unknown.append(self.doubtful[scim_id])
        else:
            for name in sorted(net.fields, key=(USER_TYPE, *ATTRIBUTES).index):
                self._field(user, name, net.fields[name])

    def _field(self, user: CurrentUser, name: str, net: FieldNet) -> None:
        if name == USER_TYPE:
            self._license(user, net)
        elif self._shows(user, name, net.before, self.before):
            return  # it is back already
        elif not self._shows(user, name, net.after, self.after):
            self._changed_since(user, name, net)
        elif name == USER_NAME:
            self._address(user, net)
        elif name == MANAGER:
            self._manager(user, net)
        else:
            self._put_back(user, FieldChange(name, user.attributes.get(name) or None, net.before),
                           net)  # fmt: skip

    def _shows(self, user: CurrentUser, name: str, value: str | None, then: Bearers) -> bool:
        """Whether the user has this value now; a manager has it by whoever that was."""
        asked = FieldChange(name, None, value)
        if name == MANAGER and value and (manager := then.user(value)):
            asked = FieldChange(name, None, manager.user_name, manager.id)
        return attribute(user, asked, self.lookup, value=asked.after) == asked.after

    def _as_left(self, user: CurrentUser, name: str, net: FieldNet) -> bool:
        """Whether the user still has what the run put there."""
        if name == USER_TYPE:
            return license_key(user.license) == license_key(net.after)
        before = self._shows(user, name, net.before, self.before)
        return not before and self._shows(user, name, net.after, self.after)

    def _address(self, user: CurrentUser, net: FieldNet) -> None:
        if not net.before:
            return
        doubt = self.claims.get(user_key(net.before))
        if doubt is None:
            self.renames[user.id] = user, net
            return
        # Whose it is stands in a record that nobody could make sense of.
        self.found.unknown.append(
            UnknownSubject(
                subject=net.before,
                what="person",
                reason=doubt.reason,
                hint=doubt.hint,
                origin=doubt.origin,
            )
        )

    def _manager(self, user: CurrentUser, net: FieldNet) -> None:
        manager = self.before.user(net.before) if net.before else None
        if net.before and (manager is None or not manager.active):
            text = f"manager {net.before} cannot be found in Asana for certain: left as it is"
            self._tell(user.user_name, text, net.origin)
            return
        reference = manager.id if manager else None
        self._put_back(user, FieldChange(MANAGER, net.after, net.before, reference), net)

    def _put_back(self, user: CurrentUser, change: FieldChange, net: FieldNet) -> None:
        self.backs.setdefault(user.id, []).append(_Back(change, net.origin))

    def _license(self, user: CurrentUser, net: FieldNet) -> None:
        now = license_key(user.license)
        if now != license_key(net.after):
            if now != license_key(net.before):
                self._changed_since(user, "license", net)
        elif net.before is None:
            text = f"Asana showed no licence before the run: it stays {user.license!r}"
            self._tell(user.user_name, text, net.origin)
        else:
            self.found.licenses.append(
                SetLicense(
                    ref=f"set_license:{named(user, self.roster)}",
                    reason=f"undo of run {self.run_id}: the licence was {net.before}",
                    origin=net.origin,
                    user_name=user.user_name,
                    scim_id=user.id,
                    before=user.license,
                    after=net.before,
                )
            )

    def _changed_since(self, user: CurrentUser, name: str, net: FieldNet) -> None:
        shown = {USER_NAME: user.user_name, "license": user.license, **user.attributes}.get(name)
        now = repr(shown) if shown else "empty"
        then = repr(net.after) if net.after else "empty"
        text = f"{name} is {now} now, and was {then} after the run: left as it is"
        self._tell(user.user_name, text, net.origin)

    def _tell(self, subject: str, text: str, origin: Origin | None = None) -> None:
        self.found.notices.append(Notice(subject=subject, text=text, origin=origin))


def _updates(
    run_id: str, backs: Mapping[str, Iterable[_Back]], addresses: Addresses, roster: Roster
) -> Iterator[UpdateUser]:
    """One update of each user, and a step aside before it for somebody in a circle."""
    plan = addresses.plan
    renamed = {addresses.pairs[key].current.id: addresses.pairs[key] for key in plan.renames}
    for scim_id in sorted(renamed.keys() | backs.keys()):
        pair, found = renamed.get(scim_id), list(backs.get(scim_id, ()))
        user = roster.by_id[scim_id]
        key = named(user, roster)
        waits: tuple[str, ...] = ()
        if pair is not None:
            key, aside = pair.desired.key, plan.parked.get(pair.desired.key, "")
            waits = plan.renames[key]
            if aside:
                step = step_aside(pair, aside)
                yield replace(step, reason=f"undo of run {run_id}: {step.reason}")
            found.insert(0, _address(pair, aside))
        names = ", ".join(one.change.field for one in found)
        yield UpdateUser(
            ref=update_ref(key),
            reason=f"undo of run {run_id}: {names} as before",
            origin=found[0].origin,
            depends_on=waits,
            user_name=user.user_name,
            scim_id=scim_id,
            changes=tuple(one.change for one in found),
        )


def _address(pair: Pair, aside: str) -> _Back:
    before = aside or pair.current.user_name
    return _Back(FieldChange(USER_NAME, before, pair.desired.user_name), pair.desired.origin)
