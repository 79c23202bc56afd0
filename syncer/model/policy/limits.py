"""Lifecycle, protection, guards and approval: what may happen, and how much of it."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from syncer.model.policy.base import MOST_DAYS, Section

GuardClass = Literal["deactivate", "downgrade", "update", "rename", "create", "remove_members"]

GUARD_DEFAULTS: Mapping[str, Mapping[str, float | None]] = {
    "deactivate": {"count": 10, "percent": 5, "floor": 2},
    "downgrade": {"count": 25, "percent": 10, "floor": 3},
    "update": {"count": None, "percent": 50, "floor": 20},
    "rename": {"count": 5, "percent": 2, "floor": 1},
    "create": {"count": None, "percent": 50, "floor": 25},
    "remove_members": {"count": 50, "percent": 30, "floor": 3},
}


class Grace(Section):
    """How long somebody must be absent first: so many days AND so many runs."""

    days: int = Field(
        default=0, ge=0, le=MOST_DAYS, description="Days somebody must have been absent."
    )
    runs: int = Field(default=1, ge=1, description="Runs in which somebody must have been absent.")


class LifecyclePolicy(Section):
    """The `lifecycle:` section."""

    leavers: Literal["deactivate", "view only", "report"] = Field(
        default="deactivate",
        description="What becomes of people we manage who left the directory or the scope. "
        "Asana cannot reactivate people over SCIM.",
    )
    grace: Grace = Field(
        default=Grace(), description="How long somebody must be absent first: days and runs."
    )
    reactivate: Literal["manual", "attempt"] = Field(
        default="manual",
        description="What becomes of people who are back: listed as manual work, or attempted "
        "and read back.",
    )
    address_cycles: Literal["manual", "temporary"] = Field(
        default="manual",
        description="What becomes of people whose addresses go round in a circle, such as two who "
        "swap: manual work, or one of them gets a temporary address of the same domain first, "
        "where directory.key finds that person again if the run stops in between. Mail sent there "
        "meanwhile is lost.",
    )
    authority: Literal["domains", "known"] = Field(
        default="domains",
        description="Who can be a leaver. domains: whoever is in Asana within asana.domains; "
        "known: only people whom the ledger has seen in the directory before.",
    )


class Protection(Section):
    """The `protected:` section: shell patterns, compared without letter case."""

    users: tuple[str, ...] = Field(
        default=(),
        description="Addresses that are never changed.",
        examples=[["breakglass@example.com", "svc-*@example.com"]],
    )
    teams: tuple[str, ...] = Field(
        default=(),
        description="Names of teams that are never changed.",
        examples=[["Executive*"]],
    )
    administrators: bool = Field(
        default=True,
        description="Whether Asana's administrators are protected too, where the token may read "
        "over REST who they are.",
    )


class GuardLimit(Section):
    """One limit: violated past `count` or `percent`, never at or below `floor`."""

    count: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="More actions than this are refused; null for no such limit."
    )
    percent: Annotated[float, Field(ge=0, le=100)] | None = Field(
        default=None, description="A larger share than this is refused; null for no such limit."
    )
    floor: int = Field(
        default=0, ge=0, description="So many actions are always allowed, whatever the share."
    )


class GuardPolicy(Section):
    """The `guards:` section. A class that is null is off."""

    deactivate: GuardLimit | None = Field(description="Limit on deactivations; null is off.")
    downgrade: GuardLimit | None = Field(
        description="Limit on licences that are taken away; null is off."
    )
    update: GuardLimit | None = Field(
        description="Limit on people whose attributes change; null is off."
    )
    rename: GuardLimit | None = Field(
        description="Limit on people whose address changes; null is off."
    )
    create: GuardLimit | None = Field(description="Limit on new people; null is off.")
    remove_members: GuardLimit | None = Field(
        description="Limit on people who leave a team, for each team; null is off."
    )
    window_days: int = Field(
        default=7,
        ge=0,
        le=MOST_DAYS,
        description="Deactivations of so many past days count too; the ledger knows them.",
    )
    on_violation: Literal["refuse", "hold"] = Field(
        default="refuse",
        description="refuse changes nothing at all; hold keeps the removals back and does the "
        "rest.",
    )

    @model_validator(mode="before")
    @classmethod
    def _over_the_defaults(cls, value: Any) -> Any:  # raw input
        # A limit that names only its count keeps the default percent and floor: a forgotten
        # key must never weaken a guard.
        if not isinstance(value, Mapping):
            return value
        merged = dict(value)
        for name, limits in GUARD_DEFAULTS.items():
            given = merged.get(name, {})
            if isinstance(given, Mapping):
                merged[name] = {**limits, **given}
        return merged

    def limits(self) -> Mapping[GuardClass, GuardLimit | None]:
        """Every guard class with its limit, None where it is off."""
        return {
            "deactivate": self.deactivate,
            "downgrade": self.downgrade,
            "update": self.update,
            "rename": self.rename,
            "create": self.create,
            "remove_members": self.remove_members,
        }


class Approval(Section):
    """The `approval:` section: classes that always wait for a person."""

    deactivate: bool = Field(default=False, description="Deactivations wait for a person.")
    downgrade: bool = Field(default=False, description="Licence downgrades wait for a person.")
    update: bool = Field(default=False, description="Changes of attributes wait for a person.")
    rename: bool = Field(default=False, description="Changes of addresses wait for a person.")
    create: bool = Field(default=False, description="New people wait for a person's word.")
    remove_members: bool = Field(
        default=False, description="Removals from teams wait for a person."
    )
