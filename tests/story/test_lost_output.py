"""Output that nobody takes: what was done in Asana decides how a run ends."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.story.harness import House

FULL = Path("/dev/full")
"""A device on which every write ends as on a full disk."""

APPLY = ("apply", "--yes", "--quiet", "--format", "json")


def run(house: House, *arguments: str, **streams: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "syncer", "-c", str(house.folder / "syncer.yaml")]
    # Buffered, as it is by default: what is left in a buffer is written when the process ends.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [*command, *arguments], check=False, timeout=60, env=environment, **streams
    )


def without(descriptor: int) -> Any:
    return {"preexec_fn": lambda: os.close(descriptor)}


def test_a_report_that_finds_no_room_never_says_that_nothing_was_done(house: House) -> None:
    with FULL.open("wb") as full:
        ended = run(house, *APPLY, stdout=full, stderr=subprocess.PIPE)
    assert ended.returncode == 4
    assert b"No space left" in ended.stderr
    assert house.plan("--detailed-exitcode").code == 0


def test_a_report_that_would_say_of_no_change_leaves_the_run_failed(house: House) -> None:
    assert house.apply().code == 0
    with FULL.open("wb") as full:
        assert run(house, *APPLY, stdout=full, stderr=subprocess.DEVNULL).returncode == 1


def test_a_reader_who_left_does_not_make_a_run_fail(house: House) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert run(house, *APPLY, stdout=writing, stderr=subprocess.DEVNULL).returncode == 0
    finally:
        os.close(writing)
    assert house.plan("--detailed-exitcode").code == 0


def test_a_log_that_finds_no_room_stops_nothing(house: House) -> None:
    with FULL.open("wb") as full:
        debug = ("--log-level", "debug")
        assert run(house, *APPLY, *debug, stdout=subprocess.DEVNULL, stderr=full).returncode == 0
    assert house.plan("--detailed-exitcode").code == 0


@pytest.mark.parametrize("descriptor", [1, 2])
def test_a_closed_stream_is_no_defect(house: House, descriptor: int) -> None:
    ended = run(house, "apply", "--yes", **without(descriptor))
    assert ended.returncode == 0
    assert house.plan("--detailed-exitcode").code == 0


def test_a_report_without_a_folder_is_refused_before_anything_is_done(house: House) -> None:
    ended = house.apply("--report", str(house.folder / "nowhere" / "report.json"))
    assert ended.code == 64
    assert "there is no folder" in ended.err
    assert not (house.folder / "tenant.json").exists()
