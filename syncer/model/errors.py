"""The errors that cross our borders, so that no layer needs to know another's library.

SyncerError
  UsageError             wrong usage, unreadable or invalid config or sources; exit 64
  StateError             journal, ledger, plan file or lock cannot be used; exit 1
    LockedError          another run holds the lock; exit 5
    StaleError           the plan no longer fits; exit 5
  AsanaError             anything about talking to Asana
    UnreachableError     no answer: the request may or may not have been carried out
    UnreadableError      an answer that is not what the protocol promises
    IncompleteError      a listing that stayed short of its own total
    RejectedError        Asana said no, with a status
      AuthenticationError  401: the token; nothing else will work either
      ForbiddenError       403: this is not allowed, to this token or to anybody
      NotFoundError        404
      ConflictError        409
      NoSeatError          402 or the like: no licence is free
      ThrottledError       429 for longer than the run may wait
"""

from typing import Self

from syncer.model.origin import Problem


class SyncerError(Exception):
    """Base of all expected errors: a message for people, and a hint what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SyncerError):
    """Wrong usage, or a config or source that cannot be used; carries every problem."""

    def __init__(self, message: str, hint: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message, hint)
        self.problems = problems


class StateError(SyncerError):
    """A file of ours (journal, ledger, plan, lock, sandbox state) cannot be used."""


class LockedError(StateError):
    """Another run holds the lock."""


class StaleError(StateError):
    """A plan that no longer fits the world; `differences` are exact, one per line."""

    def __init__(self, message: str, hint: str = "", differences: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.differences = differences

    @classmethod
    def of_asana(cls, differences: tuple[str, ...]) -> Self:
        """The error of a plan under which Asana itself has moved."""
        message = "the plan no longer fits: Asana has changed since it was made"
        return cls(message, "make the plan again", differences)


class AsanaError(SyncerError):
    """Anything about talking to Asana. Never holds the token, nor a body we sent."""


class UnreachableError(AsanaError):
    """No answer came. `sent` is true when Asana may have carried out the request."""

    def __init__(self, message: str, hint: str = "", *, sent: bool = True) -> None:
        super().__init__(message, hint)
        self.sent = sent


class UnreadableError(AsanaError):
    """An answer that is not what the protocol promises: HTML, cut JSON, a wrong shape."""


class IncompleteError(AsanaError):
    """A listing that stayed short of its own total."""


class RejectedError(AsanaError):
    """Asana refused; `status` is the HTTP status, `detail` its own words, shortened.

    `scim_type` is the keyword of RFC 7644, table 9 (`uniqueness`, `noTarget`), where given.
    `in_doubt` is true when an earlier attempt of the same request may have been carried out, so
    that its effect may be the very reason of the refusal.
    """

    in_doubt = False

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        status: int,
        detail: str = "",
        scim_type: str = "",
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type


class AuthenticationError(RejectedError):
    """401."""


class ForbiddenError(RejectedError):
    """403. One account may be out of reach (a super administrator) where others are not."""


class NotFoundError(RejectedError):
    """404."""


class ConflictError(RejectedError):
    """409."""


class NoSeatError(RejectedError):
    """402 or another status that says that no licence is free."""


class ThrottledError(RejectedError):
    """429 for longer than the run may wait."""
