"""Every open question about Asana's SCIM API as a switch: no client can rely on one answer.

The default of each field is the strict profile, its Knob names the others and the parts of the
open questions that it answers. Nothing here is ever set to suit a client.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from syncer.sandbox.errors import SandboxError
from syncer.sandbox.knobs import PROFILES, Profile, Switch, checked, table_of, typed
from syncer.sandbox.rest_switches import RestSwitches


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches(RestSwitches):
    """How the stand-in answers where the documentation is silent: a profile, and changes to it."""

    name: Profile = "strict"
    seed: int = 0

    @classmethod
    def profile(cls, name: str, seed: int = 0, **overrides: object) -> "Switches":
        """The switches of a profile; of hostile, the ones that the seed chooses.

        Raises SandboxError for a profile, seed or switch that cannot be.
        """
        if name not in PROFILES:
            raise SandboxError(f"no profile {name!r}", f"the profiles are {', '.join(PROFILES)}")
        if seed < 0:
            raise SandboxError(
                f"the seed {seed} is negative", "a seed is a whole number from 0 on"
            )
        chosen = {row.name: _choice(row, name, seed) for row in TABLE.values()}
        known: dict[str, Any] = {**chosen, **checked(TABLE, overrides)}
        return cls(**known, name=name, seed=seed)  # type: ignore[arg-type] # checked above

    @classmethod
    def typed(cls, assignments: Iterable[str]) -> dict[str, Any]:
        """Overrides for a profile from texts such as `paging=capped`.

        Raises SandboxError with everything that is wrong with them.
        """
        return typed(TABLE, assignments)

    @property
    def overrides(self) -> dict[str, object]:
        """The switches that differ from those of the profile."""
        plain = Switches.profile(self.name, self.seed)
        pairs = ((name, getattr(self, name)) for name in TABLE)
        return {name: value for name, value in pairs if value != getattr(plain, name)}


TABLE: Final[Mapping[str, Switch]] = table_of(Switches)
"""Every switch by name, for `sandbox show`, the state file and the tests."""


def _choice(row: Switch, profile: str, seed: int) -> object:
    if profile == "lenient" and row.knob.lenient is not None:
        return row.knob.lenient
    if profile == "hostile" and row.knob.hostile:
        return Random(f"{seed}:{row.name}").choice(row.knob.hostile)  # noqa: S311 - repeatable
    return row.strict
