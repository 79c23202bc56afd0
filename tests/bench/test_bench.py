"""The benchmark works and measures the right thing. No time is asserted: that is its own job."""

import json
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.bench import local, organisation, runs, startup
from tests.bench.__main__ import PARTS, main
from tests.bench.figures import Figure, as_json, as_table
from tests.bench.measured import best

PEOPLE = 200
QUICK = {"requests_per_minute": 60_000, "latency_ms": 1}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main([*arguments, "--people", str(PEOPLE), "--runs", "1"])
    return capsys.readouterr().out


@pytest.mark.parametrize("form", local.FORMATS)
def test_the_floor_finds_the_actions_of_the_plan(form: str) -> None:
    (row,) = local.rows(PEOPLE, 1, (form,))  # which compares them
    changed = organisation.changed_people(organisation.organisation(PEOPLE))
    teams = organisation.changed_teams(organisation.organisation(PEOPLE))
    expected = {kind: len(who) for kind, who in changed.items()} | {"change_members": len(teams)}
    assert all(expected.values())
    for floor in (row.floor, row.rested):
        found = json.loads(floor.out)
        assert {kind: len(names) for kind, names in found.items()} == expected
    assert b"Guards pass." in row.plan.out


def test_actions_that_differ_end_the_benchmark() -> None:
    (row,) = local.rows(PEOPLE, 1, ("csv",))
    with pytest.raises(SystemExit, match="the floor finds"):
        local.agree({"plan": {"actions": []}}, row.floor)


def test_as_many_actions_on_others_end_the_benchmark() -> None:
    (row,) = local.rows(PEOPLE, 1, ("csv",))
    actions = [
        {"kind": kind, "user_name": f"{name}.org"}
        for kind, names in json.loads(row.floor.out).items()
        for name in names
    ]
    with pytest.raises(SystemExit, match="or other names"):
        local.agree({"plan": {"actions": actions}}, row.floor)


def test_a_command_that_fails_ends_the_benchmark() -> None:
    with pytest.raises(SystemExit, match="exit code 3\nit broke"):
        best(2, (sys.executable, "-c", "print('it broke'); raise SystemExit(3)"))


def test_the_smallest_number_of_requests_is_the_one_that_the_readme_tells() -> None:
    assert runs.smallest(organisation.organisation(10_000)).total() == 769


def test_a_run_is_counted_and_timed_at_the_tenant() -> None:
    found = organisation.organisation(PEOPLE)
    run = runs.applied(found, QUICK, 60_000)
    assert run.asked["PATCH Groups/id"] == runs.smallest(found)["PATCH Groups/id"]
    assert run.requests >= runs.smallest(found).total()
    assert 0 < run.between < run.wall
    assert run.throttled == 0


def test_every_part_has_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "AT_LEAST", 1)

    def quickly(people: int) -> Iterator[Figure]:
        yield from timed(people, QUICK, 60_000)

    timed = runs.pace_figures
    monkeypatch.setattr(runs, "pace_figures", quickly)
    told = json.loads(run(capsys, "--json", "--format", "csv"))
    parts = Counter(figure["part"] for figure in told["figures"])
    assert parts.keys() == set(PARTS)
    assert all(figure["value"] > 0 for figure in told["figures"] if figure["measure"] != "429s")


def test_a_part_can_be_had_alone(capsys: pytest.CaptureFixture[str]) -> None:
    table = run(capsys, "--part", "local", "--format", "yaml").splitlines()
    assert table[0].split() == ["part", "of", "measure", "figure", "floor", "ratio", "goal"]
    assert [line.split()[0] for line in table[1:]] == ["local"] * 3
    assert all(f"yaml, {PEOPLE} people" in line for line in table[1:])


def test_the_table_says_which_goals_are_met() -> None:
    figures = [
        Figure(part="local", subject="a", measure="CPU seconds", value=4, floor=2, most=2),
        Figure(part="local", subject="b", measure="CPU seconds", value=5.5, floor=2, most=2),
        Figure(part="local", subject="b", measure="MiB resident", value=12345, most=400),
        Figure(part="pace", subject="c", measure="429s", value=0, most=0),
        Figure(part="render", subject="d", measure="bytes", value=7),
    ]
    assert as_table(figures) == (
        "part    of  measure       figure  floor  ratio    goal\n"
        "local   a   CPU seconds        4      2   2.00    <= 2     met\n"
        "local   b   CPU seconds      5.5      2   2.75    <= 2  MISSED\n"
        "local   b   MiB resident  12,345                <= 400  MISSED\n"
        "pace    c   429s               0                  <= 0     met\n"
        "render  d   bytes              7\n"
    )
    assert [row["met"] for row in json.loads(as_json(figures))["figures"]] == [
        True, False, False, True, None
    ]  # fmt: skip


@pytest.mark.parametrize("people", [100, 1_000])
def test_an_organisation_is_the_same_every_time(people: int) -> None:
    first, second = organisation.organisation(people), organisation.organisation(people)
    assert first == second
    assert sum(map(len, organisation.changed_people(first).values())) == max(5, people // 50)
