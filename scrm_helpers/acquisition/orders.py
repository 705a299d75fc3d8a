"""What an order is worth: the first order of new customers, and every order, by where the customer came from."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import periods
from scrm_helpers.acquisition.firsts import GROUPS, MANY, group_of, mean_of
from scrm_helpers.margin import categories
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import bootstrap_mean, bootstrap_median, ratio_of_sums


def first_values(
    customers: ir.Table,
    kept: ir.Table,
    *,
    period: str,
    months: int = 12,
    lines: ir.Table,
    products: ir.Table,
    factors: dict[str, float] | None = None,
) -> pd.DataFrame:
    """Net of the first kept order (returns booked to it) of each new consumer of the window. Grain: one person, no id.

    `kept`: sales.kept_by_persons.

    `product`: the category that most of the order's net went to ('' where none is named). `factors` (month -> factor) writes it in
    real terms.
    """
    first, last = periods.span(period, months)
    new = customers.filter(
        ~customers.before_data, customers.kind == "consumer", customers.first_on >= first, customers.first_on < last
    )
    mine = kept.select("person_id", "order_id", "ordered_at", "kept_net").semi_join(new, "person_id")
    place = ibis.row_number().over(group_by=mine.person_id, order_by=[mine.ordered_at, mine.order_id])
    firsts = mine.mutate(place=place).filter(ibis._.place == 0).select("person_id", first_order_id="order_id", net="kept_net")
    rows = new.inner_join(firsts, "person_id").cache()  # kept, as it says which lines are asked for, and takes what they answer
    asked = lines.semi_join(rows, lines.order_id == rows.first_order_id)
    rows = rows.left_join(_main_product(asked, products), "first_order_id")
    frame = rows.select("person_id", "source", "city", "product", month="first_month", net=rows.net.cast("float64")).to_pandas()
    frame = frame.sort_values("person_id", ignore_index=True).drop(columns="person_id")
    if factors:
        frame["net"] = frame["net"] * frame["month"].map(factors).astype(float)
    named = {name: frame[name].fillna("").astype("str") for name in ("city", "product")}
    return frame.assign(group=group_of(frame["source"]), **named)


def _main_product(lines: ir.Table, products: ir.Table) -> ir.Table:
    """`first_order_id`, `product`: the category with most net of each order; of two with as much, the first by name."""
    named = lines.filter(lines.net > 0).inner_join(categories(products), "product_id")
    sums = named.group_by("order_id", "category").agg(net=named.net.sum())
    place = ibis.row_number().over(group_by=sums.order_id, order_by=[sums.net.desc(), sums.category])
    return sums.mutate(place=place).filter(ibis._.place == 0).select(first_order_id="order_id", product="category")


def every_value(
    customers: ir.Table, kept: ir.Table, *, period: str, months: int = 12, factors: dict[str, float] | None = None
) -> pd.DataFrame:
    """Net of every kept order of consumers in the window (returns booked to it), with their first source. Grain: one order.

    `kept`: sales.kept_by_persons. `person_id` names who bought, for ranges by person. `factors` (month -> factor) writes it in real terms.
    """
    first, last = periods.span(period, months)
    kept = kept.filter(ibis._.ordered_on >= first, ibis._.ordered_on < last)
    known = customers.filter(customers.kind == "consumer").select("person_id", "source")
    rows = kept.select("person_id", "order_id", month=periods.label(kept.ordered_on), net=kept.kept_net.cast("float64"))
    frame = rows.inner_join(known, "person_id").order_by("order_id").to_pandas()
    if factors:
        frame["net"] = frame["net"] * frame["month"].map(factors).astype(float)
    return frame.assign(group=group_of(frame["source"]))[["person_id", "group", "net"]]


def order_values(values: pd.DataFrame, *, seed: int = 1, level: float = LEVEL) -> pd.DataFrame:
    """First-order average value and median by group, with ranges. Grain: one group. Money per order."""
    rows = []
    for group in GROUPS:
        net = values.loc[values["group"] == group, "net"].to_numpy(float)
        if len(net) == 0:
            continue
        mean, middle = mean_of(net, seed, level), bootstrap_median(net, level, seed=seed)
        rows.append(
            {
                "group": group,
                "orders": len(net),
                "net": float(net.sum()),
                "value": mean.value,
                "low": mean.low,
                "high": mean.high,
                "median": middle.value,
                "median_low": middle.low,
                "median_high": middle.high,
            }
        )
    columns = ["group", "orders", "net", "value", "low", "high", "median", "median_low", "median_high"]
    return pd.DataFrame(rows, columns=columns).astype({c: "float64" for c in columns[2:]})


def mean_orders(values: pd.DataFrame, *, seed: int = 1, level: float = LEVEL) -> pd.DataFrame:
    """Average value of all orders (sum over sum) and median by group, persons drawn again. Grain: one group. Money per order."""
    rows = []
    for group in GROUPS:
        part = values[values["group"] == group]
        if part.empty:
            continue
        net, who = part["net"].to_numpy(float), part["person_id"].to_numpy()
        few = part["person_id"].nunique() <= MANY
        mean = bootstrap_mean(net, level, seed=seed, cluster=who) if few else ratio_of_sums(net, np.ones(len(net)), level, cluster=who)
        rows.append((group, len(net), mean.n, float(net.sum()), mean.value, mean.low, mean.high, float(np.median(net))))
    columns = ["group", "orders", "persons", "net", "value", "low", "high", "median"]
    return pd.DataFrame(rows, columns=columns).astype({c: "float64" for c in columns[3:]})
