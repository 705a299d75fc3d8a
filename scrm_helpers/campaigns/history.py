"""Revenue seen by month and source, extra sales by month and campaign: what the board page's lines and bridges are made of."""

from collections.abc import Callable

import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import metrics, periods
from scrm_helpers.campaigns import answer, credit

BACK = 24  # months before the period
COLUMNS = ["measure", "step", "month", "window", "cell", "part", "whole"]


def history(
    seen: pd.DataFrame, lifts: pd.DataFrame, *, period: str, snapshot: Callable[[str], ir.Table] | None = None
) -> pd.DataFrame:
    """Rows of the table `history` for revenue seen. Grain: step, month, window and social source.

    `seen`: `revenue_seen` up to the period. `part` is net revenue, `whole` the sales behind it; the parts of a month add up to
    `campaigns.seen`. Single months are counted for the last 24, windows of 3 and 12 months for the period and the month before.
    `snapshot`: last month's tables as published. Below them the rows of `caused` for the campaigns judged (`lifts`: rows.COLUMNS).
    """
    last = periods.shift(period, -1)
    rows = _rows(seen, "today", period, wide=(last, period), first=periods.shift(period, -BACK))
    if snapshot is not None:
        then = revenue_seen(snapshot, period=last, months=max(metrics.WINDOWS.values()))
        rows += _rows(then, "snapshot", last, wide=(last,), first=last)
    return pd.DataFrame([*rows, *caused(lifts, period)], columns=COLUMNS)


def revenue_seen(read: Callable[[str], ir.Table], *, period: str, months: int = BACK + 1) -> pd.DataFrame:
    """`credit.by_month` of the shorter window of days over the months that end with the period."""
    span, window = periods.span(period, months), credit.WINDOWS[0]
    return credit.monthly(*(read(n) for n in credit.SOURCES), first=span[0], as_of=span[1], windows=(window,))[window]


def caused(lifts: pd.DataFrame, period: str) -> list[dict]:
    """Rows of `history` for extra sales: this month's and last month's, over 1 and 12 months. Grain: month, window, campaign.

    `part` is the campaign's extra sales in the window, `whole` the net sales where and while it ran; the parts of the period add up
    to `campaigns.caused`. Last month is what today's data and code make of its campaigns: what last month's data alone would
    have said is not counted again, so its page stands against it with one bar for definition and data.
    """
    out = []
    for month, name in ((periods.shift(period, -1), "before"), (period, "part")):
        inside = lifts[f"{name}_12m"].fillna(0) > 0 if name == "before" else lifts["in_year"].astype(bool)
        best = answer.best_of(lifts[answer.social(lifts) & inside])
        for window in ("1m", "12m"):
            for row in best[best[f"{name}_{window}"] > 0].sort_values("campaign_id").to_dict("records"):
                share = row[f"{name}_{window}"]
                values = ("revenue_caused", "today", month, window, row["campaign_id"], row["extra"] * share, row["net"] * share)
                out.append(dict(zip(COLUMNS, values, strict=True)))
    return out


def _rows(seen: pd.DataFrame, step: str, period: str, *, wide: tuple[str, ...], first: str) -> list[dict]:
    social = seen[seen["source"].isin(metrics.SOCIAL)]
    by_month = social.groupby(["month", "source"])[["net", "orders"]].sum().astype("float64").reset_index()
    out = []
    for month in periods.between(first, period):
        for name in metrics.WINDOWS if month in wide else ("1m",):
            inside = by_month["month"].between(periods.shift(month, 1 - metrics.WINDOWS[name]), month)
            for source, part in by_month[inside].groupby("source"):
                values = ("revenue_seen", step, month, name, source, float(part["net"].sum()), float(part["orders"].sum()))
                out.append(dict(zip(COLUMNS, values, strict=True)))
    return out
