"""All sales of the month, whatever brought them: net revenue and orders, beside the month before and the same month last year."""

import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import periods, sales

COLUMNS = ["month", "net", "orders"]


def sold(orders: ir.Table, *, period: str) -> pd.DataFrame:
    """Net revenue and sales of the month, the month before it and the same month last year. Grain: month, the period first.

    Empty where the month has no order. `net` is that of counted orders in base currency, nominal, returns taken off in their own
    month, as in the comparison with the books; `orders` the sales among them. Of the earlier months, one without an order has no
    row, nor has the first month with an order, which the data may hold in part. Source: the table `orders`.
    """
    rows = sales.counted(orders)
    rows = rows.mutate(month=periods.label(rows.ordered_on), sale=(rows.kind == "sale").cast("int64"))
    by_month = rows.group_by("month").agg(net=rows.net.sum().cast("float64"), orders=rows.sale.sum()).to_pandas()
    known, first = by_month.set_index("month"), by_month["month"].min()
    if period not in known.index:
        return by_month.iloc[:0][COLUMNS]
    earlier = [m for m in (periods.shift(period, -1), periods.shift(period, -12)) if m in known.index and m > first]
    return known.loc[[period, *earlier]].reset_index()[COLUMNS]
