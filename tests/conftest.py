"""What every test may count on."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_interrupts() -> Iterator[None]:
    """A shell that starts the tests in its background has them ignore SIGINT, and programs that
    they start inherit that: whoever waits for an interrupt would wait for ever."""
    found = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, found)
