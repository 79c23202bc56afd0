"""The marks that a run left, read out of the lines of its journal, one action at a time.

Certain is what the last outcome calls applied, or what Asana accepted before the run was killed.
What was refused left no mark. Whatever else was asked for is in doubt: it may be in effect.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from syncer.apply.journal import Entry
from syncer.apply.journal_record import JournalRecord, is_refusal
from syncer.model.drift import ACTIVE, LICENSE, MEMBER, NAME, NO, YES
from syncer.model.outcome import MemberResult, Result
from syncer.model.past import DISPLAY_NAME, USER_TYPE, Mark
from syncer.model.state import ATTRIBUTES, MANAGER

Sure = Literal["done", "found", "doubtful"]

_WHAT: Final[Mapping[str, str]] = {
    **{name: name for name in ATTRIBUTES},
    USER_TYPE: LICENSE,
    DISPLAY_NAME: NAME,
    "active": ACTIVE,
}
_CREATES: Final = frozenset({"create_user", "create_team"})
_TEAMS: Final = frozenset({"create_team", "rename_team", "change_members"})
_OF_MEMBER: Final[Mapping[str, Sure]] = {
    MemberResult.CHANGED: "done",
    MemberResult.FOUND: "found",
    MemberResult.IN_DOUBT: "doubtful",
    MemberResult.NOT_IN_EFFECT: "doubtful",
}


def marks_of(record: JournalRecord) -> Iterator[Mark]:
    """The marks of a run in the order of its requests; first what it found in effect already."""
    for told in sorted(_actions(record).values(), key=lambda one: one.place):
        yield from told.marks()


@dataclass(slots=True)
class _Action:
    """What the journal tells of one action. `place` is the line of its last request, 0 without.

    `answers` has by number of the attempt whether Asana accepted it, for those it answered.
    """

    intents: dict[int, Entry] = field(default_factory=dict)
    answers: dict[int, bool] = field(default_factory=dict)
    outcome: Entry = field(default_factory=dict)
    place: int = 0

    def marks(self) -> Iterator[Mark]:
        """The marks of this action; none where it is not known of whom or what."""
        told = self.outcome or next(reversed(self.intents.values()))
        ids = (one.get("scim_id") for one in (self.outcome, *self.intents.values()))
        scim_id = next(filter(None, ids), None)
        if not scim_id:
            return
        kind = str(told.get("kind") or self._intended("kind") or "")
        subject = str(told.get("user") or told.get("team") or self._intended("user")
                      or self._intended("team") or "")  # fmt: skip
        whose = _Whose(str(scim_id), subject, team=kind in _TEAMS)
        if kind == "change_members":
            yield from self._members(whose)
        elif sure := self._sure(kind):
            yield from self._fields(whose, kind, sure)

    def _intended(self, name: str) -> Any:
        return next((one[name] for one in self.intents.values() if one.get(name)), None)

    def _sure(self, kind: str) -> Sure | None:
        """How sure the action is, None when nothing of it was done."""
        accepted = any(self.answers.values())
        answered = len(self.answers) == len(self.intents)
        if self.outcome.get("result") == Result.APPLIED:
            # Whom Asana refused to create was there before: adopted, and none of our making.
            if kind in _CREATES and not accepted:
                return "found"
            return "done" if self.intents else "found"
        if answered and not accepted:
            return None
        return "done" if accepted and answered and not self.outcome else "doubtful"

    def _fields(self, whose: "_Whose", kind: str, sure: Sure) -> Iterator[Mark]:
        after = self._told("after")
        before = self._told("before")
        manager = str(self._intended("manager_id") or "")
        if kind == "create_user":
            after = {**after, "active": True}
        for name, value in after.items():
            if what := _WHAT.get(name):
                left, found = _text(value), _text(before.get(name))
                reference = manager if what == MANAGER and left else ""
                yield whose.mark(what, left, found, sure, reference=reference)

    def _told(self, side: str) -> Mapping[str, Any]:
        if isinstance(told := self.outcome.get(side), dict):
            return told
        found: dict[str, Any] = {}
        for one in self.intents.values():
            found |= one.get(side) or {}
        return found

    def _members(self, whose: "_Whose") -> Iterator[Mark]:
        applied = self.outcome.get("result") == Result.APPLIED
        if applied and not self.intents:
            yield from whose.members(self.outcome, "found")
        elif any("result" in one for _, one in _each(self.outcome)):
            yield from whose.members(self.outcome)
        else:
            for attempt, one in self.intents.items():
                accepted = self.answers.get(attempt)
                if accepted or applied:
                    sure: Sure = "done" if applied or not self.outcome else "doubtful"
                    yield from whose.members(one, sure)
                elif accepted is None:
                    yield from whose.members(one, "doubtful")


@dataclass(frozen=True, slots=True)
class _Whose:
    """The person or team that marks are about."""

    id: str
    subject: str
    team: bool

    def mark(self, what: str, left: str | None, before: str | None, sure: Sure,
             **more: str) -> Mark:  # fmt: skip
        return Mark(
            kind="team" if self.team else "person",
            id=self.id,
            what=what,
            subject=self.subject,
            left_at=left,
            before=before,
            sure=sure,
            **more,
        )

    def members(self, told: Entry, sure: Sure | None = None) -> Iterator[Mark]:
        """The marks of members, as sure as given or else as each of them is told."""
        for joins, one in _each(told):
            certain = sure or _OF_MEMBER.get(str(one.get("result")))
            if certain and one.get("scim_id"):
                left, before = (YES, NO) if joins else (NO, YES)
                who = {"member": str(one.get("user", "")), "member_id": str(one["scim_id"])}
                yield self.mark(MEMBER, left, before, certain, **who)


def _each(told: Entry) -> Iterator[tuple[bool, Mapping[str, Any]]]:
    for side in ("add", "remove"):
        for one in told.get(side) or ():
            yield side == "add", one


def _actions(record: JournalRecord) -> Mapping[str, _Action]:
    found: dict[str, _Action] = {}
    for line, entry in enumerate(record.entries, 1):
        match entry["entry"]:
            case "intent":
                action = found.setdefault(entry["ref"], _Action())
                action.intents[entry["attempt"]] = entry
                action.place = line
            case "answer" if entry.get("accepted") or is_refusal(entry):
                action = found.setdefault(entry["ref"], _Action())
                action.answers[entry["attempt"]] = bool(entry.get("accepted"))
            case "outcome":
                found.setdefault(entry["ref"], _Action()).outcome = entry
    return {ref: one for ref, one in found.items() if one.intents or one.outcome}


def _text(value: Any) -> str | None:
    """A value of a journal: a truth in words, nothing for what is empty."""
    if isinstance(value, bool):
        return YES if value else NO
    return str(value) if value else None
