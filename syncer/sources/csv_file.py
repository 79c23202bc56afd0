"""People and groups from CSV files.

A row that cannot be read is a problem and never skipped: a person missing from the reading
would be deactivated in Asana.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from syncer.core.names import attribute_key, is_address, team_key, user_key
from syncer.model.directory import Record, Value
from syncer.model.origin import Origin, Problem, Size
from syncer.model.policy.directory import CsvSource
from syncer.sources.csv_table import Table, open_table
from syncer.sources.files import SourceError, Stream
from syncer.sources.findings import GroupPart, GroupsFound, PeopleFound
from syncer.sources.values import GUIDS, LISTS, SIDS, addresses_in, binary_text, one_or_many

_POOL: Final = 1 << 14
_SPECIAL: Final = LISTS | GUIDS | SIDS
_SAMPLE_ROWS: Final = 200
# csvde writes binary values like this.
_HEX: Final = re.compile(r"X'((?:[0-9A-Fa-f]{2})+)'")
# Programs that fear for leading zeros export "00123" as a formula.
_FORMULA: Final = re.compile(r'="((?:[^"]|"")*)"')


@dataclass(slots=True)
class CsvPeople:
    """Reads the files of one source of people."""

    source: CsvSource
    found: PeopleFound

    def read(self, stream: Stream) -> None:
        """Add every row of the file. Raises SourceError when it cannot be read on."""
        _read_people(stream, self.source, self.found)

    def finish(self) -> None:
        """Each file has been judged by itself."""


@dataclass(slots=True)
class CsvGroups:
    """Reads the files of one source of groups: one row per member, or an empty member."""

    source: CsvSource
    found: GroupsFound
    _unattributed: list[Problem] = field(default_factory=list)

    def read(self, stream: Stream) -> None:
        """Add the groups of the file. Raises SourceError when it cannot be read on."""
        self._unattributed.extend(_read_groups(stream, self.source, self.found))

    def finish(self) -> None:
        """Doubt every group when a row cannot be laid to any."""
        self.found.problems.extend(self._unattributed)
        for problem in self._unattributed[:1]:
            for part in self.found.parts:
                part.doubt = f"a member may stand in a row that cannot be read ({problem.origin})"


def _read_people(stream: Stream, source: CsvSource, found: PeopleFound) -> None:
    table = open_table(stream, source, found.problems)
    names = _column_names(table, source, found.problems)
    _know(found, names)
    kept = {key: index for key, (index, _) in names.items() if found.wanted.keeps(key)}
    plain = _Plain({key: index for key, index in kept.items() if key not in _SPECIAL})
    special = [(index, key) for key, index in kept.items() if key in _SPECIAL]
    parse = _special(source.multi_value)
    doubts = _Doubts(table)
    shown, records = stream.file.shown, found.records
    before = len(records)
    for line, row in table.rows():
        if (doubts.curious or len(row) != table.width) and not doubts.fits(line, row):
            continue
        attributes = plain.read(row)
        for index, key in special:
            if value := parse(key, row[index].strip()):
                attributes[key] = value
        if attributes or not _blank(row):
            records.append(Record(attributes, Origin(shown, line)))
    problems = doubts.problems()
    found.problems.extend(problems)
    _refuse_no_rows(table, len(records) - before + len(problems))


class _Plain:
    """The columns whose cells are texts, read together.

    Titles, departments and countries repeat: what a cell means is worked out once and is one text
    in memory, whichever columns have it.
    """

    def __init__(self, places: dict[str, int]) -> None:
        self._keys = tuple(places)
        self._cells = _cells_at(tuple(places.values()))
        self._meaning = _Meaning().__getitem__

    def read(self, row: list[str]) -> dict[str, Value]:
        """The attributes of a row; an empty cell is none."""
        values = [*map(self._meaning, self._cells(row))]
        found = zip(self._keys, values, strict=True)
        if all(values):
            return dict(found)
        return {key: text for key, text in found if text}


class _Meaning(dict[str, str]):
    """What cells mean, by the cell."""

    def __missing__(self, cell: str) -> str:
        """What a cell means that was not met; columns of unique values stop filling the memory."""
        text = cell.strip()
        if text[:1] == "=":
            text = _unwrapped(text)
        if len(self) < _POOL:
            self[cell] = text
        return text


def _read_groups(stream: Stream, source: CsvSource, found: GroupsFound) -> list[Problem]:
    """Add the groups of the file, and return the rows that cannot be laid to any group."""
    table = open_table(stream, source, found.problems)
    names = _column_names(table, source, found.problems)
    for needed in ("group", "member"):
        if needed not in names:
            hint = f"name it in the config: `columns: {{{needed}: ...}}`; the columns are: "
            summary = f"no column '{needed}'"
            raise SourceError(
                stream.file.problem(table.header_line, summary, hint + table.listed())
            )
    rows = _GroupRows(table, names, _special(source.multi_value))
    rows.read()
    found.parts.extend(rows.parts.values())
    _refuse_no_rows(table, len(rows.parts) + len(rows.unattributed))
    return rows.unattributed


class _GroupRows:
    """The rows of groups: one for each member, half a million of them in a large directory."""

    def __init__(
        self,
        table: Table,
        names: dict[str, tuple[int, str]],
        parse: Callable[[str, str], Value | None],
    ) -> None:
        self.parts: dict[str, GroupPart] = {}
        self.unattributed: list[Problem] = []
        self._table = table
        self._parse = parse
        self._group_at, self._member_at = names["group"][0], names["member"][0]
        self._dn_at = (names.get("dn") or names.get("distinguishedname") or (None,))[0]
        # What cells mean that were met before. People stand in many groups: each in one text.
        self._members_of: dict[str, list[str]] = {}
        self._meaning: dict[str, str] = {}

    def read(self) -> None:
        """Take in every row."""
        table, members_of, meaning = self._table, self._members_of, self._meaning
        group_at, member_at = self._group_at, self._member_at
        doubts = _Doubts(table)
        width, last, members = table.width, "", None
        for line, row in table.rows():
            if (doubts.curious or len(row) != width) and not doubts.fits(line, row):
                continue
            if (group := row[group_at]) != last or members is None:
                members, last = members_of.get(group), group
            member = meaning.get(row[member_at])
            if members is None:
                self._take(line, row)
            elif member is None:
                members.extend(self._listed(row[member_at]))
            else:
                members.append(member)
        self.unattributed.extend(doubts.problems())

    def _take(self, line: int, row: list[str]) -> None:
        """Take in a row of a group that was not met before, or whose DN is yet to come."""
        table, group = self._table, row[self._group_at]
        if _blank(row):
            return
        name = _unwrapped(group.strip())
        listed = self._listed(row[self._member_at])
        if not name:
            self.unattributed.append(_no_group(table, line, self._group_at, listed))
            return
        key = team_key(name)
        if (part := self.parts.get(key)) is None:
            part = self.parts[key] = GroupPart(name, table.file.origin(line))
        part.members.extend(listed)
        part.dn = part.dn or (self._dn_at is not None and row[self._dn_at].strip()) or None
        if part.dn or self._dn_at is None:
            self._members_of[group] = part.members

    def _listed(self, cell: str) -> tuple[str, ...]:
        """The members in a cell that was not met before, or that holds several."""
        members = self._parse("member", cell.strip()) or ()
        listed = (members,) if isinstance(members, str) else members
        if len(listed) == 1:
            self._meaning[cell] = listed[0]
        return listed


class _Doubts:
    """The rows whose cells do not stand under their headers, kept until the end of the file."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._rows: list[tuple[int, list[str]]] = []
        self._address_columns: dict[int, list[str]] = {}
        self._sampled = 0
        # Whether rows are to be looked at that have as many cells as the header.
        self.curious = True

    def fits(self, line: int, row: list[str]) -> bool:
        """Whether the cells of the row can be trusted."""
        table = self._table
        unnamed = table.unnamed and any(row[at].strip() for at in table.unnamed if at < len(row))
        if len(row) == table.width and not unnamed:
            if self._sampled < _SAMPLE_ROWS:
                self._sampled += 1
                self.curious = self._sampled < _SAMPLE_ROWS or bool(table.unnamed)
                for at, cell in enumerate(row):
                    if is_address(cell):
                        self._address_columns.setdefault(at, []).append(user_key(cell))
            return True
        if not _blank(row):
            self._rows.append((line, row))
        return False

    def problems(self) -> tuple[Problem, ...]:
        """One problem per row, with whom it may be about."""
        return tuple(self._problem(line, row) for line, row in self._rows)

    def _problem(self, line: int, row: list[str]) -> Problem:
        table = self._table
        summary = f"the row has {_cells(len(row))}, the header {_cells(table.width)}"
        if len(row) == table.width:
            summary = "a cell of this row stands under no column name"
        hint = f"a cell that contains '{table.delimiter}' must stand in quotes"
        if len(row) < table.width:
            hint = f"an empty cell needs its '{table.delimiter}' too"
            if table.ends_with(line):
                hint = "the file ends within this row: was it cut short? if not, " + hint
        return Problem(
            table.file.origin(line),
            summary,
            hint,
            size=Size.RECORD,
            identity=self._identity(row),
            # The name of somebody whose address has changed is in one of these cells.
            words=tuple(filter(_worded, row)),
        )

    def _identity(self, row: list[str]) -> tuple[str, ...]:
        addresses = addresses_in(row)
        # Such a row may have lost its own address and kept the manager's: it is trusted only
        # when there are as many addresses as columns of addresses, or when one of them can be
        # of no other column than that of people's own.
        if len(addresses) >= max(1, len(self._address_columns)) or self._has_its_own(row):
            return addresses
        return ()

    def _has_its_own(self, row: list[str]) -> bool:
        """Whether every column of people's own addresses has one, by where they stand.

        What is too much in a row moves all that follows to the right, and by no more than that.
        In a column of managers one address stands in many rows.
        """
        if len(row) < self._table.width:
            return False
        spare = len(row) - self._table.width + len(self._table.unnamed)
        places = [at for at, cell in enumerate(row) if addresses_in((cell,))]
        reached = [
            [column for column in self._address_columns if column <= at <= column + spare]
            for at in places
        ]
        own = [
            column
            for column, found in self._address_columns.items()
            if 2 * len(set(found)) > len(found)
        ]
        return bool(own) and all([column] in reached for column in own)


