"""Actions of one section in blocks that share a reason, so that it is read once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from syncer.model.actions import Action
from syncer.render.sections import Line, lines, why

SAME_CHANGE: Final = 3
"""So many people with exactly the same change are worth one heading of their own."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Block:
    """Actions with one reason. What is in `shared` and `consequences` is true of each."""

    actions: tuple[Action, ...]
    shared: tuple[Line, ...] = ()
    consequences: tuple[str, ...] = ()

    @property
    def single(self) -> bool:
        """Whether the block needs no heading."""
        return len(self.actions) == 1

    @property
    def reason(self) -> str:
        """The reason of every action in it, where it is worth telling."""
        return why(self.actions[0])


def blocks(actions: Sequence[Action]) -> tuple[Block, ...]:
    """The actions in blocks, by the first of each.

    People with the same reason and the very same change come together when there are
    enough of them, then those with the same reason; who shares nothing stands alone.
    """
    place = {action.ref: number for number, action in enumerate(actions)}
    alike = grouped(actions, lambda action: (why(action), lines(action)))
    same = [group for group in alike if len(group) >= SAME_CHANGE and lines(group[0])]
    taken = {action.ref for group in same for action in group}
    rest = grouped(
        (action for action in actions if action.ref not in taken),
        lambda action: why(action) or action.ref,
    )
    found = [
        *(_block(group, lines(group[0])) for group in same),
        *(_block(group, ()) for group in rest),
    ]
    return tuple(sorted(found, key=lambda block: place[block.actions[0].ref]))


def grouped(items: Iterable[Item], key: Callable[[Item], object]) -> list[list[Item]]:
    """The items by key, groups and their items in the order in which they first came."""
    found: dict[object, list[Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return list(found.values())


def common_consequences(actions: Sequence[Action]) -> tuple[str, ...]:
    """What follows from each of the actions, in the words and the order of the first."""
    first, *others = actions
    known = [frozenset(action.consequences) for action in others]
    return tuple(text for text in first.consequences if all(text in told for told in known))


def _block(actions: Sequence[Action], shared: tuple[Line, ...]) -> Block:
    if len(actions) == 1:
        return Block(tuple(actions))
    return Block(tuple(actions), shared, common_consequences(actions))
