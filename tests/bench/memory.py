"""Memory where everybody changes, which is the most that a plan of ordinary changes can hold."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.bench import organisation as invented
from tests.bench.figures import Figure
from tests.bench.local import configure, furnish
from tests.bench.measured import SYNCER, answering, ended_well


def figures(people: int) -> Iterator[Figure]:
    """The greatest resident size of `syncer plan`, and its CPU seconds."""
    found = invented.organisation(people)
    junior = {
        number: replace(one, title=f"Junior {one.title}") for number, one in found.current.items()
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bodies = furnish(replace(found, current=junior), folder)
        with answering(bodies) as url:
            config = configure(folder, "csv", url)
            plan = ended_well((*SYNCER, "-c", str(config), "plan", "--quiet"))
    subject = f"{people:,} people, all of them changed"
    yield Figure(part="memory", subject=subject, measure="MiB resident", value=plan.memory)
    yield Figure(part="memory", subject=subject, measure="CPU seconds", value=plan.cpu)
