"""Rendering: a saved plan of so many actions in every form, seconds and bytes."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench import organisation as invented
from tests.bench.figures import Figure
from tests.bench.local import configure, furnish
from tests.bench.measured import SYNCER, answering, best, ended_well

STYLES: Final = ("text", "markdown", "html", "json")
FLOOR: Final = """\
import html, json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    plan = json.load(file)["plan"]
for action in plan["actions"]:
    print(html.escape(json.dumps(action, ensure_ascii=False)))
"""
"""Read the file and print each action once, as it is."""


def figures(actions: int, runs: int) -> Iterator[Figure]:
    """CPU seconds of `syncer show`, start-up and reading included, and the bytes it prints."""
    with tempfile.TemporaryDirectory() as name:
        plan = made(actions, Path(name))
        floor = best(runs, (sys.executable, "-X", "utf8", "-c", FLOOR, str(plan)))
        count = len(json.loads(plan.read_bytes())["plan"]["actions"])
        for style in STYLES:
            shown = best(runs, (*SYNCER, "show", str(plan), "--format", style))
            subject = f"{style}, {count:,} actions"
            yield Figure(part="render", subject=subject, measure="CPU seconds",
                         value=shown.cpu, floor=floor.cpu)  # fmt: skip
            yield Figure(part="render", subject=subject, measure="bytes",
                         value=len(shown.out), floor=len(floor.out))  # fmt: skip


def made(actions: int, folder: Path) -> Path:
    """A saved plan that creates everybody in an empty tenant: two actions for each person, since
    managers are set in a second step, and a few for teams."""
    found = invented.organisation(actions // 2)
    furnish(found, folder)
    nobody = invented.listing([])
    path = folder / "plan.json"
    with answering({"Users": nobody, "Groups": nobody}) as url:
        config = configure(folder, "csv", url)
        ended_well((*SYNCER, "-c", str(config), "plan", "--quiet", "--out", str(path)))
    return path
