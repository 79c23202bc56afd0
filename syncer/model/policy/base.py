"""What every section of the config has in common."""

from typing import Final

from pydantic import BaseModel, ConfigDict

MOST_DAYS: Final = 36_500
"""A century: longer spans are slips of the pen, and leave the calendar of a computer."""

MOST_HOURS: Final = MOST_DAYS * 24


class Section(BaseModel):
    """A frozen part of the config: unknown keys are refused, a number is no text."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
