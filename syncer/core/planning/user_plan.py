"""Create and update users: attributes, renames, and managers in their own second step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from syncer.core.planning.addresses import AddressPlan, is_renamed, update_ref
from syncer.core.planning.diff import attribute_changes, initial_attributes
from syncer.core.planning.managers import Managers, ManagerTarget, create_ref
from syncer.core.planning.pairs import Pair
from syncer.core.planning.parking import parked_ref
from syncer.core.planning.population import Population
from syncer.model.actions import CreateUser, FieldChange, UpdateUser
from syncer.model.plan import Notice
from syncer.model.state import MANAGER, USER_NAME, DesiredUser, UserKey


@dataclass(frozen=True, slots=True)
class UserPlan:
    """The creates and updates of a plan, before licences."""

    creates: tuple[CreateUser, ...]
    updates: tuple[UpdateUser, ...]
    notices: tuple[Notice, ...]


class _ManagerStep(NamedTuple):
    """What becomes of one person's manager: at once, in a second step, or only a remark."""

    change: FieldChange | None = None
    after: str = ""
    missing: str = ""


_NOTHING: Final = _ManagerStep()


def plan_users(
    population: Population,
    addresses: AddressPlan,
    managers: Managers,
    create_only: frozenset[str],
    any_case: frozenset[str],
) -> UserPlan:
    """Every create and update, in key order."""
    creates: list[CreateUser] = []
    updates: list[UpdateUser] = []
    notices: list[Notice] = []
    for key in sorted(addresses.creates):
        person = population.joiners[key]
        step = _first_manager(person, managers)
        creates.append(_create(person, addresses.creates[key], step))
        if step.change is not None and step.after:
            waits = tuple(dict.fromkeys((create_ref(key), step.after)))
            updates.append(_second_step(person, None, person.user_name, step.change, waits))
        notices += _missing(person, step)
    for key in sorted(population.pairs):
        pair = population.pairs[key]
        step = _next_manager(pair, managers, create_only)
        awaited = (population.awaited[key],) if key in population.awaited else ()
        now = () if step.change is None or step.after else (step.change,)
        changes = attribute_changes(pair.desired.attributes, pair.current, create_only, any_case)
        aside = addresses.parked.get(key, "")
        if not (changes or aside or key in addresses.renames or step != _NOTHING):
            continue
        if aside:
            updates.append(step_aside(pair, aside, awaited))
        updates += _update(pair, addresses.renames, (*changes, *now), awaited, aside)
        if step.change is not None and step.after:
            user = pair.current
            waits = tuple(dict.fromkeys((*awaited, step.after)))
            updates.append(_second_step(pair.desired, user.id, user.user_name, step.change, waits))
        notices += _missing(pair.desired, step)
    notices.sort(key=lambda notice: notice.subject)
    return UserPlan(tuple(creates), tuple(updates), tuple(notices))


def would_change(
    pair: Pair, managers: Managers, create_only: frozenset[str], any_case: frozenset[str]
) -> bool:
    """Whether a person who is protected differs from what the directory asks for."""
    changes = attribute_changes(pair.desired.attributes, pair.current, create_only, any_case)
    return (
        is_renamed(pair, create_only, any_case)
        or bool(changes)
        or _next_manager(pair, managers, create_only).change is not None
    )


def _create(person: DesiredUser, waits: tuple[str, ...], step: _ManagerStep) -> CreateUser:
    manager = () if step.change is None or step.after else (step.change,)
    return CreateUser(
        ref=create_ref(person.key),
        reason="in the directory, not in Asana",
        origin=person.origin,
        depends_on=waits,
        user_name=person.user_name,
        attributes=(*initial_attributes(person), *manager),
    )


def _update(
    pair: Pair,
    renames: Mapping[UserKey, tuple[str, ...]],
    changes: tuple[FieldChange, ...],
    awaited: tuple[str, ...],
    aside: str,
) -> Iterable[UpdateUser]:
    person, user = pair.desired, pair.current
    if not changes and person.key not in renames:
        return
    rename: tuple[FieldChange, ...] = ()
    told = [change.field for change in changes]
    reason = f"{', '.join(told)} {'differs' if len(told) == 1 else 'differ'} from the directory"
    if person.key in renames:
        rename = (FieldChange(USER_NAME, aside or user.user_name, person.user_name),)
        how = ", in letter case alone" if person.key == user.key else ""
        how = f" by way of {aside}" if aside else how
        reason = f"renamed from {user.user_name}{how}" + (f"; {reason}" if told else "")
    yield UpdateUser(
        ref=update_ref(person.key),
        reason=reason,
        origin=person.origin,
        depends_on=(*awaited, *renames.get(person.key, ())),
        user_name=user.user_name,
        scim_id=user.id,
        changes=(*rename, *changes),
    )


def step_aside(pair: Pair, address: str, awaited: tuple[str, ...] = ()) -> UpdateUser:
    """The first of two steps of somebody in a circle: to a temporary address."""
    user = pair.current
    return UpdateUser(
        ref=parked_ref(pair.desired.key),
        reason="a temporary address, for addresses go round in a circle; "
        "lifecycle.address_cycles is temporary",
        origin=pair.desired.origin,
        depends_on=awaited,
        consequences=(
            f"until the change to {pair.desired.user_name} mail to {address} is lost",
            "if the run stops in between, the next one finds the person by directory key",
        ),
        user_name=user.user_name,
        scim_id=user.id,
        changes=(FieldChange(USER_NAME, user.user_name, address),),
    )


def _second_step(
    person: DesiredUser,
    scim_id: str | None,
    user_name: str,
    change: FieldChange,
    waits: tuple[str, ...],
) -> UpdateUser:
    return UpdateUser(
        ref=f"{update_ref(person.key)}:{MANAGER}",
        reason="second step, once the manager is in Asana",
        origin=person.origin,
        depends_on=waits,
        user_name=user_name,
        scim_id=scim_id,
        changes=(change,),
    )


def _first_manager(person: DesiredUser, managers: Managers) -> _ManagerStep:
    key = person.attributes.get(MANAGER)
    if not key:
        return _NOTHING
    target = managers.target(UserKey(key))
    return _ManagerStep(missing=key) if target is None else _set(None, target)


def _next_manager(pair: Pair, managers: Managers, create_only: frozenset[str]) -> _ManagerStep:
    key = pair.desired.attributes.get(MANAGER)
    if key is None or MANAGER in create_only:
        return _NOTHING
    shown = pair.current.attributes.get(MANAGER)
    if shown and managers.is_user(UserKey(key), shown):
        return _NOTHING
    present = managers.present(pair.current)
    before = present.user_name if present else pair.current.attributes.get(MANAGER) or None
    if not key:
        return _ManagerStep(None if before is None else FieldChange(MANAGER, before, None))
    target = managers.target(UserKey(key))
    if target is None:
        right_already = present is not None and present.key == key
        return _NOTHING if right_already else _ManagerStep(missing=key)
    if present is not None and present.id == target.scim_id:
        return _NOTHING
    return _set(before, target)


def _set(before: str | None, target: ManagerTarget) -> _ManagerStep:
    change = FieldChange(MANAGER, before, target.address, target.scim_id)
    return _ManagerStep(change, target.after)


def _missing(person: DesiredUser, step: _ManagerStep) -> Iterable[Notice]:
    if step.missing:
        yield Notice(
            subject=person.user_name,
            text=f"manager {step.missing} is not going to be in Asana: left as it is",
            origin=person.origin,
        )
