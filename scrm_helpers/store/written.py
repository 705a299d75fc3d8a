"""A frame as it is read: in the reader's language, or as plain CSV that no spreadsheet runs."""

import csv
import io
import re
from collections.abc import Sequence

import pandas as pd

from scrm_helpers import texts, units
from scrm_helpers.errors import ToldError
from scrm_helpers.units import Unit

BLANK = "–"  # a number that a table does not have: the word for none reads as zero there


def written(rows: pd.DataFrame, unit_of: dict[str, Unit], language: str, currency: str) -> pd.DataFrame:
    """A frame of finished texts: headings and numbers as the reader writes them, `BLANK` for a number that is not there."""
    shown = {}
    for column in rows.columns:
        values = rows[column].astype(object).where(rows[column].notna(), None)
        if column in unit_of:
            cells = [BLANK if v is None else units.write(v, unit_of[column], language, currency=currency) for v in values]
        else:
            cells = [_word(v, column, language) for v in values]
        heading = texts.say(f"columns.{column}", language)
        if heading in shown:
            raise ToldError(
                f"table: column {column!r} came with the heading {heading!r}, which another column has already; "
                "expected a heading of its own. Change columns.* in scrm_helpers/texts/columns.toml."
            )
        shown[heading] = cells
    return pd.DataFrame(shown)


MONTHS = ("month", "cohort")  # columns of months, 'YYYY-MM'
_MONTH = re.compile(r"\d{4}-\d{2}")


def in_time(rows: pd.DataFrame) -> int | None:
    """The place of the column of months by which the rows run from old to new, in one run or in one for each group; None where none do."""
    for place, column in enumerate(rows.columns):
        if column not in MONTHS or not all(isinstance(v, str) and _MONTH.fullmatch(v) for v in rows[column]):
            continue
        pairs = list(zip(rows[column], rows[column][1:], strict=False))
        if sum(a < b for a, b in pairs) > 2 * sum(a > b for a, b in pairs):
            return place
    return None


def newest(months: Sequence[str], most: int) -> list[int]:
    """Places of the rows of the newest months, whole months alone, at most `most` rows; of one month with more of them its first."""
    kept: list[int] = []
    for month in sorted(set(months), reverse=True):
        more = [k for k, m in enumerate(months) if m == month]
        if len(kept) + len(more) > most:
            return sorted(kept) if kept else more[:most]
        kept += more
    return sorted(kept)


def plain_csv(rows: pd.DataFrame) -> str:
    """Comma-separated text with formulas neutralised: a cell that a spreadsheet would run gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([neutral(c) for c in rows.columns])  # a table that was turned has values of the data there
    for row in rows.astype(object).where(rows.notna(), None).itertuples(index=False):
        writer.writerow(["" if v is None else neutral(units.steady(v)) for v in row])
    return out.getvalue()


def neutral(value):
    """Text that begins like a formula (= + - @ tab) made harmless; numbers stay."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def _word(value, column: str, language: str) -> str:
    if value is None:
        return ""
    known = f"words.{column}.{value}"
    if texts.has(known):
        return texts.say(known, language)
    if hasattr(value, "year") and not isinstance(value, str):
        return units.date(value, language)
    return str(value)
