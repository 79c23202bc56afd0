"""Where something was said, and what was wrong with it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from syncer.model.bulk import bulk_record


@bulk_record
class Origin:
    """A place in a file, as a person would look it up: `people.csv:12`."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


class Size(StrEnum):
    """How far a problem reaches.

    STRUCTURAL stops the run before any plan. RECORD makes one person or team unknown.
    NOTICE is only told.
    """

    STRUCTURAL = "structural"
    RECORD = "record"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong: where, what, and what to do about it.

    `column` names the column or attribute at fault. `identity` holds whatever still names
    the person of a record problem (addresses and keys as written); a RECORD problem with an
    empty identity could be anybody, and holds every removal of people in the run. `words` are
    further texts of such a record, which name nobody for certain.
    """

    origin: Origin | None
    summary: str
    hint: str = ""
    column: str = ""
    size: Size = Size.STRUCTURAL
    identity: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def told(self) -> "Problem":
        """The problem as it is shown and saved: whatever cells a broken row has stay here."""
        return replace(self, words=())

    def __str__(self) -> str:
        where = f"{self.origin}: " if self.origin else ""
        column = f"{self.column}: " if self.column else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{where}{column}{self.summary}{hint}"
