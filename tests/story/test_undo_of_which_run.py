"""Which run is taken back: a killed one, a resumed one, and none of an edited journal."""

import pytest

from tests.story.harness import House
from tests.story.undoing import changed, latest, person, plan_of, undo, undone


def test_of_a_killed_run_what_took_effect_is_taken_back(staffed: House) -> None:
    before = staffed.tenant()
    run = changed(staffed, "Zoë,Müller,Engineer,Engineering", "Zoë,Miller,Chief,Sales")
    journal = latest(staffed)
    lines = journal.read_bytes().splitlines(keepends=True)
    intents = [number for number, line in enumerate(lines) if b'"intent"' in line]
    # The last request left, and nobody lived to see its answer.
    journal.write_bytes(b"".join(lines[: intents[-1] + 1]) + b'{"entry":"answ')
    assert undone(staffed, run).code == 0
    assert staffed.tenant() == before


def resumed(house: House) -> tuple[str, str]:
    """The ids of a run that was killed after its first change, and of the one that went on."""
    house.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    house.edit("people.csv", "Grace,Hopper,Engineer", "Grace,Hopper,Admiral")
    saved = str(house.folder / "plan.json")
    assert house.plan("--out", saved).code == 0
    assert house.apply(saved).code == 0
    killed = latest(house)
    lines = killed.read_bytes().splitlines(keepends=True)
    (late,) = (n for n, line in enumerate(lines) if b'"intent"' in line and b"zoe@" in line)
    killed.write_bytes(b"".join(lines[:late]))
    house.edit("tenant.json", '"title": "Chief"', '"title": "Engineer"')
    house.apply(saved)
    assert latest(house) != killed
    assert person(house, "zoe")["title"] == "Chief"
    return killed.stem, latest(house).stem


def test_of_a_run_that_went_on_with_another_both_are_taken_back(staffed: House) -> None:
    before = staffed.tenant()
    first, second = resumed(staffed)
    plan = plan_of(undo(staffed, second, "--format", "json"))
    assert plan["undoes"] == second
    told = [one["text"] for one in plan["notices"] if one["subject"] == f"run {second}"]
    assert told == [f"it carried on with the plan of {first}: what that did is taken back too"]
    origins = {action["origin"]["path"] for action in plan["actions"]}
    assert origins == {f"journal/{first}.jsonl", f"journal/{second}.jsonl"}
    assert undone(staffed, second).code == 0
    assert staffed.tenant() == before


def test_of_a_run_that_another_went_on_with_its_own_part_is_taken_back(staffed: House) -> None:
    first, second = resumed(staffed)
    plan = plan_of(undo(staffed, first, "--format", "json"))
    assert [action["user_name"] for action in plan["actions"]] == ["grace@example.com"]
    told = [one["text"] for one in plan["notices"] if one["subject"] == f"run {first}"]
    assert f"run {second} carried on with its plan: undo that run to take back both" in told


def test_without_the_journal_of_the_first_part_nothing_is_taken_back(staffed: House) -> None:
    first, second = resumed(staffed)
    (staffed.folder / "journal" / f"{first}.jsonl").unlink()
    ended = undo(staffed, second)
    assert ended.code == 64
    assert f"went on with what run {first} had begun" in " ".join(ended.err.split())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"title":"Engineer"', b'"title":"Janitor!"', "was edited"),
        (b'"result":"applied"', b'"result":"failed"', "was edited"),
    ],
)
def test_an_edited_journal_is_refused(staffed: House, old: bytes, new: bytes, said: str) -> None:
    run = changed(staffed, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    journal = latest(staffed)
    assert old in journal.read_bytes()
    journal.write_bytes(journal.read_bytes().replace(old, new))
    refused = undo(staffed, run)
    assert refused.code == 64
    assert said in refused.err
    assert refused.out == ""


def test_a_run_of_another_tenant_is_refused(staffed: House) -> None:
    run = changed(staffed, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    staffed.edit("syncer.yaml", "sandbox: tenant.json", "sandbox: other.json")
    refused = undo(staffed, run)
    assert refused.code == 64
    assert "that run changed sandbox tenant.json, and this is sandbox other.json" in refused.err


def test_a_run_is_named_by_its_id_the_beginning_of_it_or_its_file(staffed: House) -> None:
    run = changed(staffed, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    for name in (run, run[:-1], str(latest(staffed))):
        assert plan_of(undo(staffed, name, "--format", "json"))["undoes"] == run
    several = undo(staffed, "20")
    assert several.code == 64
    assert "2 runs begin so" in several.err
    assert run in several.err
    for name in ("nobody", "", str(staffed.folder / "people.csv"), "x" * 300 + ".jsonl"):
        unknown = undo(staffed, name)
        assert unknown.code == 64, unknown
        assert "there is no such run" in unknown.err
        assert run in unknown.err


def test_without_any_run_there_is_nothing_to_undo(house: House) -> None:
    refused = undo(house, "20261125T000000Z-abcdef")
    assert refused.code == 64
    assert "there is no journal yet" in refused.err


def test_a_team_that_a_killed_run_created_gives_its_members_back(staffed: House) -> None:
    staffed.edit("syncer.yaml", "teams:", "teams:\n  - {name: All, when: \"title == 'Engineer'\"}")
    assert staffed.apply().code == 0
    journal = latest(staffed)
    lines = journal.read_bytes().splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if b'"answer"' in line)
    # The team came with its first members, and nobody lived to write its id down.
    journal.write_bytes(b"".join(lines[:first]))
    plan = plan_of(undo(staffed, journal.stem, "--format", "json"))
    (action,) = plan["actions"]
    assert [one["user"] for one in action["remove"]] == ["grace@example.com", "zoe@example.com"]
    assert [one["subject"] for one in plan["manual"]] == ["All"]
    assert any("its journal has no end" in one["text"] for one in plan["notices"])
    assert undone(staffed, journal.stem).code == 0
    assert not plan_of(undo(staffed, journal.stem, "--format", "json"))["actions"]
