"""The entry point: commands are imported when they are called, errors become exit codes.

Start-up counts for cron and shell completion, so this module imports click and nothing
heavier; a test holds it to that.
"""

import gc
import importlib
import signal
import sys
from typing import NoReturn, cast

import click

from syncer import __version__
from syncer.cli.exits import exit_code, internal_error
from syncer.cli.interruption import INTERRUPTING, INTERRUPTION
from syncer.cli.options import Settings, common_options
from syncer.cli.streams import forget_stdout, prepare_streams, settle_streams
from syncer.model.errors import StaleError, SyncerError, UsageError
from syncer.model.exits import Exit

COMMANDS = {
    "demo": "the whole story on the embedded sandbox, in one go",
    "init": "write a commented starter config",
    "validate": "check config, sources and rules offline; every problem at once",
    "check": "test the connection: URL, TLS, token, scopes, licences, domains, clock, quota",
    "plan": "compute, show and judge the plan; never changes Asana",
    "apply": "carry out a saved plan, or plan and carry that out",
    "rehearse": "carry the plan out on a copy of the live tenant, in memory",
    "show": "render a saved plan or a journal again",
    "health": "whether all is well with scheduled runs; for monitoring, asks nothing of Asana",
    "why": "everything about one person: what will happen to them, and why",
    "export": "write the live tenant as a config and its files; a plan on them is empty",
    "support-bundle": "versions, config and journals for support, without names or values",
    "sandbox": "the stand-in Asana: serve, show, reset",
    "schema": "print the JSON Schema of the config file, a plan or a report",
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the story, not of the alphabet."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None when there is no such command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        # What is imported stays: the cyclic collector would look through it for nothing.
        was_on = gc.isenabled()
        gc.disable()
        try:
            module = importlib.import_module(f"syncer.cli.{cmd_name.replace('-', '_')}")
        finally:
            if was_on:
                gc.enable()
        return cast("click.Command", module.command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 failed before any change; 2 changes pending; 3 a guard "
    "refused; 4 some actions failed; 5 stale plan or locked; 6 removals held; 64 wrong usage, "
    "config or sources; 130 interrupted.",
)
@click.version_option(__version__, prog_name="syncer", message="%(prog)s %(version)s")
@common_options
def cli() -> None:
    """Keep Asana as your directory says: plan, review, apply."""


def main() -> NoReturn:
    """Run the command line and leave with its exit code; never with a traceback."""
    for number in INTERRUPTING:
        signal.signal(number, INTERRUPTION)
    try:
        prepare_streams()
        code = run(sys.argv[1:])
        # The run has ended: nothing that comes now may change what it ended with.
        INTERRUPTION.came = True
    except KeyboardInterrupt:
        # It came before the run had begun, or while an error was being put into words.
        code = ended_by(click.Abort())
    for number in INTERRUPTING:
        signal.signal(number, signal.SIG_IGN)
    settle_streams()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    settings = Settings()
    try:
        code = cli.main(arguments, prog_name="syncer", standalone_mode=False, obj=settings)
    except Exception as error:  # noqa: BLE001  # the last border: no traceback for people
        if settings.debugging:
            from syncer.cli.frames import print_frames  # noqa: PLC0415  # only on this path

            print_frames(error)
        return ended_by(error, settings)
    except KeyboardInterrupt:
        return ended_by(click.Abort())
    return code if isinstance(code, int) else Exit.DONE


def ended_by(error: Exception, settings: Settings | None = None) -> Exit:
    """Say on stderr what ended the run, and give the exit code for it."""
    settings = settings or Settings()
    match error:
        case click.ClickException():
            from syncer.cli.usage import refused, wants_help  # noqa: PLC0415  # only on this path

            if wants_help(error):
                error.show(sys.stderr)
            else:
                report_error(refused(error), settings)
            return Exit.USAGE
        case click.Abort():
            click.echo("interrupted", err=True)
            return Exit.INTERRUPTED
        case SyncerError():
            report_error(error, settings)
            return exit_code(error)
        case BrokenPipeError():
            forget_stdout()
            return Exit.FAILED
        case OSError():
            what = error.filename or "system"
            report_error(SyncerError(f"{what}: {error.strerror or error}"), settings)
            return Exit.FAILED
        case _:
            report_error(internal_error(error), settings)
            return Exit.FAILED


def report_error(error: SyncerError, settings: Settings) -> None:
    """Say on stderr what is wrong and what to do; every problem, not just the first."""
    if isinstance(error, UsageError) and error.problems:
        from syncer.render.text import render_problems  # noqa: PLC0415  # only on this path

        click.echo(settings.shown(render_problems(error.problems)), err=True, nl=False)
        return
    from syncer.render.characters import harmless  # noqa: PLC0415  # only on this path

    told = [f"error: {error.message}"]
    if isinstance(error, StaleError):
        told += (f"  - {difference}" for difference in error.differences)
    if error.hint:
        told.append(f"  hint: {error.hint}")
    for line in "\n".join(told).split("\n"):
        # A file's name or what a server says may hold what moves the cursor.
        click.echo(settings.shown(harmless(line)), err=True)
