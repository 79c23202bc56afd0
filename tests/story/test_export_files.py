"""The folder of an export: what is not its own it leaves alone, and what is stays private."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.story.exporting import TEAMS, contents, export, fill, is_empty, out
from tests.story.harness import House


@pytest.fixture(params=["a stranger's folder", "a file", "an edited config", "an edited team"])
def occupied(request: pytest.FixtureRequest, varied: House) -> Iterator[tuple[House, str]]:
    """A house whose folder `out` must not be written, and what is said of it."""
    if request.param == "a file":
        varied.write("out", "text")
        yield varied, "is a file"
    elif request.param == "a stranger's folder":
        varied.write("out/notes.txt", "mine")
        yield varied, "is not empty, and holds no earlier export"
    else:
        name = "syncer.yaml" if request.param == "an edited config" else "teams/core.yaml"
        export(varied)
        out(varied).write(name, (out(varied).folder / name).read_bytes() + b"# mine\n")
        yield varied, f"{name}:\n    was edited since it was exported"


def test_what_is_not_ours_is_not_overwritten(occupied: tuple[House, str]) -> None:
    house, told = occupied
    before = contents(house.folder)
    ended = house.syncer("export", "--out", str(out(house).folder))
    assert ended.code == 64, ended
    assert told in ended.err
    assert contents(house.folder) == before


def test_a_file_in_the_place_of_a_new_team_is_not_overwritten(varied: House) -> None:
    exported = export(varied)
    exported.write("teams/new.yaml", "name: mine\nmembers: []\n")
    fill(varied, groups=[*TEAMS, {"id": "14", "displayName": "New", "members": ["1"]}])
    before = contents(exported.folder)
    ended = varied.syncer("export", "--out", str(exported.folder))
    assert ended.code == 64, ended
    assert "teams/new.yaml:\n    is there already, and is no file of an export" in ended.err
    assert contents(exported.folder) == before


@pytest.mark.parametrize("text", ["name: Zzz\nmembers: []\n", "garbage: [\n"])
def test_a_file_that_would_be_read_as_a_team_is_no_part_of_an_export(
    varied: House, text: str
) -> None:
    exported = export(varied)
    exported.write("teams/zzz.yaml", text)
    before = contents(exported.folder)
    ended = varied.syncer("export", "--out", str(exported.folder))
    assert ended.code == 64, ended
    assert "teams/zzz.yaml:\n    is there already, and is no file of an export" in ended.err
    assert contents(exported.folder) == before


def test_files_of_others_beside_it_stay(varied: House) -> None:
    out(varied).write(".git/config", "mine")
    exported = export(varied)
    exported.write("README.md", "mine")
    exported.write("teams/notes.txt", "mine")
    export(varied)
    files = contents(exported.folder)
    assert {files[name] for name in (".git/config", "README.md", "teams/notes.txt")} == {b"mine"}


def test_personal_data_are_private(varied: House) -> None:
    exported = export(varied)
    for path in exported.folder.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert exported.folder.stat().st_mode & 0o077 == 0


def test_an_export_that_was_cut_off_is_taken_up_again(
    varied: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "syncer.yaml":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    ended = varied.syncer("export", "--out", str(out(varied).folder))
    assert ended.code == 1, ended
    assert "the disk is full" in ended.err
    assert "syncer.yaml" not in contents(out(varied).folder)
    monkeypatch.setattr(Path, "replace", replace)
    assert is_empty(export(varied))
