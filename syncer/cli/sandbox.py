"""`syncer sandbox`: the stand-in Asana, on a port, on show, or made anew."""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from syncer.cli.options import Settings, common_options
from syncer.cli.wiring import open_sandbox, sandbox_errors
from syncer.config.loader import load_config
from syncer.model.errors import UsageError
from syncer.sandbox import (
    QUESTIONS,
    Description,
    Sandbox,
    SandboxError,
    Switches,
    SwitchLine,
)
from syncer.sandbox.server import serve

PROFILES: Final = ("strict", "lenient", "hostile")
STATE = click.argument("state", required=False, type=click.Path(path_type=Path, dir_okay=False))


@click.group("sandbox")
@common_options
def command() -> None:
    """The stand-in Asana: a tenant in one JSON file that speaks SCIM, and REST for reading.

    STATE is the tenant's file; without it the one that the config names.
    """


@command.command("serve")
@common_options
@STATE
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8400, show_default=True, help="0 takes a free port.")
@click.option("--expose", is_flag=True, help="Allow an address that other machines can reach.")
@click.pass_obj
def serve_command(
    settings: Settings, *, state: Path | None, host: str, port: int, expose: bool
) -> None:
    """Serve the tenant on a port until Ctrl-C or SIGTERM, which both end it with code 0."""
    sandbox = open_sandbox(state_path(settings, state))

    def ready(url: str) -> None:
        click.echo(f"base_url: {url}")
        click.echo(f"token:    {sandbox.token}")
        click.echo("stop with Ctrl-C")

    with sandbox_errors():
        serve(sandbox, host, port, ready, expose=expose)


@command.command("show")
@common_options
@STATE
@click.option("--switches", is_flag=True, help="Every switch: its value, values and meaning.")
@click.pass_obj
def show_command(settings: Settings, *, state: Path | None, switches: bool) -> None:
    """Say who and what is in the tenant, and how it behaves."""
    path = state_path(settings, state)
    if not path.exists():
        raise UsageError(f"{path}: there is no sandbox tenant", "make one: syncer sandbox reset")
    tenant = open_sandbox(path).describe()
    click.echo("\n".join(lines(tenant)))
    if switches:
        click.echo("\n".join(["", *switch_lines(tenant)]))


@command.command("reset")
@common_options
@STATE
@click.option("--profile", type=click.Choice(PROFILES), default="strict", show_default=True)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, help="What the hostile profile draws from."
)
@click.option(
    "--switch",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change one switch of the profile; may be repeated. 'show --switches' lists them.",
)
@click.option("--yes", is_flag=True, help="Do not ask before an existing tenant is emptied.")
@click.pass_obj
def reset_command(
    settings: Settings,
    *,
    state: Path | None,
    profile: str,
    seed: int,
    assignments: tuple[str, ...],
    yes: bool,
) -> None:
    """Make the tenant anew: empty, with the switches of a profile."""
    overrides = switches_of(assignments)
    path = state_path(settings, state)
    if path.exists() and not yes:
        click.confirm(f"{path} holds a tenant; empty it?", abort=True)
    with sandbox_errors():
        Sandbox.reset(path, profile=profile, seed=seed, overrides=overrides)
    changed = "".join(f", {name} = {plain(value)}" for name, value in overrides.items())
    click.echo(f"{path}: empty tenant, profile {profile}{changed}")


def lines(tenant: Description) -> Iterator[str]:
    """The tenant for people: who is in it, which teams, and how it differs from its profile."""

    def tally(pairs: tuple[tuple[str, int], ...]) -> str:
        return ", ".join(f"{number:,} {name}" for name, number in pairs) or "none"

    seeded = f", seed {tenant.seed}" if tenant.seed else ""
    yield f"{tenant.path}: profile {tenant.profile}{seeded}"
    yield f"  domains   {', '.join(tenant.domains) or 'any'}"
    yield f"  workspace {workspaces(tenant)}"
    yield f"  users     {tally(tenant.users)}"
    yield f"  admins    {tally(tenant.admins)}"
    limit = "" if tenant.seats is None else f" (seats: {tenant.seats_taken} of {tenant.seats})"
    yield f"  licences  {tally(tenant.licenses)}{limit}"
    yield f"  teams     {len(tenant.teams)}"
    width = max((len(team.name) for team in tenant.teams), default=0)
    for team in tenant.teams:
        yield f"    {team.name.ljust(width)}  {team.members:>4} members  (id {team.id})"
    for switch in tenant.switches:
        if switch.value != switch.usual:
            yield f"  switch    {assignment(switch)}"


def workspaces(tenant: Description) -> str:
    """The tenant's workspace, and what a token sees besides it."""
    further = f"; also {', '.join(tenant.further_workspaces)}" if tenant.further_workspaces else ""
    return f"{tenant.workspace} (gid {tenant.workspace_gid}){further}"


def switch_lines(tenant: Description) -> Iterator[str]:
    """Every switch for people: its value, what it may be, and which open questions it answers."""
    for switch in tenant.switches:
        yield assignment(switch)
        values = ", ".join(map(plain, switch.values)) or "a whole number"
        questions = "; ".join(f"{part} {QUESTIONS[part]}" for part in switch.unknown)
        for label, text in (("", switch.about), ("values: ", values), ("open: ", questions)):
            if text:
                yield from textwrap.wrap(
                    label + text, 79, initial_indent="    ", subsequent_indent="      "
                )


def assignment(switch: SwitchLine) -> str:
    """`name = value`, with the value of the profile where that is another one."""
    usual = "" if switch.value == switch.usual else f" (the profile has {plain(switch.usual)})"
    return f"{switch.name} = {plain(switch.value)}{usual}"


def plain(value: object) -> str:
    """A value as the state file and the command line have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def switches_of(assignments: tuple[str, ...]) -> dict[str, object]:
    """The switches of `--switch` options. Raises UsageError with everything wrong about them."""
    try:
        return Switches.typed(assignments)
    except SandboxError as error:
        raise UsageError(error.message, error.hint) from None


def state_path(settings: Settings, given: Path | None) -> Path:
    """The tenant's file. Raises UsageError when neither the call nor the config names one."""
    if given is not None:
        return given
    loaded = load_config(settings.config_path)
    sandbox = loaded.config.asana.sandbox
    if sandbox is None:
        raise UsageError(
            f"{loaded.path}: asana.base_url is set, so there is no sandbox",
            "name the tenant's file: syncer sandbox show tenant.json",
        )
    return loaded.resolve(sandbox)
