"""Several readings at once, and one error where several fail."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

Item = TypeVar("Item")


async def together(reads: Iterable[Coroutine[Any, Any, Item]]) -> tuple[Item, ...]:
    """All results in order. The first error cancels the rest and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(read) for read in reads]
    except BaseExceptionGroup as errors:
        raise _first(errors) from None
    return tuple(task.result() for task in tasks)


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
