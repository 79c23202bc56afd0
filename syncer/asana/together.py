"""Several readings at once, and one error where several fail."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

Item = TypeVar("Item")
Other = TypeVar("Other")


async def together(reads: Iterable[Coroutine[Any, Any, Item]]) -> tuple[Item, ...]:
    """All results in order. The first error cancels the rest and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(read) for read in reads]
    except BaseExceptionGroup as errors:
        raise _first(errors) from None
    return tuple(task.result() for task in tasks)


async def both(
    one: Coroutine[Any, Any, Item], other: Coroutine[Any, Any, Other]
) -> tuple[Item, Other]:
    """The results of two different readings.

    Where both fail it is the error of the first, whichever came earlier: a run that fails twice
    says the same. The second is cancelled then; the first is not for the second's sake.
    """
    second = asyncio.create_task(other)
    try:
        return await one, await second
    finally:
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
