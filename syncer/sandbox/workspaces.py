"""The workspaces that a token sees: the tenant's own organization, and perhaps others.

It must not know who is in them.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One workspace. `domains` are its e-mail domains, of which only an organization has any."""

    gid: str
    name: str
    organization: bool = False
    domains: tuple[str, ...] = ()


OWN: Final = Workspace(gid="1100000000000001", name="Sandbox", organization=True)
"""The tenant's workspace where the state says nothing about it; its domains are the tenant's."""

FURTHER: Final = (
    Workspace(gid="1000000000000001", name="Personal projects"),
    Workspace(
        gid="1200000000000001",
        name="Other organization",
        organization=True,
        domains=("other.example",),
    ),
)
"""What the token sees besides where the switches say several and the state lists none."""
