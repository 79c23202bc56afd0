"""A comment in a pull request as it grows: folded tables, and never more than a forge takes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from syncer.model.origin import Origin
from syncer.render.markup import cell, inert, literal, masked
from syncer.render.wording import counted

LARGEST: Final = 65_536
"""Characters that GitHub takes in one comment; GitLab takes more."""

_TAIL: Final = 1_200
"""Room for what is said when the limit is met, and for what a pipeline writes around it."""

Row = Sequence[str]


class Comment:
    """Markdown of at most `LARGEST` characters; what does not fit is counted.

    With `mask` the local part of every address is hidden. `where` tells where all of it stands.
    """

    def __init__(self, *, mask: bool, where: str) -> None:
        self._shown: Callable[[str], str] = masked if mask else str
        self._where = where
        self._parts: list[str] = []
        self._size = 0
        self._missing = 0

    def text(self) -> str:
        """All of it, with a word about what is missing."""
        if self._missing:
            rows = counted(self._missing, "row")
            where = f"All of them: {self.say(self._where)}" if self._where else ""
            self._parts.append(f"\n**Cut at {LARGEST:,} characters: {rows} missing.** {where}\n")
        return "".join(self._parts)

    def put(self, text: str) -> None:
        """Add Markdown as it is."""
        self._parts.append(text)
        self._size += len(text)

    def item(self, text: str) -> None:
        """Add one line of a list, as long as the lists leave half of the room to the tables."""
        line = f"- {text}\n"
        if self._size + len(line) > LARGEST // 2:
            self._missing += 1
        else:
            self.put(line)

    def say(self, text: str) -> str:
        """A sentence of ours, with whatever names it holds, that no renderer obeys."""
        return inert(self._shown(text))

    def value(self, text: str | None) -> str:
        """A value of the directory or of Asana."""
        return cell(None if text is None else self._shown(text))

    def code(self, text: str) -> str:
        """A value that is spelt out already, as code."""
        return f"<code>{literal(self._shown(text))}</code>"

    def place(self, origin: Origin | None) -> str:
        """A file and line, small."""
        return f"<sub>{inert(self._shown(str(origin)))}</sub>" if origin else ""

    def totals(self, rows: Iterable[tuple[str, Sequence[str]]]) -> None:
        """The labelled totals as a table."""
        self.put("| | |\n|---|---|\n")
        for label, parts in rows:
            self.put(f"| {self.say(label)} | {self.say(', '.join(parts))} |\n")

    def fold(
        self,
        title: str,
        remark: str,
        columns: Row,
        rows: Iterable[Row],
        *,
        opened: bool = False,
        each: Iterable[str] = (),
    ) -> None:
        """A table under a line that opens it; as many rows as there is room for.

        `each` is true of every row, and said above them.
        """
        end = "\n</details>\n\n"
        told = f": {self.say(remark)}" if remark else ""
        head = (
            f"<details{' open' if opened else ''}><summary><b>{self.say(title)}</b>{told}"
            f"</summary>\n\n{self._each(each)}"
            f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
        )
        written = False
        for cells in rows:
            row = f"| {' | '.join(cells)} |\n"
            room = LARGEST - _TAIL - self._size - len(end) - (0 if written else len(head))
            if len(row) > room:
                self._missing += 1
                continue
            self.put(row if written else head + row)
            written = True
        if written:
            self.put(end)

    def _each(self, texts: Iterable[str]) -> str:
        lines = "".join(f"- {self.say(text)}\n" for text in texts)
        return f"Each of them:\n\n{lines}\n" if lines else ""
