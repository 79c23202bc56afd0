"""What holds of the text of any plan at all: it fits, and it stands still."""

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    FieldChange,
    Member,
    ReactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.origin import Origin
from syncer.model.plan import InGrace, ManualWork, Notice, Plan, UnknownSubject, Violation
from syncer.render.characters import harmless
from syncer.render.text import render_plan
from tests.render import samples
from tests.render.laws import stands_still, texts

origins = st.none() | st.builds(Origin, texts, st.none() | st.integers(1, 10**7))
changes = st.builds(
    FieldChange,
    st.sampled_from(["title", "department", "userName", "manager"]) | texts,
    st.none() | texts,
    st.none() | texts,
)
members = st.lists(st.builds(Member, texts, st.none(), texts), max_size=3).map(tuple)
common = {
    "reason": texts,
    "origin": origins,
    "consequences": st.lists(texts, max_size=2).map(tuple),
    "held": st.just("") | texts,
}
fields = st.lists(changes, max_size=3).map(tuple)
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(
        CreateUser,
        ref=texts,
        user_name=texts,
        attributes=fields,
        license=st.none() | texts,
        kind=st.just("create_user"),
        **common,
    ),
    st.builds(
        UpdateUser,
        ref=texts,
        user_name=texts,
        scim_id=st.none() | texts,
        changes=fields,
        kind=st.just("update_user"),
        **common,
    ),
    st.builds(
        SetLicense,
        ref=texts,
        user_name=texts,
        scim_id=texts,
        before=st.none() | texts,
        after=st.just("view only") | texts,
        kind=st.just("set_license"),
        **common,
    ),
    st.builds(
        DeactivateUser,
        ref=texts,
        user_name=texts,
        scim_id=texts,
        kind=st.just("deactivate_user"),
        **common,
    ),
    st.builds(
        ReactivateUser,
        ref=texts,
        user_name=texts,
        scim_id=texts,
        kind=st.just("reactivate_user"),
        **common,
    ),
    st.builds(CreateTeam, ref=texts, team=texts, kind=st.just("create_team"), **common),
    st.builds(
        RenameTeam,
        ref=texts,
        team=texts,
        scim_id=texts,
        before=texts,
        kind=st.just("rename_team"),
        **common,
    ),
    st.builds(
        ChangeMembers,
        ref=texts,
        team=texts,
        scim_id=st.none(),
        add=members,
        remove=members,
        members_before=st.integers(0, 9),
        kind=st.just("change_members"),
        **common,
    ),
)
plans = st.builds(
    Plan,
    actions=st.lists(actions, max_size=6).map(tuple),
    manual=st.lists(
        st.builds(ManualWork, subject=texts, what=texts, reason=texts, origin=origins), max_size=2
    ).map(tuple),
    unknown=st.lists(
        st.builds(
            UnknownSubject,
            subject=texts,
            what=st.sampled_from(["person", "team"]),
            reason=texts,
            origin=origins,
            hint=texts,
        ),
        max_size=2,
    ).map(tuple),
    in_grace=st.lists(
        st.builds(
            InGrace,
            user_name=texts,
            scim_id=texts,
            reason=texts,
            absent_since=texts,
            due_on=st.none() | texts,
            runs_left=st.integers(0, 3),
            origin=origins,
        ),
        max_size=2,
    ).map(tuple),
    notices=st.lists(st.builds(Notice, subject=texts, text=texts, origin=origins), max_size=2).map(
        tuple
    ),
    violations=st.lists(
        st.builds(
            Violation,
            guard=texts,
            message=texts,
            remedy=texts,
            counted=st.integers(0, 9),
            refs=st.lists(texts, max_size=2).map(tuple),
            subject=texts,
        ),
        max_size=2,
    ).map(tuple),
    guards_off=st.lists(texts, max_size=2).map(tuple),
    tenant=texts,
)


@given(plans, st.sampled_from([40, 60, 80, 119]), st.booleans(), texts)
@settings(deadline=None, derandomize=True, max_examples=150)
def test_whatever_a_plan_says_it_fits_and_stands_still(
    plan: Plan,
    width: int,
    colour: bool,  # noqa: FBT001 - drawn by position
    mode_line: str,
) -> None:
    text = render_plan(samples.Shown(plan), width=width, colour=colour, mode_line=mode_line)
    stands_still(text, width, colour=colour, places=places(plan))


def places(plan: Plan) -> set[str]:
    subjects = (
        *plan.actions,
        *plan.unknown,
        *plan.in_grace,
        *plan.manual,
        *plan.notices,
        *plan.problems,
    )
    shown = [harmless(str(one.origin)) for one in subjects if one.origin]
    return {form.strip() for place in shown for form in (f"({place})", f"{place}:")}
