"""`python -m syncer`, which is what the command `syncer` runs too."""

import contextlib
import os
import sys

_STDOUT = 1


def main() -> None:
    """Run the command line. The version is told without it: that takes a quarter of the time."""
    if sys.argv[1:] == ["--version"]:
        from syncer import __version__  # noqa: PLC0415  # nothing else is needed

        # Where it cannot be written the command line knows what to say. Written past the buffer:
        # what stays in there would be tried again by whoever touches the stream next.
        with contextlib.suppress(OSError):
            os.write(_STDOUT, f"syncer {__version__}\n".encode())
            return
    from syncer.cli.main import main as run  # noqa: PLC0415  # as late as possible

    try:
        run()
    except SystemExit as ended:
        # Streams are flushed and files closed. To free people one by one, a hundred thousand of
        # them, is left to the system, which does it at once.
        os._exit(ended.code if isinstance(ended.code, int) else int(ended.code is not None))


if __name__ == "__main__":
    main()
