"""When `syncer health` says that something is wrong."""

from typing import Final

from pydantic import Field

from syncer.model.policy.base import MOST_HOURS, Section

NIGHTLY: Final = 26.0
"""A run each night, and two hours for one that begins or ends late."""


class HealthPolicy(Section):
    """The `health:` section."""

    max_age_hours: float = Field(
        default=NIGHTLY,
        gt=0,
        le=MOST_HOURS,
        description="So many hours ago the last good run may have begun.",
    )
    max_run_hours: float = Field(
        default=6.0,
        gt=0,
        le=MOST_HOURS,
        description="A run that holds the lock for more hours than these is stuck.",
    )
