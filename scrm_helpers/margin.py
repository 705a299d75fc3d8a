"""Gross margin, defined once: net less the unit cost valid on the day; for whole sums, the margin sheet where there are no unit costs."""

from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import periods, sales

LEAST_COVERED = 0.5  # a margin known for less than half of what was sold says nothing of the whole


class Margin(NamedTuple):
    """Gross margin / net revenue (0-1), the share of net revenue it is known for, and where it came from."""

    share: float | None
    covered: float
    source: str


def line_margins(lines: ir.Table, products: ir.Table) -> ir.Table:
    """Order lines with `cost` (quantity at the newest unit cost that was valid on the line's day) and `margin` = net - cost.

    Grain: as given. Base currency, net of VAT; both blank where no cost was known by that day, or the quantity is not.
    """
    costs = products.filter(products.unit_cost.notnull()).select("product_id", "valid_from", "unit_cost")
    # each cost's span is cut on the products, which are few: ranking costs for every line would sort all lines
    until = costs.valid_from.lead().over(group_by=costs.product_id, order_by=costs.valid_from)
    costs = costs.mutate(until=until.fill_null(ibis.date("9999-12-31"))).rename(cost_of="product_id")
    valid = [lines.product_id == costs.cost_of, lines.ordered_on >= costs.valid_from, lines.ordered_on < costs.until]
    one = lines.left_join(costs, valid)
    cost = one.quantity * one.unit_cost.cast("float64")
    return one.mutate(cost=cost, margin=one.net.cast("float64") - cost).select(*lines.columns, "cost", "margin")


def categories(products: ir.Table) -> ir.Table:
    """`product_id`, `category`: the newest named category of each product. Grain: one product that has one."""
    named = products.filter(products.category.notnull())
    return named.group_by("product_id").agg(category=named.category.argmax(named.valid_from))


def margin_share(
    orders: ir.Table, lines: ir.Table, products: ir.Table, margins: pd.DataFrame, persons: ir.Table,
    *, first: date, last: date,
) -> Margin:  # fmt: skip
    """Margin of what consumers bought from `first` to before `last`: a sum of margin over a sum of net revenue, 0-1.

    Counted orders of known consumers, returns taken off: cancelled, internal and dealers' orders are none of the extra sales that
    the margin is laid on. Where no customer is known, all counted orders. A line takes the newest unit cost that was valid on its
    day; lines without a known cost count in `covered` alone. Where unit costs cover less than half, the margin sheet stands in: each
    month's net revenue at its category's share, else at the month's `all`. Where that covers less than half too, the share is None.
    """
    kept = _orders(orders, persons, first, last)
    sold = lines.semi_join(kept, "order_id")
    rows = line_margins(sold, products)
    known, exact = rows.margin.notnull(), rows.cost.cast("decimal(28, 6)")  # sums of decimals are the same in whatever order they are added
    sums = rows.aggregate(net=rows.net.sum(), known_net=rows.net.sum(where=known), known_cost=exact.sum(where=known)).to_pandas()
    net, known_net, known_cost = (0.0 if pd.isna(v) else float(v) for v in sums.iloc[0])
    covered = known_net / net if net > 0 else 0.0
    if covered >= LEAST_COVERED and known_net > 0:
        return Margin((known_net - known_cost) / known_net, min(1.0, covered), "products")
    if margins.empty:
        return Margin(None, covered, "")
    return _from_sheet(_net(sold, products) if net > 0 else _net_of_orders(kept), margins)


def _orders(orders: ir.Table, persons: ir.Table, first: date, last: date) -> ir.Table:
    """Counted orders of known consumers in the span; all counted ones where nobody is known."""
    inside = orders.filter(orders.ordered_on >= first, orders.ordered_on < last)
    consumers = sales.by_consumers(inside, persons)
    return consumers if int(consumers.count().execute()) else sales.counted(inside)


def _net(sold: ir.Table, products: ir.Table) -> pd.DataFrame:
    """Net revenue by month and category ('' where a product has none)."""
    rows = sold.left_join(categories(products), "product_id")
    rows = rows.mutate(month=periods.label(rows.ordered_on), category=rows.category.fill_null(""))
    return rows.group_by("month", "category").agg(net=rows.net.sum().cast("float64")).to_pandas()


def _net_of_orders(kept: ir.Table) -> pd.DataFrame:
    """Net revenue by month where orders came without lines."""
    rows = kept.mutate(month=periods.label(kept.ordered_on))
    return rows.group_by("month").agg(net=rows.net.sum().cast("float64")).to_pandas().assign(category="")


def _from_sheet(net: pd.DataFrame, margins: pd.DataFrame) -> Margin:
    share = margins.set_index(["month", "category"])["margin_share"].astype(float).to_dict()
    rows = net.sort_values(["month", "category"], ignore_index=True)
    given = [share.get((m, c), share.get((m, "all"))) for m, c in zip(rows["month"], rows["category"], strict=True)]
    rows["share"] = pd.Series(given, index=rows.index, dtype="float64")
    known, whole = rows.dropna(subset="share"), float(rows["net"].sum())
    held = float(known["net"].sum())
    covered = held / whole if whole > 0 else 0.0
    if covered < LEAST_COVERED or held <= 0:
        return Margin(None, covered, "")
    return Margin(float((known["net"] * known["share"]).sum()) / held, min(1.0, covered), "margins")
