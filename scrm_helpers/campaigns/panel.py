"""Net sales by day and place: the small frames that the plain table and every estimator start from.

Returns are booked to the place of the sale they belong to, where it is known: for an estimator to its day too (what a campaign sold
and got back is not sold), for sales by month to their own, as on every other page. What a known business buys is kept apart.
"""

import math
from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import sales

UNLIKELY_GAP = 0.001  # expected runs so long, from a unit's own share of empty days nearby; rarer ones are missing, not zero
NEARBY = 56  # days on each side that tell a unit's habit
LEAST_GAP = 3  # days; shorter runs are never called missing for their length
LEAST_ORDERS = 10  # on like days of a unit: then a day without one is a closed door or a lost file, no lack of demand
PLACE = ("channel", "store_id", "buyer")
LIKE = 0.75  # of the same weekdays nearby that have sales: a unit that keeps Sundays closed has no lost Sundays
LEAST_LIKE = 12  # like days from which the spread of their sales tells of how many orders they are made


class Panel(NamedTuple):
    """Net sales, base currency: `values` is days x units, NaN where a unit was not open or its rows are missing."""

    days: pd.DatetimeIndex
    units: tuple[str, ...]
    values: np.ndarray
    missing: pd.DataFrame  # unit, from_on, to_on, days: runs without rows that were not counted as zero


def daily_sales(orders: ir.Table, persons: ir.Table, *, as_of: date, own_day: bool = False) -> pd.DataFrame:
    """Counted sales. Grain: day x channel x store x buyer (consumer or business); `net` (base currency) and `orders`.

    Buyer: `sales.buyer`. Rows of internal persons are left out. `own_day`: a return with a known sale lowers the day on which it came
    back, as sales of a month are counted; else the day of its sale.
    """
    return _days(_placed(orders, persons, as_of), "own_on" if own_day else "sale_on")


