"""Options that every command takes, before or after the command's name."""

import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from syncer.core.pseudonyms import Pseudonyms

Command = TypeVar("Command", bound=Callable[..., Any])

LEVELS = ("debug", "info", "warning", "error")


@dataclass(slots=True)
class Settings:
    """What the common options said; one per process."""

    config: Path | None = None
    log_level: str | None = None
    log_format: str = "auto"
    no_color: bool = False
    hash_people: bool = False
    _names: "Pseudonyms | None" = field(default=None, repr=False)

    @property
    def config_path(self) -> Path:
        """The config file: `-c`, else `SYNCER_CONFIG`, else `syncer.yaml` here."""
        if self.config is not None:
            return self.config
        return Path(os.environ.get("SYNCER_CONFIG") or "syncer.yaml")

    @property
    def debugging(self) -> bool:
        """Whether tracebacks are wanted."""
        return self.log_level == "debug"

    def shown(self, text: str) -> str:
        """A text for stderr: with addresses under pseudonyms where that is wanted."""
        return self.pseudonyms.hide(text) if self.pseudonyms else text

    @property
    def pseudonyms(self) -> "Pseudonyms | None":
        """The pseudonyms of this process, None where addresses may be shown."""
        if self.hash_people and self._names is None:
            from syncer.core.pseudonyms import Pseudonyms  # noqa: PLC0415  # only where wanted

            key = os.environ.get("SYNCER_HASH_KEY", "").encode() or secrets.token_bytes(32)
            self._names = Pseudonyms(key)
        return self._names

    def colour(self) -> bool:
        """Whether stdout is a terminal that may be coloured (https://no-color.org)."""
        wanted = not self.no_color and not os.environ.get("NO_COLOR")
        return wanted and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def common_options(function: Command) -> Command:
    """Add the options that work everywhere; they land in the `Settings` of the context."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def _store(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(context: click.Context, _: click.Parameter, value: Any) -> None:
        # Not given after the command must not undo what was given before it.
        if value is not None and value is not False:
            setattr(context.ensure_object(Settings), name, value)

    return keep


OPTIONS = (
    click.option(
        "-c",
        "--config",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_store("config"),
        help="The config file [default: $SYNCER_CONFIG, else syncer.yaml].",
    ),
    click.option(
        "--log-level",
        type=click.Choice(LEVELS),
        expose_value=False,
        callback=_store("log_level"),
        help="Least serious events on stderr [default: warning on a terminal, else info].",
    ),
    click.option(
        "--log-format",
        type=click.Choice(["auto", "console", "json"]),
        expose_value=False,
        callback=_store("log_format"),
        help="auto is console on a terminal and json elsewhere.",
    ),
    click.option(
        "--hash-people",
        is_flag=True,
        expose_value=False,
        callback=_store("hash_people"),
        help="Addresses on stderr under pseudonyms; the same in every run with SYNCER_HASH_KEY.",
    ),
    click.option(
        "--no-color",
        is_flag=True,
        expose_value=False,
        callback=_store("no_color"),
        help="Plain text, as with NO_COLOR in the environment.",
    ),
)
