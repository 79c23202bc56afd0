"""`syncer sandbox`: the stand-in Asana, on a port, on show, or made anew."""

from pathlib import Path

import click

from syncer.cli.options import Settings, common_options
from syncer.cli.wiring import open_sandbox
from syncer.config.loader import load_config
from syncer.model.errors import UsageError
from syncer.sandbox import PROFILES, Sandbox, serve

STATE = click.argument(
    "state", required=False, type=click.Path(path_type=Path, dir_okay=False)
)


@click.group("sandbox")
@common_options
def command() -> None:
    """The stand-in Asana: a tenant in one JSON file that speaks SCIM.

    STATE is the tenant's file; without it the one that the config names.
    """


@command.command("serve")
@common_options
@STATE
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8400, show_default=True, help="0 takes a free port.")
@click.pass_obj
def serve_command(settings: Settings, *, state: Path | None, host: str, port: int) -> None:
    """Serve the tenant on a port until interrupted."""
    sandbox = open_sandbox(state_path(settings, state))

    def ready(url: str) -> None:
        click.echo(f"base_url: {url}")
        click.echo(f"token:    {sandbox.token}")
        click.echo("stop with Ctrl-C")

    serve(sandbox, host, port, ready)


@command.command("show")
@common_options
@STATE
@click.pass_obj
def show_command(settings: Settings, *, state: Path | None) -> None:
    """Say who and what is in the tenant, and how it behaves."""
    path = state_path(settings, state)
    if not path.exists():
        raise UsageError(f"{path}: there is no sandbox tenant", "make one: syncer sandbox reset")
    click.echo(open_sandbox(path).describe(), nl=False)


@command.command("reset")
@common_options
@STATE
@click.option("--profile", type=click.Choice(PROFILES), default="strict", show_default=True)
@click.option("--seed", type=int, default=0, help="Of the faults of the hostile profile.")
@click.option("--yes", is_flag=True, help="Do not ask before an existing tenant is emptied.")
@click.pass_obj
def reset_command(
    settings: Settings, *, state: Path | None, profile: str, seed: int, yes: bool
) -> None:
    """Make the tenant anew: empty, with the switches of a profile."""
    path = state_path(settings, state)
    if path.exists() and not yes:
        click.confirm(f"{path} holds a tenant; empty it?", abort=True)
    Sandbox.reset(path, profile=profile, seed=seed)
    click.echo(f"{path}: empty tenant, profile {profile}")


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
