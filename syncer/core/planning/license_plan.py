"""Licences: upgrades, downgrades, licences of new people, and the budget of seats.

Seats that this very plan frees count, and who takes one waits for the action that frees it:
when that action fails or is held, the seat is not there.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from syncer.core.names import license_key
from syncer.core.planning.pairs import Pair
from syncer.core.planning.population import Population
from syncer.model.actions import CreateUser, DeactivateUser, SetLicense
from syncer.model.plan import Notice
from syncer.model.policy.config import Config
from syncer.model.policy.rules import LicensePolicy
from syncer.model.state import ENTERPRISE, VIEW_ONLY, CurrentState, DesiredUser, UserKey

_KNOWN: Final = (ENTERPRISE, VIEW_ONLY)
_DIVISION: Final = "licensingDivisionId"


@dataclass(frozen=True, slots=True)
class LicensePlan:
    """Licence changes, and the creates with their licences."""

    creates: tuple[CreateUser, ...]
    changes: tuple[SetLicense, ...]
    notices: tuple[Notice, ...]


def plan_licenses(
    population: Population,
    creates: tuple[CreateUser, ...],
    leaving: Iterable[DeactivateUser | SetLicense],
    current: CurrentState,
    config: Config,
) -> LicensePlan:
    """The licence of every managed person, as far as the seats go.

    People already in Asana come first, then new ones, both in the order of their addresses.
    """
    policy = config.licenses
    divided = tuple(_division_notices(population, config))
    if policy is None:
        return LicensePlan(creates, (), divided)
    if not current.license_support:
        text = "inactive: Asana returned no userType for anybody"
        return LicensePlan(creates, (), (Notice(subject="licenses", text=text),))
    licensing = _Licensing(policy, current, population)
    licensing.release(leaving)
    licensing.change()
    return LicensePlan(
        creates=tuple(licensing.start(create) for create in creates),
        changes=tuple(licensing.changes),
        notices=(*divided, *licensing.notices),
    )


def _division_notices(population: Population, config: Config) -> Iterable[Notice]:
    """Who is view only in Asana, of whom no rule speaks, and is put into a division.

    Where a rule asks for view only the reading of the directory has told of it already.
    """
    rule = config.mapping.licensing_division_id
    if rule is not None and rule.on == "create":
        return
    asked = [key for key, pair in population.pairs.items() if _DIVISION in pair.desired.attributes]
    for key in sorted(asked):
        pair = population.pairs[key]
        division = pair.desired.attributes[_DIVISION]
        joins = division not in {"", pair.current.attributes.get(_DIVISION)}
        if joins and not pair.desired.license and license_key(pair.current.license) == VIEW_ONLY:
            yield _divided(pair.desired)


def _divided(person: DesiredUser) -> Notice:
    # Documented: adding a view-only user to a division makes a paid user of him.
    text = f"view only with {_DIVISION}: Asana makes it a paid seat"
    return Notice(subject=person.user_name, text=text, origin=person.origin)


class _Seats:
    """The seats of one licence: free now, or freed by an action of this plan."""

    def __init__(self, budget: int | None, used: int) -> None:
        self.budget = budget
        self.free = 0 if budget is None else budget - used
        self.freed: deque[str] = deque()

    def release(self, ref: str) -> None:
        """One more seat once `ref` is applied; it first makes up for seats overdrawn."""
        if self.free < 0:
            self.free += 1
        else:
            self.freed.append(ref)

    def take(self) -> tuple[str, ...] | None:
        """The refs to wait for; None when no seat is left."""
        if self.budget is None:
            return ()
        if self.free > 0:
            self.free -= 1
            return ()
        return (self.freed.popleft(),) if self.freed else None


class _Licensing:
    """The state of one pass over everybody's licence."""

    def __init__(
        self, policy: LicensePolicy, current: CurrentState, population: Population
    ) -> None:
        self.policy = policy
        self.current = current
        self.population = population
        self.changes: list[SetLicense] = []
        self.notices: list[Notice] = []
        self.licenses = {user.id: license_key(user.license) for user in current.users}
        used = Counter(self.licenses[user.id] for user in current.users if user.active)
        # Whoever this plan brings back takes the seat of his old licence without asking.
        used.update(
            license_key(population.pairs[key].current.license) for key in population.awaited
        )
        self.seats = {name: _Seats(policy.seats.get(name), used[name]) for name in _KNOWN}

    def release(self, leaving: Iterable[DeactivateUser | SetLicense]) -> None:
        """Count the seats of leavers whom nothing holds back."""
        for action in sorted(leaving, key=lambda action: action.ref):
            held = self.licenses.get(action.scim_id)
            if not action.held and held in self.seats:
                self.seats[held].release(action.ref)
                if isinstance(action, SetLicense):
                    self.seats[VIEW_ONLY].free -= 1

    def change(self) -> None:
        """Plan downgrades, then upgrades: the ones make room for the others."""
        upgrades: list[Pair] = []
        for key in sorted(self.population.pairs):
            pair = self.population.pairs[key]
            wanted, have = pair.desired.license, self.licenses[pair.current.id]
            if wanted is None or wanted == have:
                continue
            if have not in _KNOWN:
                self._leave_alone(pair, have)
            elif wanted == VIEW_ONLY:
                self._downgrade(pair)
            else:
                upgrades.append(pair)
        for pair in upgrades:
            self._upgrade(pair)

    def start(self, create: CreateUser) -> CreateUser:
        """The create with its licence, held when there is no seat and the policy says so."""
        person = self.population.joiners[_key_of(create)]
        wanted = person.license or person.license_if_new
        if wanted is None:
            return create
        waits = self.seats[wanted].take()
        if waits is None and wanted == ENTERPRISE and self.policy.when_full == "view only":
            self._tell(person, "is created as view only: " + self._full(ENTERPRISE))
            wanted, waits = VIEW_ONLY, self.seats[VIEW_ONLY].take()
        if wanted == VIEW_ONLY != person.license and person.attributes.get(_DIVISION):
            self.notices.append(_divided(person))
        if waits is None:
            return replace(create, license=wanted, held=self._full(wanted))
        return replace(create, license=wanted, depends_on=(*create.depends_on, *waits))

    def _downgrade(self, pair: Pair) -> None:
        if not self.policy.downgrade:
            self._tell(pair.desired, "keeps enterprise: licenses.downgrade is false")
            return
        action = self._set(pair, VIEW_ONLY)
        self.changes.append(action)
        self.seats[ENTERPRISE].release(action.ref)
        self.seats[VIEW_ONLY].free -= 1

    def _upgrade(self, pair: Pair) -> None:
        waits = self.seats[ENTERPRISE].take()
        if waits is not None:
            action = self._set(pair, ENTERPRISE, waits=waits)
            self.seats[VIEW_ONLY].release(action.ref)
        elif self.policy.when_full == "view only":
            self._tell(pair.desired, "stays view only: " + self._full(ENTERPRISE))
            return
        else:
            action = self._set(pair, ENTERPRISE, held=self._full(ENTERPRISE))
        self.changes.append(action)

    def _set(
        self,
        pair: Pair,
        after: str,
        *,
        waits: tuple[str, ...] = (),
        held: str = "",
    ) -> SetLicense:
        person = pair.desired
        awaited = self.population.awaited.get(person.key)
        return SetLicense(
            ref=f"set_license:{person.key}",
            reason=person.license_reason or "licence rule",
            origin=person.origin,
            depends_on=(*(() if awaited is None else (awaited,)), *waits),
            held=held,
            user_name=pair.current.user_name,
            scim_id=pair.current.id,
            before=pair.current.license,
            after=after,
        )

    def _full(self, name: str) -> str:
        budget = self.seats[name].budget
        return f"no free {name} seat: all {budget} of licenses.seats are taken"

    def _leave_alone(self, pair: Pair, have: str | None) -> None:
        shown = "no userType" if have is None else f"userType {pair.current.license!r}"
        self._tell(pair.desired, f"has {shown} in Asana, which is left alone")

    def _tell(self, person: DesiredUser, text: str) -> None:
        self.notices.append(Notice(subject=person.user_name, text=text, origin=person.origin))


def _key_of(create: CreateUser) -> UserKey:
    return UserKey(create.ref.partition(":")[2])


def would_change_license(pair: Pair, policy: LicensePolicy | None) -> bool:
    """Whether a protected person's licence differs from what a rule asks for."""
    wanted = pair.desired.license
    return policy is not None and wanted not in {None, license_key(pair.current.license)}
