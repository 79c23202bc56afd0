"""What a run saw, in the terms of the ledger: who is there, who is missing, whose id is whose."""

from collections.abc import Iterable

from syncer.apply.ledger import Sighting
from syncer.core.names import user_key
from syncer.core.planning.recollection import key_attribute, recalled, tenant_key
from syncer.core.planning.roster import Roster, make_roster
from syncer.model.actions import DeactivateUser, SetLicense, UpdateUser
from syncer.model.memory import Memory
from syncer.model.outcome import Outcome, Result
from syncer.model.plan import Plan
from syncer.model.policy.config import Config
from syncer.model.state import CurrentState, DesiredState, DesiredUser, NotDesired, UserKey


def sighting(
    plan: Plan, desired: DesiredState, current: CurrentState, config: Config, memory: Memory
) -> Sighting:
    """What the ledger should learn from a run that made this plan.

    `current` is the newest reading of Asana: whom it no longer shows as a user is not absent
    but gone. Nothing is learned of people about whom the directory left doubt: their absence
    neither begins nor ends nor grows.
    """
    administrators = (
        frozenset(plan.facts.administrators) if plan.facts.administrators_read else None
    )
    if plan.undoes:
        # Whom such a plan changes need not be in the directory, and of those in doubt it names
        # only whom it concerns.
        return Sighting(tenant=tenant_key(plan.tenant), administrators=administrators)
    wanted = {user.key: user for user in desired.users}
    memory = recalled(memory, config)
    roster = make_roster(desired, current, config, memory)
    active = {user.id for user in current.users if user.active}
    leavers = _leavers(plan, desired)
    absent = {scim_id: name for scim_id, name in leavers.items() if scim_id in active}
    present = {
        *(user.id for user in current.users if user.key in wanted),
        # People who are matched by something else than their present address.
        *(one.scim_id for one in plan.actions if isinstance(one, UpdateUser) and one.scim_id),
        # Whom Asana no longer has, or no longer as a user, is not absent but gone.
        *(scim_id for scim_id in memory.absences if scim_id not in active),
    }
    return Sighting(
        tenant=tenant_key(plan.tenant),
        addresses=_addresses(desired, roster),
        ids=_identities(plan, desired, roster, memory),
        key_attribute=key_attribute(config),
        absent=absent,
        present=frozenset(present - absent.keys()),
        administrators=administrators,
    )


def deactivated(plan: Plan, outcomes: Iterable[Outcome]) -> dict[str, str]:
    """The addresses of the users whom this run deactivated, or may have, by SCIM id.

    A doubt counts, for this is what the guards see of earlier runs.
    """
    applied = {
        one.ref
        for one in outcomes
        if (one.result is Result.APPLIED or one.in_doubt) and one.requests
    }
    return {
        action.scim_id: action.user_name
        for action in plan.actions
        if isinstance(action, DeactivateUser) and action.ref in applied
    }


def _addresses(desired: DesiredState, roster: Roster) -> frozenset[UserKey]:
    """Every address of the directory, but for those that Asana gives to somebody else: whoever
    has one of them was not seen in the directory."""
    named: list[tuple[DesiredUser | NotDesired, tuple[UserKey, ...]]] = [
        *((user, (user.key, *user.previous)) for user in desired.users),
        *((person, person.keys) for person in desired.not_desired),
    ]
    return frozenset(
        key
        for person, keys in named
        for key in keys
        if not any(
            user.active and roster.strangers(person, user) for user in roster.by_key.get(key, ())
        )
    )


def _identities(
    plan: Plan, desired: DesiredState, roster: Roster, memory: Memory
) -> dict[str, str]:
    """SCIM ids by directory key, of people whose address alone says who they are.

    An address moves from one person to another, so it never overrules what is known: neither
    whose user this is, nor which living user a person has, nor a doubt of the plan.
    """
    doubted = {(one.subject, one.origin) for one in plan.unknown if one.what == "person"}
    found: dict[str, str] = {}
    for person in desired.users:
        holders = [user for user in roster.by_key.get(person.key, ()) if user.active]
        if person.directory_key is None or len(holders) != 1:
            continue
        (holder,) = holders
        own = roster.by_id.get(memory.ids.get(person.directory_key, ""))
        elsewhere = own is not None and own.active and own.id != holder.id
        doubtful = (person.user_name, person.origin) in doubted
        if not (elsewhere or doubtful or roster.strangers(person, holder)):
            found[person.directory_key] = holder.id
    return found


def _leavers(plan: Plan, desired: DesiredState) -> dict[str, str]:
    """Addresses by id of those who left: due, held or in grace."""
    known = {user.key for user in desired.users}
    known |= {key for person in desired.unknown for key in person.keys}
    found = {one.scim_id: one.user_name for one in plan.in_grace}
    for action in plan.actions:
        # Leavers may be set to view only instead; whoever the directory still wants is none.
        leaves = isinstance(action, DeactivateUser) or (
            isinstance(action, SetLicense) and user_key(action.user_name) not in known
        )
        if leaves and isinstance(action, DeactivateUser | SetLicense):
            found[action.scim_id] = action.user_name
    return found
