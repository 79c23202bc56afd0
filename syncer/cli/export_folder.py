"""The folder of an export: what is in the way, and how files of ours take the place of older ones.

A file of ours carries a seal on its first line. What has none, or has been edited since, is never
overwritten and never removed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from syncer.apply.files import PRIVATE_FOLDER, reading_hint, state_error, write_whole
from syncer.core.seal import Seal, seal_of, sealed
from syncer.model.errors import StateError, UsageError
from syncer.model.origin import Origin, Problem
from syncer.render.characters import harmless
from syncer.render.export_config import CONFIG, PEOPLE, TEAMS

_EDITED = (
    "export to another folder and compare the two, or delete the file to have it written anew"
)


@dataclass(frozen=True, slots=True)
class Folder:
    """Where an export goes."""

    path: Path

    def refuse_strangers(self, names: Iterable[str] = ()) -> None:
        """Raise UsageError, with every file that is in the way, unless the folder may be written.

        It may when it is not there, is empty or holds an earlier export that nobody has edited.
        Hidden files, such as those of a version control, do not count. `names` are the files to
        be written, beside those of an earlier export. Whatever else the config would read as a
        team is in the way too.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UsageError(f"--out: {self.path} is a file", "name a folder")
        ours = self._ours()
        if not ours and self._occupied():
            raise UsageError(
                f"--out: {self.path} is not empty, and holds no earlier export",
                "name a folder that is new or empty",
            )
        problems = [
            Problem(Origin(str(self.path / name)), "was edited since it was exported", _EDITED)
            for name, seal in sorted(ours.items())
            if seal is Seal.EDITED
        ]
        problems += [
            Problem(
                Origin(str(self.path / name)),
                "is there already, and is no file of an export",
                "move it away, or name another folder",
            )
            for name in sorted({CONFIG, PEOPLE, *self._team_files(), *names} - ours.keys())
            if (self.path / name).exists() or (self.path / name).is_symlink()
        ]
        if problems:
            raise UsageError(f"--out: {self.path} cannot be used", problems=tuple(problems))

    def write(self, files: Mapping[str, str]) -> tuple[str, ...]:
        """Write the files, each whole or not at all, and remove those of teams that are gone.

        The config comes last: what it names is there by then. Returns the names of what was
        removed. Raises UsageError as `refuse_strangers` does, and StateError.
        """
        self.refuse_strangers(files)
        gone = sorted(self._ours().keys() - files.keys())
        self._make(self.path)
        if any(name.startswith(f"{TEAMS}/") for name in files):
            self._make(self.path / TEAMS)
        for name in sorted(files, key=lambda name: (name == CONFIG, name)):
            write_whole(self.path / name, sealed(files[name]), what="file")
        for name in gone:
            self._remove(self.path / name)
        return tuple(gone)

    def _ours(self) -> dict[str, Seal]:
        """The files of an earlier export, edited ones included."""
        names = (CONFIG, PEOPLE, *self._team_files())
        seals = {name: _seal(self.path / name) for name in names}
        return {name: seal for name, seal in seals.items() if seal is not Seal.NONE}

    def _team_files(self) -> Iterator[str]:
        """Whatever the config would read as a team; it looks past hidden files."""
        teams = self.path / TEAMS
        if teams.is_dir():
            names = sorted(file.name for file in teams.glob("*.yaml"))
            yield from (f"{TEAMS}/{name}" for name in names if not name.startswith("."))

    def _occupied(self) -> bool:
        try:
            return any(not entry.name.startswith(".") for entry in self.path.iterdir())
        except FileNotFoundError:
            return False
        except OSError as error:
            raise state_error("cannot read folder", self.path, error) from error

    @staticmethod
    def _make(path: Path) -> None:
        try:
            path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            raise state_error("cannot make folder", path, error) from error

    @staticmethod
    def _remove(path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise state_error("cannot remove", path, error) from error


def _seal(path: Path) -> Seal:
    if not path.is_file() or path.is_symlink():
        return Seal.NONE
    try:
        return seal_of(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return Seal.NONE
    except OSError as error:
        reason = error.strerror or type(error).__name__
        told = f"cannot read {harmless(str(path))}: {reason}"
        raise StateError(told, reading_hint(error)) from error
