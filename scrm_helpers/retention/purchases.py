"""What retention counts: kept sales of known consumers, and how far the months are complete."""

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import periods, sales
from scrm_helpers.metrics import NOT_A_CHANNEL, SOCIAL

GROUPS = ("social", "other_known", "unknown")


def purchases(orders: ir.Table, persons: ir.Table) -> ir.Table:
    """Kept sales of known consumers: person_id, order_id, ordered_at, ordered_on, month (months since year 0), net.

    Returns are booked to their sale; a fully refunded sale is none. Grain: one sale.
    """
    rows = sales.with_person(sales.kept_sales(orders), persons)
    rows = rows.filter(rows.person_id.notnull(), rows.person_kind != "business")
    return rows.select(
        "person_id", "order_id", "ordered_at", "ordered_on", month=periods.month_number(rows.ordered_on), net="kept_net"
    )


def booked(orders: ir.Table, persons: ir.Table) -> ir.Table:
    """What is revenue, with whose it is: person_id (blank where nobody is known), is_business, order_id, ordered_on, month (months since
    year 0), net.

    Counted orders and returns, each in its own month; a return takes the customer of its sale. Grain: one order or return.
    """
    rows = sales.with_person(sales.booked(orders), persons)
    return rows.select(
        "person_id", "order_id", "ordered_on", "net", month=periods.month_number(rows.ordered_on),
        is_business=(rows.person_kind == "business").fill_null(False),  # noqa: FBT003
    )  # fmt: skip


def of_consumers(earned: ir.Table) -> ir.Table:
    """The rows of `booked` that are known consumers'."""
    return earned.filter(earned.person_id.notnull(), ~earned.is_business)


def through(orders: ir.Table, *, as_of: date, grace: int = periods.GRACE) -> date:
    """First day after the last complete month: as_of, or the start of the last month where its orders stop early.

    An unfinished month is shown and marked, never averaged in.
    """
    rows = orders.filter(orders.ordered_on < as_of)
    last = rows.aggregate(last=rows.ordered_on.max()).to_pandas()["last"].iloc[0]
    if pd.isna(last):
        return as_of
    return periods.whole_until(pd.Timestamp(last).date(), grace=grace)


def month_of(day: date) -> int:
    """Months since year 0 of a day, as `periods.month_number` counts them."""
    return periods.index(periods.of(day))


def month_label(number: int) -> str:
    """'YYYY-MM' of months since year 0."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def group_of(source):
    """social, other_known or unknown of a source column (an Ibis expression)."""
    return ibis.cases(
        (source.isin(SOCIAL), "social"), (source.isnull() | source.isin(NOT_A_CHANNEL), "unknown"), else_="other_known"
    )


def group_names(source: pd.Series) -> np.ndarray:
    """The same of a pandas column."""
    known = source.where(source.notna(), "unknown")
    return np.select([known.isin(SOCIAL), known.isin(NOT_A_CHANNEL)], ["social", "unknown"], "other_known")
