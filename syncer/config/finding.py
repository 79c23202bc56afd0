"""What a check says before file and line are known."""

from dataclasses import dataclass
from typing import TypeAlias

from syncer.core.locations import Location

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | None"
"""A YAML value before its types are known: every scalar is the text that was written.

YAML 1.1 would read `no` as false, `00123` as 83 and `1.10` as 1.1. What a text means is for
the model to say, so only a plain null is resolved here.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a place of the config. `summary` never holds a secret.

    `earlier` is the place this one clashes with. `names_key` says that the summary names the
    key itself, so that its path need not be put in front.
    """

    location: Location
    summary: str
    hint: str = ""
    earlier: Location = ()
    names_key: bool = False


def section(data: Plain, name: str) -> dict[str, Plain]:
    """The keys of a section; none when it is absent or of the wrong kind."""
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def items(value: Plain) -> list[Plain]:
    """The entries of a list; none when it is absent or of the wrong kind."""
    return value if isinstance(value, list) else []


def shown(value: object) -> str:
    """What stands there, short enough for a message."""
    match value:
        case None:
            return "nothing"
        case list() | tuple():
            return "a list"
        case dict():
            return "keys and values"
        case _:
            text = str(value)
            return f"'{text}'" if len(text) <= 40 else f"'{text[:37]}...'"
