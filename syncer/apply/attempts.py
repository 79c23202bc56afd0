"""One request at a time: journaled before it leaves, and told apart by how it ended."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from syncer.apply.evidence import memberships, subject
from syncer.apply.journal import Journal
from syncer.model.actions import Action
from syncer.model.errors import (
    AsanaError,
    AuthenticationError,
    RejectedError,
    ThrottledError,
    UnreachableError,
    UnreadableError,
)
from syncer.model.outcome import MemberOutcome, MemberResult, Outcome, Result

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Attempts:
    """The requests of one action. `sent` counts them, lookups as well and those that it shares
    with another action; `in_doubt` tells that the end of one is not known.

    What a shared request has done of this action before its turn: `carried` is its outcome,
    `members` are the ids of those whose membership it changed. `memberships` are the members that
    Asana was asked about, by address, each with the latest answer; whoever may have been changed
    without an answer stays in doubt when Asana refuses him later. `shown` are the ids of those who
    were in the team when a run went on with what an earlier one had begun; None where it did not,
    or where they were not read.
    """

    action: Action
    journal: Journal
    sent: int = 0
    number: int = 0
    in_doubt: bool = False
    carried: Outcome | None = None
    members: frozenset[str] = frozenset()
    shown: frozenset[str] | None = None
    memberships: dict[str, MemberOutcome] = field(default_factory=dict)
    _unsure: set[str] = field(default_factory=set)

    @property
    def begun(self) -> bool:
        """Whether a request of another action has done a part of this one."""
        return self.carried is not None or bool(self.members)

    @property
    def members_changed(self) -> int:
        """How many memberships Asana has accepted so far, or had already."""
        there = (MemberResult.CHANGED, MemberResult.FOUND)
        return sum(one.result in there for one in self.memberships.values())

    def in_effect(self, scim_id: str, *, joins: bool) -> bool:
        """Whether this member is known to be in already, or out; then nothing is asked."""
        return self.shown is not None and (scim_id in self.shown) is joins

    async def send(
        self,
        request: Callable[[], Awaitable[Answer]],
        *,
        cost: int = 1,
        shared: "Shared | None" = None,
        **facts: Any,
    ) -> Answer:
        """The answer to the request; `facts` go into its intent.

        With `shared` the request is another action's as well, and has an intent of each. Raises
        AsanaError, and StateError when the intent could not be written down: then nothing was
        sent.
        """
        asked = [(self, facts), *(((shared.attempts, shared.facts),) if shared else ())]
        if shared is not None:
            self.journal.note(shared.attempts.intent({**shared.facts, "with": self.action.ref}))
        await self.journal.record(self.intent(facts))
        for one, told in asked:
            one.sent += cost
            one.begin(told)
        try:
            answer = await request()
        except AsanaError as error:
            for one, told in asked:
                one.ended(error, told)
            raise
        for one, told in asked:
            one.ended(None, told)
        return answer

    def intent(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """The line of the journal about the next attempt."""
        self.number += 1
        said = {"kind": self.action.kind, **subject(self.action), **facts}
        return {"entry": "intent", **self._which, **said}

    def begin(self, facts: Mapping[str, Any]) -> None:
        """Note that a request about these members is about to leave."""
        asked = memberships(facts, MemberResult.IN_DOUBT)
        self._unsure |= {
            user
            for user in asked
            if user in self.memberships and self.memberships[user].result is MemberResult.IN_DOUBT
        }
        self.memberships |= asked

    def ended(self, error: AsanaError | None, facts: Mapping[str, Any]) -> None:
        """Note how the latest attempt ended. One that nobody answered stays open.

        A refusal of what may have been done by an earlier try of the same request is no proof
        that it was not: the answer says that this one was `unsure`.
        """
        if error is not None and in_doubt(error):
            self.in_doubt = True
            return
        answer: dict[str, Any] = {"accepted": error is None}
        if error is None:
            self.memberships |= memberships(facts, MemberResult.CHANGED)
        else:
            answer["detail"] = error.message
            if lost(error):
                self.in_doubt = True
                answer["unsure"] = True
            else:
                self._refuse(memberships(facts, MemberResult.REFUSED))
        self.journal.note({"entry": "answer", **self._which, **answer})

    def _refuse(self, members: Mapping[str, MemberOutcome]) -> None:
        for user, one in members.items():
            if user not in self._unsure:
                self.memberships[user] = one

    @property
    def _which(self) -> Mapping[str, Any]:
        return {"ref": self.action.ref, "attempt": self.number}


@dataclass(frozen=True, slots=True)
class Shared:
    """Another action that a request carries too, and what its intent says."""

    attempts: Attempts
    facts: Mapping[str, Any]


def applied(action: Action, *, scim_id: str, detail: str = "", adopted: bool = False) -> Outcome:
    """The outcome of an action that Asana accepted, or of a create of what was there already."""
    return Outcome(
        ref=action.ref, result=Result.APPLIED, detail=detail, scim_id=scim_id, adopted=adopted
    )


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


def lost(error: AsanaError) -> bool:
    """Whether a request of ours may have been carried out before this answer came."""
    return in_doubt(error) or (isinstance(error, RejectedError) and error.in_doubt)


def refused(error: AsanaError) -> bool:
    """Whether Asana refused what was asked, so that a part of it may still be welcome."""
    return isinstance(error, RejectedError) and error.status < 500 and not final(error)


def final(error: AsanaError) -> bool:
    """Whether Asana will refuse whatever is asked next, too."""
    return isinstance(error, AuthenticationError | ThrottledError)
