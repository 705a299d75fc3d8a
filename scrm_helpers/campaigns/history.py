"""Revenue seen from social by month and source: what the board page's line and its bridge are made of."""

from collections.abc import Callable

import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import metrics, periods
from scrm_helpers.campaigns import credit

BACK = 24  # months before the period
COLUMNS = ["measure", "step", "month", "window", "cell", "part", "whole"]


def history(
    read: Callable[[str], ir.Table], *, period: str, snapshot: Callable[[str], ir.Table] | None = None
) -> pd.DataFrame:
    """Rows of the table `history` for revenue seen (the shorter window of days). Grain: step, month, window and social source.

    `part` is net revenue, `whole` the sales behind it; the parts of a month add up to `campaigns.seen`. Single months are counted
    for the last 24, windows of 3 and 12 months for the period and the month before. `snapshot`: last month's tables as published.
    """
    last = periods.shift(period, -1)
    rows = _rows(read, "today", period, wide=(last, period), first=periods.shift(period, -BACK))
    if snapshot is not None:
        rows += _rows(snapshot, "snapshot", last, wide=(last,), first=last)
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(read, step: str, period: str, *, wide: tuple[str, ...], first: str) -> list[dict]:
    names = ("orders", "touches", "accounts", "persons", "promo_codes")
    rows = credit.credited(*(read(n) for n in names), window=credit.WINDOWS[0], as_of=periods.as_of(period))
    social = rows.filter(rows.seen.isin(metrics.SOCIAL))
    sums = social.group_by(month=periods.label(social.ordered_on), source=social.seen).agg(
        net=social.net.sum().cast("float64"), orders=(social.kind == "sale").cast("int64").sum()
    )
    by_month = sums.to_pandas().sort_values(["month", "source"], ignore_index=True)
    out = []
    for month in periods.between(first, period):
        for name in metrics.WINDOWS if month in wide else ("1m",):
            inside = by_month["month"].between(periods.shift(month, 1 - metrics.WINDOWS[name]), month)
            for source, part in by_month[inside].groupby("source"):
                values = ("revenue_seen", step, month, name, source, float(part["net"].sum()), float(part["orders"].sum()))
                out.append(dict(zip(COLUMNS, values, strict=True)))
    return out