def _column_names(
    table: Table, source: CsvSource, problems: list[Problem]
) -> dict[str, tuple[int, str]]:
    """Where each attribute stands and how it is spelled; renamed columns keep their own name."""
    by_header = {attribute_key(column.header): column for column in table.columns}
    names = {key: (column.index, column.header) for key, column in by_header.items()}
    for attribute, header in source.columns.items():
        column = by_header.get(attribute_key(header))
        if column is None:
            problems.append(
                table.file.problem(
                    table.header_line,
                    f"no column '{header}', which `columns` of the config names for '{attribute}'",
                    f"the columns are: {table.listed()}",
                )
            )
            continue
        names[attribute_key(attribute)] = (column.index, attribute)
    return names


def _know(found: PeopleFound, names: dict[str, tuple[int, str]]) -> None:
    """Only what every file of the source has can be relied on for every person."""
    spelled = {key: spelling for key, (_, spelling) in names.items()}
    if found.closed:
        for key in found.names.keys() - spelled.keys():
            del found.names[key]
        return
    found.names.update(spelled)
    found.closed = True


def _cells_at(places: tuple[int, ...]) -> Callable[[list[str]], Sequence[str]]:
    """What gets the cells at these places of a row."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: [row[place] for place in places]


def _special(separator: str) -> Callable[[str, str], Value | None]:
    # Distinguished names may hold the separator, escaped.
    between = re.compile(r"(?<!\\)" + re.escape(separator))

    def parse(key: str, text: str) -> Value | None:
        if key in LISTS:
            whole = _unwrapped(text)
            return one_or_many(between.split(whole)) if separator in whole else whole or None
        if found := _HEX.fullmatch(text):
            return binary_text(key, bytes.fromhex(found[1]))
        return _unwrapped(text) or None

    return parse


def _unwrapped(text: str) -> str:
    if text[:2] == '="' and (found := _FORMULA.fullmatch(text)):
        return found[1].replace('""', '"').strip()
    return text


def _worded(cell: str) -> bool:
    return any(letter.isalpha() for letter in cell)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _blank(row: list[str]) -> bool:
    """Spreadsheets leave rows behind that hold nothing but delimiters."""
    return not any(cell.strip() for cell in row)


def _no_group(table: Table, line: int, group_at: int, members: tuple[str, ...]) -> Problem:
    # A distinguished name alone does not say who in Asana is meant.
    named = not any("=" in member for member in members)
    return Problem(
        table.file.origin(line),
        "no group in this row",
        "fill in the group, or remove the row",
        column=next(column.header for column in table.columns if column.index == group_at),
        size=Size.RECORD,
        identity=members if named else (),
    )


def _refuse_no_rows(table: Table, rows: int) -> None:
    if not rows and not table.broken_rows:
        raise SourceError(
            table.file.problem(
                table.header_line,
                "there is a header and not one row below it",
                "an empty source is refused, for it would read as if everybody had left",
            )
        )
