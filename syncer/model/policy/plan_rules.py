"""Rules of an administrator's own over the actions of a plan."""

from typing import Literal

from pydantic import Field

from syncer.model.policy.base import Section


class PlanRule(Section):
    """One rule of `policy:`. It forbids actions and can allow none that a guard refuses."""

    name: str = Field(
        min_length=1,
        max_length=60,
        pattern="^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$",
        description="Letters, digits and hyphens. A broken rule is called policy:NAME.",
        examples=["quiet-friday"],
    )
    forbid: str = Field(
        min_length=1,
        description="Expression over each action of the plan: those of which it is true may not "
        "go.",
        examples=["removal and weekday == 'Friday'"],
    )
    message: str = Field(
        min_length=1,
        max_length=300,
        description="What to tell whoever runs into it: what is forbidden, and what would help.",
        examples=["no removals on Friday"],
    )
    on_violation: Literal["refuse", "hold"] | None = Field(
        default=None,
        description="refuse changes nothing at all; hold keeps these actions back and does the "
        "rest. The default is what guards.on_violation says.",
    )
