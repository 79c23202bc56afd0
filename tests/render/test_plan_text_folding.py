"""What a long text plan folds away and counts, and what it lists however long."""

from syncer.model.actions import ChangeMembers, FieldChange
from syncer.model.origin import Origin, Problem
from syncer.model.plan import InGrace, ManualWork, Notice, Plan, UnknownSubject
from syncer.render.text import render_plan
from tests.render import golden, hard_samples, samples
from tests.render.laws import stands_still


def test_a_plan_of_five_thousand_actions_stays_readable() -> None:
    assert len(hard_samples.MANY.actions) >= 5000
    text = render_plan(samples.Shown(hard_samples.MANY))
    stands_still(text, 80)
    lines = text.splitlines()
    assert len(lines) < 300
    golden.agrees("plan-many-head", "".join(f"{line}\n" for line in lines[:30]))
    assert lines[-5].startswith("In short")


def test_every_removal_is_listed_however_many_there_are() -> None:
    many = Plan(actions=tuple(samples.deactivation(f"gone.{n:04}") for n in range(1000)))
    for plan in (many, samples.held(many)):
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


def test_people_with_the_same_change_are_told_once() -> None:
    change = FieldChange("department", "R&D", "Research")
    plan = Plan(actions=tuple(samples.update(f"p{n}", n, change) for n in range(5)))
    text = render_plan(samples.Shown(plan))
    assert text.count("R&D -> Research") == 1
    assert "(5 people):" in text


def test_what_is_folded_away_is_counted() -> None:
    text = render_plan(samples.Shown(hard_samples.MANY))
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
