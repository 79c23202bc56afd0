"""What every section of the config has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen part of the config: unknown keys are refused, a number is no text."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
