"""Runs that change something, and their undoing, through the command line."""

from pathlib import Path
from typing import Any

from tests.story.harness import Ended, House

ALL = ("--allow", "create=99")


def latest(house: House) -> Path:
    return max(
        (house.folder / "journal").glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns
    )


def changed(house: House, old: str, new: str) -> str:
    """The id of a run that carried this change of the directory out."""
    house.edit("people.csv", old, new)
    ended = house.apply("--format", "json")
    assert ended.code == 0, ended
    return str(ended.json["run_id"])


def undo(house: House, run: str, *arguments: str) -> Ended:
    return house.plan("--undo", run, *arguments)


def undone(house: House, run: str, *arguments: str) -> Ended:
    saved = str(house.folder / "undo.json")
    assert undo(house, run, "--out", saved).code in {0, 3}
    return house.apply(saved, *arguments)


def plan_of(ended: Ended) -> Any:
    return ended.json["plan"]


def person(house: House, name: str) -> Any:
    (found,) = (one for one in house.tenant()["users"] if one["userName"].startswith(name))
    return found
