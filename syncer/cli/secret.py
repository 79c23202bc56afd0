"""Read a secret from where the config says it is; it never becomes part of a message."""

import os
import stat
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from syncer.core.tokens import is_token
from syncer.model.errors import UsageError
from syncer.model.policy.secrets import EnvironmentSecret, FileSecret, Secret

_TOKEN = "the token of an Asana service account"  # noqa: S105  # what it is called

LONGEST: Final = 8192
"""Of a secret in a file, in bytes: no header holds more."""


def read_again(secret: Secret, base: Path) -> SecretStr:
    """The secret of a file that may hold another by now. Raises UsageError.

    Of a pipe there is no second reading: it would wait for ever for somebody to write.
    """
    if isinstance(secret, FileSecret):
        path = base / Path(secret.file).expanduser()
        try:
            again = stat.S_ISREG(path.stat().st_mode)
        except OSError:
            again = True  # the reading says what is wrong
        if not again:
            raise UsageError(f"asana.token: the file {secret.file} can be read only once")
    return read_secret(secret, base)


def read_secret(secret: Secret, base: Path) -> SecretStr:
    """Asana's token, without surrounding blanks and newlines. Raises UsageError."""
    value = read_hidden(secret, base, "asana.token", _TOKEN)
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
    text, remedy = _look_up(secret, base, key, what)
    if not (value := text.strip()):
        raise UsageError(f"{key}: {place_of(secret)} is empty", remedy)
    return value


def read_password(secret: Secret, base: Path, account: str) -> SecretStr:
    """The password of a directory account, without a newline at its end. Raises UsageError.

    Blanks may be part of a password; line ends and zero bytes are none of any.
    """
    text, remedy = _look_up(secret, base, "password", f"the password of {account}")
    value = text.removesuffix("\n").removesuffix("\r")
    if not value.strip():
        # A login without a password is an anonymous one to most servers (RFC 4513, 5.1.2).
        raise UsageError(f"password: {place_of(secret)} is empty", remedy)
    if any(sign in value for sign in "\r\n\0"):
        raise UsageError(f"password: {place_of(secret)} holds more than one line", remedy)
    return SecretStr(value)


def place_of(secret: Secret) -> str:
    """Where a secret is kept, in words."""
    if isinstance(secret, EnvironmentSecret):
        return f"the environment variable {secret.env}"
    return f"the file {secret.file}"


def _look_up(secret: Secret, base: Path, key: str, what: str) -> tuple[str, str]:
    """The text as it is kept, and what to do when it is of no use. Raises UsageError."""
    where = f"{key}: {place_of(secret)}"
    if isinstance(secret, EnvironmentSecret):
        remedy = f"export {secret.env}=... with {what}"
        found = os.environ.get(secret.env)
        if found is None:
            raise UsageError(f"{where} is not set", remedy)
        return found, remedy
    remedy = f"write {what} into it"
    try:
        with (base / Path(secret.file).expanduser()).open("rb") as file:
            content = file.read(LONGEST + 1)
        if len(content) > LONGEST:
            raise UsageError(f"{where} is longer than any secret", remedy)
        return content.decode("utf-8"), remedy
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a text file"
        raise UsageError(f"{where} cannot be read: {why}", remedy) from None
