"""Start-up counts for cron and completion: the light paths stay light."""

import subprocess
import sys

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
