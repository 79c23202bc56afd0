"""An earlier run by its journal: which one is meant, and what it changed."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from syncer.apply.journal import SUFFIX, Entry
from syncer.apply.journal_record import (
    JournalRecord,
    edits,
    is_refusal,
    journals_in,
    read_journal,
    runs_of,
)
from syncer.model.actions import REVERSIBLE, Member
from syncer.model.errors import UsageError
from syncer.model.origin import Origin
from syncer.model.past import DISPLAY_NAME, USER_TYPE, PastChange, PastRun
from syncer.model.state import ATTRIBUTES

_LATEST: Final = 3
_PUT_BACK: Final = frozenset({*ATTRIBUTES, USER_TYPE, DISPLAY_NAME})


def find_journal(folder: Path, run: str) -> Path:
    """The journal of the run of this id, of an id that begins so, or in the file of this name.

    Raises UsageError when there is none or more than one, and StateError.
    """
    if _is_journal(named := Path(run)):
        return named
    journals = journals_in(folder)
    exact = [path for path in journals if path.stem == run]
    found = exact or [path for path in journals if run and path.stem.startswith(run)]
    if len(found) == 1:
        return found[0]
    shown = ", ".join(path.stem for path in (found or journals)[-_LATEST:])
    if found:
        message = f"--undo {run}: {len(found)} runs begin so"
        raise UsageError(message, f"name one of them; the latest are {shown}")
    latest = f"the latest runs are {shown}" if journals else "there is no journal yet"
    raise UsageError(f"--undo {run}: there is no such run in {folder}", latest)


def _is_journal(path: Path) -> bool:
    try:
        return path.suffix == SUFFIX and path.is_file()
    except OSError:
        # A name that no file can have, for one.
        return False


def read_past(path: Path) -> PastRun:
    """What the run of this journal changed, with the runs before it whose plan it carried on with.

    A journal without an end is that of a run that was killed. Raises UsageError for one that was
    edited or that tells nothing, and for want of one of the others, and StateError for one that
    is damaged.
    """
    record, header = _unedited(path)
    resumed = tuple(str(run) for run in header.get("resumes") or ())
    records = [*(_earlier(path, run) for run in resumed), record]
    # What a part of the plan did not live to tell, another one may.
    outcomes = [one for part in records for one in part.outcomes]
    ids = {one.ref: one.scim_id for one in outcomes if one.scim_id}
    adopted = {one.ref for one in outcomes if one.adopted}
    return PastRun(
        run_id=record.run_id,
        tenant=str(header.get("tenant", "")),
        changes=tuple(one for part in records for one in _changes(part, ids, adopted)),
        ended=record.footer is not None,
        resumed=resumed,
        resumed_by=tuple(
            later.run_id
            for later in runs_of(path.parent, str(header.get("plan_checksum", "")))
            if record.run_id in ((later.header or {}).get("resumes") or ())
        ),
    )


def _earlier(path: Path, run: str) -> JournalRecord:
    """The journal of a run whose plan the run at `path` carried on with."""
    earlier = path.with_name(f"{run}{SUFFIX}")
    if not _is_journal(earlier):
        raise UsageError(
            f"{path}: this run went on with what run {run} had begun, and there is no {earlier}",
            "an undo takes back both: restore that journal from a backup",
        )
    record, _ = _unedited(earlier)
    return record


def _unedited(path: Path) -> tuple[JournalRecord, Entry]:
    """The journal as it was written, and its header."""
    if signs := edits(path):
        raise UsageError(
            f"{path} is not as it was written: {'; '.join(signs)}",
            "an undo goes by what really happened: restore the journal from a backup",
        )
    record = read_journal(path)
    if record.header is None:
        raise UsageError(f"{path}: the run was killed before it began", "there is nothing to undo")
    return record, record.header


def _changes(
    record: JournalRecord, ids: Mapping[str, str], adopted: Container[str]
) -> Iterator[PastChange]:
    refused = {(entry["ref"], entry["attempt"]) for entry in record.entries if is_refusal(entry)}
    for line, entry in enumerate(record.entries, 1):
        if entry["entry"] != "intent" or (entry["ref"], entry["attempt"]) in refused:
            continue
        if entry.get("kind") in REVERSIBLE:
            origin = Origin(f"{record.path.parent.name}/{record.path.name}", line)
            change = _change(entry, ids.get(entry["ref"]), origin)
            yield replace(change, adopted=entry["ref"] in adopted)


def _change(entry: Entry, scim_id: str | None, origin: Origin) -> PastChange:
    known = entry.get("scim_id") or scim_id
    return PastChange(
        kind=entry["kind"],
        subject=str(entry.get("user") or entry.get("team") or ""),
        scim_id=str(known) if known else None,
        origin=origin,
        before=_attributes(entry.get("before")),
        after=_attributes(entry.get("after")),
        add=_members(entry.get("add")),
        remove=_members(entry.get("remove")),
    )


def _attributes(told: Any) -> Mapping[str, str | None]:
    """What an undo can put back; that somebody is active is no text."""
    return {
        name: value
        for name, value in (told or {}).items()
        if name in _PUT_BACK and (value is None or isinstance(value, str))
    }


def _members(told: Any) -> tuple[Member, ...]:
    return tuple(Member(one["user"], one["scim_id"]) for one in told or () if one.get("scim_id"))
