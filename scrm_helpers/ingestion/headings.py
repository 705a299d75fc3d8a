"""Months that stand as headings of columns: Ocak 2026, Oca.26, Jan 2026, 2026-01, 01.2026, or the day that a spreadsheet makes of them."""

import re
from collections.abc import Iterable

from scrm_helpers.ingestion.cells import MONTHS
from scrm_helpers.ingestion.names import LETTERS

SEVERAL = 2  # months from which they stand side by side: a single one may be a word in a header
_WORDS = {word.translate(LETTERS): number for word, number in MONTHS.items()}
_WORDED = re.compile(r"([a-z]{3,9})\.?[-_ ./']*(\d{4}|\d{2})?")
_YEAR_FIRST = re.compile(r"(\d{4})[-_ ./]*(?:([a-z]{3,9})|(\d{1,2})(?:[-./]0?1)?(?: 0?0:00(?::00)?)?)")
_YEAR_LAST = re.compile(r"(?:0?1[-./])?(\d{1,2})[-_ ./](\d{4})")


def side_by_side(headings: Iterable[str]) -> bool:
    """Whether several of the headings are months, with a year or without."""
    return len({m for h in headings if (m := month_of(h))}) >= SEVERAL


def month_of(header: str) -> tuple[str, int] | None:
    """(year or '', month) that a header is; None where it is none. What stands in brackets, such as a currency, does not matter."""
    text = re.sub(r"\s*\([^)]*\)$", "", header.strip()).translate(LETTERS).lower()
    if worded := _WORDED.fullmatch(text):
        number, year = _WORDS.get(worded[1]), worded[2] or ""
    elif first := _YEAR_FIRST.fullmatch(text):
        year, number = first[1], _WORDS.get(first[2]) if first[2] else int(first[3])
    elif last := _YEAR_LAST.fullmatch(text):
        year, number = last[2], int(last[1])
    else:
        return None
    return (f"20{year}" if len(year) == 2 else year, number) if number and 1 <= number <= 12 else None
