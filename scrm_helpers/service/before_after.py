"""Orders, revenue and issues before and after a contact, against like customers without one: never before and after alone.

People call when something broke, soon after they bought: their purchases rise before the contact and fall back after it, whatever
the desk does. So a touched customer is held against untouched ones of the same month, as long since their last order, with as many
orders in the 60 days before, as many before that, and as long a customer.
"""

from datetime import date, timedelta
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import periods
from scrm_helpers.metrics import LEVEL
from scrm_helpers.service.load import TENURE_DAYS
from scrm_helpers.service.matching import Matched, among, bucket, like_cells, matched

AROUND_DAYS = 60  # days before and after
BIN_DAYS = 15
RECENCY_DAYS = (1, 4, 8, 15, 31, 61)
RECENT_ORDERS = (1, 2, 3, 4, 6)
PRIOR_ORDERS = (1, 2, 3, 5, 8, 13, 21)  # finer than elsewhere: who calls more buys more, also within a wide bucket
OTHERS_PER_TOUCHED = 20  # untouched customer-months kept for each touched customer
STRATA = ["month", "recency_bucket", "recent_bucket", "orders_bucket", "tenure_bucket"]
BIN_COLUMNS = ["outcome", "day", "value", "low", "high", "n"]
BINS = tuple(range(-AROUND_DAYS, AROUND_DAYS, BIN_DAYS))
ISSUES = tuple(f"issues_{b}" for b in BINS)
OUTCOMES = ("net", "orders", "issues")
SUMMED = tuple(f"{outcome}_" for outcome in OUTCOMES)  # columns where nothing is 0
COUNTED = ("orders_", "issues_", "prior_orders", "tenure_days", "recency_days")
KEY = ["person_id", "index_on", "touched"]


class BeforeAfter(NamedTuple):
    """`net`, `orders`, `issues`: change of the touched minus change of like others, per customer. `naive`: net of the touched alone
    (what misleads). Neither side has an issue in the days before, so `issues` are further ones: what begins on the day itself is none.

    `bins`: the three per customer of the touched minus like others, by 15 days around the contact (outcome, day: the middle of the
    15, value, low, high, n). `before`: change of that gap from the first to the second 30 days before the contact: where its range
    leaves out 0 the two moved apart before anything was touched.
    """

    net: Matched
    orders: Matched
    issues: Matched
    naive: float | None
    bins: pd.DataFrame
    before: Matched

    @property
    def apart_before(self) -> bool:
        """Whether the touched and their like were already moving apart before the contact."""
        low, high = self.before.estimate.low, self.before.estimate.high
        return low is not None and (low > 0 or high < 0)


