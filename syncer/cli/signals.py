"""SIGTERM and Ctrl-C while an event loop runs: a call between two steps, never an error in one.

An exception that a signal raises anywhere in a loop may end in the middle of its own bookkeeping;
what the loop itself calls cannot.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, TypeVar

import click

from syncer.cli.interruption import INTERRUPTING, INTERRUPTION

Result = TypeVar("Result")
Act = Callable[[str], object]

_STEPS: Final = 3
"""A signal is noted, handed to the loop and acted upon, each in a turn of its own."""


def run_until_signal(work: Coroutine[Any, Any, Result]) -> Result:
    """What the work comes to. Raises click.Abort when a signal ended it.

    The first signal cancels the work; while it winds up, further ones are let pass.
    """
    INTERRUPTION.over = False
    try:
        return asyncio.run(_guarded(work))
    except asyncio.CancelledError:
        raise click.Abort from None


async def _guarded(work: Coroutine[Any, Any, Result]) -> Result:
    task = asyncio.current_task()
    asked = False

    def cancel(_: str) -> None:
        nonlocal asked
        if task is not None and not asked and not INTERRUPTION.over:
            asked = True
            task.cancel()

    with on_signals(cancel):
        return await work


async def heed_signals() -> None:
    """Let a signal that came during a long step be acted upon before the next one."""
    for _ in range(_STEPS):
        await asyncio.sleep(0)


@contextmanager
def on_signals(act: Act) -> Iterator[None]:
    """Within the block SIGTERM and Ctrl-C let the loop call `act` with the signal's name.

    Blocks may stand within each other; the inner one has its say alone.
    """
    loop = asyncio.get_running_loop()

    def handle(number: int, _: FrameType | None) -> None:
        # Once the loop is gone a further signal would cut off how the run ends.
        INTERRUPTION.came = True
        loop.call_soon_threadsafe(act, signal.Signals(number).name)

    # Not the loop's own way, which between two handlers leaves a moment without any: a signal
    # that comes just then would kill the process.
    before = {number: signal.signal(number, handle) for number in INTERRUPTING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
