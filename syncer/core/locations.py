"""Places in the config, before file and line are known."""

from typing import TypeAlias

Location: TypeAlias = tuple[str | int, ...]
"""Keys and list positions from the top: `("teams", 0, "name")`."""


def spelled(location: Location) -> str:
    """The location as people write it: `teams[0].name`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
