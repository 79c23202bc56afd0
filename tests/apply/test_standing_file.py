"""What people were told is remembered, whole or not at all."""

import json
from pathlib import Path

import pytest

from syncer.apply.standing_file import read_standing, standing_path, write_standing
from syncer.model.errors import StateError
from syncer.model.watching import Standing

TROUBLED = Standing(
    trouble="failure 1",
    held="0a1b",
    overdue=True,
    since="2026-11-01T03:00:00+00:00",
    last_success="2026-11-02T03:00:00+00:00",
)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = standing_path(tmp_path / "journal", "apply")
    assert read_standing(path) == Standing()
    write_standing(path, TROUBLED)
    assert read_standing(path) == TROUBLED
    assert path.stat().st_mode & 0o777 == 0o600
    assert standing_path(path.parent, "plan") != path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"format": 2}',
        '{"format": 1, "mood": "good"}',
        '{"format": 1, "trouble": 5}',
        '{"format": 1, "overdue": "no"}',
        '{"format": 1, "since": "yesterday"}',
        '{"format": 1, "since": "2026-11-01T03:00:00"}',
        b"\xff\xfe",
    ],
)
def test_what_is_none_of_ours_is_no_memory(text: str | bytes, tmp_path: Path) -> None:
    path = tmp_path / "told.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(StateError, match="is damaged"):
        read_standing(path)


def test_a_place_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("no folder")
    with pytest.raises(StateError, match="journal"):
        write_standing(standing_path(tmp_path / "journal", "plan"), TROUBLED)
    (tmp_path / "folder").mkdir()
    with pytest.raises(StateError, match="folder"):
        read_standing(tmp_path / "folder")


def test_fields_that_are_not_there_are_as_they_were_at_first(tmp_path: Path) -> None:
    path = tmp_path / "told.json"
    path.write_text(json.dumps({"format": 1, "trouble": "failure 1"}))
    assert read_standing(path) == Standing(trouble="failure 1")
