"""The verdict of `syncer health` as text."""

from collections.abc import Iterator

from syncer.model.health import Health
from syncer.render.characters import harmless


def health_text(health: Health) -> str:
    """A line for each trouble, what to do below it; in a single line that all is well."""
    return "".join(f"{harmless(line)}\n" for line in _lines(health))


def _lines(health: Health) -> Iterator[str]:
    if health.healthy:
        yield f"healthy: {health.sentence}"
    for one in health.troubles:
        yield f"not healthy: {one.sentence}"
        if one.hint:
            yield f"  hint: {one.hint}"
    yield from (f"  note: {note}" for note in health.notes)
