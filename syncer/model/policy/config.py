"""The whole config file as one frozen model."""

from typing import Annotated, Literal

from pydantic import Field

from syncer.model.policy.asana import AsanaPolicy
from syncer.model.policy.base import Section
from syncer.model.policy.directory import DirectoryPolicy
from syncer.model.policy.limits import (
    Approval,
    GuardPolicy,
    LifecyclePolicy,
    Protection,
)
from syncer.model.policy.rules import LicensePolicy, MappingPolicy, ScopeRule, TeamRule


class Config(Section):
    """One `syncer.yaml`. Paths in it are relative to the file."""

    version: Literal[1]
    asana: AsanaPolicy
    directory: DirectoryPolicy
    mapping: MappingPolicy = MappingPolicy()
    scope: tuple[ScopeRule, ...] = ()
    licenses: LicensePolicy | None = None
    teams: tuple[TeamRule, ...] | None = None
    lifecycle: LifecyclePolicy = LifecyclePolicy()
    protected: Protection = Protection()
    guards: GuardPolicy = Field(default_factory=lambda: GuardPolicy.model_validate({}))
    approval: Approval = Approval()
    ledger: Annotated[str, Field(min_length=1)] | None = "syncer-ledger.sqlite"
    journal: Annotated[str, Field(min_length=1)] = "journal"
