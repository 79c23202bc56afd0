"""The one exit code that fits an error."""

from syncer.model.errors import LockedError, StaleError, SyncerError, UsageError
from syncer.model.exits import Exit


def exit_code(error: SyncerError) -> Exit:
    """What the process says to the scheduler that started it."""
    if isinstance(error, UsageError):
        return Exit.USAGE
    if isinstance(error, LockedError | StaleError):
        return Exit.STALE_OR_LOCKED
    return Exit.FAILED
