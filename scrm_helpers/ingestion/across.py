"""A sheet with its months side by side as columns: each filled cell of a month becomes a row, before anything is read from it."""

import re
from dataclasses import replace

from scrm_helpers.ingestion.cells import quote
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.headings import SEVERAL, month_of, side_by_side
from scrm_helpers.ingestion.names import fold
from scrm_helpers.ingestion.part import Part
from scrm_helpers.texts import tell

MONTH, AMOUNT = "month", "amount"  # headers of the two columns that the months become
MONTH_AT, AMOUNT_AT = 0, 1  # where they stand
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def months(part: Part, year: object = "") -> dict[int, str]:
    """Place of each column that is a month -> YYYY-MM; {} unless there are several.

    A month without a year (Ocak, Şubat) takes `year`, else the one year that stands in the name of the sheet or file or above the
    header; InputError where none does.
    """
    found = {k: m for k, h in enumerate(part.header) if (m := month_of(h))}
    if len(set(found.values())) < SEVERAL:
        return {}
    if any(not y for y, _ in found.values()):
        said = [y for y in ([str(year)] if year else _years(part)) if _YEAR.fullmatch(y)]
        if len(said) != 1:
            raise InputError(tell("console.cells.no_year", file=part.file, month=repr(part.header[next(iter(found))])), "period")
        found = {k: (y or said[0], m) for k, (y, m) in found.items()}
    return {k: f"{y}-{m:02d}" for k, (y, m) in found.items()}


def is_across(part: Part) -> bool:
    """Whether months stand side by side in the header, with a year or without."""
    return side_by_side(part.header)


def long(con, part: Part, year: object = "") -> Part:
    """The part with the columns `month` and `amount` in place of its months: a row for each filled cell, with the number of its own row.

    InputError where there are no months side by side. Totals of the sheet itself are left out, as of any other; what they say of each
    month is kept.
    """
    found = months(part, year)
    if not found:
        raise InputError(tell("console.cells.no_months", file=part.file, columns=", ".join(repr(h) for h in part.header if h)), "column")
    rest = [k for k in range(len(part.header)) if k not in found]
    others = "".join(f", c{k} AS c{n}" for n, k in enumerate(rest, 2))
    rows = [f"SELECT {quote(m)} AS c0, c{k} AS c1{others}, _row FROM {part.table} WHERE c{k} IS NOT NULL" for k, m in found.items()]
    table = f"long_{part.table}"
    con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM ({' UNION ALL '.join(rows)}) ORDER BY _row, c0")
    count = con.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    header = [MONTH, AMOUNT, *(part.header[k] for k in rest)]
    dropped = [(n, why, ["", "", *(row[k] for k in rest if k < len(row))]) for n, why, row in part.dropped]
    said = {n: {m: (part.header[k], row[k]) for k, m in found.items() if k < len(row)} for n, why, row in part.dropped if why == "total"}
    exact = frozenset({1} if part.exact.issuperset(found) else ()) | {n for n, k in enumerate(rest, 2) if k in part.exact}
    return replace(
        part,
        header=header,
        folded=[fold(h) for h in header],
        table=table,
        rows=count,
        dropped=dropped,
        exact=exact,
        base="",
        lies="",
        off=[],
        said=said,
        across=True,
    )


def _years(part: Part) -> list[str]:
    """The years that stand where a sheet says what it is about: the nearest place that names any."""
    for place in (part.part, part.file.rsplit("/", 1)[-1], " ".join(part.preamble)):
        if found := list(dict.fromkeys(_YEAR.findall(place))):
            return found
    return []
