"""How to reach Asana, and how hard to lean on it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from syncer.model.policy.base import Section
from syncer.model.policy.secrets import EnvironmentSecret, Secret


class AsanaPolicy(Section):
    """The `asana:` section. Exactly one of `base_url` and `sandbox`."""

    base_url: str | None = Field(
        default=None,
        description="Address of the SCIM API. Either this or `sandbox`. Plain http is refused "
        "unless the host is this machine.",
        examples=["https://app.asana.com/api/1.0/scim"],
    )
    sandbox: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="State file of the embedded stand-in for Asana, created empty when absent. "
        "Either this or `base_url`.",
        examples=["tenant.json"],
    )
    token: Secret = Field(
        default=EnvironmentSecret(env="ASANA_SCIM_TOKEN"),
        description="Where the token of the service account is kept: {env: NAME} or "
        "{file: PATH}. The token itself never stands in the config.",
    )
    domains: tuple[str, ...] = Field(
        default=(),
        description="E-mail domains of the organization. A desired address outside them is a "
        "problem, and nobody outside them is a leaver.",
        examples=[["example.com"]],
    )
    workspace: str | None = Field(
        default="auto",
        description="Where to read over REST what SCIM hides (administrators, guests, "
        "invitations, domains), if the token may: auto finds the organization, else its numeric "
        "id, or null for never.",
    )
    requests_per_minute: int = Field(
        default=1500,
        ge=1,
        le=100_000,
        description="Requests a minute that Asana grants the token.",
    )
    share: float = Field(
        default=1.0,
        ge=0.01,
        le=1,
        description="Share of that rate to use, to leave room for other integrations: 0.8 is "
        "four fifths.",
    )
    timeout_seconds: float = Field(
        default=60.0, gt=0, description="Seconds to wait for one answer of Asana."
    )
    ca_bundle: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="File of certificate authorities to trust instead of the usual ones, for "
        "networks that inspect TLS.",
    )
    member_removal: Literal["auto", "filter", "list"] = Field(
        default="auto",
        description="Wire form of a removal from a team. auto tries one, reads back, and falls "
        "back to the other.",
    )

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.base_url is None) == (self.sandbox is None):
            raise ValueError("exactly one of 'base_url' and 'sandbox' is needed")
        return self
