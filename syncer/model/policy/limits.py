"""Lifecycle, protection, guards and approval: what may happen, and how much of it."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from syncer.model.policy.base import Section

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

    days: Annotated[int, Field(ge=0)] = 0
    runs: Annotated[int, Field(ge=1)] = 1


class LifecyclePolicy(Section):
    """The `lifecycle:` section."""

    leavers: Literal["deactivate", "view only", "report"] = "deactivate"
    grace: Grace = Grace()
    reactivate: Literal["manual", "attempt"] = "manual"
    authority: Literal["domains", "known"] = "domains"


class Protection(Section):
    """The `protected:` section: shell patterns, compared without letter case."""

    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


class GuardLimit(Section):
    """One limit: violated past `count` or `percent`, never at or below `floor`."""

    count: Annotated[int, Field(ge=0)] | None = None
    percent: Annotated[float, Field(ge=0, le=100)] | None = None
    floor: Annotated[int, Field(ge=0)] = 0


class GuardPolicy(Section):
    """The `guards:` section. A class that is null is off."""

    deactivate: GuardLimit | None
    downgrade: GuardLimit | None
    update: GuardLimit | None
    rename: GuardLimit | None
    create: GuardLimit | None
    remove_members: GuardLimit | None
    window_days: Annotated[int, Field(ge=0)] = 7
    on_violation: Literal["refuse", "hold"] = "refuse"

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

    deactivate: bool = False
    downgrade: bool = False
    update: bool = False
    rename: bool = False
    create: bool = False
    remove_members: bool = False
