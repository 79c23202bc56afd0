"""What the ledger learns from a run."""

from dataclasses import replace

from syncer.apply.sighting import deactivated, sighting
from syncer.core.names import user_key
from syncer.model.memory import Absence, Memory
from syncer.model.origin import Origin
from syncer.model.outcome import Outcome, Result
from syncer.model.plan import Facts, InGrace, Plan, UnknownSubject
from syncer.model.policy.config import Config
from syncer.model.state import DesiredState, DesiredUser, NotDesired, UnknownPerson
from tests.apply.builders import NOW, deactivate, grant, plan_of, title, update
from tests.apply.fake_asana import FakeAsana

HERE = Origin("people.csv", 2)
CONFIG = Config.model_validate(
    {
        "version": 1,
        "asana": {"sandbox": "tenant.json", "domains": ["example.com"]},
        "directory": {"people": [{"format": "csv", "path": "people.csv"}], "key": "number"},
        "mapping": {"employeeNumber": "number"},
    }
)


def wanted(name: str, key: str | None = None, *previous: str) -> DesiredUser:
    old = tuple(user_key(one) for one in previous)
    return DesiredUser(user_key(name), name, HERE, {}, key, old)


def desired(*users: DesiredUser, **rest: tuple[NotDesired, ...]) -> DesiredState:
    unknown = (UnknownPerson((user_key("doubt@example.com"),), (), HERE, "bad row"),)
    return DesiredState(users=users, managed=frozenset(), unknown=unknown, **rest)  # type: ignore[arg-type] # not_desired alone


def in_grace(name: str, scim_id: str) -> InGrace:
    return InGrace(
        user_name=name,
        scim_id=scim_id,
        reason="",
        absent_since="2026-11-20",
        due_on=None,
        runs_left=1,
    )


def test_leavers_are_those_due_held_and_in_grace() -> None:
    plan = Plan(
        actions=(
            deactivate("due@example.com", "1"),
            deactivate("held@example.com", "2", held="guard"),
            grant("viewer@example.com", "3", "enterprise", "view only"),
            grant("ann@example.com", "4", "enterprise", "view only"),
            grant("doubt@example.com", "5", "enterprise", "view only"),
        ),
        in_grace=(in_grace("grace@example.com", "6"),),
    )
    asana = FakeAsana()
    for number, name in enumerate(("due", "held", "viewer", "ann", "doubt", "grace"), 1):
        asana.with_user(str(number), f"{name}@example.com")
    seen = sighting(plan, desired(wanted("ann@example.com")), asana.state(), CONFIG, Memory())
    assert seen.absent == {
        "1": "due@example.com",
        "2": "held@example.com",
        "3": "viewer@example.com",
        "6": "grace@example.com",
    }


def test_everybody_in_the_directory_was_seen_in_scope_or_not() -> None:
    out = NotDesired((user_key("out@example.com"),), None, HERE, "out_of_scope", "contractor")
    state = desired(wanted("Ann@example.com", None, "old@example.com"), not_desired=(out,))
    seen = sighting(plan_of(), state, FakeAsana().state(), CONFIG, Memory())
    assert seen.addresses == {"ann@example.com", "old@example.com", "out@example.com"}


def test_an_address_that_asana_gives_to_somebody_else_was_not_seen() -> None:
    asana = FakeAsana().with_user("7", "ann@example.com", employeeNumber="E9")
    asana.with_user("8", "out@example.com", employeeNumber="E8").with_user("9", "cyd@example.com")
    out = NotDesired((user_key("out@example.com"),), "E2", HERE, "inactive", "left")
    state = desired(
        wanted("ann@example.com", "E1", "old@example.com"),
        wanted("cyd@example.com", "E3"),
        not_desired=(out,),
    )
    seen = sighting(plan_of(), state, asana.state(), CONFIG, Memory())
    assert seen.addresses == {"old@example.com", "cyd@example.com"}


def test_directory_keys_are_bound_to_ids() -> None:
    asana = FakeAsana().with_user("7", "ANN@example.com")
    state = desired(wanted("ann@example.com", "E1"), wanted("new@example.com", "E2"))
    assert sighting(plan_of(), state, asana.state(), CONFIG, Memory()).ids == {"E1": "7"}


def test_an_address_never_overrules_whose_user_it_is() -> None:
    asana = FakeAsana().with_user("7", "ann@example.com").with_user("8", "bob@example.com")
    asana.with_user("9", "cyd@example.com", employeeNumber="E3")
    known = Memory(ids={"E1": "7", "E2": "8"})
    # Ann and Bob swapped addresses, Cyd's went to somebody new: none of it is done in Asana yet.
    state = desired(
        wanted("bob@example.com", "E1"),
        wanted("ann@example.com", "E2"),
        wanted("cyd@example.com", "E4"),
    )
    assert sighting(plan_of(), state, asana.state(), CONFIG, known).ids == {}


