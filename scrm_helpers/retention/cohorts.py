"""Cohorts: who first bought in the same month, and what they did in each month since; new, retained, resurrected, lost."""

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import periods
from scrm_helpers.errors import ToldError
from scrm_helpers.metrics import LEAST_GROUP, LEVEL
from scrm_helpers.retention.activity import Activity
from scrm_helpers.retention.purchases import group_names, month_label, month_of
from scrm_helpers.stats import wilson


def sizes(found: Activity) -> pd.DataFrame:
    """Persons by cohort, source and age of a month they bought in, and of the last one. Grain: one of each; a small table.

    `ages`: rows of `active` count persons who bought at that age, rows of `last` persons whose last purchase was at that age.
    """
    columns = ["cohort", "source", "age", "persons", "of"]
    if not len(found.persons):
        return pd.DataFrame(columns=columns)
    names, source = np.unique(found.source.astype(str), return_inverse=True)
    months, cohort = found.bought.shape[1], found.cohort
    shape = (months, len(names), months)
    active, last = np.zeros(shape, "int64"), np.zeros(shape, "int64")
    start = cohort * len(names) + source
    for month in range(months):
        here = found.bought[:, month]
        by = np.bincount(start[here], found.persons[here], months * len(names)).reshape(shape[:2]).astype("int64")
        for born in range(month + 1):
            active[born, :, month - born] = by[born]
    np.add.at(last, (cohort, source, found.last - cohort), found.persons)
    parts = []
    for of, cells in (("active", active), ("last", last)):
        c, s, age = np.nonzero(cells)
        rows = {"cohort": c + found.first, "source": names[s], "age": age, "persons": cells[c, s, age], "of": of}
        parts.append(pd.DataFrame(rows))
    return pd.concat(parts, ignore_index=True)[columns]


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
        raise ToldError(f"kind: came {kind!r}, expected 'in' (bought in month c + k) or 'by' (in or after it).")
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
    if frame.empty:  # a mask of objects would choose columns
        return frame.astype({"complete": bool, "before_data": bool}).assign(value=[], low=[], high=[])
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


def movements(found: Activity, *, through: date) -> pd.DataFrame:
    """New, retained, resurrected and lost buyers by month. Grain: one month; counts of persons, exact books.

    Of the buyers of a month: `new` never bought before, `retained` also bought the month before, `resurrected` bought earlier but not
    then. `lost` bought the month before and not in this one. active = active of the month before - lost + new + resurrected.
    `complete`: the month has ended; the first month's buyers all look new.
    """
    names = ["month", "active", "new", "retained", "resurrected", "lost", "complete"]
    if not len(found.persons):
        return pd.DataFrame(columns=names).astype({"complete": bool})
    months = max(found.bought.shape[1], month_of(through) - found.first)
    bought = np.zeros((len(found.persons), months), bool)
    bought[:, : found.bought.shape[1]] = found.bought
    rows, ever = [], np.zeros(len(bought), bool)
    before = ever
    for k in range(months):
        now = bought[:, k]
        groups = (now, now & ~ever, now & before, now & ever & ~before, before & ~now)
        month = found.first + k
        rows.append((month_label(month), *(found.sum(g) for g in groups), month < month_of(through)))
        before, ever = now, ever | now
    return pd.DataFrame(rows, columns=names)


def revenue(earned: ir.Table, customers: ir.Table) -> pd.DataFrame:
    """Net revenue by kind, source, cohort and month. Grain: one of each; its sum is the counted revenue to the cent (DECIMAL).

    Rows without a known customer stand under kind `no_customer`; customers all of whose sales went back have no cohort and stand
    under source `unknown`. `age`: months since the cohort's (blank without one). `earned`: `purchases.booked`.
    """
    known = customers.select("person_id", "kind", "source", cohort=periods.month_number(customers.first_on))
    joined = (
        earned.select("person_id", "is_business", "month", "net").left_join(known, "person_id").drop("person_id_right")
    )
    consumer = ibis.ifelse(joined.is_business, "business", "consumer")
    joined = joined.mutate(
        kind=ibis.ifelse(joined.person_id.isnull(), "no_customer", ibis.coalesce(joined.kind, consumer)),
        source=joined.source.fill_null("unknown"),
    )
    sums = joined.group_by("kind", "source", "cohort", "month").agg(net=joined.net.sum()).to_pandas()
    sums = sums.sort_values(["kind", "source", "cohort", "month"], ignore_index=True, na_position="first")
    return sums.assign(age=sums["month"] - sums["cohort"])


MONEY = ("net", "per_customer", "margin_per_customer")


def few_hidden(cells: pd.DataFrame, bought: pd.DataFrame) -> pd.DataFrame:
    """Cells of `money_triangle` whose money is blank where 1 to 4 people bought in the month, or none did and money went back.

    `bought`: the cells of kind `in`, which count those people. Grain: as given.
    """
    buyers = cells[["cohort", "age"]].merge(bought[["cohort", "age", "retained"]], on=["cohort", "age"], how="left")["retained"].to_numpy()
    few = (buyers < LEAST_GROUP) & (cells["net"] != 0)
    return cells.assign(**{c: cells[c].mask(few) for c in MONEY})


def money_triangle(
    found: pd.DataFrame,
    cells: pd.DataFrame,
    *,
    margin: pd.DataFrame | None = None,
    group: str = "all",
    factors: dict[str, float] | None = None,
) -> pd.DataFrame:
    """The cohort cells with consumers' money beside them: net revenue (`net`, as booked), and per customer of the cohort its revenue
    (`per_customer`) and gross margin (`margin_per_customer`), both in the prices that `factors` (month -> factor) lead to.

    `found`: `revenue`; `margin`: source, cohort, age, margin, in those prices already (`value.by_cohort`); blank without it, for the
    customers from before the data and for months that are not complete. What was sold before the first kept sale and went back
    later has an age below 0: it belongs to the first month.
    """
    part = found[(found["kind"] == "consumer") & found["cohort"].notna()].astype({"cohort": "int64"})
    part = part.assign(net=part["net"].astype(float), age=part["age"].clip(lower=0).astype("int64"))
    scale = 1.0 if factors is None else [factors[month_label(int(m))] for m in part["cohort"] + part["age"]]
    money = _by_cell(part.assign(real=part["net"] * scale), ["net", "real"], group)
    out = cells.merge(money, on=["cohort", "age"], how="left").fillna({"net": 0.0, "real": 0.0})
    earned = pd.DataFrame(columns=["source", "cohort", "age", "margin"]) if margin is None else margin
    out = out.merge(_by_cell(earned, ["margin"], group), on=["cohort", "age"], how="left")
    said = (~out["before_data"] & out["complete"]).astype(bool) & (margin is not None)
    out["margin"] = out["margin"].astype(float).fillna(0.0).where(said)
    size = out["at_risk"].where(out["at_risk"] > 0)
    return out.assign(per_customer=out["real"] / size, margin_per_customer=out["margin"] / size).drop(columns=["real", "margin"])


def _by_cell(rows: pd.DataFrame, columns: list[str], group: str) -> pd.DataFrame:
    """Sums of a group by cohort ('YYYY-MM') and age."""
    rows = rows if group == "all" else rows[group_names(rows["source"]) == group]
    rows = rows.assign(cohort=[month_label(int(c)) for c in rows["cohort"]])
    return rows.groupby(["cohort", "age"])[columns].sum().reset_index().astype({"cohort": "str", "age": "int64"})
