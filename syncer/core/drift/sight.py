"""Compare the last words of our runs with what Asana shows now, by the eyes of the plan.

Doubt is never drift: whatever was not read, or could be explained by Asana itself, is no
difference. The values are single ones with meanings of their own (a manager by id or by address,
a licence in any letter case), so each is compared by its meaning and not as a document.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from syncer.core.drift.memory import LastWord, Words
from syncer.core.names import license_key, names_nobody, plain, team_key, user_key
from syncer.core.verification import Lookup, attribute
from syncer.model.actions import FieldChange
from syncer.model.drift import ACTIVE, LICENSE, MEMBER, NO, YES
from syncer.model.state import (
    FORMATTED_NAME,
    MANAGER,
    USER_NAME,
    CurrentTeam,
    CurrentUser,
    TeamKey,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that is not as a run left it; `subject` is how it is called now."""

    word: LastWord
    subject: str
    found: str | None


@dataclass(frozen=True, slots=True)
class Sight:
    """One reading, and what to make of it. `exact_case` are the teams whose letter case counts."""

    lookup: Lookup
    words: Words
    exact_case: frozenset[TeamKey]

    def differences(self) -> Iterator[Seen]:
        """Everything that is not as it was left, each of a team that is gone once."""
        lost: set[str] = set()
        for word in self.words.last.values():
            seen = self._seen(word)
            # Nobody looked whether what a killed run asked for came about.
            if seen is None or (not word.run.ended and self._as_before(seen)):
                continue
            if word.mark.kind == "team" and seen.found is None:
                if word.mark.id in lost:
                    continue
                lost.add(word.mark.id)
            yield seen

    def _seen(self, word: LastWord) -> Seen | None:
        if word.mark.kind == "person":
            return self._person(word)
        team = self.lookup.teams.get(word.mark.id)
        if team is None:
            return Seen(word, self.words.names[word.mark.id], None)
        return self._member(word, team) if word.mark.what == MEMBER else self._name(word, team)

    def _person(self, word: LastWord) -> Seen | None:
        mark = word.mark
        name = self.words.names[mark.id]
        user = self.lookup.users.get(mark.id)
        if user is None and (
            mark.id in self.lookup.unreadable or user_key(name) in self.lookup.unreadable
        ):
            return None
        active = user is not None and user.active
        if mark.what == ACTIVE:
            found = YES if active else NO if user else None
            same = active == (mark.left_at == YES)
            return None if same else Seen(word, user.user_name if user else name, found)
        if user is None or not active:
            # Of somebody who is gone the account says nothing any more.
            return None
        if mark.what == LICENSE:
            if user.license is None or license_key(user.license) == license_key(mark.left_at):
                return None
            return Seen(word, user.user_name, user.license)
        return self._attribute(word, user)

    def _attribute(self, word: LastWord, user: CurrentUser) -> Seen | None:
        mark = word.mark
        if mark.what == MANAGER:
            return self._manager(word, user)
        if mark.what == USER_NAME:
            exact = USER_NAME not in self.lookup.any_case
            left = mark.left_at or ""
            same = plain(left) == plain(user.user_name) if exact else user_key(left) == user.key
            return None if same else Seen(word, user.user_name, user.user_name)
        asked = FieldChange(mark.what, None, mark.left_at)
        found = attribute(user, asked, self.lookup, value=mark.left_at)
        return None if found == mark.left_at else Seen(word, user.user_name, found or None)

    def _manager(self, word: LastWord, user: CurrentUser) -> Seen | None:
        """A manager is a person, whatever the address was then and however Asana shows him now."""
        mark, shown = word.mark, user.attributes.get(MANAGER) or None
        if shown is None or mark.left_at is None:
            return (
                None if shown == mark.left_at else Seen(word, user.user_name, self._known(shown))
            )
        meant = {mark.reference} if mark.reference else self._bearers(mark.left_at)
        for scim_id in meant:
            asked = FieldChange(MANAGER, None, scim_id, scim_id)
            if attribute(user, asked, self.lookup, value=scim_id) == scim_id:
                return None
        if meant.isdisjoint(self.lookup.users):
            return None
        return Seen(word, user.user_name, self._known(shown))

    def _bearers(self, address: str) -> set[str]:
        """Who had this address as far as anybody knows, for a journal that does not say whom."""
        key = user_key(address)
        found = set(self.words.bearers.get(key, ()))
        if holder := self.lookup.users_by_key.get(key):
            found.add(holder.id)
        return found

    def _known(self, shown: str | None) -> str | None:
        """A manager by address where Asana shows an id."""
        user = self.lookup.users.get(shown or "")
        return user.user_name if user else shown

    def _name(self, word: LastWord, team: CurrentTeam) -> Seen | None:
        left = word.mark.left_at or ""
        same = team_key(left) == team.key
        if same and team.key in self.exact_case:
            same = plain(left) == plain(team.name)
        return None if same else Seen(word, team.name, team.name)

    def _member(self, word: LastWord, team: CurrentTeam) -> Seen | None:
        """Whom Asana dropped with a deactivation was not taken out, and unread is not empty."""
        mark = word.mark
        if team.members is None:
            return None
        inside = mark.member_id in team.members
        if inside == (mark.left_at == YES):
            return None
        user = self.lookup.users.get(mark.member_id)
        if not inside and (user is None or not user.active):
            return None
        return Seen(word, team.name, YES if inside else NO)

    def _as_before(self, seen: Seen) -> bool:
        """Whether it is as the run had found it: then it may never have come about."""
        mark, found, before = seen.word.mark, seen.found or "", seen.word.mark.before or ""
        if user_key(before) == user_key(found):
            return True
        user = self.lookup.users.get(mark.id)
        if mark.what == MANAGER:
            holder = self.lookup.users_by_key.get(user_key(found))
            return holder is not None and holder.id in self._bearers(before)
        return (
            mark.what == FORMATTED_NAME
            and not before
            and bool(user and names_nobody(found, user.user_name))
        )
