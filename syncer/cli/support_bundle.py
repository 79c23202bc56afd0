"""`syncer support-bundle`: what somebody needs who is to help, and nobody's name or value."""

import io
import json
import os
import platform
import secrets
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from syncer import __version__
from syncer.apply.disguised import disguised_journal
from syncer.apply.files import write_bytes
from syncer.apply.journal_record import journals_in
from syncer.cli.logs import EventLog
from syncer.cli.options import Settings, common_options
from syncer.cli.wiring import recall, survey
from syncer.config.loader import LoadedConfig, load_config
from syncer.core.pseudonyms import Pseudonyms
from syncer.model.errors import SyncerError, UsageError
from syncer.model.exits import Exit
from syncer.model.origin import Origin

LIBRARIES: Final = (
    "apprise", "click", "deepdiff", "httpx", "jinja2", "ldap3", "prometheus-client", "pydantic",
    "pyyaml", "rich", "structlog",
)  # fmt: skip
PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")

ABOUT: Final = """\
A bundle for support, made by syncer {version} on {at}.

about.json     versions, platform, which variables are set (never their values)
config.json    the config as it was read, with addresses under pseudonyms; secrets are named in a
               config and never stand in it
problems.json  how many problems config and directory have, of which kind
memory.json    what the ledger remembers, in numbers
journals/      the last runs: every action and how it ended

People, values, accounts and hosts are under pseudonyms such as ~3f9a0c1b22, which are the same
throughout this bundle and different in the next; in journals teams are too. Domains, ids of Asana,
licences, your paths, and names of teams and groups in the config are as they are. Look it through
before you send it.
"""


@click.command("support-bundle", epilog="Exit codes: 0 written; 1 failed; 64 wrong usage.")
@common_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write [default: syncer-support-TIME.zip].",
)
@click.option(
    "--runs",
    type=click.IntRange(0, 1000),
    default=10,
    show_default=True,
    help="How many of the last journals to take.",
)
@click.pass_obj
def command(settings: Settings, *, out: Path | None, runs: int) -> Exit:
    """Collect versions, config and the last journals without secrets, names or values.

    Asks nothing of Asana.
    """
    now = datetime.now(UTC)
    path = out or Path(f"syncer-support-{now:%Y%m%dT%H%M%SZ}.zip")
    if path.exists():
        raise UsageError(f"{path} is there already", "name another file with --out")
    names = Pseudonyms(secrets.token_bytes(32))
    parts = dict(collected(settings, names, now, runs))
    write_bytes(path, zipped(parts, now), what="the support bundle")
    click.echo(f"{path}: {', '.join(parts)}")
    click.echo("look it through before you send it", err=True)
    return Exit.DONE


def collected(
    settings: Settings, names: Pseudonyms, now: datetime, runs: int
) -> Iterator[tuple[str, str]]:
    """Every file of the bundle. What cannot be read is told in its place."""
    at = now.isoformat(timespec="seconds")
    yield "README.txt", ABOUT.format(version=__version__, at=at)
    yield "about.json", shown(about(settings))
    try:
        loaded = load_config(settings.config_path)
    except SyncerError as error:
        yield "config.json", shown({"error": told(error, names)})
        return
    config = loaded.config.model_dump(mode="json")
    for source in (*config["directory"]["people"], *config["directory"]["groups"]):
        if source["format"] == "ldap":
            source.update(disguised_server(source, names))
    if isinstance(gateway := config["metrics"]["pushgateway"], str):
        config["metrics"]["pushgateway"] = disguised_host(gateway, names)
    yield "config.json", shown(names.within(config))
    log = EventLog(settings, command="support-bundle")
    yield "problems.json", shown(problems(settings.config_path, log, now, names))
    yield "memory.json", shown(remembered(loaded, now, names))
    yield from journals(loaded, names, runs)


def disguised_server(source: dict[str, Any], names: Pseudonyms) -> dict[str, str]:
    """What a source says of a directory server, its host and account under pseudonyms."""
    found = {"url": disguised_host(source["url"], names)}
    if source["bind_dn"]:
        found["bind_dn"] = names.of(source["bind_dn"])
    return found


def disguised_host(address: str, names: Pseudonyms) -> str:
    """The address with its host under a pseudonym, and nothing behind that."""
    url = urlsplit(address)
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{names.of(url.hostname or '')}{port}"


def about(settings: Settings) -> dict[str, Any]:
    """What runs where."""
    return {
        "syncer": __version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "libraries": {name: installed(name) for name in LIBRARIES},
        "config": settings.config_path.name,
        "variables_set": sorted(
            name for name in os.environ if name.startswith(("SYNCER_", "ASANA_"))
        ),
        "proxies_set": [name for name in PROXIES if name in os.environ],
    }


def installed(name: str) -> str:
    """The version of a library; empty where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def problems(path: Path, log: EventLog, now: datetime, names: Pseudonyms) -> dict[str, Any]:
    """How many problems of which size, by file; their words quote the directory."""
    try:
        inputs, found = survey(path, log, now)
    except SyncerError as error:
        return {"error": told(error, names)}
    by = Counter(f"{one.size.value}: {place(one.origin)}" for one in found if one.origin)
    return {
        "people_read": inputs.desired.state.people_read,
        "people_wanted": len(inputs.desired.state.users),
        "teams_wanted": len(inputs.desired.state.teams),
        "problems": dict(sorted(by.items())),
    }


def place(origin: Origin) -> str:
    """The name of the file; of a server nothing, for the name of an entry is a person's."""
    return "a directory server" if "://" in origin.path else Path(origin.path).name


def remembered(loaded: LoadedConfig, now: datetime, names: Pseudonyms) -> dict[str, Any]:
    """The ledger in numbers."""
    try:
        memory = recall(loaded, now)
    except SyncerError as error:
        return {"error": told(error, names)}
    good = memory.last_good_run
    return {
        "exists": memory.exists,
        "seen": len(memory.seen),
        "ids": len(memory.ids),
        "absences": len(memory.absences),
        "recent_deactivations": memory.recent_deactivations,
        "last_people": memory.last_people,
        "last_good_run": good.isoformat() if good else None,
        "administrators": len(memory.administrators),
        "other_tenant": bool(memory.elsewhere),
    }


def journals(loaded: LoadedConfig, names: Pseudonyms, runs: int) -> Iterator[tuple[str, str]]:
    """The last journals under pseudonyms; of a damaged one what is wrong with it."""
    folder = loaded.resolve(loaded.config.journal)
    try:
        paths = journals_in(folder)
    except SyncerError as error:
        yield "journals/error.json", shown({"error": told(error, names)})
        return
    for path in paths[len(paths) - min(runs, len(paths)) :]:
        try:
            text = disguised_journal(path, names)
        except SyncerError as error:
            text = shown({"error": told(error, names)})
        yield f"journals/{path.name}", text


def told(error: SyncerError, names: Pseudonyms) -> str:
    """An error without what it quotes; the problems of a config are counted."""
    text = names.hide_all(error.message)
    if isinstance(error, UsageError) and error.problems:
        text += f" ({len(error.problems)} problems)"
    return text


def shown(document: Any) -> str:
    """A document as indented JSON."""
    return json.dumps(document, ensure_ascii=True, indent=2) + "\n"


def zipped(parts: dict[str, str], now: datetime) -> bytes:
    """The files as one archive; equal files, equal bytes."""
    buffer = io.BytesIO()
    stamp = (now.year, now.month, now.day, now.hour, now.minute, now.second)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return buffer.getvalue()
