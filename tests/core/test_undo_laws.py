"""What holds of any run and its undo: what was there is as it was, or it is told why not."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.apply.evidence import change_of, subject
from syncer.apply.past import _change
from syncer.core.names import license_key, plain, team_key, user_key
from syncer.core.planner import work_out
from syncer.core.planning.parking import make_parking
from syncer.core.undoing.plan import undo_plan
from syncer.model.actions import Action, ChangeMembers, CreateTeam, CreateUser, UpdateUser
from syncer.model.origin import Origin
from syncer.model.past import PastChange, PastRun
from syncer.model.plan import Plan
from syncer.model.state import CurrentState, CurrentTeam, CurrentUser
from tests.core.obey import obey
from tests.core.plan_input import NOW, PlanInput
from tests.core.test_plan_laws import everyone, worlds

LAW = settings(deadline=None, derandomize=True, max_examples=120)


def past_of(plan: Plan) -> PastRun:
    """The run that carried this plan out, as its journal would tell it."""
    changes = (_past(line, action) for line, action in enumerate(plan.runnable, 2))
    return PastRun(run_id="r1", tenant="sandbox", changes=tuple(changes))


def _past(line: int, action: Action) -> PastChange:
    told = change_of(_identified(action))
    entry = {"kind": action.kind, **subject(action), **told}
    return _change(entry, _id(action), Origin("journal/r1.jsonl", line))


def _id(action: Action) -> str:
    match action:
        case CreateUser():
            return f"new {user_key(action.user_name)}"
        case CreateTeam():
            return f"new {action.team}"
        case ChangeMembers(scim_id=None):
            return f"new {action.team}"
        case UpdateUser(scim_id=None):
            return f"new {user_key(action.user_name)}"
        case _:
            return str(action.scim_id)


def _identified(action: Action) -> Action:
    """A journal has the ids of those who were created meanwhile."""
    if not isinstance(action, ChangeMembers):
        return action
    add = tuple(
        replace(one, scim_id=one.scim_id or f"new {user_key(one.user)}") for one in action.add
    )
    return replace(action, add=add)


def undo_of(run: PastRun, world: PlanInput, current: CurrentState) -> Plan:
    desired, config = world.desired, world.config
    ordinary, workings = work_out(desired, current, config, world.memory, NOW)
    parking = make_parking(desired, current, workings.roster, config)
    return undo_plan(run, ordinary, workings, current, config, parking)


def users_of(state: CurrentState) -> Mapping[str, CurrentUser]:
    return {user.id: user for user in state.users}


def teams_of(state: CurrentState) -> Mapping[str, CurrentTeam]:
    return {team.id: team for team in state.teams}


def shown(user: CurrentUser, state: CurrentState) -> dict[str, str | None]:
    """What an undo is about, without spelling that nobody compares."""
    texts = {name: plain(text) for name, text in user.attributes.items() if plain(text)}
    if manager := texts.get("manager"):
        # Asana shows whom it can find by now, also where that person came with the run.
        ids = {one.key: one.id for one in state.users}
        texts["manager"] = ids.get(user_key(manager), manager)
    return {**texts, "userName": user.key, "userType": license_key(user.license)}


def fields_of(run: PastRun, scim_id: str) -> set[str]:
    """The attributes of this user that the run changed.

    Two users with one address, one of them deactivated, are one manager to a journal.
    """
    changes = [one for one in run.changes if one.scim_id == scim_id]
    return {
        name for one in changes for name in one.after if one.before.get(name) != one.after[name]
    }


def told_of(plan: Plan) -> set[str]:
    """Everybody and everything of whom a plan says that something is left."""
    held = {action.user_name for action in plan.held if hasattr(action, "user_name")}
    return {*(one.subject for one in plan.notices), *(one.subject for one in plan.manual), *held}


@LAW
@given(worlds())
def test_who_was_there_is_as_before_or_it_is_told_why_not(world: PlanInput) -> None:
    before = obey(Plan(), world.current)
    plan = replace(world, current=before).plan()
    between = obey(plan, before)
    run = past_of(plan)
    undo = undo_of(run, world, between)
    after = obey(undo, between)
    told = told_of(undo)
    for scim_id, user in users_of(before).items():
        now, then = shown(users_of(after)[scim_id], after), shown(user, after)
        if any(now.get(name) != then.get(name) for name in fields_of(run, scim_id)):
            assert users_of(between)[scim_id].user_name in told
    for scim_id, team in teams_of(before).items():
        now_team = teams_of(after)[scim_id]
        left = {user.id for user in between.users if not user.active}
        # Asana takes whom it deactivates out of the teams, and only an invitation brings back.
        same = (now_team.members or frozenset()) - left == (team.members or frozenset()) - left
        if plain(now_team.name) != plain(team.name) or not same:
            assert told & {teams_of(between)[scim_id].name, now_team.name}
    assert undo_of(run, world, after).runnable == ()


@LAW
@given(worlds())
def test_an_undo_touches_nothing_that_the_run_did_not_touch(world: PlanInput) -> None:
    before = obey(Plan(), world.current)
    plan = replace(world, current=before).plan()
    between = obey(plan, before)
    run = past_of(plan)
    undo = undo_of(run, world, between)
    ids = {id_ for one in run.changes for id_ in (one.scim_id, *_members(one))}
    touched = {id_ for action in undo.actions for id_ in (_id(action), *everyone(action))}
    assert touched <= ids
    for action in undo.actions:
        if isinstance(action, UpdateUser):
            names = {change.field for change in action.changes}
            assert names <= fields_of(run, str(action.scim_id))
    assert {a.kind for a in undo.actions} <= {
        "update_user",
        "set_license",
        "rename_team",
        "change_members",
    }
    protected = {user.id for user in between.users if user.key.startswith("svc-")}
    assert not touched & protected
    assert not [
        team for team in undo.actions if "executive" in team_key(getattr(team, "team", "x"))
    ]


def _members(one: PastChange) -> set[str]:
    return {str(member.scim_id) for member in (*one.add, *one.remove)}


@LAW
@given(worlds(), st.data())
def test_what_somebody_changed_since_is_never_overwritten(
    world: PlanInput, data: st.DataObject
) -> None:
    before = obey(Plan(), world.current)
    plan = replace(world, current=before).plan()
    between = obey(plan, before)
    run = past_of(plan)
    meddled = {user.id for user in between.users if data.draw(st.booleans())}
    since = tuple(
        replace(user, attributes={**user.attributes, "title": "Since"}, license="Since")
        if user.id in meddled
        else user
        for user in between.users
    )
    between = replace(between, users=since)
    undo = undo_of(run, world, between)
    after = obey(undo, between)
    for scim_id in meddled:
        now = users_of(after)[scim_id]
        assert (now.attributes["title"], now.license) == ("Since", "Since")
    assert undo_of(run, world, after).runnable == ()
