"""Reads a whole listing and proves it complete, or raises: a short list reads as leavers.

Asana documents no paging and a "full list". Servers are known that ignore `startIndex`, cap
`count`, shuffle, or shift by one. So the only proof is the count of distinct ids.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil
from typing import Final, Generic, TypeVar

from syncer.asana.together import together
from syncer.model.errors import IncompleteError, RejectedError

Item = TypeVar("Item")

LARGEST_WAVE: Final = 64
"""Pages fetched at once. At Asana's pace of 25 a second none of them would be earlier for more."""

MOST: Final = 1_000_000
"""Entries of one listing. More is a server that counts wrongly or never comes to its end; without
a bound a run in the night would read until its machine is full."""

_OUT_OF_RANGE: Final = frozenset({400, 404, 416})


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page: its entries under their identity, and the total the server states."""

    entries: tuple[tuple[str, Item], ...]
    total: int | None


Fetch = Callable[[int, int], Awaitable[Page[Item]]]
"""Fetches a page by start index (from 1) and count."""


@dataclass(slots=True)
class _Pass(Generic[Item]):
    """One reading from the first page to the last."""

    seen: dict[str, list[Item]]
    total: int = 0
    shrunk: bool = False

    def take(self, page: Page[Item], total: int) -> bool:
        """Add a page; whether it brought an entry that was not there yet."""
        self.shrunk |= total < self.total
        self.total = max(self.total, total)
        before = len(self.seen)
        for identity, item in page.entries:
            versions = self.seen.get(identity)
            if versions is None:
                self.seen[identity] = [item]
            elif item not in versions:
                versions.append(item)
        return len(self.seen) > before

    @property
    def complete(self) -> bool:
        # A total that shrank means that entries moved up between two pages: one of them may
        # have slipped past, even where the numbers agree.
        return not self.shrunk and len(self.seen) >= self.total


async def read_listing(
    fetch: Fetch[Item],
    *,
    what: str,
    page_size: int,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, list[Item]]:
    """Every entry by identity, in the order of the server, with each version it came in.

    Raises IncompleteError when two readings in a row stayed short of the server's own total,
    when it states none (RFC 7644, section 3.4.2, requires it), or more than `MOST`.
    """
    first = await _read(fetch, what, page_size, 0, progress)
    if first.complete:
        return first.seen
    # The second reading asks for all at once, and lets pages overlap by one entry: that finds
    # what a server hides that honours only `count`, shifts by one, or was changed meanwhile.
    try:
        second = await _read(fetch, what, max(page_size, first.total), 1, progress)
    except RejectedError as error:
        raise _incomplete(what, first) from error
    if second.complete:
        return second.seen
    raise _incomplete(what, second)


async def _read(
    fetch: Fetch[Item],
    what: str,
    count: int,
    overlap: int,
    progress: Callable[[int], None],
) -> _Pass[Item]:
    reading: _Pass[Item] = _Pass({})
    ahead = _Ahead(fetch, count)
    start = 1
    while True:
        left = reading.total - len(reading.seen)
        beyond = start > 1 and left <= 0
        try:
            page = await ahead.page(start, left)
        except RejectedError as error:
            # A server that refuses to look past its total stands by that total.
            if beyond and error.status in _OUT_OF_RANGE:
                return reading
            raise
        if page.total is None:
            raise IncompleteError(
                f"{what}: the listing states no totalResults, so nothing proves it complete",
                "is asana.base_url that of a SCIM service?",
            )
        size = len(page.entries)
        if beyond and not size and page.total <= reading.total:
            # Nothing can have slipped past after the last page, whatever total stands here.
            return reading
        news = reading.take(page, page.total)
        if max(reading.total, len(reading.seen)) > MOST:
            raise _endless(what, reading)
        progress(len(reading.seen))
        # A full page may be followed by another one even when the total is reached: some
        # servers state the size of the page where the total belongs. A page that is shorter than
        # we asked for could be cut by a cap all the same, and so could any: to look behind each
        # would cost every small tenant a request.
        last = len(reading.seen) >= reading.total and size != count
        if last or not news:
            return reading
        ahead.step = max(1, size - overlap)
        start += ahead.step


class _Ahead(Generic[Item]):
    """Fetches the pages that a reading will ask for next, several at once.

    Who reads sees one page after the other, as if each had been fetched when it was asked for. So
    a wave is no larger than the number of pages that were of use so far: a server that states a
    total out of the air costs no more than twice the requests, an honest one no more than one by
    one. Where a page is not as long as the one before, the next starts were guessed wrong, and
    nothing is guessed any more.

    The pages of a wave are answered in any order. Whoever leaves meanwhile makes a total smaller
    than an earlier page had it, and whoever joins makes one larger than the number of those who
    are found. One who leaves and one who joins between two answers can cancel out and hide a
    third, as they can when pages come one by one; a reading in waves gives them less time to.
    """

    def __init__(self, fetch: Fetch[Item], count: int) -> None:
        self._fetch = fetch
        self._count = count
        self._pages: dict[int, Page[Item]] = {}
        self._fetched = 0
        self._guesses = True
        self.step = 1

    async def page(self, start: int, left: int) -> Page[Item]:
        """The page that begins at `start`, where `left` entries are still to come."""
        if start not in self._pages:
            self._guesses = self._guesses and not self._pages
            number = self._wave(left) if self._guesses else 1
            starts = range(start, start + number * self.step, self.step)
            pages = await together(self._get(one) for one in starts)
            self._pages = dict(zip(starts, pages, strict=True))
            self._fetched += number
        return self._pages.pop(start)

    def _wave(self, left: int) -> int:
        return max(1, min(self._fetched, ceil(left / self.step), LARGEST_WAVE))

    async def _get(self, start: int) -> Page[Item]:
        return await self._fetch(start, self._count)


def _endless(what: str, reading: _Pass[Item]) -> IncompleteError:
    return IncompleteError(
        f"{what}: Asana states {reading.total:,} and listed {len(reading.seen):,} so far; more "
        f"than {MOST:,} cannot be right",
        "is asana.base_url that of Asana's SCIM service?",
    )


def _incomplete(what: str, reading: _Pass[Item]) -> IncompleteError:
    if reading.shrunk:
        text = f"{what}: the listing shrank while it was read, twice"
        return IncompleteError(text, "run again when fewer changes are made in Asana")
    return IncompleteError(
        f"{what}: Asana states {reading.total} and lists {len(reading.seen)}; the others cannot "
        "be told from people who left",
        "run again; when it stays so, tell Asana's support",
    )
