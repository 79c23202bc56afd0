"""Whatever shares a request and whatever fails: what is called applied is in effect."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.apply.execution import ExecutionLimits
from syncer.model.actions import Action, Member, SetLicense
from syncer.model.errors import AsanaError, RejectedError
from tests.apply.asked import LOST
from tests.apply.builders import grant, members, new_team, rename_team, title, update
from tests.apply.fake_asana import FakeAsana
from tests.apply.joined import REFUSED, carry_out, team_of


@st.composite
def mixed(draw: st.DrawFn) -> tuple[Action, ...]:
    """Any mixture of actions that may share requests, in the order of a plan."""
    people = draw(st.lists(st.sampled_from("123456"), unique=True, min_size=1))
    every: list[Action] = [grant(f"u{one}@x", one, "view only", "enterprise") for one in people]
    every += [update(f"u{one}@x", one, title("A", "B")) for one in people]
    chosen = [one for one in every if draw(st.booleans())]
    joining = tuple(Member(f"u{one}@x", one) for one in people)
    if draw(st.booleans()):
        chosen += [new_team("Ops"), members("Ops", None, add=joining, deps=("create_team:Ops",))]
    if draw(st.booleans()):
        chosen += [rename_team("9", "Eng", "Dev"), members("Dev", "9", add=joining)]
    # As a plan stands: every new team and new name before the members.
    return tuple(sorted(chosen, key=lambda one: one.kind == "change_members"))


FAULTS: Sequence[AsanaError] = (REFUSED, LOST, RejectedError("500", status=500))
Scripted = tuple[str, int, str, bool]


def scripted() -> st.SearchStrategy[list[Scripted]]:
    methods = ("update_user", "create_team", "change_members", "rename_team")
    about = ("", "userType", "title", "1", "2", "=Dev", "Ops")
    one = st.tuples(
        st.sampled_from(methods), st.integers(0, 2), st.sampled_from(about), st.booleans()
    )
    return st.lists(one, max_size=4)


@given(actions=mixed(), faults=scripted(), size=st.integers(1, 3))
@settings(deadline=None, derandomize=True, max_examples=150)
def test_whatever_fails_an_applied_action_is_in_effect_and_nothing_else_is(
    tmp_path_factory: pytest.TempPathFactory,
    actions: tuple[Action, ...],
    faults: list[Scripted],
    size: int,
) -> None:
    asana = FakeAsana().with_team("9", "Eng")
    for one in "123456":
        asana.with_user(one, f"u{one}@x", license="view only", title="A")
    for method, which, about, committed in faults:
        asana.fail(method, FAULTS[which], about=about, committed=committed)
    limits = ExecutionLimits(members_per_request=size, failures_in_a_row=99)
    execution = carry_out(asana, tmp_path_factory.mktemp("law"), *actions, limits=limits)
    by_ref = {one.ref: one for one in execution.outcomes}
    for action in actions:
        outcome = by_ref[action.ref]
        if outcome.result.value == "applied":
            assert in_effect(asana, action), (action, outcome)
        elif outcome.result.value == "skipped":
            assert not outcome.requests or outcome.in_doubt
    asked = {one.scim_id for one in actions if isinstance(one, SetLicense)}
    assert {one.id for one in asana.users.values() if one.license == "enterprise"} <= asked
    assert len({team.name for team in asana.teams.values()}) == len(asana.teams)


def in_effect(asana: FakeAsana, action: Action) -> bool:
    checks: dict[str, Callable[[Any], bool]] = {
        "set_license": lambda one: asana.users[one.scim_id].license == "enterprise",
        "update_user": lambda one: asana.users[one.scim_id].attributes["title"] == "B",
        "create_team": lambda one: team_of(asana, one.team) is not None,
        "rename_team": lambda one: asana.teams[one.scim_id].name == one.team,
        "change_members": lambda one: (
            {member.scim_id for member in one.add} <= (member_ids(asana, one))
        ),
    }
    return checks[action.kind](action)


def member_ids(asana: FakeAsana, action: Any) -> frozenset[str]:
    team = asana.teams[action.scim_id] if action.scim_id else team_of(asana, action.team)
    return team.members or frozenset()
