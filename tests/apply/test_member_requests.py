"""How the members of a team travel: in chunks, and one by one where somebody is refused."""

from pathlib import Path

import pytest

from syncer.apply.execution import ExecutionLimits
from syncer.apply.identities import Identities
from syncer.model.actions import Member
from syncer.model.outcome import Outcome, Result
from tests.apply.asked import LOST, Asked
from tests.apply.builders import create, members
from tests.apply.fake_asana import FakeAsana


def team_of(count: int, *, known: int | None = None) -> tuple[FakeAsana, tuple[Member, ...]]:
    asana = FakeAsana().with_team("9", "T")
    people = tuple(Member(f"u{number:03}@example.com", f"u{number:03}") for number in range(count))
    for one in people[:known]:
        asana.with_user(one.scim_id or "", one.user)
    return asana, people


def test_members_travel_in_chunks_additions_first(tmp_path: Path) -> None:
    asana, people = team_of(250)
    asana.with_team("9", "T", *(f"u{number:03}" for number in range(30)))
    change = members("T", "9", add=people[30:], remove=people[:30])
    asked = Asked(change, asana, tmp_path)
    assert asked.result is Result.APPLIED
    assert [len(call) - 2 for call in asana.calls] == [100, 100, 50]
    assert not any(about.startswith("-") for about in asana.calls[0])
    assert asana.teams["9"].members == frozenset(f"u{number:03}" for number in range(30, 250))


def test_a_refused_chunk_is_repeated_one_by_one_to_find_the_culprit(tmp_path: Path) -> None:
    asana, people = team_of(8)
    del asana.users["u005"]
    asked = Asked(
        members("T", "9", add=people),
        asana,
        tmp_path,
        limits=ExecutionLimits(members_per_request=4),
    )
    assert asked.result is Result.FAILED
    assert asked.detail == "1 of 8 not changed: u005@example.com: 400 no user u005"
    assert len(asana.teams["9"].members or ()) == 7
    # Two chunks, and the second one again person by person.
    assert len(asana.writes) == 2 + 4
    assert asked.attempts.sent == 6


def test_a_chunk_that_nobody_answered_is_not_repeated(tmp_path: Path) -> None:
    asana, people = team_of(3)
    asana.fail("change_members", LOST)
    asked = Asked(members("T", "9", add=people), asana, tmp_path)
    assert asked.result is Result.FAILED
    assert asked.detail.startswith("3 of 3 not changed: u000@example.com: no answer")
    assert len(asana.writes) == 1
    assert asked.journal.doubtful == ("change_members:T",)


def test_a_team_that_is_gone_fails_with_everybody_named(tmp_path: Path) -> None:
    asana, people = team_of(12)
    del asana.teams["9"]
    asked = Asked(members("T", "9", add=people), asana, tmp_path)
    assert asked.result is Result.FAILED
    assert asked.detail.endswith("u009@example.com: 404 no team 9; and 2 more")


@pytest.mark.parametrize(
    ("came", "result"),
    [(Result.FAILED, Result.FAILED), (Result.SKIPPED, Result.FAILED), (Result.HELD, Result.HELD)],
)
def test_who_was_not_created_is_left_out(came: Result, result: Result, tmp_path: Path) -> None:
    asana, people = team_of(2)
    identities = Identities()
    newcomer = create("new@example.com")
    identities.learn(newcomer, Outcome(ref=newcomer.ref, result=came))
    change = members("T", "9", add=(*people, Member("new@example.com", None)))
    asked = Asked(change, asana, tmp_path, identities=identities)
    assert asked.result is result
    assert asked.detail == f"1 of 3 not changed: new@example.com was not created: {came}"
    assert len(asana.teams["9"].members or ()) == 2


def test_when_nobody_is_left_nothing_is_sent(tmp_path: Path) -> None:
    asana, _ = team_of(0)
    asked = Asked(members("T", "9", add=(Member("new@example.com", None),)), asana, tmp_path)
    assert asked.result is Result.SKIPPED
    assert asked.detail == "1 of 1 not changed: new@example.com has no id in Asana yet"
    assert asana.calls == []


def test_additions_that_all_wait_for_held_people_are_held(tmp_path: Path) -> None:
    asana, _ = team_of(0)
    identities = Identities()
    newcomer = create("new@example.com")
    identities.learn(newcomer, Outcome(ref=newcomer.ref, result=Result.HELD))
    change = members("T", "9", add=(Member("new@example.com", None),))
    asked = Asked(change, asana, tmp_path, identities=identities)
    assert asked.result is Result.HELD
    assert asked.detail == "1 of 1 not changed: new@example.com was not created: held"
    assert asana.calls == []
