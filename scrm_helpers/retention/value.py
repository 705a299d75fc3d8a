"""What an acquired customer brings: gross margin by age, payback of the acquisition cost, LTV to CAC."""

from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import periods
from scrm_helpers.margin import LEAST_COVERED, categories, line_margins
from scrm_helpers.metrics import LEAST_N, LEVEL
from scrm_helpers.person_maps import STEP
from scrm_helpers.retention.purchases import GROUPS, booked, group_names, month_of, of_consumers
from scrm_helpers.retention.redrawn import Redrawn
from scrm_helpers.stats import Estimate, bootstrap_mean, ratio_of_sums

DISCOUNT = 0.10  # a year, real
MANY = 20_000


class Margins(NamedTuple):
    """`months`: person_id, group, source, cohort, month, age, net, margin (uncovered revenue at the mean margin of the covered).

    `coverage`: share of net whose cost of goods is known; `share`: that mean margin.
    """

    months: pd.DataFrame
    coverage: float | None
    share: float | None = None


def margins(
    earned: ir.Table,
    order_lines: ir.Table,
    products: ir.Table,
    margin_table: ir.Table,
    customers: ir.Table,
    *,
    as_of: date,
    factors: dict[str, float] | None = None,
) -> Margins | None:
    """Gross margin of each consumer by month, from unit cost at the day of the line, else from the margin sheet. None below 50% coverage.

    Grain of `months`: person and month; customers from before the data are left out. Returns count, in the month they came back.
    `earned`: `purchases.booked`.
    """
    frame = _by_person(earned, order_lines, products, margin_table, customers, as_of=as_of)
    total = float(frame["net"].sum())
    coverage = float(frame["covered"].sum()) / total if total > 0 else None
    if coverage is None or coverage < LEAST_COVERED:
        return None
    share = float(frame["margin"].sum()) / float(frame["covered"].sum())
    return Margins(_filled(frame, share, factors), min(coverage, 1.0), share)


