"""Days and months as a reader expects them."""

import datetime as dt

from scrm_helpers.errors import ToldError
from scrm_helpers.units.forms import check_language

# The locale module changes the whole process, and "tr_TR" is not installed everywhere: the names stand here.
MONTHS = {
    "en": ["January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December"],
    "tr": ["Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran",
           "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık"],
}


def date(d: dt.date, language: str, *, year: bool = True) -> str:
    """A day: "31 March 2026" / "31 Mart 2026"; year=False: "31 March" / "31 Mart"."""
    name = _month_name(_day(d).month, language)
    return f"{d.day} {name} {d.year}" if year else f"{d.day} {name}"


def short_date(d: dt.date, language: str, *, year: bool = True) -> str:
    """A day with its month in three letters: "31 Mar 2026"; "5 Ağu 2026"."""
    name = _month_name(_day(d).month, language)[:3]
    return f"{d.day} {name} {d.year}" if year else f"{d.day} {name}"


def month(period: str, language: str) -> str:
    """A period "YYYY-MM": "March 2026" / "Mart 2026"."""
    year, number = _period(period)
    return f"{_month_name(number, language)} {year}"


def short_month(period: str, language: str) -> str:
    """A period "YYYY-MM" for an axis: "Mar 2026" / "Ağu 2026"."""
    year, number = _period(period)
    return f"{_month_name(number, language)[:3]} {year}"


def _day(d: dt.date) -> dt.date:
    if not isinstance(d, dt.date) or d != d:
        raise TypeError(f"the date came as {d!r}; expected a datetime.date. Convert text with date.fromisoformat.")
    return d


def _period(period: str) -> tuple[int, int]:
    year, dash, number = str(period).partition("-")
    if not (dash and len(year) == 4 and len(number) == 2 and (year + number).isdecimal() and 1 <= int(number) <= 12):
        raise ToldError(f"period came as {period!r}; expected 'YYYY-MM' as '2026-03'. Check the period parameter.")
    return int(year), int(number)


def _month_name(number: int, language: str) -> str:
    check_language(language)
    return MONTHS[language][number - 1]
