"""Gross margin of what was sold, from unit costs, or from the margin sheet where there are none."""

from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

LEAST_COVERED = 0.5  # a margin known for less than half of what was sold says nothing of the whole


class Margin(NamedTuple):
    """Gross margin / net revenue (0-1), the share of net revenue it is known for, and where it came from."""

    share: float | None
    covered: float
    source: str


def margin_share(lines: ir.Table, products: ir.Table, margins: pd.DataFrame, *, first: date, last: date) -> Margin:
    """Margin of the lines dated from `first` to before `last`: sum of (net - quantity x unit cost) over sum of net.

    A line takes the newest unit cost that was valid on its day. Lines without a known cost count in `covered` alone. Where unit
    costs cover less than half, the margin sheet's `all` rows of these months stand in; else the share is None.
    """
    sold = lines.filter(lines.ordered_on >= first, lines.ordered_on < last)
    costs = products.filter(products.unit_cost.notnull()).select("product_id", "valid_from", "unit_cost")
    joined = sold.left_join(costs, ["product_id", sold.ordered_on >= costs.valid_from])
    newest = ibis.row_number().over(group_by=[joined.order_id, joined.line_no], order_by=joined.valid_from.desc())
    one = joined.mutate(place=newest).filter(ibis._.place == 0)
    known = one.unit_cost.notnull() & one.quantity.notnull()
    sums = one.aggregate(
        net=one.net.cast("float64").sum(),
        known_net=one.net.cast("float64").sum(where=known),
        known_cost=(one.quantity * one.unit_cost.cast("float64")).sum(where=known),
    ).to_pandas()
    net, known_net, known_cost = (0.0 if pd.isna(v) else float(v) for v in sums.iloc[0])
    covered = known_net / net if net > 0 else 0.0
    if covered >= LEAST_COVERED and known_net > 0:
        return Margin((known_net - known_cost) / known_net, min(1.0, covered), "products")
    months = {f"{m:%Y-%m}" for m in pd.date_range(first, last, freq="MS", inclusive="left")}
    sheet = margins[margins["month"].isin(months) & (margins["category"] == "all")]
    if len(sheet):
        return Margin(float(sheet["margin_share"].astype(float).mean()), 1.0, "margins")
    return Margin(None, covered, "")
