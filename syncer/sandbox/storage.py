"""The state file on disk: replaced whole or not at all, and shared between processes.

Every change is made under a lock on the folder, after looking whether somebody else (another
process, or a person with an editor) replaced the file in the meantime. The lock is on the
folder because the file itself is replaced, and because a lock file would be left lying about.
"""

import contextlib
import errno
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from syncer.sandbox.documents import DocumentWriter, Settings, read_document
from syncer.sandbox.errors import SandboxError
from syncer.sandbox.tenant import Tenant

_NEW_FILE_MODE: Final = 0o600  # it holds a token, and a rehearsal holds real people

Stamp = tuple[int, int, int]


class StateFile:
    """One state file. Remembers which version of it was seen last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: Stamp | None = None
        self._writer = DocumentWriter()

    @property
    def changed(self) -> bool:
        """Whether the file is another one than was last read or written here."""
        return self._stamp() != self._seen

    def load(self) -> tuple[Settings, Tenant]:
        """What the file says. Raises SandboxError for a file that cannot be used."""
        stamp = self._stamp()
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise SandboxError(f"{self.path}: no such file") from None
        except OSError as error:
            raise SandboxError(f"{self.path}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise SandboxError(f"{self.path}: not UTF-8 at byte {error.start}") from None
        try:
            loaded = read_document(_parsed(text))
        except SandboxError as error:
            message = "\n".join(f"{self.path}: {line}" for line in error.message.splitlines())
            raise SandboxError(message, error.hint) from None
        self._seen = stamp
        return loaded

    def save(self, settings: Settings, tenant: Tenant) -> None:
        """Replace the file. The old one stays whole until the new one is on disk.

        Raises OSError when it cannot be written.
        """
        target = self.path.resolve()  # a link stays a link
        mode = target.stat().st_mode & 0o777 if target.exists() else _NEW_FILE_MODE
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self._writer.text(settings, tenant).encode("utf-8"))
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        self._seen = self._stamp()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from writing. Waits for the one that does."""
        folder = os.open(self.path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)
            except OSError as error:
                # Some network file systems do not lock folders; one process is the rule there.
                if error.errno not in {errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP}:
                    raise
            yield
        finally:
            os.close(folder)

    def _stamp(self) -> Stamp | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SandboxError(
            f"line {error.lineno}, column {error.colno}: not JSON: {error.msg}",
            "correct the file, or reset the sandbox",
        ) from None
    except (ValueError, RecursionError) as error:
        raise SandboxError(f"not JSON: {error}"[:200]) from None
