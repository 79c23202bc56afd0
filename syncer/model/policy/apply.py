"""How a plan is carried out."""

from pydantic import Field

from syncer.model.policy.base import Section


class ApplyPolicy(Section):
    """The `apply:` section."""

    failures_in_a_row: int = Field(
        default=10,
        ge=1,
        description="So many actions failed one after the other end the run: it is no longer one "
        "person's bad record. What was not begun is left to the next run.",
    )
