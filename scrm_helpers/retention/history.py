"""The headline share of customers kept, by month and source: what the board page's line and its bridge are made of."""

from collections.abc import Callable
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import periods, sales
from scrm_helpers.retention import rolling
from scrm_helpers.retention.activity import Activity, Bits, activity
from scrm_helpers.retention.purchases import month_of, purchases
from scrm_helpers.retention.purchases import through as through_of

BACK, MONTHS = 13, 12  # months before the period; months of a window
COLUMNS = ["measure", "step", "month", "window", "cell", "part", "whole"]


def history(
    seen: Activity, *, through: date, period: str, bits: Bits, window: int = 90,
    snapshot: Callable[[str], ir.Table] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Rows of the table `history` for customers kept over 12 months. Grain: step, month and source.

    `part` is who bought in both windows, `whole` who bought in the first; over all cells part / whole is the share of `retention`.
    A month without two full windows of data has no row. `seen`, `through`: `months_seen` of the period. `bits` gives the months of each
    person (`store.month_bits`); `snapshot` reads last month's tables as they were published.
    """
    rows = _rows(seen, through, "today", period, BACK)
    if snapshot is not None:
        names = ("orders", "accounts", "leads", "touches", "persons", "golden")
        customers = sales.customers(*(snapshot(n) for n in names), window=window)
        last = periods.shift(period, -1)
        rows += _rows(*months_seen(snapshot, customers, period=last, bits=bits), "snapshot", last, 0)
    return pd.DataFrame(rows, columns=COLUMNS)


def months_seen(read: Callable[[str], ir.Table], customers: ir.Table, *, period: str, bits: Bits) -> tuple[Activity, date]:
    """In which months who bought, up to the period, and the day up to which the data are whole."""
    as_of = periods.as_of(period)
    orders = read("orders").filter(ibis._.ordered_on < as_of)
    return activity(purchases(orders, read("persons")), customers, bits=bits), through_of(orders, as_of=as_of)


def _rows(seen: Activity, through: date, step: str, period: str, back: int) -> list[dict]:
    if not len(seen.persons):
        return []
    out = []
    for k in range(back, -1, -1):
        month = periods.shift(period, -k)
        end = _earlier(through, k)
        if month_of(end) - 2 * MONTHS < seen.first:
            continue
        for row in rolling.counts(seen, through=end, months=MONTHS).to_dict("records"):
            values = ("retention", step, month, "12m", row["source"], float(row["retained"]), float(row["persons"]))
            out.append(dict(zip(COLUMNS, values, strict=True)))
    return out


def _earlier(through: date, months: int) -> date:
    return periods.first_day(periods.shift(periods.of(through), -months))
