"""Finds the users whom a directory key or an address names. Decides nothing about them."""

from collections.abc import Iterable
from dataclasses import dataclass

from syncer.core.names import folded
from syncer.core.planning.roster import Roster
from syncer.model.memory import Memory
from syncer.model.state import CurrentUser, DesiredUser, UserKey


@dataclass(frozen=True, slots=True)
class Search:
    """Users of Asana by what names a person there or in the ledger."""

    roster: Roster
    memory: Memory

    def by_number(self, directory_key: str | None) -> tuple[CurrentUser, ...]:
        """Users who carry this directory key in Asana or in the ledger."""
        if directory_key is None:
            return ()
        found = self.roster.by_number.get(folded(directory_key), ())
        if directory_key not in self.memory.ids:
            return found
        known = self.roster.by_id.get(self.memory.ids[directory_key])
        return found if known is None or known in found else (*found, known)

    def unproven(self, directory_key: str | None) -> tuple[CurrentUser, ...]:
        """Users whose number in Asana is this one and may be of a former directory key."""
        return self.roster.unproven.get(folded(directory_key or ""), ())

    def by_any_key(
        self, keys: Iterable[UserKey], directory_keys: Iterable[str | None]
    ) -> tuple[CurrentUser, ...]:
        """Users of any of these names, those of the directory keys first."""
        numbered = [user for number in directory_keys for user in self.by_number(number)]
        named = [user for key in keys for user in self.roster.by_key.get(key, ())]
        return tuple({user.id: user for user in (*numbered, *named)}.values())

    def by_directory_key(self, person: DesiredUser) -> tuple[CurrentUser, ...]:
        """First tier."""
        return self.by_number(person.directory_key)

    def by_address(self, person: DesiredUser) -> tuple[CurrentUser, ...]:
        """Second tier."""
        return self._not_strangers(person, (person.key,))

    def by_previous(self, person: DesiredUser) -> tuple[CurrentUser, ...]:
        """Third tier."""
        return self._not_strangers(person, person.previous)

    def _not_strangers(
        self, person: DesiredUser, keys: tuple[UserKey, ...]
    ) -> tuple[CurrentUser, ...]:
        return tuple(
            user
            for key in dict.fromkeys(keys)
            for user in self.roster.by_key.get(key, ())
            if not self.roster.strangers(person, user)
        )
