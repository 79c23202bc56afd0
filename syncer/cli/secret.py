"""Read a secret from where the config says it is; it never becomes part of a message."""

import os
from pathlib import Path

from pydantic import SecretStr

from syncer.core.tokens import is_token
from syncer.model.errors import UsageError
from syncer.model.policy.secrets import EnvironmentSecret, Secret


def read_secret(secret: Secret, base: Path) -> SecretStr:
    """Asana's token, without surrounding blanks and newlines. Raises UsageError."""
    value = read_hidden(secret, base, "asana.token", "the token of an Asana service account")
    if not is_token(value):
        raise UsageError(
            f"asana.token: {place_of(secret)} holds blanks or letters that no token has",
            "copy the token again, without quotes and without a name in front of it",
        )
    return SecretStr(value)


def read_password(secret: Secret, base: Path, account: str) -> SecretStr:
    """The password of a directory account, without a newline at its end. Raises UsageError.

    Blanks may be part of a password; line ends and zero bytes are none of any.
    """
    key, what = "password", f"the password of {account}"
    value = _text_of(secret, base, key, what).removesuffix("\n").removesuffix("\r")
    if not value.strip():
        # A login without a password is an anonymous one to most servers (RFC 4513, 5.1.2).
        raise UsageError(f"{key}: {place_of(secret)} is empty", _remedy(secret, what))
    if any(sign in value for sign in "\r\n\0"):
        remedy = f"keep {what} there, and nothing else"
        raise UsageError(f"{key}: {place_of(secret)} holds more than one line", remedy)
    return SecretStr(value)


def read_hidden(secret: Secret, base: Path, key: str, what: str) -> str:
    """The text that this key of the config names, without surrounding blanks and newlines.

    Raises UsageError, which says that `what` is missing and where.
    """
    text = _text_of(secret, base, key, what).strip()
    if not text:
        raise UsageError(f"{key}: {place_of(secret)} is empty", _remedy(secret, what))
    return text


def place_of(secret: Secret) -> str:
    """Where a secret is kept, in words."""
    if isinstance(secret, EnvironmentSecret):
        return f"the environment variable {secret.env}"
    return f"the file {secret.file}"


def _text_of(secret: Secret, base: Path, key: str, what: str) -> str:
    where = f"{key}: {place_of(secret)}"
    if isinstance(secret, EnvironmentSecret):
        found = os.environ.get(secret.env)
        if found is None:
            raise UsageError(f"{where} is not set", _remedy(secret, what))
        return found
    try:
        return (base / Path(secret.file).expanduser()).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a text file"
        raise UsageError(f"{where} cannot be read: {why}", _remedy(secret, what)) from None


def _remedy(secret: Secret, what: str) -> str:
    if isinstance(secret, EnvironmentSecret):
        return f"export {secret.env}=... with {what}"
    return f"write {what} into it"
