"""Whether a record in doubt may be about a user who looks like a leaver. It only ever spares."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from syncer.core.language.filters import without_diacritics
from syncer.core.names import folded
from syncer.core.planning.roster import Roster
from syncer.model.state import FORMATTED_NAME, CurrentUser, UnknownPerson

_WORD: Final = re.compile(r"[^\W_]+")
_SHORTEST: Final = 3
"""Shorter words (initials, "at", "de") are in too many names to say anything."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A record in doubt that is known to be about somebody, who may have a second account.

    `words` are those of its names, without the ones of e-mail domains; `why` is what a user who
    is spared waits for.
    """

    person: UnknownPerson
    words: frozenset[str]
    why: str

    def may_be(self, user: CurrentUser, roster: Roster) -> bool:
        """Whether the record may be about this user; directory keys that differ say no."""
        known = roster.numbers.get(user.id)
        keys = {folded(key) for key in self.person.directory_keys}
        if known is not None and keys and keys.isdisjoint(known):
            return False
        if known is not None and not set(known).isdisjoint(map(folded, self.person.texts)):
            return True
        local = user.key.rpartition("@")[0]
        # However short: an address that was cut or has a slip in its domain still begins so.
        if local in {key.rpartition("@")[0] for key in self.person.keys}:
            return True
        name = user.attributes.get(FORMATTED_NAME, "")
        if not self.words.isdisjoint(words_of((local, name))):
            return True
        joined = "".join(_WORD.findall(_plain(local)))
        return any(word in joined for word in self.words)


def suspect(person: UnknownPerson, domains: Iterable[str], why: str) -> Suspect:
    """The record as a suspect; `domains` are the e-mail domains whose words say nothing."""
    common = words_of(domains)
    foreign = words_of(text.rpartition("@")[2] for text in person.texts if "@" in text)
    return Suspect(person, words_of(person.texts) - common - foreign, why)


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """The words of these texts for comparing, without marks and letter case, none too short."""
    found = (word for text in texts for word in _WORD.findall(_plain(text)))
    return frozenset(word for word in found if len(word) >= _SHORTEST)


def _plain(text: str) -> str:
    return folded(without_diacritics(text))
