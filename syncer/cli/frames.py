"""Where a defect is, for whoever reports it."""

import traceback

import click


def print_frames(error: BaseException) -> None:
    """Where an error came from, down to its cause, on stderr.

    Of each error only the name: its text may hold a request, and a request the token.
    """
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = "".join(traceback.format_tb(current.__traceback__))
        click.echo(f"{type(current).__name__} raised in:\n{frames}", err=True, nl=False)
        current = current.__cause__ or current.__context__
