"""One request at a time: journaled before it leaves, and told apart by how it ended."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from syncer.apply.journal import Journal
from syncer.model.actions import Action, ChangeMembers, CreateTeam, RenameTeam
from syncer.model.errors import AsanaError, RejectedError, UnreachableError, UnreadableError
from syncer.model.outcome import Outcome, Result

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Attempts:
    """The requests of one action. `sent` counts them, lookups as well; `in_doubt` tells that
    the end of one is not known."""

    action: Action
    journal: Journal
    sent: int = 0
    number: int = 0
    in_doubt: bool = False

    async def send(
        self, request: Callable[[], Awaitable[Answer]], *, cost: int = 1, **facts: Any
    ) -> Answer:
        """The answer to the request; `facts` go into its intent.

        Raises AsanaError, and StateError when the intent could not be written down: then
        nothing was sent.
        """
        self.number += 1
        which = {"ref": self.action.ref, "attempt": self.number}
        said = {"kind": self.action.kind, **subject(self.action), **facts}
        await self.journal.record({"entry": "intent", **which, **said})
        self.sent += cost
        try:
            answer = await request()
        except AsanaError as error:
            # A request that nobody answered stays open in the journal.
            if in_doubt(error):
                self.in_doubt = True
            else:
                refusal = {"accepted": False, "detail": error.message}
                self.journal.note({"entry": "answer", **which, **refusal})
            raise
        self.journal.note({"entry": "answer", **which, "accepted": True})
        return answer


def subject(action: Action) -> Mapping[str, str]:
    """Whom or what an action is about, by name."""
    match action:
        case CreateTeam() | RenameTeam() | ChangeMembers():
            return {"team": action.team}
        case _:
            return {"user": action.user_name}


def applied(action: Action, *, scim_id: str, detail: str = "") -> Outcome:
    """The outcome of an action that Asana accepted."""
    return Outcome(ref=action.ref, result=Result.APPLIED, detail=detail, scim_id=scim_id)


def failed(action: Action, detail: str) -> Outcome:
    """The outcome of an action that did not come about."""
    return Outcome(ref=action.ref, result=Result.FAILED, detail=detail)


def in_doubt(error: AsanaError) -> bool:
    """Whether Asana may have carried out a request that ended like this."""
    match error:
        case UnreachableError():
            return error.sent
        case UnreadableError():
            return True
        case RejectedError():
            return error.status >= 500
    return False


def refused(error: AsanaError) -> bool:
    """Whether Asana refused what was asked, so that a part of it may still be welcome."""
    return isinstance(error, RejectedError) and error.status < 500
