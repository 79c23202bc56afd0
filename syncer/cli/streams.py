"""Standard streams that are not what a program expects: closed, or with a reader who left."""

import io
import os
import sys
from typing import TextIO


def prepare_streams() -> None:
    """Make stdout and stderr writable for whatever follows.

    A terminal that cannot show a letter gets an escape for it, and a stream that was closed
    before we began leads nowhere: else the next file that is opened would take its number.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - a device, open to the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def forget_stdout() -> None:
    """Send the rest of stdout nowhere: its reader has gone, and nothing is left to say."""
    _lead_nowhere(sys.stdout)


def settle_streams() -> None:
    """Let nothing that could not be written change the exit code when the process ends.

    Whoever wrote has had the error; the interpreter would try once more and end with 120.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _lead_nowhere(stream)


def _lead_nowhere(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
