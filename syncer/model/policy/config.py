"""The whole config file as one frozen model."""

from typing import Annotated, Final, Literal

from pydantic import Field

from syncer.model.policy.apply import ApplyPolicy
from syncer.model.policy.asana import AsanaPolicy
from syncer.model.policy.base import Section
from syncer.model.policy.directory import DirectoryPolicy
from syncer.model.policy.health import HealthPolicy
from syncer.model.policy.limits import (
    Approval,
    GuardPolicy,
    LifecyclePolicy,
    Protection,
)
from syncer.model.policy.plan_rules import PlanRule
from syncer.model.policy.rules import LicensePolicy, MappingPolicy, ScopeRule, TeamRule
from syncer.model.policy.watching import MetricsPolicy, NotificationPolicy

OF_NO_PLAN: Final = frozenset({"name", "metrics", "notifications", "health"})
"""The keys that say who hears of a run, and when one is missed. No plan depends on them, so that
none is stale by them."""


class Config(Section):
    """One `syncer.yaml`. Paths in it are relative to the file."""

    version: Literal[1] = Field(description="Version of this file's format.")
    asana: AsanaPolicy = Field(description="How to reach Asana, and how hard to lean on it.")
    directory: DirectoryPolicy = Field(description="Where people and groups are read from.")
    mapping: MappingPolicy = Field(
        default=MappingPolicy(),
        description="Asana attribute: where it comes from. Only what is named is managed.",
    )
    scope: tuple[ScopeRule, ...] = Field(
        default=(),
        description="Who is ours to manage: the first rule that matches decides, else included.",
    )
    licenses: LicensePolicy | None = Field(
        default=None, description="Who gets which licence. Absent: licences are not managed."
    )
    teams: tuple[TeamRule, ...] | None = Field(
        default=None,
        description="Teams and who belongs to them. A team that is not named is never touched.",
    )
    lifecycle: LifecyclePolicy = Field(
        default=LifecyclePolicy(), description="What becomes of people who leave or come back."
    )
    protected: Protection = Field(
        default=Protection(),
        description="Shell patterns for people and teams that are never changed.",
    )
    guards: GuardPolicy = Field(
        default_factory=lambda: GuardPolicy.model_validate({}),
        description="Limits on a plan. On by default; null switches one off.",
    )
    approval: Approval = Field(
        default=Approval(), description="Classes of change that always wait for a person."
    )
    policy: tuple[PlanRule, ...] = Field(
        default=(),
        description="Rules of your own over the actions of a plan, judged with the guards.",
    )
    policy_timezone: str = Field(
        default="UTC",
        min_length=1,
        description="Time zone of `weekday`, `date` and `hour` in `policy`, by its IANA name.",
        examples=["Europe/Berlin"],
    )
    apply: ApplyPolicy = Field(
        default=ApplyPolicy(), description="When to give up carrying out a plan."
    )
    health: HealthPolicy = Field(
        default=HealthPolicy(), description="When `syncer health` says that something is wrong."
    )
    ledger: Annotated[str, Field(min_length=1)] | None = Field(
        default="syncer-ledger.sqlite",
        description="File of the local memory of time; needed for grace, window and history.",
    )
    journal: str = Field(
        default="journal",
        min_length=1,
        description="Folder of the journals, one JSON-lines file a run.",
    )
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None,
        description="What metrics and notifications call this tenant. Default: the first of "
        "asana.domains, else its address.",
    )
    metrics: MetricsPolicy = Field(
        default=MetricsPolicy(), description="Where to leave numbers about each run."
    )
    notifications: NotificationPolicy = Field(
        default=NotificationPolicy(),
        description="Whom to tell when something changes for the worse or the better.",
    )
