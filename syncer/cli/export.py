"""`syncer export`: the live tenant as a config and its files. Never changes anything in Asana."""

import os
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from syncer.cli.export_folder import Folder
from syncer.cli.logs import EventLog
from syncer.cli.options import Settings, common_options
from syncer.cli.progress import Progress
from syncer.cli.signals import run_until_signal
from syncer.cli.wiring import collector_off, connect, new_run_id, read_beside, tenant_of
from syncer.config.loader import LoadedConfig, load_config
from syncer.core.desired import desire
from syncer.core.exporting.export import Export, make_export
from syncer.core.guards import judge
from syncer.core.planner import build_plan
from syncer.core.wanted import wanted_attributes
from syncer.model.errors import StateError
from syncer.model.exits import Exit
from syncer.model.memory import Memory
from syncer.model.origin import Size
from syncer.model.policy.asana import AsanaPolicy
from syncer.model.policy.secrets import FileSecret
from syncer.model.state import CurrentState
from syncer.render.export_config import CONFIG, export_files
from syncer.render.export_people import document_text, left_out_lines
from syncer.render.wording import counted
from syncer.sources.reading import read_snapshot


@click.command(
    "export",
    epilog="Exit codes: 0 written; 1 failed; 64 wrong usage or config, or the folder holds files "
    "that are no export or were edited since.",
)
@common_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="Write syncer.yaml, people.yaml and teams/ here: a new or empty folder, or one with an "
    "earlier export. Without it people and teams go to stdout as one document, without a config.",
)
@click.pass_obj
def command(settings: Settings, *, out: Path | None) -> Exit:
    """Write the live tenant as a config and its files, on which a plan is empty.

    Of the config in use only the sections that do not depend on its directory are looked at; no
    source is read. Nothing is changed in Asana.
    """
    log = EventLog(settings, command="export")
    folder = None if out is None else Folder(out)
    with collector_off():
        loaded = load_config(settings.config_path)
        if folder is not None:
            folder.refuse_strangers()
        current = run_until_signal(look(Reading(loaded, new_run_id(datetime.now(UTC))), log))
        export = make_export(current, loaded.config)
        if not export.people:
            raise nobody(export, loaded)
        if folder is None:
            click.echo(document_text(export), nl=False)
        else:
            write(folder, export, loaded, current)
    for line in left_out_lines(export):
        click.echo(line, err=True)
    log.event("info", "run.finished", people=len(export.people), teams=len(export.teams))
    return Exit.DONE


@dataclass(frozen=True, slots=True)
class Reading:
    """A config, and the run that reads the tenant it names."""

    loaded: LoadedConfig
    run_id: str


async def look(reading: Reading, log: EventLog) -> CurrentState:
    """Read Asana with every team. The connection refuses anything but GET."""
    progress = Progress(log)
    try:
        async with connect(reading, log, read_only=True) as client:
            with log.stage("read"):
                return await read_beside(client, reading, progress, every_team=True)
    finally:
        progress.close()


def write(folder: Folder, export: Export, loaded: LoadedConfig, current: CurrentState) -> None:
    """Write the files, plan on them, and say so. Raises UsageError and StateError."""
    config = loaded.config
    asana = seen_from(folder.path, config.asana, loaded)
    gone = folder.write(export_files(export, config, asana))
    written = folder.path / CONFIG
    refuse_changes(written, current)
    click.echo(
        f"{written}: written, with {counted(len(export.people), 'person')} and "
        f"{counted(len(export.teams), 'team')}; a plan on it is empty: "
        f"syncer -c {shlex.quote(str(written))} plan"
    )
    for name in gone:
        click.echo(f"{folder.path / name}: removed, its team is gone")


def nobody(export: Export, loaded: LoadedConfig) -> StateError:
    """What to say when there is nobody to put into a directory: an empty one is refused."""
    told = " ".join(left_out_lines(export)) or "no user is listed"
    return StateError(
        f"{tenant_of(loaded)} has nobody whom a directory could have; {told}",
        "is asana.domains right? nothing was written",
    )


def seen_from(folder: Path, asana: AsanaPolicy, loaded: LoadedConfig) -> AsanaPolicy:
    """The section with its paths as a config in this folder must name them."""
    update: dict[str, object] = {}
    for name in ("sandbox", "ca_bundle"):
        if (path := getattr(asana, name)) is not None:
            update[name] = rebased(path, loaded, folder)
    if isinstance(asana.token, FileSecret):
        file = asana.token.file
        kept = file if file.startswith("~") else rebased(file, loaded, folder)
        update["token"] = FileSecret(file=kept)
    return asana.model_copy(update=update)


def rebased(path: str, loaded: LoadedConfig, folder: Path) -> str:
    """A path of the config in use as it is from this folder; an absolute one stays as it is.

    Links of folders are followed, since `..` does so too; that of the file is not, for it may
    lead elsewhere tomorrow.
    """
    if Path(path).is_absolute():
        return path
    target = loaded.resolve(path)
    return os.path.relpath(
        Path(os.path.realpath(target.parent)) / target.name, os.path.realpath(folder)
    )


def refuse_changes(written: Path, current: CurrentState) -> None:
    """Read the files as any plan does, and raise StateError when the promise is not kept."""
    loaded = load_config(written)
    config = loaded.config
    wanted = wanted_attributes(config)
    snapshot = read_snapshot(config.directory, written.parent, loaded.where, wanted)
    desired = desire(snapshot, config, loaded.where)
    plan = build_plan(desired.state, current, config, Memory(), datetime.now(UTC))
    plan = judge(plan, config.guards, config.approval)
    doubts = [problem for problem in desired.problems if problem.size is not Size.NOTICE]
    if plan.actions or plan.violations or doubts:
        told = f"{counted(len(plan.actions), 'action')}, {counted(len(doubts), 'problem')}"
        raise StateError(
            f"{written} is written, and a plan on it is not empty: {told}",
            "this is a defect of syncer: please report it, and do not apply that plan",
        )
