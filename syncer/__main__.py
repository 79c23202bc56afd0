"""`python -m syncer`, which is what the command `syncer` runs too."""

import contextlib
import sys


def main() -> None:
    """Run the command line. The version is told without it: that takes a quarter of the time."""
    if sys.argv[1:] == ["--version"]:
        from syncer import __version__  # noqa: PLC0415  # nothing else is needed

        # Where it cannot be written the command line knows what to say.
        with contextlib.suppress(OSError):
            sys.stdout.write(f"syncer {__version__}\n")
            sys.stdout.flush()
            return
    from syncer.cli.main import main as run  # noqa: PLC0415  # as late as possible

    run()


if __name__ == "__main__":
    main()