def daily_both(orders: ir.Table, persons: ir.Table, *, as_of: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`daily_sales` with returns on the day of their sale, and on their own: the orders are read once for both."""
    rows = _placed(orders, persons, as_of)
    few = rows.group_by("sale_on", "own_on", *PLACE).agg(net=rows.net.sum(), one=rows.one.sum()).cache()
    return _days(few, "sale_on"), _days(few, "own_on")


def _placed(orders: ir.Table, persons: ir.Table, as_of: date) -> ir.Table:
    rows = sales.with_person(sales.counted(orders), persons)
    rows = rows.filter(rows.ordered_on < as_of)
    # the key is made first: a join on a condition beside the key compares every row with every other
    rows = rows.select(
        "order_id", "ordered_on", "store_id", "channel", "kind", "net", buyer=sales.buyer(rows),
        back_to=ibis.ifelse(rows.kind == "return", rows.original_order_id, ibis.null("int64")),
    ).cache()  # fmt: skip
    sold = rows.filter(rows.kind == "sale").select(
        sale_id="order_id", sale_day="ordered_on", sale_store="store_id", sale_channel="channel"
    )
    back = rows.filter(rows.back_to.notnull())
    sold = sold.semi_join(back, sold.sale_id == back.back_to)  # few sales are asked for: the join stays small
    joined = rows.left_join(sold, rows.back_to == sold.sale_id)
    known = joined.sale_id.notnull()
    return joined.select(
        own_on=joined.ordered_on, sale_on=ibis.ifelse(known, joined.sale_day, joined.ordered_on),
        channel=ibis.ifelse(known, joined.sale_channel, joined.channel),
        store_id=ibis.ifelse(known, joined.sale_store, joined.store_id),
        buyer=joined.buyer, net=joined.net, one=ibis.ifelse(joined.kind == "sale", 1, 0),
    )  # fmt: skip


def _days(rows: ir.Table, on: str) -> pd.DataFrame:
    days = rows.group_by(*PLACE, on=rows[on]).agg(net=rows.net.sum().cast("float64"), orders=rows.one.sum().cast("int64"))
    frame = days.order_by("on", *PLACE).to_pandas()[["on", *PLACE, "net", "orders"]]
    frame["on"] = pd.to_datetime(frame["on"])
    return frame


def price_level(rates: pd.DataFrame, days: pd.DatetimeIndex) -> np.ndarray | None:
    """Consumer prices on each day relative to the last day; None where the index does not cover them.

    Prices move between two monthly values in equal steps (an index held flat would jump at each month's end). A last
    month without an index yet goes on at the pace of the month before, for two months at most.
    """
    if not len(rates) or not len(days):
        return None
    index = rates.loc[rates["kind"] == "cpi", ["on", "value"]].dropna().sort_values("on")
    if len(index) < 2:
        return None
    middle = (pd.to_datetime(index["on"]) + pd.Timedelta(days=14)).to_numpy().astype("M8[D]").astype(int)  # a month's index is its middle
    logs, at = np.log(index["value"].to_numpy(float)), days.to_numpy().astype("M8[D]").astype(int)
    if at[0] < middle[0] - 31 or at[-1] > middle[-1] + 62:
        return None
    pace = (logs[-1] - logs[-2]) / (middle[-1] - middle[-2])
    first = (logs[1] - logs[0]) / (middle[1] - middle[0])
    found = np.interp(at, middle, logs)
    found = np.where(at > middle[-1], logs[-1] + pace * (at - middle[-1]), found)
    found = np.where(at < middle[0], logs[0] - first * (middle[0] - at), found)
    return np.exp(found - found[-1])


def store_panel(
    days: pd.DataFrame, stores: pd.DataFrame, *, as_of: date, kinds: tuple[str, ...] = ("store",), by: str = "store_id",
    buyer: str = "consumer",
) -> Panel:  # fmt: skip
    """Net sales by day and store (or `by="region"`, `by="city"`). A code that a store had before stands with its new one.

    Zero and missing differ: an open store's empty day is zero, unless other stores sold meanwhile and the run of empty days is too long
    for its own habit, or its like days have so many orders (`orders` of `days`) that none is no lack of demand; before opening and
    after closing there is nothing.
    """
    rows = days[(days["buyer"] == buyer) & days["store_id"].notna()].copy()
    known = stores if len(stores) else pd.DataFrame({"store_id": sorted(rows["store_id"].unique())}).assign(kind="store")
    known = known.reindex(columns=["store_id", "kind", "city", "region", "opened_on", "closed_on", "formerly"])
    former = {old: new for old, new in zip(known["formerly"], known["store_id"], strict=True) if isinstance(old, str) and old}
    rows["store_id"] = rows["store_id"].replace(former)
    known = known[known["kind"].isin(kinds) & ~known["store_id"].isin(former)].drop_duplicates("store_id")
    rows = rows[rows["store_id"].isin(known["store_id"])]
    if rows.empty:
        return Panel(pd.DatetimeIndex([]), (), np.zeros((0, 0)), no_gaps())
    span = pd.date_range(days["on"].min(), pd.Timestamp(as_of) - pd.Timedelta(days=1), freq="D")
    wide = rows.pivot_table(index="on", columns="store_id", values="net", aggfunc="sum").reindex(span)
    wide = wide[sorted(wide.columns)]
    known = known.set_index("store_id").loc[wide.columns]
    values = wide.to_numpy(float, copy=True)
    opened = _edges(known["opened_on"], span, 0, after=False)
    closed = _edges(known["closed_on"], span, len(span), after=True)
    many = rows.pivot_table(index="on", columns="store_id", values="orders", aggfunc="sum").reindex(index=span, columns=wide.columns)
    values, runs = filled(values, opened, closed, span, list(wide.columns), many.to_numpy(float))
    if by == "store_id":
        return Panel(span, tuple(wide.columns), values, runs)
    group = known[by]
    names = sorted(group.dropna().unique())
    summed = np.column_stack([_sum(values[:, (group == name).to_numpy()]) for name in names]) if names else np.zeros((len(span), 0))
    return Panel(span, tuple(names), summed, runs)


def _edges(days: pd.Series, span: pd.DatetimeIndex, default: int, *, after: bool) -> np.ndarray:
    at = pd.to_datetime(days)
    place = span.searchsorted(at.fillna(span[0]), side="right" if after else "left")
    return np.where(at.isna(), default, place)


def filled(values, opened, closed, span, units, orders=None) -> tuple[np.ndarray, pd.DataFrame]:
    """Zeros and gaps told apart. A day on which no unit sold is a closed day (or a missing file) for all: zero for all.

    `orders`: how many a day, shaped like `values`, where that is known.
    """
    out, runs = values, []
    idle = np.isnan(values).all(axis=1)
    for j, unit in enumerate(units):
        live = np.zeros(len(span), bool)
        live[opened[j] : closed[j]] = True
        empty = np.isnan(values[:, j]) & live
        seen = np.flatnonzero(live & ~empty)
        between = np.zeros(len(span), bool)
        if len(seen):
            between[seen[0] : seen[-1] + 1] = True
        out[empty, j] = 0.0
        out[~live, j] = np.nan
        selling = live & ~idle
        for start, stop in _stretches(empty):
            length = int(selling[start:stop].sum())
            around = np.zeros(len(span), bool)
            around[max(start - NEARBY, 0) : stop + NEARBY] = True
            around[start:stop] = False
            beside, of = int((around & selling & empty & between).sum()), int((around & selling & between).sum())
            habit = (beside + 1) / (of + 2)  # never 0 or 1: a store that sold on every day may still have a day without
            # so long a run would be expected less than once in a thousand such histories
            if length >= LEAST_GAP and habit**length * int(selling.sum()) < UNLIKELY_GAP:
                out[start:stop, j] = np.nan
                runs.append((unit, span[start].date(), span[stop - 1].date(), stop - start))
        if orders is not None:
            lost = _lost(values[:, j], orders[:, j], np.flatnonzero(empty & selling & (out[:, j] == 0)), live & selling)
            out[lost, j] = np.nan
            runs += [(unit, span[a].date(), span[b - 1].date(), b - a) for a, b in _stretches(lost)]
    return out, _runs(sorted(runs))


def _lost(net: np.ndarray, orders: np.ndarray, empty: np.ndarray, open_: np.ndarray) -> np.ndarray:
    """Which empty days of a unit cannot be lack of demand, by the same weekdays nearby: their orders are many, or their sales so alike
    that they are made of many (a sheet with a row a day counts none): the sum of n purchases spreads by 1 / sqrt(n) of itself at least."""
    out, sold = np.zeros(len(orders), bool), orders > 0
    if len(empty) > (1 - LIKE) * open_.sum():
        return out
    for day in empty:
        like = np.arange(day % 7, len(orders), 7)
        like = like[(np.abs(like - day) <= NEARBY) & (like != day) & open_[like]]
        some = like[sold[like]]
        if len(some) >= max(LIKE * len(like), 1):
            few, low, middle, high = np.quantile(orders[some], 0.25), *np.quantile(net[some], (0.25, 0.5, 0.75))
            alike = len(some) >= LEAST_LIKE and middle > math.sqrt(LEAST_ORDERS) * (high - low) / 1.349  # a standard deviation by quartiles
            out[day] = few >= LEAST_ORDERS or alike
    return out


def _stretches(flags: np.ndarray) -> list[tuple[int, int]]:
    padded = np.concatenate([[False], flags, [False]])
    turns = np.flatnonzero(padded[1:] != padded[:-1])
    return list(zip(turns[::2].tolist(), turns[1::2].tolist(), strict=True))


def no_gaps() -> pd.DataFrame:
    """An empty table of missing runs."""
    return _runs([])


def _runs(rows: list) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["unit", "from_on", "to_on", "days"])


def _sum(columns: np.ndarray) -> np.ndarray:
    """Sum over the stores of a region; a day counts where every open store has a figure."""
    known = ~np.isnan(columns)
    return np.where(known.any(axis=1), np.nansum(columns, axis=1), np.nan)
