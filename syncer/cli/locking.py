"""One apply at a time for one config: the lock lives beside the journal."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.apply.lock import Holder, run_lock
from syncer.cli.wiring import Inputs
from syncer.model.errors import StateError


@contextmanager
def exclusive(inputs: Inputs) -> Iterator[None]:
    """Hold the lock of this config's journal. Raises LockedError and StateError."""
    folder = inputs.loaded.resolve(inputs.loaded.config.journal)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(
            f"cannot create the journal folder {folder}: {error.strerror}",
            "set journal: to a folder that can be written",
        ) from None
    holder = Holder(inputs.run_id, os.getpid(), socket.gethostname(), inputs.now)
    with run_lock(folder / ".lock", holder):
        yield
