"""Where a secret is kept. The secret itself never stands in a config."""

from pydantic import Field

from syncer.model.policy.base import Section


class EnvironmentSecret(Section):
    """A secret in an environment variable, by name."""

    env: str = Field(
        min_length=1,
        description="Name of the environment variable that holds the secret.",
        examples=["ASANA_SCIM_TOKEN"],
    )


class FileSecret(Section):
    """A secret in a file, by path; a trailing newline does not count."""

    file: str = Field(
        min_length=1,
        description="Path of the file that holds the secret and nothing else.",
        examples=["/run/secrets/asana_scim_token"],
    )


Secret = EnvironmentSecret | FileSecret
