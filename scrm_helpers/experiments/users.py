"""Social users against other customers, where nobody was drawn by lot: raw, like for like, tested; with the placebo beside."""

from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import sales, segmentation
from scrm_helpers.experiments.units import sale_rows
from scrm_helpers.metrics import LEVEL, SOCIAL
from scrm_helpers.stats import Difference, EValue, e_value, robustness_value
from scrm_helpers.stats.estimates import normal_quantile
from scrm_helpers.stats.matching import LikeForLike, alike, between, like_for_like, risk_ratio

WINDOW = 6  # months in which spend is compared
LEAST_HISTORY = 90  # days of orders before a comparison's first day, so that "prior" means something
ALIKE = 0.1  # standard deviations: a trait within it counts as alike
LEAST_SHARE = 0.01  # a region or category of fewer customers is no trait of its own


class UserGap(NamedTuple):
    """Spend per person over the window (money), social users minus other customers."""

    first: date
    last: date  # exclusive
    users: int
    others: int
    undated: int  # left out: the follower list gives no day
    like: LikeForLike | None
    placebo: Difference | None  # the same comparison before anyone of these was a user; None without the months for it
    worst: float | None  # largest gap of a trait after matching, in standard deviations
    sensitivity: EValue | None  # for having bought at all
    ratio: tuple[float, float, float] | None  # like-for-like share who bought, users over others
    change: Difference | None = None  # of those who became users in the months before `first`: change since before, like for like

    @property
    def robustness(self) -> float | None:
        """Share of what stays unexplained in both contact and spend that a hidden cause needs, to take the whole gap away."""
        if self.like is None or self.like.robust.low is None:
            return None
        robust = self.like.robust
        error = (robust.high - robust.low) / 2 / normal_quantile(robust.level)
        freedom = self.users + self.others - len(self.like.balance) - 2
        return robustness_value(robust.value / error, freedom) if error > 0 and freedom > 0 else None

    @property
    def placebo_failed(self) -> bool | None:
        """Whether the gap was there before; None where it could not be checked."""
        if self.placebo is None or self.placebo.low is None or self.placebo.high is None:
            return None
        return bool(self.placebo.low > 0 or self.placebo.high < 0)

    @property
    def grade(self) -> str:
        """C at best: nobody was drawn by lot. D where the placebo failed or was impossible, or traits stay apart."""
        if self.like is None:
            return ""
        return "C" if self.placebo_failed is False and (self.worst or 0) <= ALIKE else "D"


def contacts(touches: ir.Table, cases: ir.Table, follows: ir.Table, persons: ir.Table) -> ir.Table:
    """First social contact of each person: `person_id`, `on` (blank where only an undated follow is known). Grain: one person."""
    known = persons.select("account_id", "person_id")
    social = touches.filter((touches.channel == "social") | touches.source.isin(SOCIAL), touches.account_id.notnull())
    asked = cases.filter(cases.channel == "social", cases.account_id.notnull())
    rows = ibis.union(
        social.select("account_id", on=social.on),
        asked.select("account_id", on=asked.opened_on),
        follows.select("account_id", on=follows.followed_on),
    ).inner_join(known, "account_id")
    return rows.group_by("person_id").agg(on=rows.on.min())


def compared(facts: ir.Table, rows: ir.Table, first_contacts: ir.Table, *, first: date, last: date) -> pd.DataFrame:
    """Customers with facts as of `first`, `spend` and `bought` from `first` to before `last`, and their first contact (`on`, `undated`)."""
    sums = spent(rows, first=first, last=last)
    facts = facts.select("person_id", *segmentation.NUMBERS, "region", "category")
    out = facts.left_join(sums, facts.person_id == sums.unit).drop("unit")
    met = first_contacts.select(met_id="person_id", on="on", met=ibis.literal(True))
    out = out.left_join(met, out.person_id == met.met_id).drop("met_id").order_by("person_id")
    frame = out.to_pandas()
    frame["spend"] = frame["spend"].astype(float).fillna(0.0)
    frame["bought"] = frame["orders"].astype(float).fillna(0.0) > 0
    frame["undated"] = frame["met"].notna() & frame["on"].isna()
    frame["on"] = pd.to_datetime(frame["on"])
    return frame.drop(columns=["orders", "met"])


def spent(rows: ir.Table, *, first: date, last: date) -> ir.Table:
    """`spend` (net) and `orders` (kept sales) of each unit with a row from `first` to before `last`. Grain: one unit."""
    rows = rows.filter(rows.on >= first, rows.on < last)
    return rows.group_by("unit").agg(spend=rows.net.sum().cast("float64"), orders=rows.is_kept.sum())


