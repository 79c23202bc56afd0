"""What holds for any plan of which a guard holds a part: the rest goes on, nobody is lost."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from syncer.core.guards import hold, judge, unresolved
from syncer.core.planning.holding import hold_actions
from syncer.model.actions import Action, ChangeMembers, CreateUser
from syncer.model.policy.limits import Approval, GuardPolicy
from tests.core.obey import obey
from tests.core.plan_input import PlanInput
from tests.core.test_plan_laws import MODERATE, worlds


@MODERATE
@given(worlds(), st.sampled_from(["deactivate", "downgrade", "create", "update", "rename"]))
def test_what_a_guard_lets_through_can_be_applied(world: PlanInput, name: str) -> None:
    limits = GuardPolicy.model_validate({name: {"count": 0, "floor": 0, "percent": 0}})
    plan = judge(world.plan(), limits, Approval(remove_members=True))
    held = hold(plan, unresolved(plan, {}, approved=False))
    obey(held, world.current)
    refs = {action.ref for action in held.held}
    assert len({action.ref for action in held.actions}) == len(held.actions)
    for action in held.runnable:
        assert not set(action.depends_on) & refs
        assert not (isinstance(action, ChangeMembers) and action.remove)


@MODERATE
@given(worlds())
def test_holding_loses_nobody(world: PlanInput) -> None:
    plan = judge(world.plan(), GuardPolicy.model_validate({}), Approval(create=True))
    held = hold(plan, plan.violations)
    assert moved(held.actions) == moved(plan.actions)


@MODERATE
@given(worlds(), st.sets(st.integers(0, 5)))
def test_nobody_is_put_into_a_team_before_being_in_asana(
    world: PlanInput, chosen: set[int]
) -> None:
    plan = world.plan()
    creates = [action for action in plan.actions if isinstance(action, CreateUser)]
    waiting = {one.ref: "why" for number, one in enumerate(creates) if number in chosen}
    held = replace(plan, actions=hold_actions(plan.actions, waiting))
    coming = {one.user_name for one in held.runnable if isinstance(one, CreateUser)}
    for action in held.runnable:
        if isinstance(action, ChangeMembers):
            assert action.add or action.remove
            new = {one.user for one in action.add if one.scim_id is None}
            assert new <= coming


def moved(actions: tuple[Action, ...]) -> list[tuple[str, str, str]]:
    return sorted(
        (action.team, sign, member.user)
        for action in actions
        if isinstance(action, ChangeMembers)
        for sign, members in (("+", action.add), ("-", action.remove))
        for member in members
    )
