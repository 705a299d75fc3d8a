"""The headline cost of a customer by month and source: what the board page's line and its bridge are made of."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import metrics, periods, prices, sales
from scrm_helpers.acquisition.customer_cost import months_of, new_by_month
from scrm_helpers.acquisition.ledger import cost_ledger, cost_of
from scrm_helpers.metrics import SOCIAL

BACK = 24  # months before the period
PAGES = 12  # months before the period whose pages are held against today's data, whatever window they printed
COLUMNS = ["measure", "step", "month", "window", "cell", "part", "whole"]


def history(
    read: Callable[[str], ir.Table], *, period: str, window: int = 90, snapshot: Callable[[str], ir.Table] | None = None
) -> pd.DataFrame:
    """Rows of the table `history` for the cost of a new consumer. Grain: step, month, window and social source.

    `part` is the acquire cost, `whole` the new customers; over all cells part / whole is the figure of `cac_table` for `social`.
    Single months are counted for the last 24, windows of 3 and 12 months that end with each of the last 12 or the period, in
    prices of their own last month where the rule of real terms asks for it. `snapshot` reads last month's tables as published.
    """
    last, wide = periods.shift(period, -1), tuple(periods.between(periods.shift(period, -PAGES), period))
    rows = _rows(read, read("customers"), "today", period=period, wide=wide, first=periods.shift(period, -BACK))
    if snapshot is not None:
        names = ("orders", "accounts", "leads", "touches", "persons", "golden")
        customers = sales.customers(*(snapshot(n) for n in names), window=window)
        rows += _rows(snapshot, customers, "snapshot", period=last, wide=(last,), first=last)
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(read, customers: ir.Table, step: str, *, period: str, wide: tuple[str, ...], first: str) -> list[dict]:
    ledger = cost_ledger(read("spend"), read("costs"), read("campaigns"), period=period).rows
    new = new_by_month(customers)
    new = new[new["kind"] == "consumer"]
    of = {s: (ledger[(ledger["purpose"] == "acquire") & (ledger["source"] == s)], new[new["source"] == s]) for s in SOCIAL}
    start = customers.filter(customers.before_data).aggregate(first=ibis._.first_month.min()).to_pandas()["first"].iloc[0]
    start = "" if pd.isna(start) else str(start)
    rates = read("rates").filter(ibis._.kind == "cpi").select("on", "kind", "value").to_pandas()
    out = []
    for month in periods.between(first, period):
        for name in metrics.WINDOWS if month in wide else ("1m",):
            months = months_of(ledger, first_month=start, period=month, window=name)
            factors = _factors(rates, month, name)
            for source, (spent, came) in of.items():
                cost = cost_of(spent, months=months, factors=factors) if months else None
                won = int(came.loc[came["month"].isin(months), "customers"].sum())
                if cost is not None or won:
                    part = 0.0 if cost is None else cost[0]
                    out.append(dict(zip(COLUMNS, ("cac", step, month, name, source, part, float(won)), strict=True)))
    return out


def _factors(rates: pd.DataFrame, month: str, window: str) -> dict[str, float] | None:
    """What `study` lays on the same window: real terms where the rule asks for them and an index covers 12 months."""
    index = prices.index_of(rates, month)
    year = prices.factors_for(index, 12, periods.shift(month, -11), month)
    return year if year and prices.needed(index, metrics.WINDOWS[window]) else None
