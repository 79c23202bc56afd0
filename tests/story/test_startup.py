"""Start-up counts for cron and completion: the light paths stay light."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "pydantic",
    "httpx",
    "deepdiff",
    "jinja2",
    "structlog",
    "yaml",
    "rich",
    "sqlite3",
    "apprise",
    "prometheus_client",
    "requests",
)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_the_light_paths_import_no_heavy_library(arguments: list[str]) -> None:
    program = (
        "import sys\n"
        "from syncer.cli.main import run\n"
        f"code = run({arguments!r})\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "assert not loaded, loaded\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_the_module_runs_as_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "syncer", "--version"], capture_output=True, check=True
    )
    assert done.stdout.startswith(b"syncer ")


def test_the_version_is_told_before_anything_is_imported() -> None:
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "syncer", "--version"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert shown.stdout.startswith("syncer ")
    assert "click" not in shown.stderr
    through_click = subprocess.run(
        [sys.executable, "-c", "from syncer.cli.main import run; run(['--version'])"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert shown.stdout == through_click.stdout


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_version_that_cannot_be_written_is_an_error(unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "syncer", "--version"],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
