"""A CSV file as a header and rows, each with the line it starts on.

Knows delimiters, quotes and headers; what the columns mean is for `csv_file` to say.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, takewhile
from typing import Final, Protocol

from syncer.core.names import attribute_key, is_address
from syncer.model.origin import Problem
from syncer.model.policy.directory import CsvSource
from syncer.sources.files import SourceError, SourceFile, Stream
from syncer.sources.findings import MOST_PROBLEMS

_CANDIDATES: Final = (",", ";", "\t", "|")
_NAMED: Final = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "\\t": "\t",
    "pipe": "|",
    "space": " ",
}
_SAMPLE_LINES: Final = 40
_LONGEST_CELL: Final = 16 << 20
# The first line of a file that Excel shall open with another list separator.
_SEPARATOR_LINE: Final = re.compile(r'\s*"?sep=(.)"?\s*', re.IGNORECASE | re.DOTALL)


class Lines:
    """The lines of a text; refuses what no text file holds.

    They are handed on by the block: one by one they would cost as much as the records in them.
    """

    def __init__(self, stream: Stream) -> None:
        self._file = stream.file
        self._blocks = stream.text_blocks()
        self._ahead: list[str] = []
        self._skipped = 0
        self._last = ""
        self.ended = False

    def peek(self, count: int) -> list[str]:
        """The next lines, which stay to be read."""
        while len(self._ahead) < count and (block := next(self._blocks, None)):
            self._ahead += block
        return self._ahead[:count]

    def skip(self) -> None:
        """Leave out the next line, which was looked at."""
        self._refuse_zeros(self._ahead[:1], self._skipped)
        del self._ahead[0]
        self._skipped += 1

    def __iter__(self) -> Iterator[str]:
        """All lines that are left. Raises SourceError behind the last one before a zero byte."""
        return chain.from_iterable(self._checked())

    def _checked(self) -> Iterator[list[str]]:
        passed = self._skipped
        for block in chain((self._ahead,), self._blocks):
            if "\0" in "".join(block):
                yield list(takewhile(lambda line: "\0" not in line, block))
                self._refuse_zeros(block, passed)
            yield block
            passed += len(block)
            self._last = block[-1] if block else ""
        self.ended = True

    def _refuse_zeros(self, block: list[str], passed: int) -> None:
        for number, line in enumerate(block, passed + 1):
            if "\0" in line:
                raise SourceError(
                    self._file.problem(
                        number,
                        "a zero byte: this is no text, or its encoding is not the one expected",
                        "name the encoding of the file, for example `encoding: utf-16-le`",
                    )
                )

    @property
    def cut(self) -> bool:
        """Whether all lines were read and the last one lacks a line end."""
        return self.ended and self._last[-1:] not in {"\n", "\r"}


class _Records(Protocol):
    """What `csv.reader` makes: records, and the number of lines they took."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Column:
    """One header cell: its place, and its text without surrounding blanks."""

    index: int
    header: str


