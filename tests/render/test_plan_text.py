"""The text plan: golden texts of every situation, and what holds of any plan at all."""

from dataclasses import replace

import pytest
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
from syncer.model.origin import Origin, Problem, Size
from syncer.model.plan import (
    Counts,
    InGrace,
    ManualWork,
    Notice,
    Plan,
    UnknownSubject,
    Violation,
)
from syncer.render.characters import harmless
from syncer.render.text import render_plan
from tests.render import golden, samples
from tests.render.laws import SGR, stands_still, texts

SITUATIONS = {
    "plan-empty": samples.EMPTY,
    "plan-every-kind": samples.EVERY_KIND,
    "plan-refused": samples.REFUSED,
    "plan-held": samples.HELD,
    "plan-doubts-and-grace": samples.DOUBTS,
    "plan-nasty-names": samples.NASTY,
    "plan-wide-characters": samples.WIDE,
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_plan_reads_as_it_should(name: str) -> None:
    text = render_plan(samples.Shown(SITUATIONS[name]))
    stands_still(text, 80)
    golden.agrees(name, text)


def test_colour_only_repeats_what_the_words_say() -> None:
    for plan in SITUATIONS.values():
        coloured = render_plan(samples.Shown(plan), colour=True)
        stands_still(coloured, 80, colour=True)
        assert SGR.sub("", coloured) == render_plan(samples.Shown(plan))
    assert "\x1b[31m-! marco" in render_plan(samples.Shown(samples.EVERY_KIND), colour=True)


def test_a_plan_of_five_thousand_actions_stays_readable() -> None:
    assert len(samples.MANY.actions) >= 5000
    text = render_plan(samples.Shown(samples.MANY))
    stands_still(text, 80)
    lines = text.splitlines()
    assert len(lines) < 300
    golden.agrees("plan-many-head", "".join(f"{line}\n" for line in lines[:30]))
    assert lines[-5].startswith("In short")


def test_every_removal_is_listed_however_many_there_are() -> None:
    many = Plan(actions=tuple(samples.deactivation(f"gone.{n:04}") for n in range(1000)))
    for plan in (many, hold(many)):
        text = render_plan(samples.Shown(plan))
        assert all(f"-! gone.{n:04}@kranich.example" in text for n in range(1000))


def test_everybody_who_is_taken_out_of_a_team_is_listed() -> None:
    names = [f"out.{n:03}" for n in range(200)]
    change = ChangeMembers(
        ref="members:all",
        reason="members differ",
        team="All",
        scim_id="1",
        remove=samples.members(*names, reason="no rule asks for them"),
        members_before=200,
    )
    text = render_plan(samples.Shown(Plan(actions=(change,))))
    assert all(f"- {name}@kranich.example" in text for name in names)
    assert "200 of 200 members leave: the team will be empty" in text


def test_quiet_leaves_totals_and_violations() -> None:
    text = render_plan(samples.Shown(samples.REFUSED), quiet=True)
    golden.agrees("plan-refused-quiet", text)


def test_the_mode_comes_first() -> None:
    text = render_plan(samples.Shown(samples.EMPTY), mode_line="apply: asks before it changes")
    assert text.startswith("apply: asks before it changes\n")


def test_an_accepted_violation_is_shown_and_does_not_refuse() -> None:
    text = render_plan(samples.Shown(samples.REFUSED), unresolved=())
    assert "REFUSED" not in text
    assert "what 1 guard would refuse was accepted" in text
    assert "(accepted)" in text
    assert "--approve" not in text


def test_emptying_a_tenant_is_offered_for_approval_by_digest_alone() -> None:
    last = Violation(
        guard="last_line:deactivate",
        message="plan deactivates all 3 managed users",
        remedy="check the sources and the scope",
        counted=3,
        refs=("deactivate_user:a",),
    )
    plan = Plan(actions=(samples.deactivation("a"),), violations=(last,))
    text = render_plan(samples.Shown(plan))
    assert "REFUSED by 1 guard (last_line:deactivate)" in text
    assert "--approve" in text
    assert "--allow" not in text


def test_a_section_that_waits_for_approval_says_so() -> None:
    waiting = replace(samples.REFUSED.violations[0], guard="approval:deactivate")
    text = render_plan(samples.Shown(replace(samples.REFUSED, violations=(waiting,))))
    assert "cannot be undone, needs approval\n" in text


def test_additions_are_not_marked_for_the_removals_of_their_team() -> None:
    change = ChangeMembers(
        ref="members:eng",
        reason="members differ",
        team="Engineering",
        scim_id="1",
        add=samples.members("in"),
        remove=samples.members("out"),
        members_before=2,
    )
    broken = Violation(
        guard="remove_members",
        message="too many",
        remedy="look",
        counted=1,
        refs=("members:eng",),
        subject="Engineering",
    )
    text = render_plan(samples.Shown(Plan(actions=(change,), violations=(broken,))))
    assert "remove_members, Engineering: too many" in text
    assert text.count("over the limit") == 1
    assert "1 of 2 members leaves, 1 joins; 2 afterwards" in text


def test_no_total_is_told_that_the_rows_shown_do_not_add_up_to() -> None:
    # Four people, teams and memberships are fourteen actions, for reasons of SCIM alone.
    text = render_plan(samples.Shown(samples.EVERY_KIND), quiet=True)
    assert "14" not in text


def test_the_warning_in_the_headline_is_never_broken() -> None:
    for columns in range(40, 120):
        text = render_plan(samples.Shown(samples.EVERY_KIND), width=columns, quiet=True)
        assert "3 cannot be undone." in text
        assert "(!)       3 cannot be undone over SCIM" in text


def test_people_of_one_section_stand_by_name_whatever_they_wait_for() -> None:
    names = ("Zoe", "anna", "Émile", "bob")
    plan = Plan(actions=tuple(samples.deactivation(name) for name in names))
    text = render_plan(samples.Shown(plan))
    places = [text.index(f"-! {name}") for name in ("anna", "bob", "Zoe", "Émile")]
    assert places == sorted(places)


def test_a_team_gives_no_reason_of_its_own_where_every_member_has_one() -> None:
    told = ChangeMembers(
        ref="members:eng",
        reason="members differ from the rule (exact)",
        team="Eng",
        scim_id="1",
        add=samples.members("in", reason="when department == 'Engineering'"),
        members_before=1,
    )
    assert "differ from the rule" not in render_plan(samples.Shown(Plan(actions=(told,))))
    bare = replace(told, add=(*told.add, *samples.members("other")))
    assert "why: members differ from" in render_plan(samples.Shown(Plan(actions=(bare,))))


def test_a_plan_without_actions_names_what_it_leaves_open() -> None:
    idle = replace(samples.DOUBTS, actions=())
    text = render_plan(samples.Shown(idle), width=100)
    assert "nothing to do for those we know; 3 unknown, 1 in grace, 1 by hand." in text
    assert "3 unknown, 1 in grace" in text.partition("untouched")[2]
    known = replace(idle, unknown=(), problems=())
    text = render_plan(samples.Shown(known))
    assert "nothing to do; 1 in grace, 1 by hand." in text


def test_a_record_that_names_nobody_is_unknown_and_no_notice() -> None:
    nobody = Problem(samples.row(9), "the row has 3 cells", size=Size.RECORD)
    person = Problem(samples.row(31), "mail: no address", size=Size.RECORD)
    known = UnknownSubject(
        subject="E7", what="person", reason="mail: no address", origin=samples.row(31)
    )
    text = render_plan(samples.Shown(Plan(problems=(nobody, person), unknown=(known,))))
    assert "nothing to do for those we know; 2 unknown." in text
    assert "Unknown: 2 -" in text
    assert "people.csv:9: the row has 3 cells" in text
    assert text.count("mail: no address") == 1
    assert "Notices" not in text


def test_members_who_are_deactivated_in_the_same_plan_are_told_and_subtracted() -> None:
    change = ChangeMembers(
        ref="members:eng",
        reason="members differ",
        team="Engineering",
        scim_id="500",
        add=samples.members("in.1", "in.2"),
        remove=samples.members("out"),
        members_before=7,
    )
    leaver = samples.deactivation("leaver")
    plan = Plan(actions=(leaver, change), deactivated_members={"500": (leaver.ref,)})
    text = render_plan(samples.Shown(plan))
    assert "1 of 7 members leaves, 1 is deactivated, 2 join; 7 afterwards" in text
    waiting = replace(plan, actions=(replace(leaver, held="too many"), change))
    assert "1 of 7 members leaves, 2 join; 8 afterwards" in render_plan(samples.Shown(waiting))
    held = render_plan(samples.Shown(hold(plan)))
    assert "1 of 7 members leaves, 1 is deactivated, 2 join; 7 afterwards" in held


def test_people_whom_the_directory_calls_inactive_are_told_apart_from_the_excluded() -> None:
    plan = Plan(counts=Counts(excluded=2, inactive=3))
    assert "2 excluded by scope, 3 inactive" in render_plan(samples.Shown(plan))


def test_removals_held_out_of_a_split_change_do_not_refuse_the_plan() -> None:
    going = ChangeMembers(
        ref="members:eng",
        reason="members differ",
        team="Engineering",
        scim_id="1",
        add=samples.members("in"),
        members_before=2,
    )
    waiting = replace(
        going,
        ref="members:eng:removals",
        add=(),
        remove=samples.members("out"),
        held="guard remove_members: too many",
    )
    broken = Violation(
        guard="remove_members", message="too many", remedy="look", counted=1, refs=("members:eng",)
    )
    plan = Plan(actions=(going, waiting), violations=(broken,))
    text = render_plan(samples.Shown(plan))
    assert "HELD by 1 guard (remove_members): 1 action waits" in text


def test_a_violation_that_names_no_action_refuses() -> None:
    bare = Violation(guard="create", message="too many", remedy="look", counted=0, refs=())
    text = render_plan(samples.Shown(Plan(violations=(bare,))))
    assert "REFUSED by 1 guard (create)" in text


def test_people_with_the_same_change_are_told_once() -> None:
    change = FieldChange("department", "R&D", "Research")
    plan = Plan(actions=tuple(samples.update(f"p{n}", n, change) for n in range(5)))
    text = render_plan(samples.Shown(plan))
    assert text.count("R&D -> Research") == 1
    assert "(5 people):" in text


def test_what_is_folded_away_is_counted() -> None:
    text = render_plan(samples.Shown(samples.MANY))
    assert "... and 1,788 more people; all of them: --format json" in text
    assert "... and 2,397 more people with the same change" in text
    assert "more people (title " in text


def test_a_long_list_of_joiners_is_folded() -> None:
    change = ChangeMembers(
        ref="members:all",
        reason="members differ",
        team="All",
        scim_id="1",
        add=samples.members(*(f"in.{n:03}" for n in range(50))),
        members_before=2,
    )
    text = render_plan(samples.Shown(Plan(actions=(change,))))
    assert "and 30 more people; all of them: --format json" in text


def test_a_membership_change_that_changes_nobody_is_still_shown() -> None:
    change = ChangeMembers(ref="m", reason="members differ", team="All", scim_id="1")
    assert "~" not in render_plan(samples.Shown(Plan(actions=(change,))))
    assert "+ All" in render_plan(samples.Shown(Plan(actions=(change,))))


def test_several_reasons_to_wait_stand_apart() -> None:
    first = replace(samples.deactivation("a"), held="guard deactivate: too many")
    second = replace(samples.create("b", "B", 2), held="no seat is free")
    text = render_plan(samples.Shown(Plan(actions=(first, second))))
    assert "nothing to do; 2 actions held." in text
    assert "guard deactivate: too many (1 action):" in text
    assert "no seat is free (1 action):" in text


def test_long_lists_at_the_end_are_folded_with_a_count() -> None:
    plan = Plan(
        unknown=tuple(
            UnknownSubject(subject=f"u{n}@x.example", what="person", reason="no row")
            for n in range(40)
        ),
        manual=tuple(
            ManualWork(subject=f"m{n}@x.example", what="invite again", reason="")
            for n in range(40)
        ),
        notices=(
            *(Notice(subject=f"n{n}@x.example", text="left as it is") for n in range(40)),
            Notice(subject="", text="licences are not managed here"),
        ),
        problems=tuple(Problem(Origin("people.csv", n), "odd") for n in range(40)),
        in_grace=tuple(
            InGrace(
                user_name=f"g{n}@x.example",
                scim_id=str(n),
                reason="",
                absent_since="2025-11-01",
                due_on=None,
                runs_left=0,
            )
            for n in range(40)
        ),
    )
    text = render_plan(samples.Shown(plan))
    stands_still(text, 80)
    assert text.count("... and 20 more; all of them: --format json") == 4
    assert text.count("due in the next run") == 40
    assert "  licences are not managed here\n" in text


def test_reasons_that_are_all_different_are_folded_as_well() -> None:
    plan = Plan(
        unknown=tuple(
            UnknownSubject(subject=f"u{n}@x.example", what="person", reason=f"row {n} is odd")
            for n in range(400)
        ),
        notices=tuple(Notice(subject="", text=f"notice {n}") for n in range(400)),
        manual=tuple(
            ManualWork(subject=f"m{n}@x.example", what=f"do {n}", reason="") for n in range(400)
        ),
    )
    text = render_plan(samples.Shown(plan))
    assert text.count("... and 380 more; all of them: --format json") == 3


def test_what_is_told_as_a_notice_is_not_told_again_as_a_problem() -> None:
    origin = Origin("people.csv", 2)
    plan = Plan(
        notices=(Notice(subject="manager", text="manager 'x' is unknown", origin=origin),),
        problems=(Problem(origin, "manager 'x' is unknown", size=Size.NOTICE),),
    )
    text = render_plan(samples.Shown(plan))
    assert text.count("people.csv:2: manager 'x' is unknown\n") == 1
    assert "Notices: 1 -" in text


def test_a_plan_that_will_be_held_counts_what_would_wait() -> None:
    text = render_plan(samples.Shown(replace(samples.REFUSED, on_violation="hold")))
    assert "HELD by 1 guard (deactivate): 47 actions wait" in text


def hold(plan: Plan) -> Plan:
    return replace(plan, actions=tuple(replace(action, held="wait") for action in plan.actions))


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
