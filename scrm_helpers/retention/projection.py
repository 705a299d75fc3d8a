"""BG/NBD and gamma-gamma on the company's own customers, with the error on months kept back."""

from datetime import date
from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import periods
from scrm_helpers.retention import models
from scrm_helpers.retention.purchases import month_label, month_of

LEAST = 200  # customers below which four parameters say nothing
WEEK = 7.0


class Projection(NamedTuple):
    """`parameters` by model; the check on the months kept back; what the present customers are expected to do next.

    `predicted`/`actual`: purchase days in the months kept back of the customers known before; `error` = predicted / actual - 1.
    `settled`: whether the search for the parameters came to rest, with all months and without those kept back; else they mean nothing.
    `purchases`, `revenue`: expected in the next `months` months (revenue blank where values have no mean).
    """

    parameters: pd.DataFrame
    predicted: float
    actual: float
    error: float | None
    customers: int
    still: float
    purchases: float
    revenue: float | None
    months: int
    settled: bool


def histories(
    bought: ir.Table, customers: ir.Table, *, as_of: date, factors: dict[str, float] | None = None
) -> pd.DataFrame:
    """x, t_x, t (weeks) and mean value `z` of the repeat purchases of each consumer. Grain: one consumer, no id.

    Purchases of one day are one. Customers from before the data are left out: nobody knows since when they buy.
    """
    rows = bought.filter(bought.ordered_on < as_of)
    if factors:
        priced = [(periods.index(month), factor) for month, factor in sorted(factors.items())]
        rows = rows.mutate(net=rows.net.cast("float64") * rows.month.cases(*priced))
    days = rows.group_by("person_id", "ordered_on").agg(net=rows.net.sum().cast("float64"))
    people = days.group_by("person_id").agg(
        days=days.count(), first=days.ordered_on.min(), last=days.ordered_on.max(),
        total=days.net.sum(), start=days.net.argmin(days.ordered_on),
    )  # fmt: skip
    known = customers.filter(~customers.before_data).select("person_id")
    frame = people.inner_join(known, "person_id").to_pandas().sort_values("person_id", ignore_index=True)
    first, last = pd.to_datetime(frame["first"]), pd.to_datetime(frame["last"])
    x = frame["days"] - 1
    end = pd.Timestamp(as_of) - pd.Timedelta(days=1)
    z = ((frame["total"] - frame["start"]) / x.where(x > 0)).fillna(0.0)
    out = {
        "x": x.to_numpy(),
        "t_x": (last - first).dt.days.to_numpy() / WEEK,
        "t": (end - first).dt.days.to_numpy() / WEEK,
        "z": z.to_numpy(),
    }
    return pd.DataFrame(out, index=pd.Index(frame["person_id"], name="person_id"))


def project(
    bought: ir.Table,
    customers: ir.Table,
    *,
    through: date,
    holdout: int = 6,
    months: int = 12,
    factors: dict[str, float] | None = None,
) -> Projection | None:
    """Fits on all complete months; checks on the last `holdout` of them kept back. None with fewer than 200 customers before those."""
    cut = periods.first_day(month_label(month_of(through) - holdout))
    past = histories(bought, customers, as_of=cut)
    if len(past) < LEAST or not (past["x"] > 0).any():
        return None
    fitted = models.fit_bg_nbd(models.grouped(past, "x", "t_x", "t"))
    predicted = float(
        models.expected_purchases(fitted, past["x"], past["t_x"], past["t"], (through - cut).days / WEEK).sum()
    )
    now = histories(bought, customers, as_of=through, factors=factors)
    actual = float((now["x"].reindex(past.index) - past["x"]).sum())
    fit = models.fit_bg_nbd(models.grouped(now, "x", "t_x", "t"))
    weeks = months * 365.25 / 12 / WEEK
    expected = models.expected_purchases(fit, now["x"], now["t_x"], now["t"], weeks)
    again = now[(now["x"] > 0) & (now["z"] > 0)]
    value = models.fit_gamma_gamma(again["x"], again["z"])
    worth = None
    if value.converged and value.parameters["q"] > 1:
        worth = float(np.sum(expected * models.expected_value(value, now["x"].where(now["z"] > 0, 0), now["z"])))
    fits = [("bg_nbd", fit), ("gamma_gamma", value)]
    table = pd.DataFrame(
        [
            {
                "model": m,
                "parameter": k,
                "value": v,
                "log_likelihood": f.log_likelihood,
                "customers": f.n,
                "converged": f.converged,
            }
            for m, f in fits
            for k, v in f.parameters.items()
        ]
    )
    still = float(models.still_customer(fit, now["x"], now["t_x"], now["t"]).sum())
    return Projection(
        table,
        predicted,
        actual,
        predicted / actual - 1 if actual else None,
        len(now),
        still,
        float(expected.sum()),
        worth,
        months,
        fit.converged and fitted.converged,
    )