def around(
    contacts: ir.Table,
    bought: ir.Table,
    issues: ir.Table,
    *,
    as_of: date,
    months: int = 12,
    others_per_touched: int = OTHERS_PER_TOUCHED,
) -> pd.DataFrame:
    """Touched customers and untouched customer-months with their orders and issues around a day. Grain: one customer and index day.

    `contacts`: touchpoints.contacts_of; `bought`: sales.bought, in a cache, as it is asked over and over; `issues`: those of `Service`.
    A touched customer's day is the first contact that had none in the 60 days before it; an untouched one gets a day of the month by
    id, and has no contact on it or in the 60 days before it. What comes after the day chooses nobody: who buys more calls more, so
    customers without a later contact would be those who bought less. Both sides must have bought by then, and the days around
    must lie inside the data. Days 1 to 60 are after; the day itself and 59 before it are before.
    """
    bought = bought.filter(bought.ordered_on < as_of)
    bought = bought.select("person_id", "ordered_on", net=bought.net.cast("float64"))
    first = bought.agg(first=bought.ordered_on.min()).to_pandas()["first"].iloc[0]
    if pd.isna(first):
        return pd.DataFrame(columns=["person_id", "touched", *STRATA])
    begin = max(
        periods.first_day(periods.shift(periods.of(as_of), -months)), pd.Timestamp(first).date() + timedelta(days=AROUND_DAYS)
    )
    stop = as_of - timedelta(days=AROUND_DAYS)  # last index day: its 60 days after lie before as_of
    touched = _touched(contacts, begin, stop).cache()
    n = int(touched.count().to_pyarrow().as_py())
    if n == 0 or begin >= stop:
        return pd.DataFrame(columns=["person_id", "touched", *STRATA])
    index = ibis.union(touched, _untouched(contacts, bought, begin, stop, n * others_per_touched)).cache()
    frame = _known(index, bought)
    for part in (_ordered(index, bought), _begun(index, issues)):
        frame = frame.left_join(part, KEY).drop(*(f"{c}_right" for c in KEY))
    frame = frame.mutate(**{c: frame[c].fill_null(0) for c in frame.columns if c.startswith(SUMMED)})
    frame = frame.cast({c: "int32" for c in frame.columns if c.startswith(COUNTED)}).order_by("person_id", "index_on")
    # a million customers have millions of days: each column is let go as it is taken over
    frame = frame.to_pyarrow().to_pandas(split_blocks=True, self_destruct=True, date_as_object=False)
    return frame.assign(
        month=frame["index_on"].dt.year * 12 + frame["index_on"].dt.month,
        recency_bucket=bucket(frame["recency_days"], RECENCY_DAYS),
        recent_bucket=bucket(frame["orders_before"], RECENT_ORDERS),
        orders_bucket=bucket(frame["prior_orders"], PRIOR_ORDERS),
        tenure_bucket=bucket(frame["tenure_days"], TENURE_DAYS),
        net_before=frame[[f"net_{b}" for b in BINS if b < 0]].sum(axis=1),
        net_after=frame[[f"net_{b}" for b in BINS if b >= 0]].sum(axis=1),
    )


