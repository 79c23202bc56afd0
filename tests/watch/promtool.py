"""Prometheus' own judge of metrics and rules, where it is installed."""

import os
import shutil
import subprocess

import pytest


def promtool(*arguments: str, text: str = "") -> tuple[int, str, str]:
    """Its exit code and what it said. Skips where it is not installed, unless it has to be."""
    program = shutil.which("promtool")
    if program is None:
        assert "SYNCER_NEEDS_PROMTOOL" not in os.environ, "promtool is not here"
        pytest.skip("promtool, of Debian's package prometheus, is not here")
    done = subprocess.run(
        [program, *arguments], input=text, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr
