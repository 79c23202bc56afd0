"""Read a secret from where the config says it is; it never becomes part of a message."""

import os
from pathlib import Path

from pydantic import SecretStr

from syncer.core.tokens import is_token
from syncer.model.errors import UsageError
from syncer.model.policy.secrets import EnvironmentSecret, Secret

_TOKEN = "the token of an Asana service account"  # noqa: S105  # what it is called


def read_secret(secret: Secret, base: Path) -> SecretStr:
    """Asana's token, without surrounding blanks and newlines. Raises UsageError."""
    text, where, remedy = _look_up(secret, base, "asana.token", _TOKEN)
    value = text.strip()
    if not value:
        raise UsageError(f"asana.token: {where} is empty", remedy)
    if not is_token(value):
        raise UsageError(
            f"asana.token: {where} holds blanks or letters that no token has",
            "copy the token again, without quotes and without a name in front of it",
        )
    return SecretStr(value)


def read_password(secret: Secret, base: Path, account: str) -> SecretStr:
    """The password of a directory account, without a newline at its end. Raises UsageError.

    Blanks may be part of a password; line ends and zero bytes are none of any.
    """
    text, where, remedy = _look_up(secret, base, "password", f"the password of {account}")
    value = text.removesuffix("\n").removesuffix("\r")
    if not value.strip():
        # A login without a password is an anonymous one to most servers (RFC 4513, 5.1.2).
        raise UsageError(f"password: {where} is empty", remedy)
    if any(sign in value for sign in "\r\n\0"):
        raise UsageError(f"password: {where} holds more than one line", remedy)
    return SecretStr(value)


def _look_up(secret: Secret, base: Path, key: str, what: str) -> tuple[str, str, str]:
    if isinstance(secret, EnvironmentSecret):
        where = f"the environment variable {secret.env}"
        remedy = f"export {secret.env}=... with {what}"
        value = os.environ.get(secret.env)
        if value is None:
            raise UsageError(f"{key}: {where} is not set", remedy)
        return value, where, remedy
    path = base / Path(secret.file).expanduser()
    where = f"the file {secret.file}"
    remedy = f"write {what} into it"
    try:
        return path.read_text(encoding="utf-8"), where, remedy
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a text file"
        raise UsageError(f"{key}: {where} cannot be read: {why}", remedy) from None
