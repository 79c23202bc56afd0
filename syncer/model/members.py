"""Members of a team: half a million of them in a large directory, nearly all for one reason."""

from collections.abc import Iterator, KeysView, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncer.model.state import UserKey


class _Keys(KeysView["UserKey"]):
    """The members in order, without a step of the interpreter for each."""

    def __init__(self, members: "Alike") -> None:
        super().__init__(members)
        self._members = members

    def __iter__(self) -> Iterator["UserKey"]:
        return iter(self._members)


class Alike(Mapping["UserKey", str]):
    """Members who are in a team for one and the same reason, by their keys, each once.

    They are walked as the list that they are. A table of them is made when one is looked for.
    """

    __slots__ = ("_keys", "_reason", "_table")

    def __init__(self, keys: Sequence["UserKey"], reason: str) -> None:
        self._keys = keys
        self._reason = reason
        self._table: dict[UserKey, str] | None = None

    def __getitem__(self, key: "UserKey") -> str:
        if self._table is None:
            self._table = dict.fromkeys(self._keys, self._reason)
        return self._table[key]

    def __iter__(self) -> Iterator["UserKey"]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def keys(self) -> KeysView["UserKey"]:
        """The members, in the order in which they were found."""
        return _Keys(self)
