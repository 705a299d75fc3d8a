"""What followers spend: as it is, and against customers who were like them before they followed.

Each month is a small study of its own: who followed in it, against who had not followed yet. "Before" ends with the last day of
the month before, "after" begins with the first day of the month after: the month of the follow itself counts on neither side.
"""

from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import periods, sales
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Difference, difference
from scrm_helpers.stats.matching import LikeForLike, like_for_like

WINDOW = 6  # months after the follow whose spend is compared
LEAST_HISTORY, PRIOR = 3, 12  # months of orders needed before a follow; months before it that count
OTHERS_PER_FOLLOWER, SEED = 20, 20260101
ALIKE = 0.1


class FollowerSpend(NamedTuple):
    """Spend per person, followers minus other customers (money). `like` and `placebo` are over `window` months after a follow."""

    raw: Difference | None  # spend of the last 12 months
    like: LikeForLike | None
    placebo: Difference | None  # the same over the months before the follow
    followers: int
    dated: int  # whose follow date is known and lies inside the months that can be compared
    undated: int
    window: int
    real: bool  # money of all months written in prices of the newest
    nominal: bool = False  # real terms are asked for, but no price index covers the months

    @property
    def placebo_failed(self) -> bool | None:
        """Whether followers already spent more before they followed than customers like them; None where it could not be checked."""
        if self.placebo is None:
            return None
        return bool(self.placebo.low > 0 or self.placebo.high < 0)

    @property
    def grade(self) -> str:
        """D for a raw gap, a failed or impossible placebo, or traits that stay apart; C otherwise."""
        if self.raw is None:
            return ""
        alike = self.like is not None and float(self.like.balance["after"].abs().max()) <= ALIKE
        return "C" if alike and self.placebo_failed is False else "D"


class Panel(NamedTuple):
    """Spend and kept sales of every customer by month: rows are persons, columns months from `first` on."""

    persons: np.ndarray
    first: int  # month since year 0
    net: np.ndarray
    orders: np.ndarray


def panel(orders: ir.Table, persons: ir.Table, *, as_of: date, factors: dict[str, float] | None = None) -> Panel | None:
    """One grouped query: net money (in the prices of `factors`, where given) and kept sales by person and month before `as_of`."""
    seen = orders.filter(orders.ordered_on < as_of)
    rows = sales.by_consumers(sales.booked(seen), persons)
    kept = sales.kept_sales(seen).select(kept_id="order_id")
    rows = rows.left_join(kept, rows.order_id == kept.kept_id)
    rows = rows.mutate(month=periods.month_number(rows.ordered_on), kept=rows.kept_id.notnull() & (rows.kind == "sale"))
    sums = (
        rows.group_by(["person_id", "month"])
        .agg(net=rows.net.sum().cast("float64"), orders=rows.kept.sum().cast("int64"))
        .to_pandas()
    )
    if sums.empty:
        return None
    first, last = int(sums["month"].min()), as_of.year * 12 + as_of.month - 2
    who = np.sort(sums["person_id"].unique())
    at = (np.searchsorted(who, sums["person_id"]), sums["month"].to_numpy(dtype=int) - first)
    net, count = np.zeros((len(who), last - first + 1)), np.zeros((len(who), last - first + 1))
    net[at], count[at] = sums["net"], sums["orders"]
    if factors:
        names = [f"{m // 12:04d}-{m % 12 + 1:02d}" for m in range(first, last + 1)]
        net = net * np.array([factors.get(name, 1.0) for name in names])
    return Panel(who, first, net, count)


def traits(data: Panel, month: int, regions: np.ndarray) -> pd.DataFrame:
    """What was known of each customer before the month (column number): nothing of the month itself or later."""
    before = data.orders[:, :month]
    year = slice(max(0, month - PRIOR), month)
    ages = np.arange(month, 0, -1)  # months between each earlier month and this one
    had, bought = before > 0, before.sum(axis=1) > 0
    first = np.where(bought, (had * ages).max(axis=1), 0)
    last = np.where(bought, np.where(had, ages, 10**6).min(axis=1), 0)
    frame = pd.DataFrame(
        {
            "value": np.log1p(data.net[:, year].sum(axis=1).clip(0)),
            "frequency": np.log1p(data.orders[:, year].sum(axis=1)),
            "orders_before": np.log1p(before.sum(axis=1)),
            "recent": np.log1p(data.net[:, max(0, month - 3) : month].sum(axis=1).clip(0)),
            "order_value": np.log1p((data.net[:, :month].sum(axis=1) / np.maximum(before.sum(axis=1), 1)).clip(0)),
            "tenure_days": np.log1p(first),
            "recency_days": np.log1p(last),
        }
    )
    for region in sorted(set(regions))[1:]:
        frame[f"region: {region}"] = (regions == region).astype(float)
    return frame


