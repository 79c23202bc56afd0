"""Start-up: `--version` against a bare interpreter, and the first plan of a newcomer."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench.figures import Figure
from tests.bench.measured import SYNCER, best

QUICKSTART: Final = Path(__file__).parents[2] / "configs" / "quickstart"
AT_LEAST: Final = 5
"""Runs, whatever was asked for: so short a run differs by half from one time to the next."""


def figures(runs: int) -> Iterator[Figure]:
    """Seconds on the wall."""
    runs = max(runs, AT_LEAST)
    bare = best(runs, (sys.executable, "-c", "pass"))
    version = best(runs, (*SYNCER, "--version"))
    yield Figure(part="startup", subject="syncer --version", measure="seconds",
                 value=version.wall, floor=bare.wall, most=3)  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = shutil.copytree(QUICKSTART, Path(name) / "quickstart")
        config = str(folder / "syncer.yaml")
        plan = best(runs, (*SYNCER, "-c", config, "plan"))
    yield Figure(part="startup", subject="syncer plan, quickstart", measure="seconds",
                 value=plan.wall, most=1)  # fmt: skip
