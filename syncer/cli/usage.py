"""A command line that click refused, in the form of every other error of ours."""

import re
from difflib import get_close_matches
from typing import Final

import click

from syncer.model.errors import UsageError

_NO_COMMAND: Final = re.compile(r"No such command '(.*)'", re.DOTALL)
# Newer than the oldest click that we run on.
_ASKS_FOR_HELP: Final[tuple[type[Exception], ...]] = tuple(
    filter(None, [getattr(click.exceptions, "NoArgsIsHelpError", None)])
)


def wants_help(error: click.ClickException) -> bool:
    """Whether a group was called without a command, which is answered with its help."""
    return isinstance(error, _ASKS_FOR_HELP)


def refused(error: click.ClickException) -> UsageError:
    """The error with our hint: the nearest command or option, else where they are listed."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "syncer"
    command = _NO_COMMAND.match(error.message)
    if command:
        known = _commands(context)
        near = get_close_matches(command[1], known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"'{path} --help' lists them"
        return UsageError(f"no such command '{command[1]}'", hint)
    if isinstance(error, click.NoSuchOption):
        near = list(error.possibilities or ())[:1]
        hint = f"did you mean '{near[0]}'?" if near else f"'{path} --help' lists them"
        return UsageError(f"no such option '{error.option_name}'", hint)
    said = error.format_message().removesuffix(".")
    return UsageError(said[:1].lower() + said[1:], f"'{path} --help' says what it takes")


def _commands(context: click.Context | None) -> list[str]:
    if context is None or not isinstance(context.command, click.Group):
        return []
    return context.command.list_commands(context)