def traits(frame: pd.DataFrame) -> pd.DataFrame:
    """What "like" means: prior spend, orders, days since the last and the first, region, main category; all known before."""
    numbers = frame[list(segmentation.NUMBERS)].astype(float).clip(lower=0)
    parts = [np.log1p(numbers)]
    for name in ("region", "category"):
        common = frame[name].value_counts(normalize=True)
        for value in sorted(common[common >= LEAST_SHARE].index)[1:]:
            parts.append((frame[name] == value).astype(float).rename(f"{name}: {value}"))
    return pd.concat(parts, axis=1)


def gap(
    orders: ir.Table,
    persons: ir.Table,
    golden: ir.Table,
    order_lines: ir.Table,
    products: ir.Table,
    touches: ir.Table,
    cases: ir.Table,
    follows: ir.Table,
    *,
    as_of: date,
    window: int = WINDOW,
    level: float = LEVEL,
    sold: ir.Table | None = None,
    consumers: sales.Consumers | None = None,
) -> UserGap | None:
    """The gap over the `window` months before `as_of`. A user had a social contact before the window; None where nobody had.

    Placebo: those whose first contact lies in the `window` months before, in the months before that: no contact can have moved
    their spend then. Customers who followed on an unknown day are in neither group. `sold`: `sale_rows`, `consumers`: `sales.consumers`
    before `as_of`, where they are at hand.
    """
    first = segmentation.months_before(as_of, window)
    met = contacts(touches, cases, follows, persons).cache()
    rows = sale_rows(orders, persons, as_of=as_of).cache() if sold is None else sold
    if not met.count().execute() or not rows.count().execute():
        return None
    begins = pd.Timestamp(rows.on.min().execute())

    if consumers is None:
        consumers = sales.consumers(orders.filter(orders.ordered_on < as_of), persons).cache()

    def known(start: date) -> ir.Table:
        return segmentation.facts(orders, persons, golden, order_lines, products, as_of=start, sold=consumers.before(start))

    frame = compared(known(first), rows, met, first=first, last=as_of)
    undated = int(frame["undated"].sum())
    frame = frame[~frame["undated"]].reset_index(drop=True)
    user = (frame["on"] < pd.Timestamp(first)).to_numpy()
    like = (
        like_for_like(frame["spend"], user, traits(frame), level=level)
        if user.sum() >= 20 and (~user).sum() >= 20
        else None
    )
    placebo, change, worst, ratio = None, None, None, None
    became = segmentation.months_before(first, window)
    before = segmentation.months_before(became, window)
    if like is not None:
        worst = float(like.balance["after"].abs().max()) if len(like.balance) else 0.0
        ratio = risk_ratio(frame["bought"], user, like.weights, level)
        if pd.Timestamp(before) - begins >= pd.Timedelta(days=LEAST_HISTORY):
            then = compared(known(before), rows, met, first=before, last=became)
            now = spent(rows, first=first, last=as_of).to_pandas().set_index("unit")["spend"]
            now = now.reindex(then["person_id"]).astype(float).fillna(0.0).reset_index(drop=True)
            placebo, change = _earlier(then, now, became=became, first=first, level=level)
    sensitivity = None
    if ratio is not None:
        nearer = ratio[1] if ratio[0] >= 1 else ratio[2]
        sensitivity = e_value(ratio[0], nearer)
    return UserGap(first, as_of, int(user.sum()), int((~user).sum()), undated, like, placebo, worst, sensitivity, ratio, change)


def _earlier(then: pd.DataFrame, now: pd.Series, *, became: date, first: date, level: float) -> tuple[Difference | None, Difference | None]:
    """Those who became users from `became` to before `first`, against who never did: the placebo, spend before anyone was one, and the
    change from then (`then`, with its traits) to now (spend of the same rows), the others' change taken as what would have come anyway.
    """
    day = then["on"]
    never = day.isna() | (day >= pd.Timestamp(first))
    later = (day >= pd.Timestamp(became)) & (day < pd.Timestamp(first))
    kept = (never | later) & ~then["undated"]
    then, now, user = then[kept].reset_index(drop=True), now[kept].to_numpy(), later[kept].to_numpy()
    if user.sum() < 20 or (~user).sum() < 20:
        return None, None
    spent = then["spend"].to_numpy()
    found = alike(user, traits(then))
    if found is None:
        return None, None
    like = between(spent, found, level=level)
    if spent[~user].sum() <= 0:
        return like.robust, None
    moved = now[~user].sum() / spent[~user].sum()  # a lasting gap stays in proportion and is no effect
    since = between(now - moved * spent, found, level=level)
    return like.robust, since.robust._replace(method="before/after difference among alike")
