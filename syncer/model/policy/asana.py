"""How to reach Asana, and how hard to lean on it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from syncer.model.policy.base import Section


class EnvironmentSecret(Section):
    """A secret in an environment variable, by name."""

    env: Annotated[str, Field(min_length=1)]


class FileSecret(Section):
    """A secret in a file, by path; a trailing newline does not count."""

    file: Annotated[str, Field(min_length=1)]


Secret = EnvironmentSecret | FileSecret


class AsanaPolicy(Section):
    """The `asana:` section. Exactly one of `base_url` and `sandbox`."""

    base_url: str | None = None
    sandbox: str | None = None
    token: Secret = EnvironmentSecret(env="ASANA_SCIM_TOKEN")
    domains: tuple[str, ...] = ()
    workspace: str | None = "auto"
    requests_per_minute: Annotated[int, Field(ge=1)] = 1500
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    timeout_seconds: Annotated[float, Field(gt=0)] = 60.0
    ca_bundle: str | None = None
    member_removal: Literal["auto", "filter", "list"] = "auto"

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.base_url is None) == (self.sandbox is None):
            raise ValueError("exactly one of 'base_url' and 'sandbox' is needed")
        return self