def test_ids_are_noted_with_the_attribute_of_their_key() -> None:
    seen = sighting(plan_of(), desired(), FakeAsana().state(), CONFIG, Memory())
    assert seen.key_attribute == "number"


def test_ids_of_another_directory_key_keep_nobody_from_being_bound() -> None:
    asana = FakeAsana().with_user("7", "ann@example.com", employeeNumber="E2")
    asana.with_user("8", "bob@example.com")
    state = desired(wanted("ann@example.com", "E1"), wanted("bob@example.com", "E2"))
    badges = Memory(ids={"E1": "8", "E2": "7"}, key_attribute="badge")
    seen = sighting(plan_of(), state, asana.state(), CONFIG, badges)
    assert seen.ids == {"E1": "7", "E2": "8"}


def test_a_person_keeps_a_living_user_and_gets_another_after_a_dead_one() -> None:
    asana = FakeAsana().with_user("7", "ann.old@example.com").with_user("8", "ann@example.com")
    state = desired(wanted("ann@example.com", "E1"))
    known = Memory(ids={"E1": "7"})
    assert sighting(plan_of(), state, asana.state(), CONFIG, known).ids == {}
    asana.users["7"] = replace(asana.users["7"], active=False)
    assert sighting(plan_of(), state, asana.state(), CONFIG, known).ids == {"E1": "8"}


def test_who_is_in_doubt_is_bound_to_nobody() -> None:
    asana = FakeAsana().with_user("7", "ann@example.com")
    state = desired(wanted("ann@example.com", "E1"))
    doubt = UnknownSubject(subject="ann@example.com", what="person", reason="two", origin=HERE)
    plan = Plan(actions=(), unknown=(doubt,))
    assert sighting(plan, state, asana.state(), CONFIG, Memory()).ids == {}


def test_an_absence_ends_for_those_who_are_back_renamed_or_gone() -> None:
    asana = FakeAsana().with_user("1", "back@example.com").with_user("2", "old@example.com")
    asana.with_user("3", "doubt@example.com").with_user("4", "leaver@example.com")
    absences = {number: Absence(NOW, 3) for number in "12345"}
    plan = plan_of(
        update("old@example.com", "2", title("a", "b")), deactivate("leaver@example.com", "4")
    )
    state = desired(wanted("back@example.com"), wanted("new@example.com"))
    seen = sighting(plan, state, asana.state(), CONFIG, Memory(absences=absences))
    # 3 is in doubt, 4 is a leaver, and 5 is no longer in Asana.
    assert seen.present == {"1", "2", "5"}


def test_a_leaver_whom_the_run_deactivated_is_no_longer_absent() -> None:
    asana = FakeAsana().with_user("1", "gone@example.com").with_user("2", "still@example.com")
    asana.users["1"] = replace(asana.users["1"], active=False)
    plan = plan_of(deactivate("gone@example.com", "1"), deactivate("still@example.com", "2"))
    absences = {number: Absence(NOW, 3) for number in "12"}
    seen = sighting(plan, desired(), asana.state(), CONFIG, Memory(absences=absences))
    assert seen.absent == {"2": "still@example.com"}
    assert seen.present == {"1"}


def test_only_what_this_run_deactivated_or_may_have_counts() -> None:
    plan = plan_of(*(deactivate(f"u{number}@example.com", str(number)) for number in range(5)))
    outcomes = [
        Outcome(ref="deactivate_user:u0@example.com", result=Result.APPLIED, requests=1),
        Outcome(ref="deactivate_user:u1@example.com", result=Result.APPLIED),
        Outcome(ref="deactivate_user:u2@example.com", result=Result.FAILED, requests=1),
        Outcome(ref="deactivate_user:u3@example.com", result=Result.HELD),
        Outcome(
            ref="deactivate_user:u4@example.com", result=Result.FAILED, requests=1, in_doubt=True
        ),
    ]
    assert deactivated(plan, outcomes) == {"0": "u0@example.com", "4": "u4@example.com"}


def test_administrators_are_noted_where_they_were_read() -> None:
    known = Facts(administrators=("1", "2"), administrators_read=True)
    state = FakeAsana().state()
    seen = sighting(replace(plan_of(), facts=known), desired(), state, CONFIG, Memory())
    assert seen.administrators == frozenset({"1", "2"})
    remembered = replace(known, administrators_read=False)
    seen = sighting(replace(plan_of(), facts=remembered), desired(), state, CONFIG, Memory())
    assert seen.administrators is None


def test_an_undo_shows_nothing_but_the_administrators() -> None:
    plan = plan_of(
        update("ann@example.com", "1", title("B", "A")),
        undoes="run-1",
        facts=Facts(administrators=("9",), administrators_read=True),
    )
    asana = FakeAsana().with_user("1", "ann@example.com")
    seen = sighting(plan, desired(wanted("ann@example.com", "7")), asana.state(), CONFIG, Memory())
    assert seen.administrators == frozenset({"9"})
    assert not seen.addresses | seen.present
    assert (seen.ids, seen.absent) == ({}, {})
