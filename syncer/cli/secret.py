"""Read a secret from where the config says it is; it never becomes part of a message."""

import os
from pathlib import Path

from pydantic import SecretStr

from syncer.core.tokens import is_token
from syncer.model.errors import UsageError
from syncer.model.policy.asana import EnvironmentSecret, Secret


def read_secret(secret: Secret, base: Path) -> SecretStr:
    """The secret, without surrounding blanks and newlines. Raises UsageError."""
    text, where, remedy = _look_up(secret, base)
    value = text.strip()
    if not value:
        raise UsageError(f"asana.token: {where} is empty", remedy)
    if not is_token(value):
        raise UsageError(
            f"asana.token: {where} holds blanks or letters that no token has",
            "copy the token again, without quotes and without a name in front of it",
        )
    return SecretStr(value)


def _look_up(secret: Secret, base: Path) -> tuple[str, str, str]:
    if isinstance(secret, EnvironmentSecret):
        where = f"the environment variable {secret.env}"
        remedy = f"export {secret.env}=... with the token of an Asana service account"
        value = os.environ.get(secret.env)
        if value is None:
            raise UsageError(f"asana.token: {where} is not set", remedy)
        return value, where, remedy
    path = base / Path(secret.file).expanduser()
    where = f"the file {secret.file}"
    remedy = "write the token of an Asana service account into it"
    try:
        return path.read_text(encoding="utf-8"), where, remedy
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a text file"
        raise UsageError(f"asana.token: {where} cannot be read: {why}", remedy) from None
