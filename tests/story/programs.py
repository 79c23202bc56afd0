"""Programs of the system that some tests need, which no Python package brings."""

import os
import shutil

import pytest


def needs(*names: str) -> pytest.MarkDecorator:
    """A mark that skips where a program is missing, and lets the test fail where none may be."""
    missing = [name for name in names if shutil.which(name) is None]
    return pytest.mark.skipif(
        bool(missing) and not os.environ.get("SYNCER_NEEDS_PROGRAMS"),
        reason=f"not installed: {', '.join(missing)}; Debian: apt-get install {' '.join(missing)}",
    )
