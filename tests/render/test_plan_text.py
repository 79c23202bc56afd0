"""The text plan: golden texts of every situation, and what each part of it says."""

from dataclasses import replace

import pytest

from syncer.model.actions import ChangeMembers
from syncer.model.origin import Origin, Problem, Size
from syncer.model.plan import Counts, Notice, Plan, UnknownSubject, Violation
from syncer.render.text import render_plan
from tests.render import golden, hard_samples, samples
from tests.render.laws import SGR, stands_still

SITUATIONS = {
    "plan-empty": samples.EMPTY,
    "plan-every-kind": samples.EVERY_KIND,
    "plan-refused": samples.REFUSED,
    "plan-held": samples.HELD,
    "plan-doubts-and-grace": samples.DOUBTS,
    "plan-nasty-names": hard_samples.NASTY,
    "plan-wide-characters": hard_samples.WIDE,
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
    held = render_plan(samples.Shown(samples.held(plan)))
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
