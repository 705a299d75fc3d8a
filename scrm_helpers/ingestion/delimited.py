"""Delimited text to records. The separator is read off the header; a record is a row as a spreadsheet counts it."""

import csv
import io
import re

from scrm_helpers.ingestion.decode import half_written
from scrm_helpers.texts import tell

SEPARATORS = (",", ";", "\t", "|")
csv.field_size_limit(1 << 24)


def records(text: str, name: str, *, whole: bool = True) -> tuple[list[list[str]], str]:
    """Every record, blank ones included, and the separator.

    Refused where a quoted field never ends (`whole`: not the head of a longer text): it has swallowed all that follows its row.
    """
    body, told = _told(text)
    separator = told or separator_of(body)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=False)
    rows = [] if not told else [[text.split("\n", 1)[0].strip()]]
    for row in reader:
        rows.append(row)
    if whole and rows and _open_quote(body, separator):
        raise half_written(name, tell("console.bytes.open_quote", row=str(len(rows))))
    return rows, separator


def _told(text: str) -> tuple[str, str]:
    """Excel's own first line `sep=;`."""
    found = re.match(r'"?sep=(.)"?\r?\n', text)
    return (text[found.end() :], found.group(1)) if found else (text, "")


def separator_of(text: str) -> str:
    """The separator that splits most of the first lines into the same number of fields, the most fields first."""
    lines = [line for line in text[:20_000].splitlines()[:60] if line.strip() and not line.startswith("#")]
    best, score = ",", (0, 0)
    for separator in SEPARATORS:
        counts = [len(next(csv.reader([line], delimiter=separator), [])) for line in lines]
        wide = [c for c in counts if c > 1]
        if not wide:
            continue
        usual = max(set(wide), key=lambda c: (wide.count(c), c))
        found = (wide.count(usual) * min(usual, 4), usual)
        if found > score:
            best, score = separator, found
    return best


def _open_quote(text: str, separator: str) -> bool:
    """Whether the text ends inside a quoted field: a strict reader says so, and so does the count of quotes on its tail."""
    if text.count('"') % 2 == 0:
        return False
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False
