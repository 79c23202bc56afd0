"""What the process says of an error: its exit code, and of a defect its name."""

from syncer.model.errors import LockedError, StaleError, SyncerError, UsageError
from syncer.model.exits import Exit


def exit_code(error: SyncerError) -> Exit:
    """What the process says to the scheduler that started it."""
    if isinstance(error, UsageError):
        return Exit.USAGE
    if isinstance(error, LockedError | StaleError):
        return Exit.STALE_OR_LOCKED
    return Exit.FAILED


def internal_error(error: Exception) -> SyncerError:
    """What to say of a defect of ours: its type only, since its text may hold people's data."""
    return SyncerError(
        f"internal error ({type(error).__name__}); this is a defect of syncer",
        "run again with --log-level debug for the details, and report them",
    )