@dataclass(slots=True)
class Table:
    """A CSV file whose header has been read. `width` counts all header cells."""

    file: SourceFile
    columns: tuple[Column, ...]
    width: int
    unnamed: tuple[int, ...]
    delimiter: str
    header_line: int
    problems: list[Problem]
    _lines: Lines
    _reader: _Records
    last_row: int = 0
    broken_rows: int = 0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Every record that is not blank, with the line it starts on.

        Broken quotes are added to the problems, and reading goes on behind them.
        """
        reader, first = self._reader, self.header_line
        last = self.last_row
        while self.broken_rows < MOST_PROBLEMS:
            line = first + reader.line_num
            try:
                for cells in reader:
                    if cells and (cells[0] or any(cells)):
                        last = line
                        yield line, cells
                    line = first + reader.line_num
            except csv.Error:
                self.problems.append(self._broken(line))
                self.broken_rows += 1
            else:
                break
        self.last_row = last

    def ends_with(self, line: int) -> bool:
        """Whether the row of this line is the last one read, and the file ends within it."""
        return line == self.last_row and self._lines.cut

    def listed(self) -> str:
        """The headers, for a message."""
        return ", ".join(f"'{column.header}'" for column in self.columns)

    def _broken(self, line: int) -> Problem:
        if self._lines.ended:
            return self.file.problem(
                line,
                "cut short: the quote that opens in this row is never closed",
                "export the file anew, or close the quote",
            )
        last = self.header_line - 1 + self._reader.line_num
        through = f" (the row goes on to line {last})" if last > line else ""
        return self.file.problem(
            line,
            f"the quotes of this row do not pair up{through}",
            'inside a quoted cell a quote is written twice: "Ada ""The Countess"" Lovelace"',
        )


def open_table(stream: Stream, source: CsvSource, problems: list[Problem]) -> Table:
    """The table of a CSV file. Raises SourceError when it has no usable header."""
    csv.field_size_limit(_LONGEST_CELL)
    lines = Lines(stream)
    wished = _wished_delimiter(source, stream.file)
    skipped, announced = _preamble(lines)
    sample = lines.peek(_SAMPLE_LINES)
    delimiter = wished or announced or _sniff(sample)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = skipped + 1
    try:
        header = [cell.strip() for cell in next(reader)]
    except StopIteration:
        raise SourceError(
            stream.file.problem(None, "the file has no header line", "was the export interrupted?")
        ) from None
    except csv.Error:
        raise SourceError(
            stream.file.problem(line, "the header line is broken: its quotes do not pair up")
        ) from None
    columns = tuple(Column(at, cell) for at, cell in enumerate(header) if cell)
    _check_header(stream.file, line, columns, problems)
    last = columns[-1].index if columns else -1
    return Table(
        file=stream.file,
        columns=columns,
        width=len(header),
        unnamed=tuple(range(last + 1, len(header))),
        delimiter=delimiter,
        header_line=line,
        problems=problems,
        _lines=lines,
        _reader=reader,
    )


def _preamble(lines: Lines) -> tuple[int, str]:
    """Read up to the header: how many lines stand before it, and the delimiter they name."""
    skipped, announced = 0, ""
    while ahead := lines.peek(1):
        if found := _SEPARATOR_LINE.fullmatch(ahead[0]):
            announced = found[1]
        # Windows PowerShell's Export-Csv writes the type of the objects first, unless told not to.
        elif ahead[0].strip() and not ahead[0].lstrip('" ').startswith("#TYPE "):
            break
        lines.skip()
        skipped += 1
    return skipped, announced


def _wished_delimiter(source: CsvSource, file: SourceFile) -> str:
    wished = source.delimiter
    if wished.casefold() == "auto":
        return ""
    delimiter = _NAMED.get(wished.casefold(), wished)
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise SourceError(
            Problem(
                file.asked,
                f"'{wished}' is no delimiter",
                "one character, or one of auto, comma, semicolon, tab, pipe, space",
            )
        )
    return delimiter


def _sniff(sample: list[str]) -> str:
    """The delimiter under which the sample looks most like a table.

    That is the one under which the most rows have as many cells as the header; then the one
    with the most columns. A file of one column gets a comma.
    """
    best, score = ",", (0.0, 0)
    for delimiter in _CANDIDATES:
        widths = _widths(sample, delimiter)
        if not widths or widths[0] == 1:
            continue
        fitting = widths.count(widths[0]) / len(widths)
        if (fitting, widths[0]) > score:
            best, score = delimiter, (fitting, widths[0])
    return best


def _widths(sample: list[str], delimiter: str) -> list[int]:
    """How many cells each row of the sample has, up to where it cannot be read."""
    widths: list[int] = []
    try:
        for row in csv.reader(sample, delimiter=delimiter, strict=True):
            widths += [len(row)] if row else []
    except csv.Error:
        pass  # the sample may end inside a quoted cell
    return widths


def _check_header(
    file: SourceFile, line: int, columns: tuple[Column, ...], problems: list[Problem]
) -> None:
    if not columns:
        raise SourceError(file.problem(line, "the header line is empty"))
    if found := next((column for column in columns if is_address(column.header)), None):
        raise SourceError(
            file.problem(
                line,
                f"the first line must name the columns, and holds a person ('{found.header}')",
                "add a header line, for example: mail,givenName,sn",
            )
        )
    seen: dict[str, Column] = {}
    for column in columns:
        first = seen.setdefault(attribute_key(column.header), column)
        if first is not column:
            places = f"columns {first.index + 1} and {column.index + 1}"
            twice = f"two columns are named '{column.header}' ({places})"
            if first.header != column.header:
                twice = f"'{first.header}' and '{column.header}' are one name ({places})"
            problems.append(file.problem(line, twice, "rename or remove one of them"))
