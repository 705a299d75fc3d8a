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
from scrm_helpers.stats import Difference, Estimate, difference, undiluted
from scrm_helpers.stats.matching import Alike, LikeForLike, alike, between, like_for_like

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
    change: Difference | None = None  # the change since the months before the follow, like for like, in place of the level
    share: float = 0.0  # followers among customers
    matches: tuple[Estimate, Estimate] | None = None  # precision and recall of the links by which followers are known

    @property
    def gap(self) -> Difference | None:
        """`bracket`, with what imperfect links hide of a gap put back: followers whom nobody linked stand among the others."""
        seen = self.bracket
        if seen is None or not self.is_undiluted:
            return seen
        whole = self._undiluted(seen)
        return seen._replace(value=whole.value, low=whole.low, high=whole.high, method=f"{seen.method}, imperfect links put back")

    @property
    def is_undiluted(self) -> bool:
        """Whether the quality of the links is known and leaves something of a gap."""
        return self.matches is not None and 0 < self.share < 1 and self._undiluted(self.bracket).value is not None

    def _undiluted(self, seen: Difference) -> Estimate:
        precision, recall = self.matches
        gap = Estimate(seen.value, seen.low, seen.high, seen.level, seen.n, seen.method)
        return undiluted(gap, share=self.share, precision=precision, recall=recall)

    @property
    def bracket(self) -> Difference | None:
        """The like-for-like gap as a bracket: both answers lie in its range, its value halfway between them.

        Regression on what was before asks too much where liking a shop is lasting and shows in few orders (the gap stays too
        large); the change since before asks too much where people follow just after they bought a lot (too small). Under either
        story the truth lies between the two (Ding, Li 2019), and nobody knows which one holds.
        """
        if self.like is None:
            return None
        robust, change = self.like.robust, self.change
        if change is None:
            return robust
        return robust._replace(
            value=(robust.value + change.value) / 2, low=min(robust.low, change.low), high=max(robust.high, change.high),
            method="bracket of regression on what was before and of the change since", p=None,
        )

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


def panel(sold: ir.Table, *, as_of: date, factors: dict[str, float] | None = None) -> Panel | None:
    """One grouped query: net money (in the prices of `factors`, where given) and kept sales by person and month before `as_of`.

    `sold`: `sales.consumers` before `as_of`.
    """
    rows = sold.mutate(month=periods.month_number(sold.ordered_on))
    sums = (
        rows.group_by(["person_id", "month"])
        .agg(net=rows.net.sum().cast("float64"), orders=rows.is_kept.sum().cast("int64"))
        .to_pandas()
    )
    if sums.empty:
        return None
    first, last = int(sums["month"].min()), as_of.year * 12 + as_of.month - 2
    who = np.sort(sums["person_id"].unique())
    at = (np.searchsorted(who, sums["person_id"]), sums["month"].to_numpy(dtype=int) - first)
    net, count = (np.zeros((len(who), last - first + 1), dtype=kind) for kind in ("float64", "int32"))
    net[at], count[at] = sums["net"], sums["orders"]
    if factors:
        names = [f"{m // 12:04d}-{m % 12 + 1:02d}" for m in range(first, last + 1)]
        net = net * np.array([factors.get(name, 1.0) for name in names])
    return Panel(who, first, net, count)


def traits(data: Panel, month: int, regions: np.ndarray, named: list[str]) -> pd.DataFrame:
    """What was known of each customer before the month (column number): nothing of the month itself or later.

    `named`: regions with a column of their own.
    """
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
    for region in named:
        frame[f"region: {region}"] = (regions == region).astype(float)
    return frame


class Trials(NamedTuple):
    """All monthly studies in one frame, a row per customer and study: spend of the `window` months after the month of the follow
    and before it (money), follower or not, and what was known before the month and before the months before it.
    """

    after: np.ndarray
    before: np.ndarray
    treated: np.ndarray
    facts: pd.DataFrame
    earlier: pd.DataFrame


