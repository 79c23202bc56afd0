"""One request for two actions on one object: fewer requests, and never another result."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.apply.execution import Execution, ExecutionLimits, Precondition, StopSignal
from syncer.apply.executor import execute
from syncer.apply.freshness import OLDEST_READING, Freshness
from syncer.apply.joining import companions
from syncer.apply.journal_record import read_journal
from syncer.model.actions import Action, FieldChange, Member, SetLicense, UpdateUser
from syncer.model.errors import (
    AsanaError,
    AuthenticationError,
    NoSeatError,
    RejectedError,
    UnreachableError,
)
from syncer.model.outcome import Outcome
from syncer.model.state import CurrentState, CurrentTeam
from tests.apply.builders import (
    create,
    deactivate,
    grant,
    members,
    new_journal,
    new_team,
    plan_of,
    rename_team,
    run,
    title,
    update,
)
from tests.apply.fake_asana import FakeAsana
from tests.apply.stage import touched

ANN, BOB = Member("ann@example.com", "1"), Member("bob@example.com", "2")
LOST = UnreachableError("no answer within 60 s")
REFUSED = RejectedError("400 no", status=400)


def tenant() -> FakeAsana:
    asana = FakeAsana().with_user("1", "ann@example.com", license="view only", title="A")
    return asana.with_user("2", "bob@example.com").with_team("9", "Eng", "2")


def carry_out(
    asana: FakeAsana,
    folder: Path,
    *actions: Action,
    **choices: Any,
) -> Execution:
    async def work() -> Execution:
        journal = new_journal(folder)
        try:
            return await execute(plan_of(*actions), asana, journal, **choices)
        finally:
            journal.close()

    return run(work())


def licence_and_title() -> tuple[SetLicense, UpdateUser]:
    return (
        grant("ann@example.com", "1", "view only", "enterprise"),
        update("ann@example.com", "1", title("A", "B")),
    )


def told(execution: Execution) -> dict[str, str]:
    return {one.ref.partition(":")[0]: one.result.value for one in execution.outcomes}


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
TEAM: Sequence[Action] = (
    new_team("Ops"),
    members("Ops", None, add=(ANN, BOB), deps=("create_team:Ops",)),
)


@pytest.mark.parametrize("actions", [PEOPLE, TEAM], ids=["people", "team"])
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


NEW_TEAM = (new_team("Ops"), members("Ops", None, add=(ANN, BOB), deps=("create_team:Ops",)))


def team_of(asana: FakeAsana, name: str) -> CurrentTeam:
    (team,) = (team for team in asana.teams.values() if team.name == name)
    return team


def test_a_new_team_comes_with_its_members(tmp_path: Path) -> None:
    asana = tenant()
    execution = carry_out(asana, tmp_path, *NEW_TEAM)
    assert told(execution) == {"create_team": "applied", "change_members": "applied"}
    assert asana.writes == [("create_team", "Ops", "1", "2")]
    assert team_of(asana, "Ops").members == frozenset({"1", "2"})


def test_of_a_large_team_only_the_rest_follows(tmp_path: Path) -> None:
    asana = tenant()
    limits = ExecutionLimits(members_per_request=1)
    execution = carry_out(asana, tmp_path, *NEW_TEAM, limits=limits)
    assert told(execution)["change_members"] == "applied"
    team = team_of(asana, "Ops")
    assert asana.writes == [("create_team", "Ops", "1"), ("change_members", team.id, "2")]
    assert team.members == frozenset({"1", "2"})


SIX = tuple(Member(f"u{number}@example.com", str(number)) for number in range(1, 7))


@pytest.mark.parametrize("begun_by", ["create_team", "change_members"])
def test_a_run_that_stops_begins_no_further_members(tmp_path: Path, begun_by: str) -> None:
    asana, stop = FakeAsana(), StopSignal()
    for one in SIX:
        asana.with_user(one.scim_id or "", one.user)
    if begun_by == "change_members":
        asana.with_team("9", "Ops")

    class Stopping(FakeAsana):
        async def change_members(self, *arguments: Any) -> None:
            await super().change_members(*arguments)
            stop.request("interrupted by SIGTERM")

    tenant_ = Stopping(users=asana.users, teams=asana.teams)
    known = "9" if begun_by == "change_members" else None
    of_team = members("Ops", known, add=SIX, deps=() if known else ("create_team:Ops",))
    limits = ExecutionLimits(members_per_request=2)
    steps = (of_team,) if known else (new_team("Ops"), of_team)
    execution = carry_out(tenant_, tmp_path, *steps, limits=limits, stop=stop)
    changed = len(team_of(tenant_, "Ops").members or ())
    assert changed == (2 if known else 4)
    outcome = execution.outcomes[-1]
    assert (outcome.result.value, outcome.in_doubt) == ("failed", False)
    said = f"{changed} of 6 changed; the others not begun, the run stopped: interrupted by SIGTERM"
    assert outcome.detail == said
    assert len(outcome.members) == changed
    assert execution.interrupted


def test_a_run_that_stops_after_a_new_team_changes_no_further_members(tmp_path: Path) -> None:
    asana, stop = FakeAsana(), StopSignal()
    for one in SIX:
        asana.with_user(one.scim_id or "", one.user)
    execution = carry_out(
        asana,
        tmp_path,
        new_team("Ops"),
        members("Ops", None, add=SIX, deps=("create_team:Ops",)),
        limits=ExecutionLimits(members_per_request=1),
        stop=stop,
        on_outcome=lambda _, __: stop.request("SIGTERM"),
    )
    assert asana.writes == [("create_team", "Ops", "1")]
    assert execution.outcomes[1].detail.startswith("1 of 6 changed; the others not begun")


def test_a_stop_ends_the_asking_person_by_person(tmp_path: Path) -> None:
    asana, stop = FakeAsana().with_team("9", "Ops"), StopSignal()
    for one in SIX[1:]:
        asana.with_user(one.scim_id or "", one.user)

    class Stopping(FakeAsana):
        async def change_members(self, scim_id: str, add: Any, *rest: Any) -> None:
            if len(add) == 1 and add[0] == "2":
                stop.request("SIGTERM")
            await super().change_members(scim_id, add, *rest)

    stopping = Stopping(users=asana.users, teams=asana.teams)
    execution = carry_out(stopping, tmp_path, members("Ops", "9", add=SIX), stop=stop)
    assert len(stopping.writes) == 3
    assert execution.outcomes[0].detail == (
        "1 of 6 changed; the others not begun, the run stopped: SIGTERM; "
        "not changed: u1@example.com: 400 no user 1"
    )


def test_a_token_that_dies_between_two_chunks_says_how_many_were_changed(tmp_path: Path) -> None:
    asana = FakeAsana().with_team("9", "Ops")
    for one in SIX:
        asana.with_user(one.scim_id or "", one.user)
    asana.fail("change_members", AuthenticationError("401 no", status=401), about="3", times=9)
    limits = ExecutionLimits(members_per_request=2)
    execution = carry_out(asana, tmp_path, members("Ops", "9", add=SIX), limits=limits)
    assert execution.outcomes[0].detail == "401 no; 2 of 6 changed before"
    assert len(asana.writes) == 2


def test_a_member_who_is_refused_keeps_neither_team_nor_others_back(tmp_path: Path) -> None:
    asana = tenant()
    stranger = Member("who@example.com", "77")
    team = members("Ops", None, add=(ANN, stranger, BOB), deps=("create_team:Ops",))
    execution = carry_out(asana, tmp_path, new_team("Ops"), team)
    assert told(execution) == {"create_team": "applied", "change_members": "failed"}
    assert "1 of 3 not changed: who@example.com" in execution.outcomes[1].detail
    assert team_of(asana, "Ops").members == frozenset({"1", "2"})
    # A refused create is looked for before it is asked for again: nobody promises that nothing
    # of it was carried out.
    assert [call[0] for call in asana.calls][:3] == ["create_team", "find_teams", "create_team"]


def test_a_team_that_came_about_although_refused_is_not_made_twice(tmp_path: Path) -> None:
    asana = tenant().fail("create_team", REFUSED, committed=True)
    asana.fail("change_members", REFUSED, about="nobody")
    execution = carry_out(asana, tmp_path, *NEW_TEAM)
    assert told(execution) == {"create_team": "applied", "change_members": "applied"}
    # Its answer was not lost: Asana said no, and it is there.
    said = "refused, and a lookup found it: adopted (400 no)"
    assert execution.outcomes[0].detail == said
    assert len([call for call in asana.calls if call[0] == "create_team"]) == 1


@pytest.mark.parametrize("committed", [False, True])
def test_a_lost_answer_to_a_new_team_is_looked_up(tmp_path: Path, *, committed: bool) -> None:
    asana = tenant().fail("create_team", LOST, committed=committed)
    execution = carry_out(asana, tmp_path, *NEW_TEAM)
    # Its members were asked for in that request, so that they are no skipped ones.
    expected = ("applied", "applied") if committed else ("failed", "failed")
    assert tuple(told(execution).values()) == expected
    assert {one.in_doubt for one in execution.outcomes} == {not committed}
    assert len([call for call in asana.calls if call[0] == "create_team"]) == 1


class Discreet(FakeAsana):
    """Answers with a team of which it shows no members, and may not have taken them."""

    def __init__(self, shown: frozenset[str] | None) -> None:
        super().__init__()
        self.shown = shown

    async def create_team(self, name: str, members: Sequence[str] = ()) -> CurrentTeam:
        team = await super().create_team(name, members)
        self.teams[team.id] = replace(team, members=self.shown or frozenset())
        return replace(team, members=self.shown)


@pytest.mark.parametrize("shown", [None, frozenset(), frozenset({"1"})])
def test_members_that_the_answer_does_not_show_are_added(
    tmp_path: Path, shown: frozenset[str] | None
) -> None:
    asana = Discreet(shown).with_user("1", "ann@example.com").with_user("2", "bob@example.com")
    execution = carry_out(asana, tmp_path, *NEW_TEAM)
    assert told(execution)["change_members"] == "applied"
    assert team_of(asana, "Ops").members == frozenset({"1", "2"})
    assert len(asana.writes) == 2


RENAMED = (
    rename_team("9", "Eng", "Engineering"),
    members("Engineering", "9", add=(ANN,), remove=(BOB,)),
)


def test_a_new_name_and_new_members_are_one_request(tmp_path: Path) -> None:
    asana = tenant()
    assert set(told(carry_out(asana, tmp_path, *RENAMED)).values()) == {"applied"}
    assert asana.writes == [("change_members", "9", "=Engineering", "1", "-2")]
    assert asana.teams["9"].name == "Engineering"
    assert asana.teams["9"].members == frozenset({"1"})


def test_a_name_that_is_refused_keeps_no_members_back(tmp_path: Path) -> None:
    asana = tenant().fail("change_members", REFUSED, about="=Engineering")
    asana.fail("rename_team", REFUSED)
    execution = carry_out(asana, tmp_path, *RENAMED)
    assert told(execution) == {"rename_team": "failed", "change_members": "applied"}


def test_what_is_held_and_what_has_no_partner_goes_its_own_way() -> None:
    licence, update_user = licence_and_title()
    other = update("bob@example.com", "2", title(None, "C"))
    gone = deactivate("bob@example.com", "2")
    assert companions((licence, replace(update_user, held="a guard"), other, gone)) == {}
    assert companions((update_user, licence)) == {update_user.ref: licence}


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
