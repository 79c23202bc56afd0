"""The files that a command is asked to write: none takes the place of what the runs live from."""

import glob
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations
from pathlib import Path
from typing import Final

import click

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

_REPORT_KEYS: Final = frozenset({"headline", "exit", "plan_digest", "outcomes", "not_started"})
"""What together stands in a report of ours in JSON, and in no other file that a run reads."""


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

    Where it cannot be used, nobody knows what a file is to the runs: a report then goes where
    nothing is, or over an earlier one in JSON, and stderr tells which is not written.
    Raises nothing: what cannot be looked at is left as it is.
    """
    if not reports:
        return ()
    try:
        loaded = loaded or load_config(config)
    except (SyncerError, OSError):
        named = (config, *filter(None, read.values()))
        free = tuple(path for path in reports if _is_free(path, named))
        for path in dict.fromkeys(path for path in reports if path not in free):
            with suppress(OSError):
                click.echo(f"--report {path}: not written, for it may be in use", err=True)
        return free
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


def _is_free(path: Path, named: Sequence[Path]) -> bool:
    """Whether nothing is lost there, whatever the config says: nothing, or a report in JSON.

    What the command line names is never free, be it there yet or not.
    """
    if any(same_file(path, one) for one in named):
        return False
    try:
        if not path.exists():
            return not path.is_symlink()
        # A pipe would be waited for.
        found = json.loads(path.read_bytes()) if path.is_file() else None
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.keys() >= _REPORT_KEYS


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
            if any(same_file(path, file.path) for file in files) or _would_match(
                path, base, source.path
            ):
                return f"a file of directory.{key}"
    return ""


def _would_match(path: Path, base: Path, pattern: str) -> bool:
    """Whether the glob takes the file once it is there, whatever links lead to its folder."""
    folder, name = os.path.split(pattern)
    if name == "**":
        folder, name = pattern, "*"
    # As with any glob, no wildcard takes what is hidden.
    hidden = path.name.startswith(".") and not name.startswith(".")
    if hidden or not fnmatchcase(path.name, name):
        return False
    try:
        # Path.glob refuses patterns from the root of the file system.
        found = glob.glob(folder, root_dir=base, recursive=True) if folder else [""]  # noqa: PTH207
    except (OSError, ValueError):
        return False
    return any(same_file(path.parent, base / one) for one in found)
