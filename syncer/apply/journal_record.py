"""A journal read back: what a run did, whether it ended, and whether anybody edited it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syncer.apply.files import reading_hint
from syncer.apply.journal import FORMAT_VERSION, SUFFIX, Entry, line_digest, line_of
from syncer.apply.journal_shape import is_entry
from syncer.model.errors import StateError, UsageError
from syncer.model.outcome import Outcome, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRecord:
    """What a journal says.

    `outcomes` holds the last word on each action. `doubtful` are the refs of actions without
    one, of which a request was accepted, or has an end that is not known. `header` is None when
    the run was killed before its first line was whole, `footer` when it never ended; `cut` tells
    that the last line is not whole.
    """

    path: Path
    header: Entry | None
    entries: tuple[Entry, ...]
    outcomes: tuple[Outcome, ...]
    doubtful: tuple[str, ...]
    footer: Entry | None
    cut: bool

    @property
    def run_id(self) -> str:
        """The run, also when its header is lost."""
        return str((self.header or {}).get("run_id") or self.path.stem)

    @property
    def changes(self) -> Mapping[str, Entry]:
        """What each action was to change, by ref: by its outcome, for want of one by its requests.

        `before` and `after` are attributes, `add` and `remove` members. The outcomes of an older
        journal say nothing of it.
        """
        told: dict[str, Entry] = {}
        for one in self.entries:
            if one["entry"] == "outcome":
                told[one["ref"]] = one
            elif one["entry"] == "intent":
                told[one["ref"]] = _with_members_of(told.get(one["ref"], {}), one)
        return told

    @property
    def complete(self) -> bool:
        """Whether the run came to the end of its plan, with whatever outcomes."""
        return self.footer is not None and self.footer.get("status") == "complete"

    @property
    def finished_at(self) -> str:
        """When it ended, ISO 8601 in UTC; empty when it did not."""
        return str(self.footer["at"]) if self.footer else ""


def read_journal(path: Path) -> JournalRecord:
    """The journal at `path`. A last line that is not whole is how a killed run ends.

    Raises UsageError when there is no journal, and StateError when a line in the middle
    cannot be read: that is damage, not an interruption.
    """
    *whole, rest = _content(path).split(b"\n")
    return _record(path, whole, cut=bool(rest))


def read_unedited(path: Path) -> JournalRecord:
    """As `read_journal`, in one pass; raises StateError also for a journal that was edited."""
    *whole, rest = _content(path).split(b"\n")
    record = _record(path, whole, cut=bool(rest))
    if signs := _edited(whole, record.entries, cut=bool(rest)):
        raise StateError(f"{path} is not as it was written: {signs[0]}")
    return record


def _record(path: Path, whole: list[bytes], *, cut: bool) -> JournalRecord:
    if whole:
        _check_version(path, _loads(whole[0]))
    entries = tuple(_entry(line, number, path) for number, line in enumerate(whole, 1))
    if entries and entries[0].get("format_version") != FORMAT_VERSION:
        raise _no_journal(path)
    header = entries[0] if entries else None
    footers = [entry for entry in entries if entry["entry"] == "footer"]
    return JournalRecord(
        path=path,
        header=header,
        entries=entries,
        outcomes=_outcomes(entries),
        doubtful=_doubtful(entries),
        footer=footers[-1] if footers else None,
        cut=cut,
    )


def _check_version(path: Path, header: Entry) -> None:
    """Raise UsageError for a version of another form, before its lines are taken for damage."""
    version = header.get("format_version")
    if header.get("entry") != "header" or version in (None, FORMAT_VERSION):
        return  # without any version it is none of ours; what it lacks is told as damage
    raise UsageError(
        f"{path} is a journal of format version {version!r}; this program reads version "
        f"{FORMAT_VERSION}",
        f"use the syncer that wrote it: version {header.get('version', 'unknown')}",
    )


def verify_journal(path: Path) -> tuple[str, ...]:
    """Every sign that the journal was edited or cut, one line each; empty when there is none.

    A journal without its end is reported as well: lines may be missing there.
    """
    *whole, rest = _content(path).split(b"\n")
    found = list(edits(path))
    if rest:
        found.append(f"line {len(whole) + 1} is not whole: the run was killed, or lines were cut")
    elif not whole or _loads(whole[-1]).get("entry") != "end":
        found.append("it has no end: the run was killed, or lines were cut away")
    return tuple(found)


def edits(path: Path) -> tuple[str, ...]:
    """Every sign that a line was edited; that the end is missing is none.

    Raises UsageError when there is no journal.
    """
    *whole, rest = _content(path).split(b"\n")
    return _edited(whole, tuple(map(_loads, whole)), cut=bool(rest))


def run_began(run_id: str) -> datetime | None:
    """When the run of this id began; None for what is no id of a run."""
    try:
        return datetime.strptime(run_id[:17], "%Y%m%dT%H%M%S%z-").astimezone(UTC)
    except ValueError:
        return None


def _edited(whole: list[bytes], entries: tuple[Entry, ...], *, cut: bool) -> tuple[str, ...]:
    found = list(_broken_links(whole, entries))
    ended = bool(entries) and not cut and entries[-1].get("entry") == "end"
    if ended and not _is_plain_end(whole[-1]):
        found.append(f"line {len(whole)} was edited")
    return tuple(found)


def journals_in(folder: Path) -> tuple[Path, ...]:
    """The journals in the folder, by name, none opened; empty when there is no folder yet.

    Raises StateError: a folder that cannot be read is not an empty one.
    """
    try:
        return tuple(sorted(path for path in folder.iterdir() if path.suffix == SUFFIX))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise StateError(
            f"cannot read the journal folder {folder}: {error.strerror}",
            "run as the user who owns it, or name another folder under 'journal:'",
        ) from error


def runs_of(folder: Path, plan_checksum: str) -> tuple[JournalRecord, ...]:
    """The journals of earlier runs of this very plan document, oldest first.

    Raises StateError when one cannot be read: without it nobody knows what was applied.
    """
    paths = (path for path in journals_in(folder) if _is_of(path, plan_checksum))
    records = (read_journal(path) for path in paths)
    return tuple(sorted(records, key=lambda record: str((record.header or {}).get("at"))))


def _is_of(path: Path, plan_checksum: str) -> bool:
    if path.is_fifo():
        # Opening a pipe may wait for ever, with the lock in hand.
        raise StateError(f"cannot read the journal {path}: it is a pipe", "move it away")
    try:
        with path.open("rb") as lines:
            return _loads(lines.readline()).get("plan_checksum") == plan_checksum
    except OSError as error:
        message = f"cannot read the journal {path}: {error.strerror}"
        raise StateError(message, reading_hint(error)) from error


def _content(path: Path) -> bytes:
    if path.is_fifo():
        raise UsageError(f"cannot read the journal {path}: it is a pipe", "move it away")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        hint = "each run of apply leaves one in the folder that 'journal:' names"
        raise UsageError(f"there is no journal {path}", hint) from None
    except OSError as error:
        message = f"cannot read the journal {path}: {error.strerror}"
        raise UsageError(message, reading_hint(error)) from error


def _no_journal(path: Path) -> UsageError:
    return UsageError(
        f"{path} is not a journal: its first line is no header",
        "name a file from the folder that 'journal:' names",
    )


def _loads(line: bytes) -> dict[str, Any]:
    """The object in the line, or an empty one when there is none."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _entry(line: bytes, number: int, path: Path) -> dict[str, Any]:
    entry = _loads(line)
    if not is_entry(entry):
        if number == 1:
            raise _no_journal(path)
        raise StateError(
            f"{path}:{number}: the journal is damaged: this line is no entry",
            "move it away and make a new plan; 'syncer show --verify' says where it was edited",
        )
    return entry