def months_anew(
    found: Margins, loose: Redrawn, order_lines: ir.Table, products: ir.Table, margin_table: ir.Table, *, as_of: date,
    factors: dict[str, float] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """`Margins.months` of the persons that loosened maps form, at the mean margin `found` has; `as_of` and `factors` as there."""
    orders, people = loose.found.orders, loose.found.people
    lines = order_lines.semi_join(orders, "order_id")
    frame = _by_person(booked(orders, people), lines, products, margin_table, loose.made, as_of=as_of)
    return _filled(frame, found.share, factors)


def _by_person(earned, order_lines, products, margin_table, customers, *, as_of: date) -> pd.DataFrame:
    """Net, what of it the cost of goods is known for (`covered`), and its margin. Grain: person and month."""
    known = customers.filter(~customers.before_data, customers.kind == "consumer")
    known = known.select("person_id", "source", cohort=periods.month_number(known.first_on))
    rows = of_consumers(earned)
    rows = rows.filter(rows.ordered_on < as_of).semi_join(known, "person_id")
    rows = rows.select("person_id", "order_id", "month", net=rows.net.cast("float64"))
    lined = _line_margins(order_lines, products, margin_table)
    rows = rows.left_join(lined, "order_id").drop("order_id_right")
    sums = rows.group_by("person_id", "month").agg(
        net=rows.net.sum(), lined=rows.covered.sum().fill_null(0.0), gained=rows.margin.sum().fill_null(0.0)
    )
    whole = margin_table.filter(margin_table.category == "all")
    whole = whole.select(month=periods.number_of_label(whole.month), all_share="margin_share")
    sums = sums.left_join(whole, "month").drop("month_right")
    rest = sums.all_share * (sums.net - sums.lined)
    sums = sums.select(
        "person_id", "month", "net", covered=ibis.ifelse(sums.all_share.notnull(), sums.net, sums.lined),
        margin=sums.gained + rest.fill_null(0.0),
    )  # fmt: skip
    return sums.inner_join(known, "person_id").to_pandas().sort_values(["person_id", "month"], ignore_index=True)


def _filled(frame: pd.DataFrame, share: float, factors: dict[str, float] | None) -> pd.DataFrame:
    """`Margins.months`: what no cost is known for at `share`, money in the prices that `factors` lead to."""
    frame["margin"] += (frame["net"] - frame["covered"]) * share
    if factors:
        factor = frame["month"].map({periods.index(m): f for m, f in factors.items()}).astype(float)
        frame[["net", "margin"]] = frame[["net", "margin"]].mul(factor, axis=0)
    frame = frame.assign(group=group_names(frame["source"]), age=frame["month"] - frame["cohort"])
    return frame[["person_id", "group", "source", "cohort", "month", "age", "net", "margin"]]


def payback_curve(
    found: Margins, customers: ir.Table, *, through: date, discount: float = DISCOUNT, by: str = "group"
) -> pd.DataFrame:
    """Cumulative discounted margin per acquired customer by age. Grain: `by` ('group' or 'source') and age.

    Only cohorts with that month complete count. Each age is margin over customers of the cohorts that are so old; the curve adds the
    ages up. Groups are all, social, other_known and unknown.
    """
    end = month_of(through)
    heads = _acquired(customers)
    # money of an age below 0 (a sale before the first kept one, gone back later) belongs to the first month
    money = found.months.assign(age=found.months["age"].clip(lower=0))
    money = money[money["cohort"] + money["age"] < end].groupby([by, "age"])["margin"].sum()
    parts = []
    for name in ("all", *GROUPS) if by == "group" else sorted(heads["source"].unique()):
        people = heads if name == "all" else heads[heads[by] == name]
        ages = np.arange(int(end - people["cohort"].min()) if len(people) else 0)
        if not len(ages):
            continue
        mine = money if name == "all" else money[money.index.get_level_values(by) == name]
        mine = mine.groupby("age").sum()
        gain = mine.reindex(ages, fill_value=0.0).to_numpy()
        # customers of the cohorts that are more than so many months old
        old = np.bincount(end - 1 - people["cohort"].clip(upper=end - 1), people["persons"] * (people["cohort"] < end), len(ages))
        n = np.cumsum(old[::-1])[::-1].astype("int64")
        each = np.divide(gain, n, out=np.zeros(len(ages)), where=n > 0) / (1 + discount) ** (ages / 12)
        parts.append(pd.DataFrame({by: name, "age": ages, "customers": n, "margin": gain, "cumulative": np.cumsum(each)}))
    columns = [by, "age", "customers", "margin", "cumulative"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def by_cohort(found: Margins) -> pd.DataFrame:
    """Gross margin by source, cohort and age (months since year 0; below 0 counts as the first month). Grain: one of each."""
    rows = found.months.assign(source=found.months["source"].fillna("unknown"), age=found.months["age"].clip(lower=0))
    return rows.groupby(["source", "cohort", "age"])["margin"].sum().reset_index()


def payback_by_source(curves: pd.DataFrame, cac: pd.DataFrame, *, months: int = 12, least: int = LEAST_N) -> pd.DataFrame:
    """What a customer of each source cost and brought, and when the cost was earned back. Grain: one source with a cost in 12 months.

    `curves`: `payback_curve` by source; `cac`: the table of that name. `earned`: margin of the first `months` months (blank: no
    cohort is so old, or fewer than `least` customers are). `paid_back`: first month that reaches the cost; `earliest` and `latest`
    the same at the ends of its range; blank: not yet in `watched_months`.
    """
    rows = []
    for row in cac[(cac["window"] == "12m") & cac["source"].isin(curves["source"].unique())].itertuples(index=False):
        real = pd.notna(row.real_value)
        value, low, high = (row.real_value, row.real_low, row.real_high) if real else (row.value, row.low, row.high)
        curve = curves[(curves["source"] == row.source) & (curves["customers"] >= least)]
        if pd.isna(value) or curve.empty:
            continue
        month, early, late = (payback(curve, end) for end in (value, low, high))
        year = curve.loc[curve["age"] == months - 1, "cumulative"]
        rows.append((row.source, int(curve["customers"].iloc[0]), value, low, high, year.iloc[0] if len(year) else np.nan,
                     month, early, late, len(curve)))  # fmt: skip
    columns = ["source", "customers", "value", "low", "high", "earned", "paid_back", "earliest", "latest", "watched_months"]
    frame = pd.DataFrame(rows, columns=columns).astype({c: "float64" for c in columns[2:9]})
    return frame.sort_values(["customers", "source"], ascending=[False, True], ignore_index=True)


def payback(curve: pd.DataFrame, cac: float | None) -> int | None:
    """First month (1 is the month of the first order) in which the cumulative margin reaches the cost; None: not yet, or no cost known."""
    if cac is None or np.isnan(cac):
        return None
    reached = curve[curve["cumulative"] >= cac]
    return None if reached.empty else int(reached["age"].iloc[0]) + 1


def ltv(
    found: Margins,
    customers: ir.Table,
    *,
    through: date,
    months: int = 12,
    discount: float = DISCOUNT,
    seed: int = 1,
    level: float = LEVEL,
    loose: Redrawn | None = None,
    anew: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Observed discounted margin of the first `months` months per acquired customer, of cohorts that are so old. Grain: group.

    Range: bootstrap, and where links that were not found would lead it (`loose`, and `anew` of `months_anew`).
    """
    early = _early(found.months, through, months, discount)
    by_person = early.groupby(["group", "person_id"])["gain"].sum()
    heads = _old(_acquired(customers), through, months)
    under = None if loose is None else _under(loose, anew, early, through, months, discount)
    best = heads.groupby("group")["persons"].sum()
    rows = []
    for group in ("all", *GROUPS):
        n = int(best.sum() if group == "all" else best.get(group, 0))
        values = (
            by_person if group == "all" else by_person[by_person.index.get_level_values("group") == group]
        ).to_numpy()
        values = np.concatenate(
            [values, np.zeros(n - len(values))]
        )  # each acquired customer counts, also one without a margin row
        if n < 2:
            continue
        mean = bootstrap_mean(values, level, seed=seed) if n <= MANY else ratio_of_sums(values, np.ones(n), level)
        if under is not None:
            moved = under if group == "all" else under[under["group"] == group]
            moved = moved.groupby("draw")[["persons", "gain"]].sum().reindex(loose.draws, fill_value=0) + [n, values.sum()]
            mean = loose.widened(mean, moved["gain"] / moved["persons"])
        rows.append(
            {"group": group, "months": months, "customers": n, "value": mean.value, "low": mean.low, "high": mean.high}
        )
    return pd.DataFrame(rows, columns=["group", "months", "customers", "value", "low", "high"])


def _early(months_of: pd.DataFrame, through: date, months: int, discount: float) -> pd.DataFrame:
    """Discounted margin (`gain`) of the first `months` months, of cohorts that are so old."""
    early = _old(months_of[months_of["age"] < months], through, months)
    return early.assign(gain=early["margin"] / (1 + discount) ** (early["age"].clip(lower=0) / 12))


def _old(rows: pd.DataFrame, through: date, months: int) -> pd.DataFrame:
    return rows[rows["cohort"] + months <= month_of(through)]


def _under(loose: Redrawn, anew: pd.DataFrame, early: pd.DataFrame, through: date, months: int, discount: float) -> pd.DataFrame:
    """What each loosened map has more (or fewer) of: `persons` acquired and their `gain`, by `draw` and `group`."""
    less = early.merge(loose.gone[["draw", "person_id"]], on="person_id")
    more = _early(anew, through, months, discount)
    parts = [
        _old(loose.gone, through, months).assign(persons=-1, gain=0.0), less.assign(persons=0, gain=-less["gain"]),
        _old(loose.people, through, months).assign(persons=1, gain=0.0), more.assign(persons=0, draw=more["person_id"] % STEP),
    ]  # fmt: skip
    rows = pd.concat([part[["draw", "group", "persons", "gain"]] for part in parts], ignore_index=True)
    return rows.groupby(["draw", "group"])[["persons", "gain"]].sum().reset_index()


def ltv_to_cac(worth: Estimate, cost: Estimate) -> Estimate:
    """LTV:CAC with a range from both (on logs, distances added as for independent ranges; corners where an end is not above 0)."""
    if not worth.value or not cost.value or cost.value <= 0:
        return Estimate(None, None, None, LEVEL, min(worth.n, cost.n), "no cost or no margin")
    value, method = worth.value / cost.value, "ratio of two ranges"
    ends = (worth.low, worth.high, cost.low, cost.high)
    if any(e is None for e in ends):
        return Estimate(value, None, None, worth.level, min(worth.n, cost.n), method)
    if min(worth.low, worth.value, cost.low) <= 0:
        corners = [w / c for w in (worth.low, worth.high) for c in (cost.low, cost.high) if c > 0]
        return Estimate(value, min(corners), max(corners), worth.level, min(worth.n, cost.n), method)
    below = np.hypot(np.log(worth.value / worth.low), np.log(cost.high / cost.value))
    above = np.hypot(np.log(worth.high / worth.value), np.log(cost.value / cost.low))
    return Estimate(value, value * np.exp(-below), value * np.exp(above), worth.level, min(worth.n, cost.n), method)


def _line_margins(order_lines: ir.Table, products: ir.Table, margin_table: ir.Table) -> ir.Table:
    """Per order: net of the lines whose margin is known (`covered`) and their margin.

    Unit cost first, then the category's margin of the month.
    """
    lines = order_lines.select("order_id", "line_no", "ordered_on", "product_id", "quantity", "net")
    rows = line_margins(lines, products).left_join(categories(products), "product_id").drop("product_id_right")
    rows = rows.mutate(net=rows.net.cast("float64"), month=periods.month_number(rows.ordered_on))
    shares = margin_table.select(
        share_month=periods.number_of_label(margin_table.month), share_category="category", share=margin_table.margin_share
    )
    rows = rows.left_join(shares, [rows.month == shares.share_month, rows.category == shares.share_category])
    rows = rows.mutate(gain=ibis.coalesce(rows.margin, rows.net * rows.share))
    sums = rows.group_by("order_id").agg(
        covered=ibis.ifelse(rows.gain.notnull(), rows.net, 0.0).sum(), margin=rows.gain.fill_null(0.0).sum()
    )
    return sums


def _acquired(customers: ir.Table) -> pd.DataFrame:
    known = customers.filter(~customers.before_data, customers.kind == "consumer")
    known = known.mutate(cohort=periods.month_number(known.first_on), source=known.source.fill_null("unknown"))
    heads = (
        known.group_by("cohort", "source")
        .agg(persons=known.count())
        .to_pandas()
        .sort_values(["cohort", "source"], ignore_index=True)
    )
    return heads.assign(group=group_names(heads["source"]))