def trials(data: Panel, follow_month: np.ndarray, regions: np.ndarray, *, window: int) -> Trials | None:
    """The studies of every month that has `window` months after it. `follow_month`: column number, -1 never, -2 unknown day.

    Others had not followed by the end of the window. All had bought at least `window` months before the month, so that the
    placebo (`before` with `earlier`) speaks of the very people of the result.
    """
    rng, parts, named = np.random.default_rng(SEED), [], sorted(set(regions))[1:]
    for month in range(LEAST_HISTORY + window, data.net.shape[1] - window):
        bought = data.orders[:, : month - window].sum(axis=1) > 0
        mine = np.flatnonzero(bought & (follow_month == month))
        others = np.flatnonzero(bought & ((follow_month == -1) | (follow_month > month + window)))
        if not len(mine) or not len(others):
            continue
        # as many others per follower each month: no month weighs on one side alone
        if len(others) > OTHERS_PER_FOLLOWER * len(mine):
            others = np.sort(rng.choice(others, OTHERS_PER_FOLLOWER * len(mine), replace=False))
        rows = np.r_[mine, others]
        spans = (slice(month + 1, month + 1 + window), slice(month - window, month))
        drawn = Panel(data.persons[rows], data.first, data.net[rows], data.orders[rows])
        parts.append(
            (
                *(data.net[rows, span].sum(axis=1) for span in spans),
                np.arange(len(rows)) < len(mine),
                *(traits(drawn, known, regions[rows], named) for known in (month, month - window)),
            )
        )
    if not parts:
        return None
    joined = [np.concatenate(each) for each in list(zip(*parts, strict=True))[:3]]
    return Trials(*joined, *(pd.concat([part[k] for part in parts], ignore_index=True) for k in (3, 4)))


def changed(found: Trials, *, level: float, earlier: Alike | None = None) -> Difference | None:
    """The gap in the change since the months before the follow, among customers alike before those months (money).

    Spend before is first moved as the others' moved, so that a lasting gap stays in proportion and is no effect. `earlier`: who is
    alike by `found.earlier`, where it is at hand.
    """
    others = ~found.treated
    if found.before[others].sum() <= 0:
        return None
    moved = found.after[others].sum() / found.before[others].sum()
    earlier = alike(found.treated, found.earlier) if earlier is None else earlier
    if earlier is None:
        return None
    like = between(found.after - moved * found.before, earlier, level=level)
    return like.robust._replace(method="before/after difference among alike")


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
    quality: pd.DataFrame | None = None,
    level: float = LEVEL,
    sold: ir.Table | None = None,
) -> FollowerSpend | None:
    """The raw and the like-for-like gap. `people`: customers as of the day (`groups.people`). None where nobody follows.

    `sold`: `sales.consumers` before the day, where they are at hand.

    `quality`: the table `match_quality`; the quality of all links stands for that of the followers'.

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
    sold = sales.consumers(orders.filter(orders.ordered_on < as_of), persons).before(as_of) if sold is None else sold
    data = panel(sold, as_of=as_of, factors=factors)
    month_of = since.set_index("person_id")["month"]
    undated = int(since.loc[since["month"].isna(), "person_id"].isin(people["person_id"]).sum())
    like = placebo = change = None
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
        found = trials(data, month, regions, window=window)
        del data  # half a GB at a million customers, beside which who is alike would be sought
        if found is not None:
            dated = int(found.treated.sum())
            like = like_for_like(found.after, found.treated, found.facts, level=level)
        if like is not None:
            earlier = alike(found.treated, found.earlier)
            placebo = None if earlier is None else between(found.before, earlier, level=level).robust
            change = None if earlier is None else changed(found, level=level, earlier=earlier)
    known_by = {"share": float(follower.mean()), "matches": links(quality)}
    return FollowerSpend(raw, like, placebo, int(follower.sum()), dated, undated, window, bool(factors), nominal, change, **known_by)


def links(quality: pd.DataFrame | None) -> tuple[Estimate, Estimate] | None:
    """Precision and recall of all links, from the table `match_quality`; None where one is not known."""
    if quality is None:
        return None
    rows = quality[quality["group"] == "all"].dropna(subset=["value", "low", "high"]).set_index("measure")
    if not {"precision", "recall"} <= set(rows.index):
        return None
    of = rows.loc[["precision", "recall"]].itertuples()
    precision, recall = (Estimate(float(r.value), float(r.low), float(r.high), LEVEL, int(r.n), r.method) for r in of)
    return precision, recall


def common(values: np.ndarray, *, least: float = 0.01) -> np.ndarray:
    """Values with those of fewer than `least` of the rows written as `unknown`."""
    share = pd.Series(values).value_counts(normalize=True)
    return np.where(pd.Series(values).map(share) >= least, values, "unknown")
