"""Read a secret from where the config says it is; it never becomes part of a message."""

import os
import stat
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from syncer.core.tokens import is_token
from syncer.model.errors import UsageError
from syncer.model.policy.asana import EnvironmentSecret, FileSecret, Secret

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
        with path.open("rb") as file:
            content = file.read(LONGEST + 1)
        if len(content) > LONGEST:
            raise UsageError(f"asana.token: {where} is longer than any token", remedy)
        return content.decode("utf-8"), where, remedy
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a text file"
        raise UsageError(f"asana.token: {where} cannot be read: {why}", remedy) from None
