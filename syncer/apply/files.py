"""Files of ours on disk: private, whole or not there at all, and errors that say what to do."""

import errno
import os
import tempfile
from pathlib import Path
from typing import Final

from syncer.model.errors import StateError

PRIVATE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700
PUBLIC: Final = 0o644

_HINTS: Final = {
    errno.ENOSPC: "the disk is full: free some space and run again",
    errno.EDQUOT: "the disk quota is used up: free some space and run again",
    errno.EACCES: "this user may not write there: change the owner or choose another path",
    errno.EPERM: "this user may not write there: change the owner or choose another path",
    errno.EROFS: "the file system is read-only: mount a writable volume there",
    errno.ENOENT: "create the folder first",
    errno.EISDIR: "this is a folder: name a file",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
}
_UNFORESEEN: Final = "look at the path and at the disk, then run again"

_READING_HINTS: Final = {
    errno.EACCES: "this user may not read it: run as the user who owns it",
    errno.EPERM: "this user may not read it: run as the user who owns it",
    errno.EISDIR: "this is a folder: name a file",
}


def state_error(what: str, path: Path, error: OSError) -> StateError:
    """The error for people: what could not be done, to which file, why, and what helps."""
    reason = error.strerror or type(error).__name__
    return StateError(f"{what} {path}: {reason}", _HINTS.get(error.errno or 0, _UNFORESEEN))


def reading_hint(error: OSError) -> str:
    """What helps when a file of ours is there and cannot be read."""
    return _READING_HINTS.get(error.errno or 0, _UNFORESEEN)


def write_whole(path: Path, text: str, *, what: str, mode: int = PRIVATE) -> None:
    """Put `text` into a file, so that a reader finds the old file or the new one.

    Raises StateError when that cannot be done; the old file then stands as it was.
    """
    write_bytes(path, text.encode("utf-8"), what=what, mode=mode)


def write_bytes(path: Path, content: bytes, *, what: str, mode: int = PRIVATE) -> None:
    """The same with bytes."""
    if path.is_dir():
        raise StateError(f"cannot write {what} {path}: it is a folder", "name a file")
    try:
        _replace(path, content, mode)
    except OSError as error:
        raise state_error(f"cannot write {what}", path, error) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder as durable as the files; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(path: Path, content: bytes, mode: int) -> None:
    # The temporary file stands in the same folder, for a rename is atomic only within one
    # file system. mkstemp gives mode 0600.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if mode != PRIVATE:
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