def before_after(frame: pd.DataFrame, *, level: float = LEVEL) -> BeforeAfter:
    """Change around a contact against like untouched customers (see `around`)."""
    if frame.empty:
        frame = pd.DataFrame(
            {c: pd.Series(dtype="float64") for c in ("person_id", "net_change", *STRATA)}
        ).assign(touched=False)
        nothing = matched(
            frame, treated="touched", outcome="net_change", strata=STRATA, cluster="person_id", level=level
        )
        return BeforeAfter(nothing, nothing, nothing, None, pd.DataFrame(columns=BIN_COLUMNS), nothing)
    frame = frame.assign(
        net_change=frame["net_after"] - frame["net_before"],
        orders_change=frame["orders_after"] - frame["orders_before"],
        issues_change=sum(frame[f"issues_{b}"] * (1 if b >= 0 else -1) for b in BINS),
        trend=sum(frame[f"net_{b}"] * (1 if b >= -AROUND_DAYS // 2 else -1) for b in BINS if b < 0),
    )
    cells = like_cells(frame, treated="touched", strata=STRATA, cluster="person_id")
    of = lambda name: among(cells, frame[name], level=level)  # noqa: E731
    touched = frame[frame["touched"].astype(bool)]
    each = [(outcome, b, of(f"{outcome}_{b}")) for outcome in OUTCOMES for b in BINS]
    bins = [(outcome, b + BIN_DAYS // 2 + 1, *found.estimate[:3], found.n_matched) for outcome, b, found in each]
    naive = float(touched["net_change"].mean()) if len(touched) else None
    changes = (of(f"{outcome}_change") for outcome in OUTCOMES)
    return BeforeAfter(*changes, naive, pd.DataFrame(bins, columns=BIN_COLUMNS), of("trend"))


def _known(index: ir.Table, bought: ir.Table) -> ir.Table:
    """What each customer had bought up to the index day; who had bought nothing is left out. Grain: customer and index day."""
    rows = index.inner_join(bought.select("person_id", "ordered_on"), "person_id")
    rows = rows.filter(rows.ordered_on <= rows.index_on)
    sums = rows.group_by(*KEY).agg(prior_orders=rows.count(), first_on=rows.ordered_on.min(), last_on=rows.ordered_on.max())
    since = {"tenure_days": sums.first_on, "recency_days": sums.last_on}
    return sums.mutate(**{name: _days(sums.index_on, day) for name, day in since.items()}).drop("first_on", "last_on")


def _ordered(index: ir.Table, bought: ir.Table) -> ir.Table:
    """Orders and net money of each customer around the index day, by bin. Grain: customer and index day; none without an order.

    Apart from what was known: most orders lie far from the day, and each sum of a bin would be asked of them all.
    """
    rows = index.inner_join(bought, "person_id")
    rows = rows.mutate(day=_days(rows.ordered_on, rows.index_on))
    rows = rows.filter(rows.day > -AROUND_DAYS, rows.day <= AROUND_DAYS)
    sums = {"orders_before": (rows.day <= 0).sum(), "orders_after": (rows.day > 0).sum()}
    for low in BINS:
        inside = (rows.day > low) & (rows.day <= low + BIN_DAYS)
        sums[f"net_{low}"] = ibis.ifelse(inside, rows.net, 0.0).sum()
        sums[f"orders_{low}"] = inside.sum()
    return rows.group_by(*KEY).agg(**sums)


def _begun(index: ir.Table, issues: ir.Table) -> ir.Table:
    """Issues of each customer that began around the index day, by bin; that day's own are the contact. Grain: customer and index day."""
    begun = issues.filter(issues.person_id.notnull()).select("person_id", "opened_on")
    rows = index.inner_join(begun, "person_id")
    rows = rows.mutate(day=_days(rows.opened_on, rows.index_on)).filter(ibis._.day != 0)
    inside = {name: ((rows.day > b) & (rows.day <= b + BIN_DAYS)).sum() for name, b in zip(ISSUES, BINS, strict=True)}
    return rows.group_by(*KEY).agg(**inside)


def _days(later: ir.DateValue, earlier: ir.DateValue) -> ir.IntegerValue:
    return later.delta(earlier, unit="day").cast("int64")


def _touched(contacts: ir.Table, begin: date, stop: date) -> ir.Table:
    order = ibis.window(group_by=contacts.person_id, order_by=[contacts.on, contacts["at"]])
    rows = contacts.mutate(last_on=contacts.on.lag().over(order))
    clean = rows.last_on.isnull() | (rows.on > rows.last_on + ibis.interval(days=AROUND_DAYS))
    rows = rows.filter(clean, rows.on >= begin, rows.on < stop)
    return (
        rows.group_by("person_id")
        .agg(index_on=rows.on.min())
        .mutate(touched=ibis.literal(True))
        .select("person_id", "index_on", "touched")
    )


def _untouched(contacts: ir.Table, bought: ir.Table, begin: date, stop: date, wanted: int) -> ir.Table:
    months = periods.between(periods.of(begin), periods.of(stop - timedelta(days=1)))
    starts = [periods.first_day(m) for m in months]
    lengths = [(periods.as_of(m) - s).days for m, s in zip(months, starts, strict=True)]
    calendar = ibis.memtable(
        pd.DataFrame({"number": np.arange(len(months)), "start_on": pd.to_datetime(starts), "days": lengths})
    )
    calendar = calendar.mutate(
        start_on=calendar.start_on.cast("date"),
        days=calendar["days"].cast("int64"),
        number=calendar.number.cast("int64"),
    )
    people = bought.select("person_id").distinct()
    rows = people.cross_join(calendar)
    # a day of the month by id, another each month: no clock, no draw, the same on every engine
    spread = (rows.person_id % 7919 * 31 + rows.number * 17) % rows["days"]
    rows = rows.mutate(index_on=(rows.start_on + spread.cast("int64").as_interval("D")).cast("date"))
    rows = rows.filter(rows.index_on >= begin, rows.index_on < stop)
    total = int(rows.count().to_pyarrow().as_py())
    keep = max(1, total // max(wanted, 1))
    rows = rows.filter((rows.person_id % 7907 + rows.number * 13) % keep == 0).select("person_id", "index_on")
    seen = contacts.select(c_person="person_id", c_on="on")
    near = rows.inner_join(seen, rows.person_id == seen.c_person)
    gap = near.c_on.delta(near.index_on, unit="day")
    near = near.filter(gap <= 0, gap >= -AROUND_DAYS).select(n_person="person_id", n_on="index_on").distinct()
    rows = rows.anti_join(near, [rows.person_id == near.n_person, rows.index_on == near.n_on])
    return rows.mutate(touched=ibis.literal(False)).select("person_id", "index_on", "touched")
