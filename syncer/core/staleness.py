"""Whether a saved plan still fits: the records it touches compared with how it saw them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from syncer.core.explain import Difference, Leaf, differences, shown
from syncer.core.names import plain, team_key, user_key
from syncer.core.verification import Lookup, attribute, named, unmet, unmet_reasons
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    FieldChange,
    ReactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.plan import Plan, Touched, TouchedAbsence, TouchedTeam, TouchedUser
from syncer.model.state import USER_NAME, CurrentState, CurrentTeam, CurrentUser

_GONE = "is no longer in Asana's listing"
_UNREAD = "was listed and could not be read"
_THEN = "when the plan was made"


@dataclass(slots=True)
class _Promises:
    """What the plan itself will do to one record, by field; several values where it acts
    twice on one field (an address parked elsewhere while two people swap theirs)."""

    values: dict[str, list[FieldChange]] = field(default_factory=lambda: defaultdict(list))
    active: bool | None = None
    license: str | None = None
    name: str | None = None
    members: dict[str, bool] = field(default_factory=dict)


def stale_differences(
    plan: Plan, current: CurrentState, *, resume: bool = False
) -> tuple[str, ...]:
    """What has moved since the plan was made, exactly, one line each; empty when nothing has.

    With `resume` a record may also be as the plan would leave it: a run of this same plan was
    interrupted or failed in part.
    """
    lookup = Lookup.of(current, plan.any_case)
    return tuple(line for _, line in _differences(plan, lookup, resume=resume))


def stale_actions(plan: Plan, current: CurrentState, *, resume: bool = False) -> Mapping[str, str]:
    """By ref, why an action no longer fits: some record that it touches has moved."""
    lines: dict[str, list[str]] = defaultdict(list)
    lookup = Lookup.of(current, plan.any_case)
    for touched, line in _differences(plan, lookup, resume=resume):
        for action in plan.actions:
            if _concerns(touched, action):
                lines[action.ref].append(line)
    return {ref: named(found) for ref, found in lines.items()}


def already_done(plan: Plan, current: CurrentState) -> frozenset[str]:
    """The refs of the runnable actions that are in effect, or were and are replaced by now."""
    reasons = unmet_reasons(plan.runnable, Lookup.of(current, plan.any_case))
    return frozenset(ref for ref, reason in reasons.items() if not reason)


def _differences(plan: Plan, lookup: Lookup, *, resume: bool) -> Iterator[tuple[Touched, str]]:
    everything = _promises(plan.actions)
    accepted = _promises(plan.runnable) if resume else {}
    people = _names(plan)
    for touched in plan.touched:
        match touched:
            case TouchedUser():
                before = everything.get(touched.scim_id, _Promises())
                after = accepted.get(touched.scim_id, _Promises())
                lines = _user_lines(touched, lookup, before, after)
            case TouchedTeam():
                after = accepted.get(touched.scim_id, _Promises())
                lines = _team_lines(touched, lookup, after, people)
            case TouchedAbsence():
                lines = _absence_lines(touched, lookup, plan.runnable if resume else ())
        for line in lines:
            yield touched, line


def _promises(actions: tuple[Action, ...]) -> dict[str, _Promises]:
    """What the actions will do to the records that exist, by SCIM id."""
    found: dict[str, _Promises] = defaultdict(_Promises)
    for action in actions:
        match action:
            case UpdateUser(scim_id=str(scim_id)):
                for change in action.changes:
                    found[scim_id].values[change.field].append(change)
            case SetLicense():
                found[action.scim_id].license = action.after
            case DeactivateUser() | ReactivateUser():
                found[action.scim_id].active = isinstance(action, ReactivateUser)
            case RenameTeam():
                found[action.scim_id].name = action.team
            case ChangeMembers(scim_id=str(scim_id)):
                members = found[scim_id].members
                members.update({one.scim_id: True for one in action.add if one.scim_id})
                members.update({one.scim_id: False for one in action.remove if one.scim_id})
    return dict(found)


def _user_lines(
    touched: TouchedUser, lookup: Lookup, before: _Promises, after: _Promises
) -> Iterator[str]:
    subject = f"user {touched.user_name} (id {touched.scim_id})"
    user = lookup.users.get(touched.scim_id)
    if user is None:
        if lookup.cannot_read(touched.scim_id, touched.user_name):
            yield f"{subject} {_UNREAD}"
        elif after.active is not False:
            # Asana may hide a user whom this plan has deactivated already.
            yield f"{subject} {_GONE}"
        return
    expected: dict[str, Leaf] = {USER_NAME: touched.user_name, **touched.attributes}
    for name, changes in before.values.items():
        expected.setdefault(name, changes[0].before)
    found = {name: _found(user, name, value, after, lookup) for name, value in expected.items()}
    expected |= {"active": touched.active, "license": touched.license}
    found["active"] = touched.active if user.active == after.active else user.active
    ours = user.license is not None and user.license == after.license
    found["license"] = touched.license if ours else user.license
    for one in differences(expected, found):
        yield f"{subject}: {_then_and_now(one)}"


def _found(user: CurrentUser, name: str, value: Leaf, after: _Promises, lookup: Lookup) -> Leaf:
    """What the user has in this field now, or `value` where that or our own doing is there."""
    for change in after.values.get(name, ()):
        if attribute(user, change, lookup, value=change.after) == change.after:
            return value
    text = None if value is None else str(value)
    return attribute(user, FieldChange(name, None, text), lookup, value=text)


def _team_lines(
    touched: TouchedTeam, lookup: Lookup, after: _Promises, people: Mapping[str, str]
) -> Iterator[str]:
    subject = f"team {touched.name} (id {touched.scim_id})"
    team = lookup.teams.get(touched.scim_id)
    if team is None:
        yield f"{subject} {_GONE}"
        return
    names = {plain(touched.name), plain(after.name or touched.name)}
    now = touched.name if plain(team.name) in names else team.name
    for one in differences({"name": touched.name}, {"name": now}):
        yield f"{subject}: {_then_and_now(one)}"
    if touched.members and team.members is None:
        yield f"{subject}: its members could not be read"
        return
    for one in differences(touched.members, _members(touched, team, after)):
        who = people.get(one.path[0], f"the user of id {one.path[0]}")
        is_now = "is a member now, and was none" if one.found else "is no member, and was one"
        yield f"{subject}: {who} {is_now} {_THEN}"


def _members(touched: TouchedTeam, team: CurrentTeam, after: _Promises) -> dict[str, bool]:
    found = {scim_id: scim_id in (team.members or ()) for scim_id in touched.members}
    ours = {scim_id for scim_id, now in found.items() if after.members.get(scim_id) is now}
    return {scim_id: touched.members[scim_id] if scim_id in ours else now
            for scim_id, now in found.items()}  # fmt: skip


def _absence_lines(
    touched: TouchedAbsence, lookup: Lookup, ours: tuple[Action, ...]
) -> Iterator[str]:
    made = [action for action in ours if _makes(touched, action, lookup)]
    if touched.kind == "no_team":
        teams = lookup.teams_by_key.get(team_key(touched.name), ())
        if teams and not made:
            yield f"team {touched.name} is there (id {teams[0].id}), and was not {_THEN}"
        return
    user = lookup.users_by_key.get(user_key(touched.name))
    subject = f"user {touched.name}"
    if user is None:
        if lookup.cannot_read(None, touched.name):
            yield f"{subject} {_UNREAD}"
    elif not made:
        yield f"{subject} is there (id {user.id}), and was not {_THEN}"
    else:
        # Ours by its address; by its attributes it may have been somebody else's doing.
        reasons = [unmet(action, lookup) for action in made]
        if all(reasons):
            yield f"{subject} is there (id {user.id}), and not as planned: {reasons[0]}"


def _makes(touched: TouchedAbsence, action: Action, lookup: Lookup) -> bool:
    """Whether the one who is there now is there by this action."""
    if not _claims(touched, action):
        return False
    if not isinstance(action, UpdateUser):
        return True
    holder = lookup.user(action.scim_id, action.user_name)
    return holder is lookup.users_by_key.get(user_key(touched.name))


def _claims(touched: TouchedAbsence, action: Action) -> bool:
    """Whether the action needs this address or team name to be free."""
    if touched.kind == "no_team":
        if not isinstance(action, CreateTeam | RenameTeam):
            return False
        return team_key(action.team) == team_key(touched.name)
    match action:
        case CreateUser():
            addresses = {action.user_name}
        case UpdateUser():
            addresses = {one.after or "" for one in action.changes if one.field == USER_NAME}
        case _:
            addresses = set()
    return user_key(touched.name) in {user_key(address) for address in addresses}


def _concerns(touched: Touched, action: Action) -> bool:
    if isinstance(touched, TouchedAbsence):
        return _claims(touched, action)
    return getattr(action, "scim_id", None) == touched.scim_id


def _then_and_now(one: Difference) -> str:
    now, then = shown(one.found), shown(one.expected)
    return f"{'.'.join(one.path)} is {now}, the plan was made when it was {then}"


def _names(plan: Plan) -> dict[str, str]:
    """The addresses that the plan itself gives to the ids in its membership changes."""
    changes = (action for action in plan.actions if isinstance(action, ChangeMembers))
    return {
        one.scim_id: one.user
        for action in changes
        for one in (*action.add, *action.remove)
        if one.scim_id
    }
