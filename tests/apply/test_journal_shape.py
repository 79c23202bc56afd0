"""A forged journal, whose digests agree: it is refused for what it says, and nothing breaks."""

import json
from pathlib import Path
from typing import Any

import pytest

from syncer.apply.journal import Entry, line_digest, line_of
from syncer.apply.journal_record import edits, read_journal
from syncer.model.errors import SyncerError, UsageError
from tests.story.harness import House, furnish

NONSENSE: tuple[Any, ...] = (
    None,
    True,
    7,
    -1,
    1.5,
    "\x1b[2J\nnonsense",
    [],
    [7],
    {},
    {"a": [1]},
    [{"user": 7}],
)
FREE = {"stopped", "by", "detail", "status", "approvals", "counts"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house whose runs made people and a team, changed both, and let somebody go."""
    house = furnish(tmp_path_factory.mktemp("forged"))
    assert house.apply("--allow", "create=9").code == 0
    house.edit("people.csv", "Managing Director,Executive", "Chair,Engineering")
    house.edit(
        "people.csv",
        "zoe@example.com,Zoë,Müller,Engineer,Engineering",
        "zoe@example.com,Zoë,Müller,Lead,Sales",
    )
    assert house.apply().code == 0
    return house


def entries_of(house: House) -> tuple[Path, list[Entry]]:
    path = max((house.folder / "journal").glob("*.jsonl"), key=lambda one: one.stat().st_mtime_ns)
    return path, [json.loads(line) for line in path.read_bytes().splitlines()]


def forged(entries: list[Entry]) -> bytes:
    """The lines with digests that agree."""
    lines: list[bytes] = []
    for entry in entries:
        link = {"previous": line_digest(lines[-1]) if lines else ""}
        lines.append(line_of({**entry, **link} if "previous" in entry else entry))
    return b"".join(line + b"\n" for line in lines)


def test_no_value_of_a_forged_line_breaks_a_command(house: House) -> None:
    path, entries = entries_of(house)
    written = path.read_bytes()
    assert forged(entries) == written
    shapes: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(entries):
        for key in entry:
            shapes.setdefault((entry["entry"], key), number)
    for (_, key), number in shapes.items():
        for nonsense in NONSENSE:
            changed = [*entries]
            changed[number] = {**entries[number], key: nonsense}
            path.write_bytes(forged(changed))
            try:
                read_journal(path)
                edits(path)
            except SyncerError:
                continue
            for arguments in (("show", str(path)), ("plan", "--undo", str(path)), ("plan",)):
                ended = house.syncer(*arguments)
                told = (key, nonsense, arguments, ended)
                assert ended.code in {0, 3, 64}, told
                assert "internal" not in ended.err, told
                assert "\x1b" not in ended.out + ended.err, told
    path.write_bytes(written)


def test_a_line_without_what_it_is_about_is_no_entry(house: House) -> None:
    path, entries = entries_of(house)
    written = path.read_bytes()
    for number, entry in enumerate(entries):
        for key in ("ref", "attempt", "result"):
            if key not in entry or (entry["entry"], key) == ("outcome", "attempt"):
                continue
            changed = [*entries]
            changed[number] = {name: one for name, one in entry.items() if name != key}
            path.write_bytes(forged(changed))
            with pytest.raises((SyncerError, UsageError)):
                read_journal(path)
    path.write_bytes(written)
