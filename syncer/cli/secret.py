"""Read a secret from where the config says it is; it never becomes part of a message."""

import os
from pathlib import Path

from pydantic import SecretStr

from syncer.core.tokens import is_token
from syncer.model.errors import UsageError
from syncer.model.policy.asana import EnvironmentSecret, Secret


def read_secret(secret: Secret, base: Path) -> SecretStr:
    """Asana's token, without surrounding blanks and newlines. Raises UsageError."""
    value = read_hidden(secret, base, "asana.token", "the token of an Asana service account")
    if not is_token(value):
        raise UsageError(
            f"asana.token: {place_of(secret)} holds blanks or letters that no token has",
            "copy the token again, without quotes and without a name in front of it",
        )
    return SecretStr(value)


def read_hidden(secret: Secret, base: Path, key: str, what: str) -> str:
    """The text that this key of the config names, without surrounding blanks and newlines.

    Raises UsageError, which says that `what` is missing and where.
    """
    where = f"{key}: {place_of(secret)}"
    if isinstance(secret, EnvironmentSecret):
        remedy = f"export {secret.env}=... with {what}"
        found = os.environ.get(secret.env)
        if found is None:
            raise UsageError(f"{where} is not set", remedy)
    else:
        remedy = f"write {what} into it"
        try:
            found = (base / Path(secret.file).expanduser()).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not a text file"
            raise UsageError(f"{where} cannot be read: {why}", remedy) from None
    text = found.strip()
    if not text:
        raise UsageError(f"{where} is empty", remedy)
    return text


def place_of(secret: Secret) -> str:
    """Where a secret is kept, in words."""
    if isinstance(secret, EnvironmentSecret):
        return f"the environment variable {secret.env}"
    return f"the file {secret.file}"
