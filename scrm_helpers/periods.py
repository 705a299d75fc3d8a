"""Months and as-of days. A period is 'YYYY-MM'; its as-of day is the first day after it, exclusive."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scrm_helpers.errors import ToldError
from scrm_helpers.texts import tell

GRACE = 3  # days: a month whose last row lies at most so many days before its last day is whole
BEGUN = 10  # days: the run of the month before is made in the first days of a month, when little of it is spent
PERIOD = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")


def check(period: str) -> str:
    """The period itself; ValueError where it is not a month like 2026-10."""
    if not isinstance(period, str) or not PERIOD.match(period):
        raise ToldError(tell("told.period.no_month", came=str(period)))
    return period


def first_day(period: str) -> date:
    """First day of the month."""
    year, month = check(period).split("-")
    return date(int(year), int(month), 1)


def as_of(period: str) -> date:
    """First day after the month: rows dated on it or later are not seen."""
    return first_day(shift(period, 1))


def under_way(period: str) -> date:
    """First day on which so much of the month is over that what is written then about its beginning is no promise any more."""
    return first_day(period) + timedelta(days=BEGUN)


def whole_until(last: date, *, grace: int = GRACE) -> date:
    """First day after the last whole month of data that end on `last`: a month is whole where its rows stop at most `grace` days early."""
    end = as_of(of(last))
    return end if last >= end - timedelta(days=grace + 1) else first_day(of(last))


def as_of_instant(period: str, zone: str) -> datetime:
    """The as-of day's midnight in the business's zone, as naive UTC: `*_at` moments are compared with it."""
    day = as_of(period)
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def shift(period: str, months: int) -> str:
    """The month so many months later (earlier where negative)."""
    year, month = check(period).split("-")
    index = int(year) * 12 + int(month) - 1 + months
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def of(day: date) -> str:
    """The month a day lies in."""
    return f"{day.year:04d}-{day.month:02d}"


def index(period: str) -> int:
    """Months since year 0: differences of two are months between."""
    year, month = check(period).split("-")
    return int(year) * 12 + int(month) - 1


def span(period: str, months: int) -> tuple[date, date]:
    """First day (inclusive) and last (exclusive) of the window of `months` months that ends with the period."""
    if months < 1:
        raise ToldError(f"months: came {months}, expected 1 or more.")
    return first_day(shift(period, 1 - months)), as_of(period)


def between(first: str, last: str) -> list[str]:
    """Every month from the first to the last, both included."""
    return [shift(first, k) for k in range(index(last) - index(first) + 1)]


def runs(months: list[str]) -> list[tuple[str, str]]:
    """First and last month of each unbroken run of months; `months` in order, each once."""
    out: list[tuple[str, str]] = []
    for month in months:
        if out and shift(out[-1][1], 1) == month:
            out[-1] = (out[-1][0], month)
        else:
            out.append((month, month))
    return out


def label(column):
    """An Ibis expression of the month 'YYYY-MM' of a date column (any engine)."""
    return column.cast("string").left(7)


def month_number(column):
    """An Ibis expression of months since year 0 of a date column (whole number, any engine)."""
    return (column.year().cast("int64") * 12 + column.month().cast("int64") - 1).cast("int64")


def number_of_label(column):
    """The same of a column of months 'YYYY-MM' (any engine)."""
    return (column.left(4).cast("int64") * 12 + column.right(2).cast("int64") - 1).cast("int64")
