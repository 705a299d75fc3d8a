"""Days that stand in a file's name or in the lines above its header: the period it covers, the day it was exported."""

import calendar
import re
from datetime import date

from scrm_helpers.ingestion.cells import MONTHS, quote
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.expressions import Expr
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.texts import tell

_ISO = r"(?<!\d)(?P<y>20\d\d)[-_./](?P<m>\d{1,2})[-_./](?P<d>\d{1,2})(?!\d)"
_PLAIN = r"(?<!\d)(?P<y2>20\d\d)(?P<m2>0[1-9]|1[0-2])(?P<d2>0[1-9]|[12]\d|3[01])(?!\d)"
_WORD = r"(?P<w>[^\W\d_]{3,9})[-_ .](?P<d3>\d{1,2})[-_ ,]+(?P<y3>20\d\d)(?!\d)"
_WORD2 = r"(?<!\d)(?P<d4>\d{1,2})[-_ .](?P<w2>[^\W\d_]{3,9})[-_ .,]+(?P<y4>20\d\d)(?!\d)"
_DOTTED = r"(?<!\d)(?P<a>\d{1,2})(?P<s>[./])(?P<b>\d{1,2})[./](?P<y5>20\d\d)(?!\d)"
_DAY = re.compile("|".join((_ISO, _PLAIN, _WORD2, _WORD, _DOTTED)))
_MONTH = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])(?!\d)")
_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?!\d)")


def days_in(text: str) -> list[date]:
    """Every day written in a text, in order. `09/01/2026` is read month first (only report lines of American systems have it)."""
    found = []
    for match in _DAY.finditer(text):
        g = match.groupdict()
        month = MONTHS.get((g["w"] or g["w2"] or "").replace("İ", "i").lower()) if g["w"] or g["w2"] else None
        if g["y"]:
            parts = (g["y"], g["m"], g["d"])
        elif g["y2"]:
            parts = (g["y2"], g["m2"], g["d2"])
        elif month:
            parts = (g["y3"] or g["y4"], month, g["d3"] or g["d4"])
        elif g["y5"]:
            parts = (g["y5"], g["b"], g["a"]) if g["s"] == "." else (g["y5"], g["a"], g["b"])
        else:
            continue
        try:
            found.append(date(*(int(p) for p in parts)))
        except ValueError:
            continue
    return found


def exported(part: Part) -> date | None:
    """The export's day: the last day of the preamble, else of the file's name (a month or year stands for its last day)."""
    if found := days_in("\n".join(part.preamble)):
        return max(found)
    name = part.file.rsplit("/", 1)[-1]
    if found := days_in(name):
        return max(found)
    if found := _MONTH.findall(name):
        year, month = (int(p) for p in found[-1])
        return date(year, month, calendar.monthrange(year, month)[1])
    if found := _YEAR.findall(name):
        return date(int(found[-1]), 12, 31)
    return None


class PeriodDay(Expr):
    """First or last day of the period in the lines above the header, or in the file's name."""

    def __init__(self, which: int):
        self.which = which

    def sql(self, r: Reader, kind: str) -> str:
        found = days_in("\n".join(r.part.preamble)) or days_in(r.part.file.rsplit("/", 1)[-1])
        if not found:
            month = _MONTH.findall(r.part.file.rsplit("/", 1)[-1])
            if not month:
                raise InputError(tell("console.cells.no_period", file=r.part.file), "period")
            year, number = (int(p) for p in month[-1])
            found = [date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])]
        r.ranged = (min(found), max(found))
        return f"DATE {quote(r.ranged[self.which != 0].isoformat())}"


class Given(Expr):
    """A value that a function reads off the file's name or preamble."""

    def __init__(self, of):
        self.of = of

    def sql(self, r: Reader, kind: str) -> str:
        return quote(self.of(r.part))
