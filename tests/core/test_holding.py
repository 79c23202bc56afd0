"""What waits when something is held, and what goes on."""

from dataclasses import replace

from syncer.core.guards import hold
from syncer.core.planning.holding import hold_actions, spoken
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    Member,
    ReactivateUser,
)
from tests.core.numbered_plans import (
    broken,
    create,
    deactivate,
    downgrade,
    judged,
    members,
    plan,
    update,
)


def test_hold_keeps_removals_back_and_lets_the_rest_go() -> None:
    fresh = Member("new1@example.com", None)
    both = replace(
        members("Eng", add=(fresh,), removals=5, before=8),
        depends_on=("create_user:new1@example.com",),
    )
    made = judged(plan(*map(deactivate, range(4)), create(1), both, managed=30))
    assert broken(made) == ["deactivate", "remove_members"]
    held = hold(made, made.violations)
    assert held.violations == made.violations
    assert [action.ref for action in held.runnable] == [create(1).ref, both.ref]
    going, waiting = held.actions[-2:]
    assert isinstance(going, ChangeMembers)
    assert isinstance(waiting, ChangeMembers)
    assert (going.add, going.remove, going.depends_on) == ((fresh,), (), (create(1).ref,))
    assert (waiting.add, len(waiting.remove), waiting.depends_on) == ((), 5, ())
    assert waiting.ref == "change_members:eng:removals"
    assert waiting.held == f"guard remove_members: {made.violations[1].message}"


def test_hold_of_nothing_changes_nothing() -> None:
    made = judged(plan(*map(deactivate, range(4)), members("Eng", removals=1)))
    assert hold(made, ()) == made


def test_removals_alone_keep_their_ref_when_they_wait() -> None:
    only = members("Eng", removals=5, before=8)
    held = hold_actions((only,), {}, {only.ref: "why"})
    assert held == (replace(only, held="why"),)


def test_whatever_depends_on_a_held_action_waits_too() -> None:
    seat = replace(downgrade(1), before="view only", after="enterprise")
    seat = replace(seat, depends_on=(deactivate(9).ref,))
    second = replace(update(1, "manager"), depends_on=(seat.ref,))
    held = hold_actions((deactivate(9), seat, second, create(2)), {deactivate(9).ref: "why"})
    assert [action.held for action in held] == [
        "why",
        "waits for the deactivation of p9@example.com",
        "waits for the licence of p1@example.com",
        "",
    ]


def test_a_change_of_members_waits_whole_for_its_team() -> None:
    team = CreateTeam(ref="create_team:eng", reason="named", team="Eng", held="why")
    fill = replace(members("Eng", add=(Member("a@example.com", "1"),)), depends_on=(team.ref,))
    assert hold_actions((team, fill), {})[1].held == "waits for the new team Eng"


def test_people_who_wait_are_added_later_and_the_others_now() -> None:
    back = ReactivateUser(
        ref="reactivate_user:b", reason="back", user_name="b@example.com", scim_id="2"
    )
    adds = (
        Member("a@example.com", "1"),
        Member("b@example.com", "2"),
        Member("new1@example.com", None),
        Member("new2@example.com", None),
    )
    refs = (create(1).ref, create(2).ref, back.ref)
    change = replace(members("Eng", add=adds, removals=1), depends_on=refs)
    actions = (back, create(1), create(2), change)
    once = hold_actions(actions, {create(1).ref: "no seat"})
    assert [added(action) for action in once[3:]] == [
        ("change_members:eng", ["a", "b", "new2"], 1, (create(2).ref, back.ref), ""),
        (
            "change_members:eng:additions",
            ["new1"],
            0,
            (create(1).ref,),
            f"waits for {spoken(create(1).ref)}",
        ),
    ]
    twice = hold_actions(once, {back.ref: "why"}, {"change_members:eng": "many"})
    assert [added(action) for action in twice[3:]] == [
        ("change_members:eng", ["a", "new2"], 0, (create(2).ref,), ""),
        ("change_members:eng:removals", [], 1, (), "many"),
        ("change_members:eng:additions-2", ["b"], 0, (back.ref,), f"waits for {spoken(back.ref)}"),
        added(once[4]),
    ]


def test_a_change_of_members_waits_whole_when_everybody_it_adds_does() -> None:
    adds = (Member("new1@example.com", None), Member("new2@example.com", None))
    refs = (create(1).ref, create(2).ref)
    waiting = dict.fromkeys(refs, "no seat")
    only = replace(members("Eng", add=adds), depends_on=refs)
    *_, change = hold_actions((create(1), create(2), only), waiting)
    assert change == replace(only, held=f"waits for {spoken(create(1).ref)}")
    both = replace(only, remove=members("Eng", removals=1).remove)
    *_, going, late = hold_actions((create(1), create(2), both), waiting)
    assert added(going) == (both.ref, [], 1, (), "")
    assert added(late)[1:3] == (["new1", "new2"], 0)
    assert late.held
    pieces = hold_actions((create(1), create(2), both), waiting, {both.ref: "many"})[2:]
    assert all(piece.held for piece in pieces)
    assert len({piece.ref for piece in pieces}) == len(pieces) == 2


def test_a_team_that_waits_for_people_of_another_spelling_waits_all_the_same() -> None:
    # No member says which create makes it: whatever the change waits for is taken as a whole.
    change = replace(
        members("Eng", add=(Member("NEW1@example.com", None),)), depends_on=(create(1).ref,)
    )
    *_, held = hold_actions((create(1), change), {create(1).ref: "no seat"})
    assert held.held == f"waits for {spoken(create(1).ref)}"


def added(action: Action) -> tuple[str, list[str], int, tuple[str, ...], str]:
    assert isinstance(action, ChangeMembers)
    names = [member.user.partition("@")[0] for member in action.add]
    return action.ref, names, len(action.remove), action.depends_on, action.held
