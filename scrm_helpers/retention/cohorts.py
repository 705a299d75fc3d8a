"""Cohorts: who first bought in the same month, and what they did in each month since; new, retained, resurrected, lost."""

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import periods, sales
from scrm_helpers.metrics import LEVEL
from scrm_helpers.retention.purchases import group_names, month_label, month_of
from scrm_helpers.stats import wilson


def sizes(bought: ir.Table, customers: ir.Table) -> pd.DataFrame:
    """Persons by cohort, source and age of a month they bought in, and of the last one. Grain: one of each; a small table.

    `ages`: rows of `active` count persons who bought at that age, rows of `last` persons whose last purchase was at that age.
    """
    months = bought.select("person_id", "month").distinct()
    first = months.group_by("person_id").agg(cohort=months.month.min(), last=months.month.max())
    rows = first.left_join(customers.select("person_id", "source"), "person_id").drop("person_id_right")
    rows = rows.mutate(source=rows.source.fill_null("unknown"))
    active = months.inner_join(rows.select("person_id", "cohort", "source"), "person_id")
    active = active.group_by("cohort", "source", age=active.month - active.cohort).agg(persons=active.count())
    last = rows.group_by("cohort", "source", age=rows["last"] - rows.cohort).agg(persons=rows.count())
    parts = [active.to_pandas().assign(of="active"), last.to_pandas().assign(of="last")]
    return pd.concat(parts, ignore_index=True).sort_values(["of", "cohort", "source", "age"], ignore_index=True)


def triangle(
    found: pd.DataFrame,
    *,
    through: date,
    as_of: date | None = None,
    kind: str = "in",
    group: str = "all",
    level: float = LEVEL,
) -> pd.DataFrame:
    """Retention by cohort and age. Grain: one cohort ('YYYY-MM') and age in months, also cells at 0%.

    `in`: bought in month c + k. `by`: bought in or after month c + k, as far as the data reach (so it can only rise later).
    `at_risk` is the cohort's size, `complete` whether month c + k has ended, `before_data` marks the first cohort: customers from
    before the data.
    """
    if kind not in ("in", "by"):
        raise ValueError(f"kind: came {kind!r}, expected 'in' (bought in month c + k) or 'by' (in or after it).")
    chosen = found if group == "all" else found[group_names(found["source"]) == group]
    end, first = month_of(through), found["cohort"].min() if len(found) else None
    newest = month_of(as_of) if as_of else end
    rows = []
    for cohort, part in chosen.groupby("cohort", sort=True):
        active = part[part["of"] == "active"].groupby("age")["persons"].sum()
        last = part[part["of"] == "last"].groupby("age")["persons"].sum()
        size = int(last.sum())
        for age in range(max(newest - int(cohort), int(active.index.max()) + 1)):
            bought = int(active.get(age, 0)) if kind == "in" else int(last[last.index >= age].sum())
            rows.append((month_label(int(cohort)), age, size, bought, cohort + age < end, cohort == first))
    frame = pd.DataFrame(rows, columns=["cohort", "age", "at_risk", "retained", "complete", "before_data"])
    if frame.empty:
        return frame.assign(value=[], low=[], high=[])
    share = wilson(frame["retained"], frame["at_risk"], level)
    return frame.assign(value=share.value, low=share.low, high=share.high)


def pooled(cells: pd.DataFrame, *, with_first: bool = True, level: float = LEVEL) -> pd.DataFrame:
    """Retention by age over all cohorts that are so old: sum over sum of complete cells. Grain: one age.

    Cohorts at 0% count; cohorts not yet so old, and the unfinished month, do not. `with_first` False leaves out the first cohort.
    """
    use = cells[cells["complete"]]
    use = use if with_first else use[~use["before_data"]]
    sums = (
        use.groupby("age", sort=True)
        .agg(cohorts=("cohort", "size"), at_risk=("at_risk", "sum"), retained=("retained", "sum"))
        .reset_index()
    )
    share = wilson(sums["retained"], sums["at_risk"], level)
    return sums.assign(value=share.value, low=share.low, high=share.high)


