"""The crontab and its script: silent while all is well, and else in words."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from syncer.apply.lock import Holder, run_lock
from syncer.model.exits import Exit
from tests.apply.builders import NOW
from tests.story.harness import PEOPLE, House, furnish
from tests.story.told import ROOT, page

FOLDER = ROOT / "configs" / "cron"
LINE = re.compile(r"(\d+) (\d+) \* \* \*  (.+)")


def crontab() -> tuple[dict[str, str], list[tuple[int, str]]]:
    """What the crontab sets, and its commands with the minute of the day."""
    settings, commands = {}, []
    for line in (FOLDER / "crontab").read_text(encoding="utf-8").splitlines():
        if told := LINE.fullmatch(line):
            commands.append((int(told[2]) * 60 + int(told[1]), told[3]))
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            settings[name] = value
    return settings, commands


def cron(house: House, number: int) -> subprocess.CompletedProcess[str]:
    """Run a line of the crontab as cron does: its settings, and hardly anything else."""
    settings, commands = crontab()
    programs = house.folder.parent / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "syncer").write_text(f'#!/bin/sh\nexec {sys.executable} -m syncer "$@"\n')
    (programs / "syncer").chmod(0o755)
    environment = {
        **{name: value for name, value in settings.items() if name != "MAILTO"},
        "PATH": settings["PATH"].replace("/opt/syncer/bin", str(programs)),
        "SYNCER_CONFIG": str(house.folder / "syncer.yaml"),
        "PYTHONPATH": str(ROOT),
        "HOME": str(house.folder),
        "LOGNAME": "syncer",
    }
    command = commands[number][1].replace("/opt/syncer/nightly", str(FOLDER / "nightly"))
    return subprocess.run(
        [settings["SHELL"], "-c", command],
        env=environment,
        cwd=house.folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def house(tmp_path: Path) -> House:
    folder = tmp_path / "home"
    folder.mkdir()
    return furnish(folder)


def test_no_file_is_forgotten() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {"README.md", "crontab", "nightly"}
    told = page(FOLDER / "README.md")
    assert not told.broken_links()
    settings, commands = crontab()
    assert {"MAILTO", "SHELL", "PATH", "SYNCER_CONFIG"} == set(settings)
    for minute, _ in commands:
        assert f"At {minute // 60:02}:{minute % 60:02} " in told.text


def test_cron_takes_no_percent_sign_for_itself() -> None:
    assert not any("%" in command for _, command in crontab()[1])
    assert os.access(FOLDER / "nightly", os.X_OK)


def test_while_all_is_well_there_is_nothing_to_mail(house: House) -> None:
    for number in (0, 1, 0):
        done = cron(house, number)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(house.tenant()["users"]) == 3


def test_when_a_run_was_missed_the_look_says_so(house: House) -> None:
    done = cron(house, 1)
    assert done.returncode == 1
    assert done.stdout.startswith("not healthy: there was no good run yet\n")


def test_a_broken_directory_is_mailed_with_file_and_line(house: House) -> None:
    house.write("people.csv", "")
    done = cron(house, 0)
    assert done.returncode == 64
    head, _, rest = done.stdout.partition("\n\n")
    assert head == "syncer: the config or the directory cannot be used (exit code 64)"
    assert "people.csv" in rest


def test_a_lock_that_another_run_holds_is_mailed_with_its_name(house: House) -> None:
    (house.folder / "journal").mkdir()
    with run_lock(house.folder / "journal" / ".lock", Holder("run-7", 7, "box", NOW)):
        done = cron(house, 0)
    assert done.returncode == 5
    assert "run run-7" in done.stdout


def test_removals_that_wait_are_mailed(house: House) -> None:
    rows = "".join(f"1{n:03},leaver{n}@example.com,L,{n},Guest,Sales,,active\n" for n in range(12))
    house.write("people.csv", PEOPLE + rows)
    assert cron(house, 0).returncode == 0
    house.write("people.csv", PEOPLE)
    house.edit("syncer.yaml", "  key:", "  expect: {max_shrink_percent: null}\n  key:")
    done = cron(house, 0)
    assert done.returncode == 6
    assert done.stdout.startswith("syncer: removals wait for a person (exit code 6)\n\n")
    assert cron(house, 1).returncode == 0


def test_the_script_has_words_for_every_exit_code_of_apply() -> None:
    script = (FOLDER / "nightly").read_text(encoding="utf-8")
    told = {int(code) for code in re.findall(r"^    (\d+)\)", script, re.MULTILINE)}
    # 2 is for plan --detailed-exitcode alone.
    assert told == set(Exit) - {Exit.CHANGES_PENDING}
