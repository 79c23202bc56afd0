"""The journal of a run: what was attempted and what came of it, on disk before it matters.

One JSON object a line. An intent is durable before its request leaves, so that a run that was
killed leaves no request unknown. Each line carries the hash of the line before it: an edit by
hand shows. No token and no body of a request is ever in it.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from syncer.apply.files import PRIVATE, PRIVATE_FOLDER, state_error, sync_folder
from syncer.model.errors import StateError

FORMAT_VERSION: Final = 1
SUFFIX: Final = ".jsonl"

Clock = Callable[[], datetime]
Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Who runs what. `approvals` are the allowances given on the command line, `labels` what it
    said to the policies, `resumes` the earlier runs that carried out a part of the same plan
    document. `follows` is the run of the newest journal where that has a later name than this
    one: then the clock was set back in between, and names do not tell which came first."""

    run_id: str
    user: str
    host: str
    version: str
    config_digest: str
    sources_digest: str
    plan_digest: str
    plan_checksum: str
    tenant: str
    actions: int
    approvals: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    follows: str = ""


class DurableFile(Protocol):
    """What a journal writes to."""

    def append(self, content: bytes) -> None:
        """Return when all of the content is on disk; raises OSError."""

    def close(self) -> None:
        """Let go of the file."""


class AppendOnlyFile:
    """A private file that only grows; `append` returns when the bytes are on disk."""

    def __init__(self, path: Path, *, flags: int = os.O_CREAT | os.O_EXCL) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | flags, PRIVATE)

    def append(self, content: bytes) -> None:
        """Write all of it and wait for the disk; raises OSError."""
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


class Journal:
    """The journal of one run. Raises StateError when a line cannot be made durable, and at
    every later try: a run must not go on that nobody can account for."""

    def __init__(self, path: Path, file: DurableFile, clock: Clock) -> None:
        self.path = path
        self._file = file
        self._clock = clock
        self._previous = ""
        self._waiting: list[dict[str, Any]] = []
        self._noted = 0
        self._written = 0
        self._gate = asyncio.Lock()
        self._broken: StateError | None = None

    @classmethod
    def create(cls, folder: Path, header: Header, clock: Clock) -> "Journal":
        """A new journal in the folder, its header on disk already."""
        path = folder / f"{header.run_id}{SUFFIX}"
        try:
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            file = AppendOnlyFile(path)
        except FileExistsError as error:
            raise StateError(f"there is a journal {path} already", "run again") from error
        except OSError as error:
            raise state_error("cannot create the journal", path, error) from error
        journal = cls(path, file, clock)
        try:
            journal.begin(header)
            sync_folder(folder)
        except (StateError, OSError) as error:
            # A journal without a header says nothing; nothing was done yet either.
            journal.close()
            path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise state_error("cannot create the journal", path, error) from error
            raise
        return journal

    def begin(self, header: Header) -> None:
        """Write the header line."""
        self.note({"entry": "header", "format_version": FORMAT_VERSION, **asdict(header)})
        self._append(self._taken())

    def note(self, entry: Entry) -> None:
        """Keep an entry that goes to disk together with the next recorded one."""
        at = self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._waiting.append({"entry": entry["entry"], "at": at, **entry})
        self._noted += 1

    async def record(self, entry: Entry) -> None:
        """Return when the entry, and all noted before it, are on disk.

        Entries of concurrent actions share a write, so that a slow disk costs little.
        """
        self.note(entry)
        mine = self._noted
        async with self._gate:
            if self._written < mine:
                await asyncio.to_thread(self._append, self._taken())

    def end(self, status: str, counts: Mapping[str, int], stopped: str = "") -> None:
        """Write the footer, and a last line that seals it with its hash."""
        self.note({"entry": "footer", "status": status, "counts": counts, "stopped": stopped})
        self.note({"entry": "end"})
        self._append(self._taken())

    def close(self) -> None:
        """Let go of the file. What was only noted is not written."""
        self._file.close()

    def _taken(self) -> list[dict[str, Any]]:
        batch, self._waiting = self._waiting, []
        return batch

    def _append(self, batch: list[dict[str, Any]]) -> None:
        if self._broken is not None:
            raise self._broken
        content = b"".join(self._line(entry) for entry in batch)
        try:
            self._file.append(content)
        except OSError as error:
            self._broken = state_error("cannot write the journal", self.path, error)
            raise self._broken from error
        self._written += len(batch)

    def _line(self, entry: dict[str, Any]) -> bytes:
        line = line_of({**entry, "previous": self._previous})
        self._previous = line_digest(line)
        return line + b"\n"


def line_of(entry: Entry) -> bytes:
    """The entry as it stands in the file, without its newline."""
    return json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode()


def line_digest(line: bytes) -> str:
    """The hash of a line without its newline, as the next line carries it."""
    return "sha256:" + hashlib.sha256(line).hexdigest()