def is_refusal(entry: Entry) -> bool:
    """Whether by this entry Asana did not do what it was asked for.

    An answer that is `unsure` refused a repetition of what may have been done without an answer.
    """
    return (
        entry["entry"] == "answer" and entry.get("accepted") is False and not entry.get("unsure")
    )


def _outcomes(entries: tuple[Entry, ...]) -> tuple[Outcome, ...]:
    said = {entry["ref"]: entry for entry in entries if entry["entry"] == "outcome"}
    return tuple(
        Outcome(
            ref=ref,
            result=Result(entry["result"]),
            detail=str(entry.get("detail", "")),
            scim_id=entry.get("scim_id"),
            requests=entry.get("requests", 0),
            in_doubt=bool(entry.get("in_doubt")),
            adopted=bool(entry.get("adopted")),
        )
        for ref, entry in said.items()
    )


def _doubtful(entries: tuple[Entry, ...]) -> tuple[str, ...]:
    pending: dict[str, set[int]] = {}
    for entry in entries:
        match entry["entry"]:
            case "intent":
                pending.setdefault(entry["ref"], set()).add(entry["attempt"])
            case "answer" if is_refusal(entry):
                # What was accepted and has no outcome stays: the run did not live to tell of it.
                pending.get(entry["ref"], set()).discard(entry["attempt"])
            case "outcome":
                # Whatever became of its requests, the run itself has told.
                pending.pop(entry["ref"], None)
    return tuple(ref for ref, attempts in pending.items() if attempts)


def _with_members_of(earlier: Entry, intent: Entry) -> Entry:
    """The intent with the members that earlier requests of the same action were about."""
    sides = {side: _by_user(earlier, side) | _by_user(intent, side) for side in ("add", "remove")}
    return {**intent, **{side: list(found.values()) for side, found in sides.items() if found}}


def _by_user(entry: Entry, side: str) -> dict[str, Any]:
    return {one["user"]: one for one in entry.get(side, ())}


def _is_plain_end(line: bytes) -> bool:
    """Whether the last line is as it was written: it has no successor to tell."""
    entry = _loads(line)
    return set(entry) == {"entry", "at", "previous"} and line_of(entry) == line


def _broken_links(lines: list[bytes], entries: tuple[Entry, ...]) -> Iterator[str]:
    previous = ""
    for number, (line, entry) in enumerate(zip(lines, entries, strict=True), 1):
        if not entry:
            yield f"line {number} is no entry"
        elif entry.get("previous") != previous:
            before = f"line {number - 1} was edited, or lines are missing before line {number}"
            yield before if number > 1 else "line 1 is not the first line that was written"
        previous = line_digest(line)
