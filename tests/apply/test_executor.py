"""Order, dependencies, seats: what becomes of a plan as a whole."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.apply.execution import ExecutionLimits
from syncer.apply.executor import counts
from syncer.apply.journal_record import read_journal
from syncer.model.actions import Action, FieldChange, Member
from syncer.model.errors import IncompleteError, NoSeatError
from syncer.model.outcome import Outcome, Result
from tests.apply.builders import (
    create,
    deactivate,
    grant,
    members,
    new_team,
    plan_of,
    reactivate,
    rename_team,
    title,
    update,
)
from tests.apply.carrying_out import carry_out, refusal, results
from tests.apply.fake_asana import FakeAsana


def test_a_whole_plan_changes_the_tenant_as_it_says(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("1", "old@example.com").with_user("2", "bob@example.com")
    asana.with_user("3", "cy@example.com", license="view only", title="A").with_team("9", "Eng")
    plan = plan_of(
        deactivate("old@example.com", "1"),
        update(
            "bob@example.com", "2", FieldChange("userName", "bob@example.com", "b@example.com")
        ),
        create("ann@example.com", title="Boss"),
        grant("cy@example.com", "3", "view only", "enterprise"),
        update("cy@example.com", "3", title("A", None), ref="update_user:cy2"),
        update(
            "ann@example.com",
            None,
            FieldChange("manager", None, "cy@example.com", "3"),
            deps=("create_user:ann@example.com",),
        ),
        new_team("Ops"),
        rename_team("9", "Eng", "Engineering"),
        members(
            "Ops",
            None,
            add=(Member("ann@example.com", None), Member("cy@example.com", "3")),
            deps=("create_team:Ops", "create_user:ann@example.com"),
        ),
    )
    execution = carry_out(plan, asana, tmp_path)
    assert results(execution) == ["applied"] * 9
    assert not asana.users["1"].active
    ann = next(user for user in asana.users.values() if user.user_name == "ann@example.com")
    assert dict(ann.attributes) == {"title": "Boss", "manager": "3"}
    assert asana.users["3"].license == "enterprise"
    assert "title" not in asana.users["3"].attributes
    ops = next(team for team in asana.teams.values() if team.name == "Ops")
    assert ops.members == frozenset({ann.id, "3"})
    assert asana.teams["9"].name == "Engineering"
    # An emptied attribute takes a GET and a PUT, and the licence goes with it.
    assert [outcome.requests for outcome in execution.outcomes] == [1, 1, 1, 2, 2, 1, 1, 1, 1]


def test_a_manager_created_in_the_same_run_is_sent_by_id(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("2", "bob@example.com")
    change = FieldChange("manager", None, "Ann@example.com")
    plan = plan_of(create("ann@example.com"), update("bob@example.com", "2", change))
    assert results(carry_out(plan, asana, tmp_path)) == ["applied", "applied"]
    assert asana.users["2"].attributes["manager"] == "101"


def test_a_manager_who_never_came_skips_the_second_step(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("2", "bob@example.com")
    change = FieldChange("manager", None, "ann@example.com")
    execution = carry_out(plan_of(update("bob@example.com", "2", change)), asana, tmp_path)
    assert results(execution) == ["skipped"]
    assert execution.outcomes[0].detail == "ann@example.com has no id in Asana yet"
    assert asana.writes == []


def test_a_team_without_an_id_skips_its_members(tmp_path: Path) -> None:
    plan = plan_of(members("Ops", None, add=(Member("a@example.com", "1"),)))
    execution = carry_out(plan, FakeAsana(), tmp_path)
    assert execution.outcomes[0].detail == "the team Ops has no id in Asana yet"


def test_kinds_do_not_overlap_and_no_more_writes_are_in_flight_than_allowed(
    tmp_path: Path,
) -> None:
    asana = FakeAsana(meeting=asyncio.Barrier(4))
    plan = plan_of(*(create(f"u{number}@example.com") for number in range(40)), new_team("T"))
    carry_out(plan, asana, tmp_path, limits=ExecutionLimits(writes_in_flight=4))
    assert asana.most_writes_at_once == 4
    assert asana.calls[-1] == ("create_team", "T")


def test_one_refused_action_never_stops_the_others(tmp_path: Path) -> None:
    asana = FakeAsana().fail("create_user", refusal(), about="b@example.com")
    plan = plan_of(create("a@example.com"), create("b@example.com"), create("c@example.com"))
    execution = carry_out(plan, asana, tmp_path)
    assert results(execution) == ["applied", "failed", "applied"]
    assert execution.outcomes[1].detail == "400 no"
    assert execution.stopped == ""


def test_what_depends_on_a_failure_is_skipped_with_the_reason(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("2", "b@example.com").fail("create_user", refusal())
    first = create("a@example.com")
    second = update("b@example.com", "2", title("x", "y"), deps=(first.ref,))
    third = update("b@example.com", "2", title("y", "z"), deps=(second.ref,), ref="third")
    execution = carry_out(plan_of(first, second, third), asana, tmp_path)
    assert results(execution) == ["failed", "skipped", "skipped"]
    assert execution.outcomes[1].detail == f"it depends on {first.ref}, which failed"
    assert execution.outcomes[2].detail == f"it depends on {second.ref}, which was skipped"


def test_what_depends_on_a_held_action_is_held_with_it(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("1", "a@example.com").with_user("2", "b@example.com")
    first = deactivate("a@example.com", "1", held="guard deactivate")
    second = update("b@example.com", "2", title("x", "y"), deps=(first.ref,))
    third = new_team("T")
    asana.fail("create_team", refusal())
    fourth = update("b@example.com", "2", title("y", "z"), deps=(first.ref, third.ref), ref="both")
    execution = carry_out(plan_of(first, second, third, fourth), asana, tmp_path)
    assert results(execution) == ["held", "held", "failed", "skipped"]
    assert execution.outcomes[0].detail == "guard deactivate"
    assert execution.outcomes[1].detail == f"it depends on {first.ref}, which is held"
    assert execution.outcomes[3].detail == f"it depends on {third.ref}, which failed"
    assert [write[0] for write in asana.writes] == ["create_team"]


@pytest.mark.parametrize("missing", ["nowhere", "update_user:b@example.com", "create_team:T"])
def test_a_dependency_that_does_not_come_before_never_hangs(missing: str, tmp_path: Path) -> None:
    asana = FakeAsana().with_user("2", "b@example.com")
    plan = plan_of(update("b@example.com", "2", title("x", "y"), deps=(missing,)), new_team("T"))
    execution = carry_out(plan, asana, tmp_path)
    assert results(execution) == ["skipped", "applied"]
    assert "does not come before it" in execution.outcomes[0].detail


def test_dependants_in_one_phase_wait_for_their_turn(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("1", "a@example.com").with_user("2", "b@example.com")

    def to(before: str, after: str) -> FieldChange:
        return FieldChange("userName", before, after)

    swap = plan_of(
        update("a@example.com", "1", to("a@example.com", "tmp@example.com"), ref="park"),
        update("b@example.com", "2", to("b@example.com", "a@example.com"), deps=("park",)),
        update(
            "a@example.com",
            "1",
            to("tmp@example.com", "b@example.com"),
            deps=("update_user:b@example.com",),
            ref="land",
        ),
    )
    assert results(carry_out(swap, asana, tmp_path)) == ["applied"] * 3
    assert [asana.users[one].user_name for one in ("1", "2")] == ["b@example.com", "a@example.com"]


def test_a_record_that_moved_is_skipped_and_the_rest_proceeds(tmp_path: Path) -> None:
    async def only_b(together: Sequence[Action]) -> Mapping[str, str]:
        refs = (one.ref for one in together)
        return {ref: "title is 'z' now" for ref in refs if ref.endswith("a@example.com")}

    asana = FakeAsana()
    plan = plan_of(create("a@example.com"), create("b@example.com"))
    execution = carry_out(plan, asana, tmp_path, precondition=only_b)
    assert results(execution) == ["skipped", "applied"]
    assert execution.outcomes[0].detail == "title is 'z' now"


def test_without_a_free_seat_the_other_seats_are_held_and_not_asked_for(tmp_path: Path) -> None:
    asana = FakeAsana().fail("update_user", NoSeatError("402 full", status=402), times=9)
    for number in "123":
        asana.with_user(number, f"u{number}@example.com", license="view only")
    plan = plan_of(
        grant("u1@example.com", "1", "view only", "enterprise"),
        grant("u2@example.com", "2", "view only", "enterprise"),
        create("new@example.com", license_name="enterprise"),
        create("viewer@example.com", license_name="view only"),
        members("T", None, add=(Member("new@example.com", None),)),
    )
    execution = carry_out(plan, asana, tmp_path, limits=ExecutionLimits(writes_in_flight=1))
    assert results(execution)[:4] == ["held", "held", "held", "applied"]
    assert execution.outcomes[0].detail == "no licence is free: 402 full"
    assert execution.outcomes[1].detail == "no licence is free"
    assert ("update_user", "2", "userType") not in asana.calls


def test_a_downgrade_refused_for_want_of_a_plan_is_a_failure(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("1", "a@example.com", license="enterprise")
    asana.fail("update_user", NoSeatError("402", "buy more", status=402))
    execution = carry_out(
        plan_of(grant("a@example.com", "1", "enterprise", "view only")), asana, tmp_path
    )
    assert (results(execution), execution.outcomes[0].detail) == (["failed"], "402 (buy more)")


def test_an_update_refused_for_want_of_a_plan_keeps_nobody_from_a_seat(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("1", "a@example.com")
    asana.fail("update_user", NoSeatError("402", status=402))
    plan = plan_of(update("a@example.com", "1", title(None, "x")), create("b@example.com"))
    assert results(carry_out(plan, asana, tmp_path)) == ["failed", "applied"]


def test_a_listing_that_stays_short_is_no_doubt_about_a_write(tmp_path: Path) -> None:
    asana = FakeAsana().fail("create_user", IncompleteError("short"))
    execution = carry_out(plan_of(create("a@example.com")), asana, tmp_path)
    assert results(execution) == ["failed"]
    assert read_journal(tmp_path / "run-1.jsonl").doubtful == ()


def test_every_outcome_is_told_to_who_watches(tmp_path: Path) -> None:
    told: list[Outcome] = []
    plan = plan_of(create("a@example.com"), deactivate("b@example.com", "1", held="guard"))
    execution = carry_out(
        plan, FakeAsana(), tmp_path, on_outcome=lambda _, outcome: told.append(outcome)
    )
    assert sorted(told, key=str) == sorted(execution.outcomes, key=str)


def test_what_is_in_effect_already_is_not_asked_for_again(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("5", "a@example.com").with_team("9", "T")
    first = create("a@example.com")
    team = new_team("T")
    change = members("T", None, add=(Member("a@example.com", None),), deps=(first.ref, team.ref))
    done = {first.ref: "5", team.ref: "9"}
    execution = carry_out(plan_of(first, team, change), asana, tmp_path, done=done)
    assert results(execution) == ["applied"] * 3
    assert execution.outcomes[0].detail == "in effect already"
    assert asana.writes == [("change_members", "9", "5")]


def test_a_reactivated_person_who_did_not_come_back_joins_no_team(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("1", "a@example.com").with_user("2", "b@example.com")
    asana.users["1"] = replace(asana.users["1"], active=False)
    asana.with_team("9", "T").fail("set_active", refusal())
    back = reactivate("a@example.com", "1")
    both = (Member("a@example.com", "1"), Member("b@example.com", "2"))
    plan = plan_of(back, members("T", "9", add=both, deps=(back.ref,)))
    execution = carry_out(plan, asana, tmp_path)
    assert results(execution) == ["failed", "failed"]
    detail = "1 of 2 not changed: a@example.com was not reactivated: failed"
    assert execution.outcomes[1].detail == detail
    assert asana.teams["9"].members == frozenset({"2"})


def test_counts_name_every_result() -> None:
    outcome = Outcome(ref="a", result=Result.HELD)
    assert counts((outcome,)) == {"applied": 0, "failed": 0, "skipped": 0, "held": 1}
