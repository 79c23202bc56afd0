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
