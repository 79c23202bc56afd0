"""`syncer check`: may this machine and this token do what is meant? Changes nothing in Asana."""

import stat
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from syncer import __version__
from syncer.apply.writable import folder_faults, journal_faults, ledger_faults
from syncer.asana.client import AsanaClient
from syncer.asana.probing import probe
from syncer.asana.settings import RetryPolicy
from syncer.cli.check_watchers import watchers
from syncer.cli.logs import EventLog
from syncer.cli.options import Settings, common_options
from syncer.cli.output import format_option, width
from syncer.cli.servers import Servers
from syncer.cli.signals import run_until_signal
from syncer.cli.wiring import tenant_of, way_to
from syncer.config.loader import LoadedConfig, load_config
from syncer.core.names import our_domains
from syncer.core.self_check import judged
from syncer.model.errors import UsageError
from syncer.model.exits import Exit
from syncer.model.health import Fault
from syncer.model.policy.directory import LdapSource
from syncer.model.policy.secrets import FileSecret
from syncer.model.probe import Access, Answered, Check, Probe, Verdict
from syncer.render.check_text import checks_json, render_checks
from syncer.sources.ldap_question import LdapError

Purpose = Literal["plan", "apply"]
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@click.command(
    "check", epilog="Exit codes: 0 ready, maybe with warnings; 1 a check failed; 64 wrong config."
)
@common_options
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["plan", "apply"]),
    help="What the token is meant for: also asks, without changing anything, whether it may "
    "write.",
)
@click.option(
    "--notify", is_flag=True, help="Also send a test message to every URL of notifications."
)
@format_option
@click.pass_obj
def command(settings: Settings, *, purpose: Purpose | None, notify: bool, style: str) -> Exit:
    """Test the connection, a line each: URL, TLS, token, scopes, licences, domains, clock, quota.

    Sends a handful of GET. With --for also a PATCH of nobody that names no operation, since no
    other question tells whether a token may write. Logs in to each directory server of the
    config too, and looks at one entry.
    """
    log = EventLog(settings, command="check")
    loaded = load_config(settings.config_path)
    asked = run_until_signal(acquaintance(loaded, log, purpose))
    kept_by_us = (*directories(loaded), *kept(loaded))
    checks = (*asked, *kept_by_us, *watchers(loaded, send=notify))
    tenant = tenant_of(loaded)
    if style == "json":
        click.echo(checks_json(checks, tenant=tenant), nl=False)
    else:
        colour = settings.colour()
        text = render_checks(checks, tenant=tenant, colour=colour, width=width())
        click.echo(text, nl=False, color=colour)
    failed = any(one.verdict is Verdict.FAILED for one in checks)
    return Exit.FAILED if failed else Exit.DONE


async def acquaintance(
    loaded: LoadedConfig, log: EventLog, purpose: Purpose | None
) -> tuple[Check, ...]:
    """What Asana answers, judged. A token that is not there is a check that failed."""
    config, today = loaded.config, datetime.now(UTC).date()
    try:
        client = connected(loaded, log, writing=purpose is not None)
    except UsageError as error:
        why = Answered(access=Access.REFUSED, why=error.message, hint=error.hint)
        none = Answered(access=Access.UNKNOWN, why="not tried without a token")
        found = Probe(connection=none, authenticated=why)
    else:
        async with client as opened:
            found = await probe(
                opened,
                config.asana.workspace,
                our_domains(config),
                writing=purpose is not None,
            )
    return judged(found, config.asana, today, purpose=purpose or "")


def connected(
    loaded: LoadedConfig, log: EventLog, *, writing: bool
) -> AbstractAsyncContextManager[AsanaClient]:
    """A client that gives up soon: a self-test is for somebody who waits. Raises UsageError."""
    agent = f"syncer/{__version__} (check)"
    settings, transport = way_to(loaded, agent, read_only=not writing)
    return AsanaClient(settings, transport, policy=RetryPolicy(attempts=2), event=log.event)


def directories(loaded: LoadedConfig) -> Iterator[Check]:
    """Whether each directory server lets us in and shows the base; once for the same question."""
    directory, base = loaded.config.directory, loaded.path.parent
    told = set()
    for source in (*directory.people, *directory.groups):
        if not isinstance(source, LdapSource):
            continue
        question = source.model_copy(update={"select": None})
        if question in told:
            continue
        told.add(question)
        try:
            Servers(base).greet(source)
        except LdapError as error:
            detail = f"{source.url}: {error.message}"
            yield Check("directory", Verdict.FAILED, detail, error.hint)
        else:
            whom = source.bind_dn or "anybody"
            detail = f"{source.url} shows {source.base} to {whom}"
            yield Check("directory", Verdict.GOOD, detail)
        if isinstance(source.password, FileSecret):
            yield from secrecy(base / Path(source.password.file).expanduser())


def kept(loaded: LoadedConfig) -> Iterator[Check]:
    """What has to do with files on this machine: the token's, and what runs leave behind."""
    config = loaded.config
    if isinstance(config.asana.token, FileSecret) and config.asana.sandbox is None:
        yield from secrecy(loaded.path.parent / Path(config.asana.token.file).expanduser())
    if config.metrics.textfile is not None:
        yield collected(loaded.resolve(config.metrics.textfile).parent)
    journals = loaded.resolve(config.journal)
    yield from written("journal", journals, journal_faults(journals))
    if config.ledger is None:
        yield Check("ledger", Verdict.SKIPPED, "no ledger: grace, windows and history are off")
    else:
        ledger = loaded.resolve(config.ledger)
        yield from written("ledger", ledger.parent, ledger_faults(ledger))


def written(name: str, folder: Path, faults: Iterable[Fault]) -> Iterator[Check]:
    """What keeps `apply` from writing there, a line each; one line where nothing does."""
    whole = Check(name, Verdict.GOOD, f"{folder} can be written")
    failed = [Check(name, Verdict.FAILED, one.message, one.remedy) for one in faults]
    yield from failed or [whole]


def collected(folder: Path) -> Check:
    """Whether metrics can be left for the collector; a run goes on without."""
    for fault in folder_faults(folder):
        return Check("metrics", Verdict.WARNING, fault.message, fault.remedy)
    return Check("metrics", Verdict.GOOD, f"{folder} can be written")


def secrecy(path: Path) -> Iterator[Check]:
    """Whether others than the owner may read the file of a secret."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # told by the check that needs it
    if mode & OTHERS:
        detail = f"{path} may be read by others (mode {stat.S_IMODE(mode):04o})"
        yield Check("secret", Verdict.WARNING, detail, f"chmod 600 {path}")
    else:
        yield Check("secret", Verdict.GOOD, f"{path} is for its owner alone")
