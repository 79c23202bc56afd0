"""The files of a source: found, opened, read once, and counted byte for byte into a digest.

Nothing here knows a format. Every fault becomes a `SourceError` that carries its problem.
"""

import glob
import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from syncer.model.origin import Origin, Problem
from syncer.sources.encodings import Encoding, EncodingError, detect

_BUFFER: Final = 1 << 18
_BLOCK: Final = 1 << 10


class SourceError(Exception):
    """A source that cannot be read further; carries the problem to show."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source. `shown` is its path as the config writes it."""

    path: Path
    shown: str
    asked: Origin
    """The line of the config that names the file."""

    def origin(self, line: int | None = None) -> Origin:
        """A place in the file."""
        return Origin(self.shown, line)

    def problem(self, line: int | None, summary: str, hint: str = "") -> Problem:
        """A structural problem at a place in the file."""
        return Problem(self.origin(line), summary, hint)


class _Digesting(io.RawIOBase):
    """A raw file that adds every byte that passes to a digest."""

    def __init__(self, raw: io.FileIO, digest: "hashlib._Hash") -> None:
        super().__init__()
        self._raw = raw
        self._digest = digest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the stub asks for an unnamed protocol
        count = self._raw.readinto(buffer)
        self._digest.update(memoryview(buffer)[:count])
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


@dataclass(slots=True)
class Stream:
    """An open file: its bytes, and the encoding they are in."""

    file: SourceFile
    binary: "io.BufferedReader[_Digesting]"
    encoding: Encoding
    modified_at: float
    _digest: "hashlib._Hash" = field(repr=False)

    def text(self) -> io.TextIOWrapper:
        """The decoded text, with line ends as they are and without a byte order mark."""
        return io.TextIOWrapper(self.binary, encoding=self.encoding.codec, newline="")

    def text_blocks(self) -> Iterator[list[str]]:
        """The lines of the decoded text, very many at a time; never an empty block."""
        lines = iter(self.text())
        while True:
            block: list[str] = []
            try:
                block.extend(islice(lines, _BLOCK))
            except UnicodeError:
                # What could be decoded is read first: what is wrong with it is told too.
                yield from filter(None, (block,))
                raise
            if not block:
                return
            yield block

    def digest(self) -> bytes:
        """SHA-256 of the bytes read so far."""
        return self._digest.digest()


@contextmanager
def opened(file: SourceFile, encoding: str) -> Iterator[Stream]:
    """The open file. Raises SourceError when it cannot be opened or decoded, or is empty."""
    try:
        _refuse_pipes(file)
        with io.FileIO(file.path) as raw:
            digest = hashlib.sha256()
            binary = io.BufferedReader(_Digesting(raw, digest), _BUFFER)
            found = detect(_head(file, binary), encoding)
            modified_at = os.fstat(raw.fileno()).st_mtime
            try:
                yield Stream(file, binary, found, modified_at, digest)
            except UnicodeError as error:
                raise SourceError(_undecodable(file, found)) from error
    except EncodingError as error:
        raise SourceError(Problem(file.asked, str(error), error.hint)) from error
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise SourceError(_unopened(file, error)) from error


def find_files(pattern: str, base: Path, asked: Origin) -> tuple[SourceFile, ...]:
    """The file, or the files that match the glob, sorted by path.

    A path that exists as it is written is never taken for a glob. Raises SourceError when
    nothing matches.
    """
    path = base / pattern
    if not glob.has_magic(pattern) or _exists(path):
        return (SourceFile(path, pattern, asked),)
    try:
        # Path.glob refuses patterns from the root of the file system.
        matches = sorted(glob.glob(pattern, root_dir=base, recursive=True))  # noqa: PTH207
    except (OSError, ValueError):
        matches = []
    paths = ((base / match, match) for match in matches)
    files = tuple(SourceFile(path, match, asked) for path, match in paths if not path.is_dir())
    if not files:
        raise SourceError(
            Problem(
                asked,
                f"no file matches '{pattern}'",
                "paths are relative to the folder of the config file",
            )
        )
    return files


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long for the file system
        return False


def _refuse_pipes(file: SourceFile) -> None:
    """Raise SourceError for what has no end of its own; asked before opening, which may wait."""
    mode = file.path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise SourceError(
            Problem(
                file.asked,
                f"'{file.shown}' is a pipe or a device, not a file",
                "write the export to a file first: a pipe that breaks looks like one that ended",
            )
        )


def _head(file: SourceFile, binary: "io.BufferedReader[_Digesting]") -> bytes:
    if head := binary.peek(_BUFFER):
        return head
    raise SourceError(file.problem(None, "the file is empty", "was the export interrupted?"))


def _unopened(file: SourceFile, error: OSError | ValueError) -> Problem:
    if isinstance(error, FileNotFoundError):
        return Problem(
            file.asked,
            f"there is no file '{file.shown}'",
            "paths are relative to the folder of the config file",
        )
    if isinstance(error, IsADirectoryError):
        return Problem(
            file.asked,
            f"'{file.shown}' is a directory, not a file",
            f"name the file, or use a glob such as '{file.shown.rstrip('/')}/*'",
        )
    if isinstance(error, PermissionError):
        return Problem(
            file.asked,
            f"'{file.shown}' may not be read: permission denied",
            "give the user that runs syncer the right to read it",
        )
    # What is no OSError is a zero byte, of which each Python speaks in words of its own.
    reason = error.strerror or str(error) if isinstance(error, OSError) else "a zero byte in it"
    return Problem(file.asked, f"'{file.shown}' cannot be read: {reason}")


def _undecodable(file: SourceFile, encoding: Encoding) -> Problem:
    """Say where the first byte stands that is not text; reads the file again to find it."""
    line, what = None, ""
    try:
        with file.path.open("rb") as binary:
            line, what = encoding.first_fault(binary)
    except OSError:
        pass
    return file.problem(line, f"not valid {encoding.name}{what}", encoding.hint)
