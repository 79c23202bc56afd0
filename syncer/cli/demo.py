"""`syncer demo`: the whole story on the embedded sandbox, with the real commands."""

import shutil
from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from syncer.cli import apply, plan
from syncer.cli.options import Settings, common_options
from syncer.model.errors import SyncerError, UsageError
from syncer.model.exits import Exit

FOLDER: Final = "syncer-demo"
MADE_BY_A_RUN: Final = ("journal", "syncer-ledger.sqlite")


@click.command("demo", epilog="Exit codes: 0 the story went as told; 1 it did not.")
@common_options
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    show_default=True,
    help="Where to put the sample directory and the sandbox tenant.",
)
@click.pass_obj
def command(settings: Settings, *, folder: Path) -> Exit:
    """Plan, apply and plan again on a sandbox: no account, no token, no network."""
    prepare(folder)
    # A log between its lines would spoil the story, in a file or a pipe too.
    settings.log_level = settings.log_level or "warning"
    settings.config = folder / "syncer.yaml"
    config = settings.config
    say(f"1. A sample directory and a sandbox tenant are in {folder}/. What would change?")
    say(f"$ syncer -c {config} plan")
    expect(plan.run(settings), Exit.DONE, "plan")
    say("2. That is what a person reviews. Carry it out:")
    say(f"$ syncer -c {config} apply --yes")
    expect(apply.run(settings, apply.Choices(yes=True, quiet=True)), Exit.DONE, "apply")
    say("3. Is anything left to do?")
    say(f"$ syncer -c {config} plan")
    expect(plan.run(settings, plan.Choices(detailed_exitcode=True)), Exit.DONE, "second plan")
    say("Where to look next:")
    for line in (
        f"{folder}/people.csv     change a title, remove a line, then plan again",
        f"{folder}/syncer.yaml    every rule, explained; two lines point it at Asana",
        f"{folder}/journal/       what was done, line by line: syncer show FILE",
        f"syncer sandbox show {folder}/tenant.json   what the tenant looks like now",
        "syncer init --from csv FILE   a starter config for your own directory",
    ):
        click.echo(f"  {line}")
    return Exit.DONE


def prepare(folder: Path) -> None:
    """Put a fresh sample into the folder. Raises UsageError when it holds something else."""
    sample = sample_files()
    if folder.exists():
        strangers = sorted(
            path.name
            for path in folder.iterdir()
            if path.name not in sample and not path.name.startswith(MADE_BY_A_RUN)
        )
        if strangers:
            raise UsageError(
                f"{folder} holds files that are not the demo's: {', '.join(strangers[:5])}",
                "name another folder with --dir",
            )
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name.startswith(MADE_BY_A_RUN):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, content in sample.items():
        (folder / name).write_bytes(content)


def sample_files() -> dict[str, bytes]:
    """The quickstart directory: inside the installed package, or beside it in a checkout."""
    package = files("syncer")
    checkout = Path(str(package)).parent / "configs" / "quickstart"
    home = package / "quickstart"
    source = home if home.is_dir() else checkout
    return {path.name: path.read_bytes() for path in source.iterdir() if path.is_file()}


def say(line: str) -> None:
    """One line of the story, told apart from what the commands print."""
    click.echo(f"\n{line}" if not line.startswith("$") else f"   {line}\n")


def expect(code: Exit, wanted: Exit, what: str) -> None:
    """Stop the story when a command did not end as told. Raises SyncerError."""
    if code != wanted:
        raise SyncerError(
            f"the {what} of the demo ended with exit code {int(code)}",
            "this is a defect of syncer: report it with the output above",
        )
