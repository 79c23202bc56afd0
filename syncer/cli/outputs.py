"""The files that a command is asked to write: none takes the place of what the runs live from."""

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations
from pathlib import Path
from typing import Final

from syncer.apply.journal import SUFFIX
from syncer.config.loader import LoadedConfig, load_config
from syncer.model.errors import SyncerError, UsageError
from syncer.model.policy.base import Section
from syncer.model.policy.directory import LdapSource
from syncer.model.policy.secrets import FileSecret
from syncer.sources.files import SourceError, find_files

_HINT: Final = "name another file: what stands there would be lost"
_LEDGER: Final = ("", "-journal", "-wal", "-shm")
"""What SQLite calls the files of one database."""

_COMMENT: Final = re.compile(r"(?m)(?:^|\s)#.*$")
_WORD: Final = re.compile(r"[^\s'\"{},]+")


@dataclass(frozen=True, slots=True)
class Output:
    """A file to write, and the option that asks for it."""

    option: str
    path: Path


def outputs_of(out: Path | None, reports: Sequence[Path] = ()) -> tuple[Output, ...]:
    """The files that `--out` and `--report` ask for."""
    saved = () if out is None else (Output("--out", out),)
    return (*saved, *(Output("--report", path) for path in reports))


def check_outputs(
    outputs: Sequence[Output], loaded: LoadedConfig, read: Mapping[str, Path | None]
) -> None:
    """Raise UsageError where an output is a file that the runs live from, or another output.

    `read` are the files that the command line names to be read, by what they are.
    """
    for one, other in combinations(outputs, 2):
        if same_file(one.path, other.path):
            raise UsageError(
                f"{other.option} {other.path}: {one.option} {one.path} writes there too",
                "name two files",
            )
    for output in outputs:
        if what := _in_use(output.path, loaded, read):
            raise UsageError(f"{output.option} {output.path}: that is {what}", _HINT)


def harmless_reports(
    reports: Sequence[Path],
    loaded: LoadedConfig | None,
    config: Path,
    read: Mapping[str, Path | None],
) -> tuple[Path, ...]:
    """Those that may be written to tell what ended a run early, be the config `loaded` or not.

    Raises nothing: what cannot be looked at is left as it is.
    """
    if not reports:
        return ()
    try:
        loaded = loaded or load_config(config)
    except (SyncerError, OSError):
        return tuple(path for path in reports if not _named_in(path, config, read))
    return tuple(path for path in reports if not _in_use(path, loaded, read))


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by links of either kind, be it there yet or not."""
    try:
        there = one.exists(), other.exists()
        if all(there):
            return one.samefile(other)
        return not any(there) and one.resolve() == other.resolve()
    except (OSError, ValueError, RuntimeError):  # not to be looked at; links in a circle
        return False


def _named_in(path: Path, config: Path, read: Mapping[str, Path | None]) -> bool:
    """The same where the config cannot be used: a file that it may mean is none to overwrite."""
    if any(same_file(path, one) for one in (config, *filter(None, read.values()))):
        return True
    try:
        if not path.exists() or not config.is_file():
            return False
        text = _COMMENT.sub("", config.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return True
    words = {word for word in _WORD.findall(text) if "." in word or "/" in word}
    base = config.parent
    return path.name in text or any(
        same_file(path, base / word) or _matches(path, base, word) for word in words
    )


def _in_use(path: Path, loaded: LoadedConfig, read: Mapping[str, Path | None]) -> str:
    """What the file is to the runs, empty for nothing."""
    named = [(what, file) for what, file in read.items() if file is not None]
    for what, file in (*named, *_files(loaded)):
        if same_file(path, file):
            return what
    folder = loaded.resolve(loaded.config.journal)
    if _is_of_journal(path, folder):
        return f"a file of the journal folder {folder}"
    return _source(path, loaded)


def _files(loaded: LoadedConfig) -> Iterator[tuple[str, Path]]:
    config = loaded.config
    yield "the config", loaded.path
    if config.asana.sandbox is not None:
        yield "the tenant of asana.sandbox", loaded.resolve(config.asana.sandbox)
    if config.ledger is not None:
        for ending in _LEDGER:
            yield "the ledger", loaded.resolve(config.ledger + ending)
    if config.metrics.textfile is not None:
        yield "the file of metrics.textfile", loaded.resolve(config.metrics.textfile)
    for key, file in _kept_apart(config, ""):
        try:
            yield f"the file of {key}", loaded.path.parent / Path(file).expanduser()
        except RuntimeError:  # the home of nobody
            continue


def _kept_apart(value: object, key: str) -> Iterator[tuple[str, str]]:
    """The files of secrets and authorities, by the key that names them, wherever it stands."""
    match value:
        case FileSecret():
            yield key, value.file
        case Section():
            for name in type(value).model_fields:
                inner = f"{key}.{name}" if key else name
                found = getattr(value, name)
                if name == "ca_bundle" and isinstance(found, str):
                    yield inner, found
                else:
                    yield from _kept_apart(found, inner)
        case tuple():
            for one in value:
                yield from _kept_apart(one, key)


def _is_of_journal(path: Path, folder: Path) -> bool:
    """Whether it is, or would be taken for, a journal, the lock or what was told."""
    try:
        real = path.resolve()
        if _is_ours(real.name) and same_file(real.parent, folder):
            return True
        linked = path.exists() and path.stat().st_nlink > 1
        ours = (one for one in folder.iterdir() if _is_ours(one.name)) if linked else ()
        return any(same_file(path, one) for one in ours)
    except (OSError, ValueError, RuntimeError):
        return False


def _is_ours(name: str) -> bool:
    return name.endswith(SUFFIX) or name.startswith(".")


def _source(path: Path, loaded: LoadedConfig) -> str:
    """The source that reads the file, or would once it is there; empty for none."""
    directory, base = loaded.config.directory, loaded.path.parent
    for key, sources in (("people", directory.people), ("groups", directory.groups)):
        for source in sources:
            if isinstance(source, LdapSource):
                continue
            try:
                files = find_files(source.path, base, loaded.where("directory", key))
            except SourceError:
                files = ()
            if any(same_file(path, file.path) for file in files) or _matches(
                path, base, source.path
            ):
                return f"a file of directory.{key}"
    return ""


def _matches(path: Path, base: Path, pattern: str) -> bool:
    """Whether the glob takes the file, or would once it is there."""
    try:
        whole = Path(glob.escape(str(base.resolve()))) / pattern
        return _fits(path.resolve().parts, Path(os.path.normpath(whole)).parts)
    except (OSError, ValueError, RuntimeError):
        return False


def _fits(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    # As with any glob, no wildcard takes what is hidden.
    seen = bool(parts) and (not parts[0].startswith(".") or pattern[0].startswith("."))
    if pattern[0] == "**":
        return _fits(parts, pattern[1:]) or (seen and _fits(parts[1:], pattern))
    return seen and fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])
