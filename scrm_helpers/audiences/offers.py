"""The next offer: which category goes with which, and a hold-out test that is ready to run. An offer is a treatment, so it is tested."""

from datetime import date, timedelta
from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import sales, segmentation
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import size_two_shares, wilson

HORIZON, UPLIFT = 90, 0.20  # days in which the offer should sell; the relative rise worth seeing
LEAST_BOTH, SHOWN, SEED = 30, 12, 20260101


class Offer(NamedTuple):
    """The offer chosen among the pairs of categories, and its test."""

    owned: str
    offered: str
    lift: float
    base: float  # share of such customers who bought the offered category within the horizon without any offer
    based_on: int
    per_arm: int
    candidates: pd.DataFrame  # person_id, arm: a row per person

    @property
    def enough(self) -> bool:
        """Whether there are customers for both groups."""
        return len(self.candidates) >= 2 * self.per_arm


class Bought(NamedTuple):
    """What consumers bought before a day. `sold`: `sales.consumers` before it; `in_categories`: what they kept of the 12 months before
    it, by `segmentation.categories_of`.
    """

    sold: ir.Table
    in_categories: ir.Table


def bought_before(consumers: sales.Consumers, order_lines: ir.Table, products: ir.Table, *, day: date) -> Bought:
    """Both tables before the day, kept: several questions are asked of each."""
    sold = consumers.before(day).select("person_id", "order_id", "ordered_on", "net", "is_kept").cache()
    return Bought(sold, _in_categories(sold, order_lines, products, day=day).cache())


def _in_categories(sold: ir.Table, order_lines: ir.Table, products: ir.Table, *, day: date) -> ir.Table:
    near = _kept_from(sold, segmentation.months_before(day, segmentation.MONTHS))
    return segmentation.categories_of(near, order_lines, products, as_of=day)


def _kept_from(sold: ir.Table, first: date) -> ir.Table:
    return sold.filter(sold.is_kept, sold.ordered_on >= first)


def ownership(in_categories: ir.Table) -> pd.DataFrame:
    """Who bought what (`categories_of`): index person_id, a column per category, True or False."""
    rows = in_categories.filter(in_categories.category.notnull()).select("person_id", "category").to_pandas()
    if rows.empty:
        return pd.DataFrame()
    (of, people), (what, names) = (pd.factorize(rows[c], sort=True) for c in ("person_id", "category"))
    owned = np.zeros((len(people), len(names)), dtype=bool)
    owned[of, what] = True
    return pd.DataFrame(owned, index=pd.Index(people, name="person_id"), columns=pd.Index(names, name="category"))


def _many(kept: ir.Table) -> pd.Series:
    return kept.group_by("person_id").agg(n=kept.count()).to_pandas().set_index("person_id")["n"]


def pairs(owned: pd.DataFrame, sales_of: pd.Series, *, level: float = LEVEL) -> pd.DataFrame:
    """How much likelier owners of one category are to own another: share among owners over the usual share (lift).

    `usual` is the share among all customers with as many sales (1, 2, 3-4, 5-8, 9 and more), in the owners' mix: who buys often owns
    more of everything, which is no affinity.

    Grain: an ordered pair of categories with at least 30 customers who own both, best lift first: owned, offered, owners, both, share,
    low, high, usual, lift, eligible (customers). `low`, `high`: range of the share among owners, the doubt divided by the number of pairs.
    """
    names = list(owned.columns)
    band = np.searchsorted([1, 2, 4, 8], sales_of.to_numpy())
    in_band = owned.groupby(band).transform("mean") if names else owned
    wide = 1 - (1 - level) / max(1, len(names) * (len(names) - 1))
    rows = []
    for a in names:
        for b in names:
            both = int((owned[a] & owned[b]).sum())
            if a == b or both < LEAST_BOTH:
                continue
            owners, usual = int(owned[a].sum()), float(in_band.loc[owned[a], b].mean())
            share = wilson(both, owners, wide)
            rows.append(
                (
                    a,
                    b,
                    owners,
                    both,
                    share.value,
                    share.low,
                    share.high,
                    usual,
                    share.value / usual,
                    int((owned[a] & ~owned[b]).sum()),
                )
            )
    columns = ["owned", "offered", "owners", "both", "share", "low", "high", "usual", "lift", "eligible"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["lift", "owned", "offered"], ascending=[False, True, True], ignore_index=True)


def next_offer(
    consumers: sales.Consumers,
    order_lines: ir.Table,
    products: ir.Table,
    *,
    as_of: date,
    horizon: int = HORIZON,
    uplift: float = UPLIFT,
    level: float = LEVEL,
    bought: Bought | None = None,
) -> tuple[pd.DataFrame, Offer | None]:
    """All `pairs`, and the one with the highest lift, surely above 1, whose test has enough customers; without one, the highest lift.

    No offer (None) where no pair is surely above 1, or none of those was bought without an offer.
    Base rate: of those who owned the one and not the other `horizon` days ago, the share who bought it since. Groups are drawn by lot
    from a fixed seed, in order of person id: the same day gives the same list. `bought`: `bought_before` the day, where it is at hand.
    """
    bought = bought_before(consumers, order_lines, products, day=as_of) if bought is None else bought
    now = ownership(bought.in_categories)
    year = segmentation.months_before(as_of, segmentation.MONTHS)
    table = pairs(now, _many(_kept_from(bought.sold, year)).reindex(now.index), level=level)
    sure = table[table["low"] > table["usual"]]
    if sure.empty:
        return table, None
    then_day = as_of - timedelta(days=horizon)
    then = ownership(_in_categories(consumers.before(then_day), order_lines, products, day=then_day))
    if then_day >= year:
        newest = bought.in_categories.filter(bought.in_categories.last_on >= then_day)
    else:
        newest = segmentation.categories_of(_kept_from(bought.sold, then_day), order_lines, products, as_of=as_of)
    since = ownership(newest)
    ready = rest = None  # the highest lift with enough customers for its test, and the highest lift of all
    for row in sure.itertuples():
        base, n = _base(then, since, row.owned, row.offered)
        if not 0 < base < 1 / (1 + uplift):
            continue
        per_arm = max(size_two_shares(base, base * (1 + uplift), level=level))
        rest = rest or (row, base, n, per_arm)
        if row.eligible >= 2 * per_arm:
            ready = (row, base, n, per_arm)
            break
    if rest is None:
        return table, None
    row, base, n, per_arm = ready or rest
    fit = now.index[now[row.owned] & ~now[row.offered]].sort_values()
    arms = np.array(["control", "offer"])[np.random.default_rng(SEED).permutation(len(fit)) % 2]
    candidates = pd.DataFrame({"person_id": fit, "arm": arms})
    return table, Offer(row.owned, row.offered, row.lift, base, n, per_arm, candidates)


def _base(then: pd.DataFrame, since: pd.DataFrame, owned: str, offered: str) -> tuple[float, int]:
    if then.empty or owned not in then or offered not in then:
        return 0.0, 0
    fit = then.index[then[owned] & ~then[offered]]
    bought = since[offered].reindex(fit, fill_value=False) if offered in since else pd.Series(False, index=fit)
    return (float(bought.mean()), len(fit)) if len(fit) else (0.0, 0)
