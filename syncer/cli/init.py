"""`syncer init`: a commented starter config, its mapping guessed from the real file."""

import os
from pathlib import Path
from typing import Final, Literal

import click

from syncer.cli.options import common_options
from syncer.cli.starter import starter_config
from syncer.config.loader import load_config
from syncer.core.guess import Guess, guess_mapping
from syncer.core.own_domains import Domains, own_domains
from syncer.model.errors import UsageError
from syncer.model.exits import Exit
from syncer.model.origin import Origin, Size
from syncer.model.policy.directory import DirectoryPolicy
from syncer.model.state import USER_NAME
from syncer.sources.reading import read_snapshot

NAME: Final = "syncer.yaml"
SAMPLE: Final = """\
employeeNumber,mail,givenName,sn,title,department,manager
0001,ada@example.com,Ada,Lovelace,Managing Director,Executive,
0002,grace@example.com,Grace,Hopper,Engineer,Engineering,ada@example.com
"""

Format = Literal["csv", "ldif", "yaml"]


@click.command("init", epilog="Exit codes: 0 written; 64 the file is there, or cannot be read.")
@common_options
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    show_default=True,
    help="Where to write syncer.yaml.",
)
@click.option(
    "--from",
    "source",
    type=(click.Choice(["csv", "ldif", "yaml"]), click.Path(path_type=Path, dir_okay=False)),
    default=None,
    metavar="FORMAT FILE",
    help="Guess the mapping from this export: csv, ldif or yaml, and the file.",
)
def command(*, folder: Path, source: tuple[Format, Path] | None) -> Exit:
    """Write a commented starter config that plans against a sandbox at once."""
    target = folder / NAME
    if target.exists():
        raise UsageError(f"{target} is there already", "choose another folder with --dir")
    folder.mkdir(parents=True, exist_ok=True)
    if source is None:
        text = starter_config(None, people=written_sample(folder), source_format="csv")
    else:
        guess, domains = guess_from(*source)
        text = starter_config(
            guess,
            people=as_seen_from(folder, source[1]),
            source_format=source[0],
            domains=domains,
        )
    target.write_text(text, encoding="utf-8")
    load_config(target)
    click.echo(f"{target}: written; read it, then: syncer -c {target} plan")
    return Exit.DONE


def guess_from(source_format: Format, path: Path) -> tuple[Guess, Domains]:
    """A mapping that fits the columns of the file, and the domains of the people in it.

    Raises UsageError when the file is unreadable.
    """
    policy = DirectoryPolicy.model_validate(
        {"people": [{"format": source_format, "path": str(path.absolute())}]}
    )
    snapshot = read_snapshot(policy, path.parent, lambda *_: Origin(str(path)), None)
    reading = snapshot.people[0]
    structural = tuple(p for p in reading.problems if p.size is Size.STRUCTURAL)
    if not reading.names:
        raise UsageError(f"{path}: no column to map", problems=structural)
    # Every entry of LDIF has a distinguished name, which is no attribute and so in no header.
    named = {"dn": "dn"} if source_format == "ldif" else {}
    guess = guess_mapping({**named, **reading.names})
    return guess, own_domains(reading.records, guess.mapping.get(USER_NAME, ""))


def as_seen_from(folder: Path, path: Path) -> str:
    """The path as the config must name it, which is relative to the config's folder."""
    return os.path.relpath(path.absolute(), folder.absolute())


def written_sample(folder: Path) -> str:
    """A two-line people file to start from, unless there is one already."""
    path = folder / "people.csv"
    if not path.exists():
        path.write_text(SAMPLE, encoding="utf-8")
    return path.name
