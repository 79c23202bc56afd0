"""Dates in texts: reading, writing, adding and counting, all without a clock.

What day it is today is no input of a plan, so nothing here may ask for it: the same directory
must give the same plan tomorrow.
"""

import calendar
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

_GENERALIZED_TIME: Final = re.compile(r"(\d{14})(?:[.,]\d+)?Z")  # RFC 4517, section 3.3.13
_ZONED_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)")
"""XML Schema's date, as Workday writes it: a day somewhere, and not a moment."""

_FILETIME: Final = re.compile(r"\d{17,18}")
_FILETIME_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER: Final = frozenset({"", "0", "9223372036854775807"})
"""No date: an empty value, and how Active Directory says never (MS-ADTS, accountExpires)."""

_DIRECTIVES: Final = re.compile(r"%(.?)")
_NUMERIC_DIRECTIVES: Final = frozenset("YmdHMSjyuVG%")
"""Month and day names would follow the locale of the machine."""

_DATE: Final = "%Y-%m-%d"


def date(text: str, form: str = _DATE, read: str | None = None) -> str:
    """The date in another form, empty where there is none.

    `read` is the form it is in, where that is no standard one.
    """
    for directive in _DIRECTIVES.findall(form):
        if directive not in _NUMERIC_DIRECTIVES:
            raise ValueError(f"'%{directive}' is not among the numeric parts of a date")
    moment = _moment(text, read)
    return "" if moment is None else moment.strftime(form)


def part(form: str) -> Callable[..., str]:
    """A filter that gives this part of a date."""

    def part_of(text: str, read: str | None = None) -> str:
        return date(text, form, read)

    return part_of


def date_add(text: str, number: int, unit: str = "days", read: str | None = None) -> str:
    """The date so many days, weeks, months or years later, or earlier when negative.

    A month from 31 January is the last of February.
    """
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"{number!r} is no whole number of {unit}")
    if unit not in _ADDED:
        raise ValueError(f"{unit!r} is no unit: there are {', '.join(_ADDED)}")
    moment = _moment(text, read)
    if moment is None:
        return ""
    try:
        return _ADDED[unit](moment, number).strftime(_DATE)
    except (ValueError, OverflowError):
        raise ValueError(f"{number} {unit} from {text} lie outside every calendar") from None


def date_diff(text: str, other: str, read: str | None = None) -> int | str:
    """How many days the other date is later, negative when earlier; empty without both."""
    moment, later = _moment(text, read), _moment(other, read)
    return "" if moment is None or later is None else (later.date() - moment.date()).days


def _moment(text: str, read: str | None) -> datetime | None:
    text = text.strip()
    if text in _NEVER:
        return None
    try:
        if read:
            # Without a year 29 February could not be read: the leap year 2000 stands in.
            dated = read if re.search("%[yYGcx]", read) else f"%Y {read}"
            text_dated = text if dated == read else f"2000 {text}"
            return datetime.strptime(text_dated, dated)  # noqa: DTZ007 - a form has no zone
        if found := _GENERALIZED_TIME.fullmatch(text):
            return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        if _FILETIME.fullmatch(text):  # MS-DTYP, section 2.3.3: 100 ns steps since 1601
            return _FILETIME_EPOCH + timedelta(microseconds=int(text) // 10)
        found = _ZONED_DATE.fullmatch(text)
        return datetime.fromisoformat(found[1] if found else text)
    except (ValueError, OverflowError):
        hint = f"as {read!r}" if read else "as ISO 8601, LDAP or Active Directory time"
        raise ValueError(f"{text!r} is no date {hint}") from None


def _add_months(moment: datetime, number: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + number, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


_ADDED: Final[Mapping[str, Callable[[datetime, int], datetime]]] = {
    "days": lambda moment, number: moment + timedelta(days=number),
    "weeks": lambda moment, number: moment + timedelta(weeks=number),
    "months": _add_months,
    "years": lambda moment, number: _add_months(moment, 12 * number),
}
