"""One request for two actions on one person: fewer requests, and never another result."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.apply.execution import ExecutionLimits, Precondition, StopSignal
from syncer.apply.freshness import OLDEST_READING, Freshness
from syncer.apply.joining import companions
from syncer.apply.journal_record import read_journal
from syncer.model.actions import Action, FieldChange, UpdateUser
from syncer.model.errors import AuthenticationError, NoSeatError, UnreachableError
from syncer.model.outcome import Outcome
from syncer.model.state import CurrentState
from tests.apply.asked import LOST
from tests.apply.builders import create, deactivate, grant, plan_of, title, update
from tests.apply.joined import NEW_TEAM, REFUSED, carry_out, licence_and_title, tenant, told
from tests.apply.stage import touched


def test_a_licence_and_a_title_of_one_user_are_one_request(tmp_path: Path) -> None:
    asana = tenant()
    execution = carry_out(asana, tmp_path, *licence_and_title())
    assert told(execution) == {"set_license": "applied", "update_user": "applied"}
    assert asana.writes == [("update_user", "1", "userType", "title")]
    assert (asana.users["1"].license, asana.users["1"].attributes["title"]) == ("enterprise", "B")
    assert [one.requests for one in execution.outcomes] == [1, 1]
    entries = [json.loads(line) for line in (tmp_path / "run-1.jsonl").read_text().splitlines()]
    intents = {one["ref"]: one for one in entries if one["entry"] == "intent"}
    assert intents["update_user:ann@example.com"]["with"] == "set_license:ann@example.com"
    assert intents["update_user:ann@example.com"]["before"] == {"title": "A"}
    assert intents["set_license:ann@example.com"]["after"] == {"userType": "enterprise"}
    assert read_journal(tmp_path / "run-1.jsonl").doubtful == ()


@pytest.mark.parametrize("about", ["userType", "title"])
def test_what_is_refused_together_is_asked_for_alone(tmp_path: Path, about: str) -> None:
    asana = tenant().fail("update_user", REFUSED, about=about, times=2)
    execution = carry_out(asana, tmp_path, *licence_and_title())
    wrong, right = ("set_license", "update_user")[:: 1 if about == "userType" else -1]
    assert told(execution) == {wrong: "failed", right: "applied"}
    assert len(asana.writes) == 3


def test_without_a_seat_the_licence_waits_and_the_title_goes(tmp_path: Path) -> None:
    asana = tenant().fail("update_user", NoSeatError("no seats", status=400), about="userType")
    execution = carry_out(asana, tmp_path, *licence_and_title())
    assert told(execution) == {"set_license": "held", "update_user": "applied"}
    assert asana.writes[1:] == [("update_user", "1", "title")]


@pytest.mark.parametrize("committed", [False, True])
def test_a_lost_answer_leaves_both_in_doubt_and_the_second_is_asked_for_again(
    tmp_path: Path, *, committed: bool
) -> None:
    asana = tenant().fail("update_user", LOST, committed=committed)
    execution = carry_out(asana, tmp_path, *licence_and_title())
    assert told(execution) == {"set_license": "failed", "update_user": "applied"}
    assert execution.outcomes[0].in_doubt
    assert asana.users["1"].attributes["title"] == "B"


def test_a_dead_token_is_not_asked_again(tmp_path: Path) -> None:
    asana = tenant().fail("update_user", AuthenticationError("401", status=401))
    execution = carry_out(asana, tmp_path, *licence_and_title())
    assert told(execution) == {"set_license": "failed", "update_user": "skipped"}
    assert len(asana.writes) == 1


def test_a_run_that_is_stopped_in_between_tells_what_was_carried(tmp_path: Path) -> None:
    asana, stop = tenant(), StopSignal()
    several = (*licence_and_title(), update("bob@example.com", "2", title(None, "C")))

    def after_the_first(action: Action, _: Outcome) -> None:
        stop.request(f"after {action.ref}")

    execution = carry_out(asana, tmp_path, *several, stop=stop, on_outcome=after_the_first)
    assert [one.result.value for one in execution.outcomes] == ["applied", "applied", "skipped"]
    assert len(asana.writes) == 1


PEOPLE: Sequence[Action] = (
    grant("ann@example.com", "1", "view only", "enterprise"),
    grant("bob@example.com", "2", "view only", "enterprise"),
    update("ann@example.com", "1", title("A", "B")),
)


@pytest.mark.parametrize("actions", [PEOPLE, NEW_TEAM], ids=["people", "team"])
@pytest.mark.parametrize("at_once", [1, 15])
@pytest.mark.parametrize("chunk", [1, 100])
def test_a_journal_cut_anywhere_tells_of_every_action_that_a_request_may_have_changed(
    tmp_path: Path, actions: Sequence[Action], at_once: int, chunk: int
) -> None:
    limits = ExecutionLimits(writes_in_flight=at_once, members_per_request=chunk)
    execution = carry_out(tenant(), tmp_path, *actions, limits=limits)
    assert {one.result.value for one in execution.outcomes} == {"applied"}
    lines = (tmp_path / "run-1.jsonl").read_bytes().splitlines(keepends=True)
    for kept in range(1, len(lines) + 1):
        cut = tmp_path / f"cut-{kept}.jsonl"
        cut.write_bytes(b"".join(lines[:kept]))
        record = read_journal(cut)
        asked = {one["ref"] for one in record.entries if one["entry"] == "intent"}
        ended = {one.ref for one in record.outcomes}
        assert ended | set(record.doubtful) == asked
        assert not ended & set(record.doubtful)


def test_what_was_carried_along_is_told_together_with_what_carried_it(tmp_path: Path) -> None:
    seen: list[tuple[set[str], tuple[str, ...]]] = []

    def look(_: Action, __: Outcome) -> None:
        record = read_journal(tmp_path / "run-1.jsonl")
        seen.append(({one.ref for one in record.outcomes}, record.doubtful))

    limits = ExecutionLimits(writes_in_flight=1)
    carry_out(tenant(), tmp_path, *PEOPLE, limits=limits, on_outcome=look)
    licence, other, changed = (action.ref for action in PEOPLE)
    assert seen == [({licence, changed}, ()), *[({licence, other, changed}, ())] * 2]
    entries = read_journal(tmp_path / "run-1.jsonl").entries
    outcomes = [one["ref"] for one in entries if one["entry"] == "outcome"]
    assert sorted(outcomes) == sorted(action.ref for action in PEOPLE)


def test_who_must_wait_is_not_taken_along(tmp_path: Path) -> None:
    asana = tenant()
    licence, update_user = licence_and_title()
    release = update(
        "bob@example.com", "2", FieldChange("userName", "bob@example.com", "b@example.com")
    )
    waits = replace(update_user, depends_on=(release.ref,))
    carry_out(asana, tmp_path, licence, release, waits)
    assert [call[2] for call in asana.writes] == ["userType", "userName", "title"]


def test_what_others_have_changed_is_not_taken_along(tmp_path: Path) -> None:
    async def moved(together: Sequence[Action]) -> Mapping[str, str]:
        return {one.ref: "title is Z" for one in together if isinstance(one, UpdateUser)}

    asana = tenant()
    execution = carry_out(asana, tmp_path, *licence_and_title(), precondition=moved)
    assert told(execution) == {"set_license": "applied", "update_user": "skipped"}
    assert asana.users["1"].attributes["title"] == "A"


async def no_line(_: Sequence[Action]) -> Mapping[str, str]:
    raise UnreachableError("no line")


def test_nothing_is_written_once_the_run_stops_while_both_are_asked_for(tmp_path: Path) -> None:
    stop = StopSignal()

    async def stopped(_: Sequence[Action]) -> Mapping[str, str]:
        stop.request("interrupted by SIGTERM")
        return {}

    preconditions: Sequence[Precondition] = (stopped, no_line)
    for number, precondition in enumerate(preconditions):
        asana, folder = tenant(), tmp_path / str(number)
        execution = carry_out(
            asana, folder, *licence_and_title(), stop=stop, precondition=precondition
        )
        assert told(execution) == {"set_license": "skipped", "update_user": "skipped"}
        assert asana.writes == []


@pytest.mark.parametrize("young", range(5))
def test_both_are_judged_by_one_reading(tmp_path: Path, young: int) -> None:
    """The reading has grown too old after so many looks at the clock."""
    asana = tenant()
    plan = plan_of(*licence_and_title(), touched=(touched(title="A", license_name="view only"),))
    clock = itertools.chain([0.0] * young, itertools.repeat(OLDEST_READING + 1))

    async def read() -> CurrentState:
        asana.with_user("1", "ann@example.com", license="view only", title="Z")
        return asana.state()

    fresh = Freshness(plan, {}, read=read, clock=lambda: next(clock))
    execution = carry_out(asana, tmp_path, *plan.actions, precondition=fresh)
    # The first look is at the first reading; nobody asks again for what was carried along.
    moved = young == 1
    result = "skipped" if moved else "applied"
    assert told(execution) == {"set_license": result, "update_user": result}
    assert asana.writes == ([] if moved else [("update_user", "1", "userType", "title")])


def test_a_manager_who_is_not_there_yet_is_not_taken_along(tmp_path: Path) -> None:
    asana = tenant()
    licence, _ = licence_and_title()
    new = create("new@example.com")
    manager = FieldChange("manager", None, "new@example.com")
    later = update("ann@example.com", "1", manager, deps=(new.ref,))
    assert told(carry_out(asana, tmp_path, licence, new, later))["update_user"] == "applied"
    assert len(asana.writes) == 3


def test_what_is_held_and_what_has_no_partner_goes_its_own_way() -> None:
    licence, update_user = licence_and_title()
    other = update("bob@example.com", "2", title(None, "C"))
    gone = deactivate("bob@example.com", "2")
    assert companions((licence, replace(update_user, held="a guard"), other, gone)) == {}
    assert companions((update_user, licence)) == {update_user.ref: licence}
