"""What holds whatever the rules of the config say: the main job, on generated configs."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.desired import desire
from syncer.core.guards import hold, judge
from syncer.core.names import clean, covering, domain_of, plain, team_key, user_key
from syncer.core.plan_document import document_json, make_document
from syncer.core.planner import build_plan
from syncer.model.actions import (
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.memory import Memory
from syncer.model.origin import Size
from syncer.model.plan import Plan
from syncer.model.policy.config import Config
from syncer.model.policy.limits import Approval, GuardPolicy
from syncer.model.state import CurrentState, DesiredState
from tests.core.directory_input import config_of, snapshot_of, where
from tests.core.obey import obey
from tests.core.plan_input import current_state
from tests.core.rule_meaning import Row, World
from tests.core.rule_worlds import worlds

LAW = settings(deadline=None, derandomize=True, max_examples=150)
NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
COVERS = covering(["svc-*@example.com"])


def desired_of(world: World, seed: int | None = None) -> DesiredState:
    people, groups = list(world.people), sorted(world.groups.items())
    rows: list[dict[str, Any]] = [{**row, "at": at} for at, row in enumerate(people, 2)]
    listed: list[dict[str, Any]] = [
        {"name": name, "members": members, "at": at}
        for at, (name, members) in enumerate(groups, 2)
    ]
    if seed is not None:
        random.Random(seed).shuffle(rows)
        random.Random(seed).shuffle(listed)
    snapshot = snapshot_of({"people": rows, "groups": listed})
    desired = desire(snapshot, policy(world), where)
    wrong = [one for one in desired.problems if one.size is Size.STRUCTURAL]
    assert not wrong, wrong
    return desired.state


def policy(world: World) -> Config:
    return config_of(world.config)


def tenant(world: World) -> CurrentState:
    return current_state({"asana": world.users, "asana_teams": world.teams})


def memory(world: World) -> Memory:
    return Memory(seen=frozenset(map(user_key, world.seen)), exists=bool(world.seen))


def plan_of(world: World, current: CurrentState | None = None) -> Plan:
    there = tenant(world) if current is None else current
    return build_plan(desired_of(world), there, policy(world), memory(world), NOW)


@LAW
@given(worlds())
def test_obeying_the_plan_leaves_nothing_to_do(world: World) -> None:
    after = obey(plan_of(world), tenant(world))
    assert plan_of(world, after).runnable == ()


@LAW
@given(worlds(), st.integers(0, 3))
def test_the_order_of_the_input_does_not_count(world: World, seed: int) -> None:
    current = tenant(world)
    mixed = replace(
        current,
        users=tuple(random.Random(seed).sample(current.users, len(current.users))),
        teams=tuple(random.Random(seed).sample(current.teams, len(current.teams))),
    )
    again = build_plan(desired_of(world, seed), mixed, policy(world), memory(world), NOW)
    texts = {
        document_json(make_document(plan, created_at=NOW, version="1"))
        for plan in (plan_of(world), again)
    }
    assert len(texts) == 1


@LAW
@given(worlds())
def test_what_the_config_does_not_name_is_in_no_action(world: World) -> None:
    named = {"userName", *world.config["mapping"]}
    teams = {team_key(name) for name in world.crowds}
    if any("for_each_group" in rule for rule in world.config["teams"] or ()):
        teams |= {team_key("T red"), team_key("T blue")}
    for action in plan_of(world).actions:
        match action:
            case CreateUser():
                assert {change.field for change in action.attributes} <= named
                assert action.license is None or "licenses" in world.config
            case UpdateUser():
                assert {change.field for change in action.changes} <= named
                assert not any(one.create_only for one in changed_by(action, world))
                assert not action.rename or world.config["mapping"]["userName"] == "mail"
            case SetLicense():
                leaves = world.config["lifecycle"]["leavers"] == "view only"
                assert "licenses" in world.config or leaves
            case CreateTeam() | ChangeMembers():
                assert team_key(action.team) in teams
            case RenameTeam():
                assert team_key(action.team) in teams
                assert action.before == "Old"
            case _:
                pass


def changed_by(action: UpdateUser, world: World) -> list[Any]:
    return [
        world.mapping[change.field] for change in action.changes if change.field in world.mapping
    ]


@LAW
@given(worlds())
def test_nobody_protected_foreign_or_in_doubt_is_touched(world: World) -> None:
    rows = world.in_doubt()
    doubtful = {user_key(row["mail"]) for row in rows if "@" in row["mail"]}
    doubtful |= {user_key(name) for row in rows for name in world.addresses_of(row)}
    fixed = {
        user["id"]
        for user in world.users
        if COVERS(user["is"])
        or domain_of(user["is"]) != "example.com"
        or user_key(user["is"]) in doubtful
        or numbered(user, rows, world)
    }
    for action in plan_of(world).actions:
        touched = {getattr(action, "scim_id", None)}
        if isinstance(action, ChangeMembers):
            touched = {one.scim_id for one in (*action.add, *action.remove)}
        assert not touched & fixed, action
        if isinstance(action, CreateUser):
            assert not COVERS(action.user_name)
            assert user_key(action.user_name) not in doubtful


def numbered(user: Mapping[str, Any], rows: list[Row], world: World) -> bool:
    """Whether the user has the directory key of one of these rows."""
    keyed = world.config["directory"]["key"] is not None
    numbers = {row["employeeNumber"] for row in rows} - {""}
    return keyed and user.get("employeeNumber") in numbers


def wanted(world: World) -> dict[str, Row]:
    """Sound rows of people whom the directory wants, by key."""
    doubtful = world.in_doubt()
    rows = [row for row in world.people if world.wants(row) and row not in doubtful]
    return {user_key(row["mail"]): row for row in rows}


@LAW
@given(worlds())
def test_nobody_whom_the_directory_wants_is_deactivated(world: World) -> None:
    rows = wanted(world)
    keep = {user["id"] for user in world.users if numbered(user, list(rows.values()), world)}
    keep |= {
        user["id"]
        for user in world.users
        if user_key(user["is"]) in rows and "employeeNumber" not in user
    }
    gone = {one.scim_id for one in plan_of(world).actions if isinstance(one, DeactivateUser)}
    assert not gone & keep


@LAW
@given(worlds())
def test_people_end_up_with_what_the_rules_say(world: World) -> None:
    plan = plan_of(world)
    before, after = tenant(world), obey(plan, tenant(world))
    old = {user.id: user for user in before.users}
    rows = wanted(world)
    spoken = {user_key(one.subject) for one in plan.unknown}
    spoken |= {user_key(one.subject) for one in plan.manual}
    for user in after.users:
        row = rows.get(user.key)
        if row is None or not user.active or user.key in spoken or COVERS(user.user_name):
            continue
        if user.attributes.get("employeeNumber", row["employeeNumber"]) != row["employeeNumber"]:
            continue  # somebody else of the directory, who has the address still
        was = old.get(user.id)
        for attribute, rule in world.mapping.items():
            have = plain(user.attributes.get(attribute, ""))
            expected = rule.expected(row, world.groups_of(row))
            if expected is None or (rule.create_only and was is not None):
                assert have == ("" if was is None else plain(was.attributes.get(attribute, "")))
            else:
                assert have == clean(expected), (user, attribute)


@LAW
@given(worlds())
def test_licences_go_by_the_first_rule(world: World) -> None:
    rows = wanted(world)
    for action in plan_of(world).actions:
        # A person whose new address is not given yet goes by the address of the directory.
        row = rows.get(user_key(action.ref.partition(":")[2]))
        if isinstance(action, SetLicense) and row is not None:
            assert action.after == world.license_of(row)
            if action.downgrade:
                assert world.config["licenses"]["downgrade"]
        if isinstance(action, CreateUser) and action.license and row is not None:
            policy = world.config["licenses"]
            asked = world.license_of(row) or policy["default"]
            full = policy["when_full"] == "view only" and action.license == "view only"
            assert action.license == asked or full


@LAW
@given(worlds())
def test_teams_gain_and_lose_by_their_rule(world: World) -> None:
    rows = wanted(world)
    modes = {rule["name"]: rule.get("mode") for rule in world.config["teams"] or ()}
    for action in plan_of(world).actions:
        if not isinstance(action, ChangeMembers) or action.team not in world.crowds:
            continue
        assert modes[action.team] != "report"
        for one in action.add:
            assert world.in_crowd(action.team, row_of(one.user, one.scim_id, rows, world))
        for one in action.remove:
            assert modes[action.team] == "exact"
            row = rows.get(user_key(one.user))
            if row is not None and "employeeNumber" not in user_of(one.scim_id, world):
                assert not world.in_crowd(action.team, row)


def user_of(scim_id: str | None, world: World) -> Mapping[str, Any]:
    return next(user for user in world.users if user["id"] == scim_id)


def row_of(name: str, scim_id: str | None, rows: dict[str, Row], world: World) -> Row:
    """The row of somebody who joins a team: by address, by key, or by a former address."""
    key = user_key(name)
    for row in rows.values():
        user = {} if scim_id is None else user_of(scim_id, world)
        if numbered(user, [row], world):
            return row
    if key in rows:
        return rows[key]
    return next(row for row in rows.values() if name in row["previous_emails"])


GUARDS = st.fixed_dictionaries(
    {
        name: st.none()
        | st.fixed_dictionaries(
            {
                "count": st.sampled_from((None, 0, 1, 2)),
                "percent": st.sampled_from((None, 0, 25, 100)),
                "floor": st.sampled_from((0, 1)),
            }
        )
        for name in ("deactivate", "downgrade", "update", "rename", "create", "remove_members")
    }
)


@LAW
@given(worlds(), GUARDS)
def test_guards_count_what_the_plan_does(world: World, guards: dict[str, Any]) -> None:
    plan = judge(plan_of(world), GuardPolicy.model_validate(guards), Approval())
    told = {one.guard: one.counted for one in plan.violations if one.guard in guards}
    counts = counted(plan)
    for name in guards.keys() - {"remove_members"}:
        assert (name in told) == broken(counts[name], plan, guards[name])
        if name in told:
            assert told[name] == counts[name]
    per_team = {one.subject: one.counted for one in plan.violations if one.subject}
    for action in plan.runnable:
        if isinstance(action, ChangeMembers) and action.team in per_team:
            assert per_team[action.team] == len(action.remove)
    held = hold(plan, plan.violations)
    left = counted(held)
    assert not any(left[name] for name in told if name != "remove_members")


def counted(plan: Plan) -> Counter[str]:
    """How many people each guard class is about, those held already not among them."""
    people: dict[str, set[str]] = {}
    for action in plan.runnable:
        match action:
            case DeactivateUser():
                people.setdefault("deactivate", set()).add(action.scim_id)
            case SetLicense(after="view only"):
                people.setdefault("downgrade", set()).add(action.scim_id)
            case UpdateUser(scim_id=str(scim_id)):
                people.setdefault("update", set()).add(scim_id)
                if "userName" in {change.field for change in action.changes}:
                    people.setdefault("rename", set()).add(scim_id)
            case CreateUser():
                people.setdefault("create", set()).add(action.user_name)
            case _:
                pass
    return Counter({name: len(found) for name, found in people.items()})


def broken(count: int, plan: Plan, limit: dict[str, Any] | None) -> bool:
    if limit is None or count <= limit["floor"]:
        return False
    over = limit["count"] is not None and count > limit["count"]
    share = 100 * count / max(plan.facts.managed_users, 1)
    return over or (limit["percent"] is not None and share > limit["percent"])


def test_the_worlds_are_not_idle() -> None:
    """The laws say nothing of a plan without actions: most must have some, of every kind."""
    kinds: Counter[str] = Counter()

    @settings(deadline=None, derandomize=True, max_examples=300, database=None)
    @given(worlds())
    def count(world: World) -> None:
        actions = plan_of(world).actions
        kinds.update({action.kind for action in actions})
        kinds["some"] += bool(actions)

    count()
    assert kinds["some"] > 200
    assert len(kinds) == 9, kinds
