"""Dealers and other businesses, apart from consumers: what a dealer buys is not what a consumer keeps."""

from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import periods, sales
from scrm_helpers.metrics import LEVEL
from scrm_helpers.retention.purchases import month_of
from scrm_helpers.stats import wilson

COLUMNS = ["persons", "retained", "value", "low", "high", "buyers", "repeat_buyers", "net_then", "net_now"]


def businesses(
    orders: ir.Table, persons: ir.Table, earned: ir.Table, *, through: date, months: int = 12, factors: dict[str, float] | None = None,
    level: float = LEVEL,
) -> pd.DataFrame:  # fmt: skip
    """Known dealers and other businesses over the `months` before `through` and as many before those. One row; none where none bought.

    `persons` bought in the first window, `retained` of them in the second (`value`, Wilson range), `buyers` in the second,
    `repeat_buyers` of them twice or more. `net_then`, `net_now`: their revenue in each window less returns, in the prices that
    `factors` (month -> factor) lead to. `earned`: `purchases.booked` of these orders and persons.
    """
    end = month_of(through)
    kept = sales.with_person(sales.kept_sales(orders), persons).filter(ibis._.person_id.notnull(), ibis._.person_kind == "business")
    bought = _in_windows(kept.mutate(month=periods.month_number(kept.ordered_on)), end, months)
    late = bought.month >= end - months
    seen = bought.group_by("person_id").agg(then=(~late).max(), now=late.cast("int64").sum()).to_pandas()
    if seen.empty:
        return pd.DataFrame(columns=COLUMNS)
    spent = _in_windows(earned.filter(earned.person_id.notnull(), earned.is_business), end, months)
    money = spent.group_by("month").agg(net=spent.net.sum().cast("float64")).to_pandas()
    if factors:
        money["net"] *= money["month"].map({periods.index(m): f for m, f in factors.items()}).astype(float)
    then, now = seen["then"].astype(bool), seen["now"] > 0
    share = wilson(int((then & now).sum()), int(then.sum()), level)
    is_late = money["month"] >= end - months
    row = (int(then.sum()), int((then & now).sum()), share.value, share.low, share.high, int(now.sum()), int((seen["now"] > 1).sum()),
           float(money.loc[~is_late, "net"].sum()), float(money.loc[is_late, "net"].sum()))  # fmt: skip
    return pd.DataFrame([row], columns=COLUMNS).astype({c: "float64" for c in ("value", "low", "high")})


def _in_windows(rows: ir.Table, end: int, months: int) -> ir.Table:
    return rows.filter(rows.month.between(end - 2 * months, end - 1))