def movements(bought: ir.Table, *, through: date) -> pd.DataFrame:
    """New, retained, resurrected and lost buyers by month. Grain: one month; counts of persons, exact books.

    Of the buyers of a month: `new` never bought before, `retained` also bought the month before, `resurrected` bought earlier but not
    then. `lost` bought the month before and not in this one. active = active of the month before - lost + new + resurrected.
    `complete`: the month has ended; the first month's buyers all look new.
    """
    months = bought.select("person_id", "month").distinct()
    by_person = {"group_by": months.person_id, "order_by": months.month}
    rows = months.mutate(before=months.month.lag(1).over(**by_person), after=months.month.lead(1).over(**by_person))
    rows = rows.mutate(
        new=rows.before.isnull().cast("int64"),
        retained=(rows.before == rows.month - 1).fill_null(False).cast("int64"),
        resurrected=(rows.before < rows.month - 1).fill_null(False).cast("int64"),
        left=(rows.after.isnull() | (rows.after > rows.month + 1)).cast("int64"),
    )
    names = ("new", "retained", "resurrected", "left")
    sums = (
        rows.group_by("month")
        .agg(active=rows.count(), **{n: rows[n].sum() for n in names})
        .to_pandas()
        .set_index("month")
    )
    if sums.empty:
        return pd.DataFrame(columns=["month", "active", "new", "retained", "resurrected", "lost", "complete"])
    every = range(int(sums.index.min()), max(int(sums.index.max()), month_of(through) - 1) + 1)
    sums = sums.reindex(every, fill_value=0).astype("int64")
    sums["lost"] = sums["left"].shift(1, fill_value=0)
    frame = sums.drop(columns="left").reset_index(names="month")
    return frame.assign(complete=frame["month"] < month_of(through), month=[month_label(m) for m in frame["month"]])


def revenue(orders: ir.Table, persons: ir.Table, customers: ir.Table) -> pd.DataFrame:
    """Net revenue by kind, source, cohort and month. Grain: one of each; its sum is the counted revenue to the cent (DECIMAL).

    Rows without a known customer stand under kind `no_customer`; customers all of whose sales went back have no cohort and stand
    under source `unknown`. `age`: months since the cohort's (blank without one). Returns take the customer of their sale.
    """
    rows = sales.with_person(sales.booked(orders), persons)
    rows = rows.mutate(month=periods.month_number(rows.ordered_on))
    known = customers.select("person_id", "kind", "source", cohort=periods.month_number(customers.first_on))
    joined = (
        rows.select("person_id", "person_kind", "month", "net").left_join(known, "person_id").drop("person_id_right")
    )
    consumer = ibis.ifelse(joined.person_kind == "business", "business", "consumer")
    joined = joined.mutate(
        kind=ibis.ifelse(joined.person_id.isnull(), "no_customer", ibis.coalesce(joined.kind, consumer)),
        source=joined.source.fill_null("unknown"),
    )
    sums = joined.group_by("kind", "source", "cohort", "month").agg(net=joined.net.sum()).to_pandas()
    sums = sums.sort_values(["kind", "source", "cohort", "month"], ignore_index=True, na_position="first")
    return sums.assign(age=sums["month"] - sums["cohort"])


def revenue_triangle(found: pd.DataFrame, cells: pd.DataFrame, *, group: str = "all") -> pd.DataFrame:
    """The cohort cells with consumers' net revenue beside them (`net`) and per customer of the cohort (`per_customer`)."""
    part = found[(found["kind"] == "consumer") & found["cohort"].notna()]
    part = part if group == "all" else part[group_names(part["source"]) == group]
    sums = part.assign(net=part["net"].astype(float), cohort=[month_label(int(c)) for c in part["cohort"]])
    sums = sums.groupby(["cohort", "age"])["net"].sum().reset_index().astype({"age": "int64"})
    out = cells.merge(sums, on=["cohort", "age"], how="left").fillna({"net": 0.0})
    return out.assign(
        per_customer=np.divide(out["net"], out["at_risk"], out=np.full(len(out), np.nan), where=out["at_risk"] > 0)
    )
