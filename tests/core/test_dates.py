"""Dates in texts: what is added can be counted again, over every month and leap year."""

from datetime import date as calendar_date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.language.dates import date, date_add, date_diff

days = st.dates(calendar_date(1700, 1, 1), calendar_date(2300, 12, 31))
numbers = st.integers(-36_000, 36_000)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(days, numbers)
def test_days_that_are_added_are_counted_again(day: calendar_date, number: int) -> None:
    later = date_add(day.isoformat(), number)
    assert date_diff(day.isoformat(), later) == number
    assert date_diff(later, day.isoformat()) == -number
    assert date_add(later, -number) == day.isoformat()


@settings(deadline=None, derandomize=True, max_examples=200)
@given(days, st.integers(-1200, 1200))
def test_a_month_keeps_the_day_or_ends_on_its_last(day: calendar_date, number: int) -> None:
    later = calendar_date.fromisoformat(date_add(day.isoformat(), number, "months"))
    assert (later.year - day.year) * 12 + later.month - day.month == number
    next_day = calendar_date.fromordinal(later.toordinal() + 1)
    assert later.day == day.day or (later.day < day.day and next_day.month != later.month)


@pytest.mark.parametrize("never", ["", "  ", "0", "9223372036854775807"])
def test_never_is_no_date(never: str) -> None:
    assert date(never) == ""
    assert date_add(never, 1) == ""
    assert date_diff(never, "2026-01-01") == ""
    assert date_diff("2026-01-01", never) == ""


@pytest.mark.parametrize(
    ("text", "read", "day"),
    [
        ("2020-03-16-07:00", None, "2020-03-16"),
        ("2021-06-30+08:00", None, "2021-06-30"),
        ("2021-06-30Z", None, "2021-06-30"),
        ("2009-06-15T01:45:30-07:00", None, "2009-06-15"),
        ("20150123105347.1Z", None, "2015-01-23"),
        ("129699324000000000", None, "2012-01-01"),
        ("8/25/2021 5:41:18 PM", "%m/%d/%Y %I:%M:%S %p", "2021-08-25"),
    ],
)
def test_the_forms_that_directories_write_are_read(text: str, read: str | None, day: str) -> None:
    assert date(text, read=read) == day
    assert date_diff(day, text if read is None else date(text, read=read)) == 0
