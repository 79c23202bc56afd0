"""Exit codes: one meaning each, never reused."""

from enum import IntEnum


class Exit(IntEnum):
    """What the process says to the scheduler that started it."""

    DONE = 0
    FAILED = 1
    CHANGES_PENDING = 2
    GUARD_REFUSED = 3
    SOME_FAILED = 4
    STALE_OR_LOCKED = 5
    REMOVALS_HELD = 6
    USAGE = 64
    INTERRUPTED = 130