def trials(
    data: Panel, follow_month: np.ndarray, regions: np.ndarray, *, window: int, back: int = 0
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame] | None:
    """All monthly studies in one frame: outcome, follower or not, traits. `follow_month`: column number, -1 never, -2 unknown day.

    `back` 0: spend of the `window` months after the follow month, traits of before it. `back` = window: the placebo, spend of the
    `window` months before the follow month, traits of before those. Others had not followed by the end of the window. Both look at
    customers who had bought at least `window` months before the month, so that the placebo speaks of the people of the result.
    """
    rng, outcomes, treated, facts = np.random.default_rng(SEED), [], [], []
    for month in range(LEAST_HISTORY + window, data.net.shape[1]):
        start = month - back if back else month + 1
        known = month - back  # traits are of before this column
        if start + window > data.net.shape[1]:
            continue
        frame = traits(data, known, regions)
        bought = data.orders[:, : month - window].sum(axis=1) > 0
        mine = np.flatnonzero(bought & (follow_month == month))
        others = np.flatnonzero(bought & ((follow_month == -1) | (follow_month > month + window)))
        if not len(mine) or not len(others):
            continue
        if len(others) > OTHERS_PER_FOLLOWER * len(
            mine
        ):  # as many others per follower each month: no month weighs on one side alone
            others = np.sort(rng.choice(others, OTHERS_PER_FOLLOWER * len(mine), replace=False))
        rows = np.r_[mine, others]
        outcomes.append(data.net[rows, start : start + window].sum(axis=1))
        treated.append(np.arange(len(rows)) < len(mine))
        facts.append(frame.iloc[rows])
    if not outcomes:
        return None
    return np.concatenate(outcomes), np.concatenate(treated), pd.concat(facts, ignore_index=True)


def follower_spend(
    people: pd.DataFrame,
    orders: ir.Table,
    persons: ir.Table,
    follows: ir.Table,
    *,
    as_of: date,
    window: int = WINDOW,
    factors: dict[str, float] | None = None,
    nominal: bool = False,
    level: float = LEVEL,
) -> FollowerSpend | None:
    """The raw and the like-for-like gap. `people`: customers as of the day (`groups.people`). None where nobody follows.

    `nominal`: money should be in real terms and `factors` could not be made (`prices.withheld`); the sentence says so.
    """
    known = persons.select("account_id", "person_id")
    since = follows.filter(follows.followed_on.isnull() | (follows.followed_on < as_of)).inner_join(known, "account_id")
    since = since.group_by("person_id").agg(month=periods.month_number(ibis._.followed_on.min())).to_pandas()
    follower = people["person_id"].isin(since["person_id"]).to_numpy()
    if not follower.any():
        return None
    raw = (
        difference(people["value"][follower], people["value"][~follower], level)
        if min(follower.sum(), (~follower).sum()) >= 2
        else None
    )
    data = panel(orders, persons, as_of=as_of, factors=factors)
    month_of = since.set_index("person_id")["month"]
    undated = int(since.loc[since["month"].isna(), "person_id"].isin(people["person_id"]).sum())
    like = placebo = None
    dated = 0
    if data is not None:
        column = month_of.reindex(data.persons).to_numpy(dtype=float) - data.first
        never = ~np.isin(data.persons, month_of.index)
        month = np.where(
            never, -1, np.where(np.isnan(column) | (column < 0), -2, column)
        )  # before the data begin: as if unknown
        regions = (
            pd.Series(data.persons)
            .map(people.set_index("person_id")["region"])
            .fillna("unknown")
            .to_numpy(dtype=object)
        )
        regions = common(regions)
        found = [trials(data, month, regions, window=window, back=back) for back in (0, window)]
        if found[0] is not None:
            dated = int(found[0][1].sum())
            like = like_for_like(*found[0], level=level)
        if like is not None and found[1] is not None:
            before = like_for_like(*found[1], level=level)
            placebo = before.robust if before is not None else None
    return FollowerSpend(raw, like, placebo, int(follower.sum()), dated, undated, window, bool(factors), nominal)


def common(values: np.ndarray, *, least: float = 0.01) -> np.ndarray:
    """Values with those of fewer than `least` of the rows written as `unknown`."""
    share = pd.Series(values).value_counts(normalize=True)
    return np.where(pd.Series(values).map(share) >= least, values, "unknown")
