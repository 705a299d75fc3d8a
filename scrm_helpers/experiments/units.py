"""Who was put into which arm, and what they did afterwards: a row per unit of a test, on the suite's engine."""

from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import sales, segmentation
from scrm_helpers.errors import ToldError
from scrm_helpers.texts import tell

CONTROL = "control"
CONTROL_WORDS = ("control", "kontrol", "holdout", "hold-out")
PRE_MONTHS = 12  # months before the first day whose spend stands as the placebo and narrows the range
METRICS = ("spend", "orders", "conversion")
RATIOS = {"order_value": ("spend", "orders")}  # read in every test beside what was declared: sum over sum
MEASURED = (*METRICS, *RATIOS)


class Trial(NamedTuple):
    """One declared test, as the registry has it; `last` is the last day whose sales count so far."""

    id: str
    name: str
    metric: str
    unit: str
    channel: str | None
    planned: float | None
    dimensions: list[str]
    first: date
    stop: date
    last: date
    step_cost: float | None = None  # spent on the treated beyond the control, over the whole test, base currency; None: not declared
    declared: date | None = None  # when it was entered in the registry; None where the registry does not say

    @property
    def late(self) -> bool:
        """Whether it was declared after its first day: its measure could have been chosen by its result."""
        return self.declared is not None and self.declared > self.first

    @property
    def finished(self) -> bool:
        """Whether the stop date that was declared has been reached."""
        return self.last >= self.stop

    @property
    def looks(self) -> list[float]:
        """Share of the declared days that were over at each monthly look so far, the present one last (1 when finished)."""
        days, end, month = (self.stop - self.first).days + 1, self.last + timedelta(days=1), self.first.replace(day=1)
        found = set()
        while (month := (month + timedelta(days=32)).replace(day=1)) < end:
            found.add((month - self.first).days / days)
        return [*sorted(found), (end - self.first).days / days]


def registry(experiments: pd.DataFrame, *, as_of: date) -> list[Trial]:
    """Tests that began before `as_of`, in order of id. An unknown metric or segment is an error that says what is known."""
    out = []
    for row in experiments.sort_values("experiment_id").itertuples():
        first, stop = (pd.Timestamp(day).date() for day in (row.starts_on, row.stops_on))
        if first >= as_of:
            continue
        if row.metric not in METRICS:
            raise ToldError(tell("told.trial.metric", test=str(row.experiment_id), came=str(row.metric), known=", ".join(METRICS)))
        planned = None if pd.isna(row.share_treated) else float(row.share_treated)
        out.append(
            Trial(
                row.experiment_id,
                row.name,
                row.metric,
                row.unit,
                None if pd.isna(row.channel) else row.channel,
                planned,
                segmentation.declared(None if pd.isna(row.segments) else row.segments),
                first,
                stop,
                min(stop, as_of - timedelta(days=1)),
                None if pd.isna(row.step_cost) else float(row.step_cost),
                None if pd.isna(row.declared_on) else pd.Timestamp(row.declared_on).date(),
            )
        )
    return out


def arm_of(column):
    """Arm with every word for control written as `control` (an Ibis expression)."""
    return ibis.ifelse(column.lower().isin(CONTROL_WORDS), CONTROL, column)


def assigned(assignments: ir.Table, persons: ir.Table, *, test: Trial, as_of: date) -> tuple[ir.Table, dict[str, int]]:
    """Units with their arm (`unit`, `arm`) and what was left out, counted. Grain: a person, or a store.

    A person whose accounts stand in two arms saw both: out, counted as `mixed`. Staff, firms and accounts of nobody: out, counted.
    """
    rows = assignments.filter(assignments.experiment_id == test.id, assignments.assigned_on < as_of)
    rows = rows.mutate(arm=arm_of(rows.arm))
    if test.unit == "store":
        units = rows.group_by(unit=rows.unit_id).agg(arm=rows.arm.min(), arms=rows.arm.nunique())
        lost = {"unknown": 0, "outside": 0}
    else:
        known = persons.select("account_id", "person_id", "kind", "is_internal")
        joined = rows.left_join(known, "account_id")
        outside = joined.is_internal | (joined.kind == "business")
        counts = (
            joined.aggregate(unknown=joined.person_id.isnull().sum(), outside=outside.fill_null(False).sum())
            .to_pandas()
            .iloc[0]
        )
        lost = {name: 0 if pd.isna(counts[name]) else int(counts[name]) for name in ("unknown", "outside")}
        inside = joined.filter(joined.person_id.notnull(), ~outside)
        units = inside.group_by(unit=inside.person_id).agg(arm=inside.arm.min(), arms=inside.arm.nunique())
    lost["mixed"] = int(units.filter(units.arms > 1).count().execute())
    return units.filter(units.arms == 1).drop("arms"), lost


def sale_rows(
    orders: ir.Table, persons: ir.Table, *, as_of: date, stores: bool = False, consumers: sales.Consumers | None = None
) -> ir.Table:
    """Net money by the day of its sale: `unit`, `on`, `net` (decimal), `is_kept` (a sale that its returns left above 0).

    A return stands on the day of its sale where that is known. Consumers' orders; for stores every order but a firm's, also of
    customers nobody knows. `consumers`: `sales.consumers` before `as_of`, where they are at hand.
    """
    seen = orders.filter(orders.ordered_on < as_of)
    sold = seen.filter(seen.kind == "sale").select(sale_id="order_id", sold_on="ordered_on")
    back = seen.filter(seen.kind == "return")
    sold = sold.semi_join(back, sold.sale_id == back.original_order_id)  # few sales are asked for: the join stays small
    if stores:
        rows = sales.with_person(sales.marked(seen), persons)
        rows = rows.filter(rows.store_id.notnull(), rows.person_kind.fill_null("consumer") != "business").mutate(
            unit=rows.store_id
        )
    else:
        rows = (sales.consumers(seen, persons) if consumers is None else consumers).before(as_of)
        rows = rows.mutate(unit=rows.person_id)
    rows = rows.left_join(sold, rows.original_order_id == sold.sale_id)
    on = ibis.ifelse(rows.is_sale, rows.ordered_on, ibis.coalesce(rows.sold_on, rows.ordered_on))
    return rows.select("unit", "is_kept", on=on, net=rows.net)


def outcomes(units: ir.Table, rows: ir.Table, *, test: Trial) -> ir.Table:
    """Units with what they did: `spend` (net), `orders`, `conversion` (0 or 1) from first to last day, `pre` spend before.

    Units that bought nothing stay, with 0. Grain: as `units`.
    """
    before = segmentation.months_before(test.first, PRE_MONTHS)
    inside = (rows.on >= test.first) & (rows.on <= test.last)
    sums = rows.group_by("unit").agg(
        spend=rows.net.sum(where=inside).cast("float64"),
        orders=(rows.is_kept & inside).sum(),
        pre=rows.net.sum(where=(rows.on >= before) & (rows.on < test.first)).cast("float64"),
    )
    out = units.left_join(sums, "unit").drop("unit_right")
    orders = out.orders.fill_null(0).cast("float64")
    return out.mutate(
        spend=out.spend.fill_null(0.0),
        orders=orders,
        pre=out.pre.fill_null(0.0),
        conversion=(orders > 0).cast("float64"),
    )


def moments(units: ir.Table, *keys: str, covariate: bool = True) -> pd.DataFrame:
    """One grouped query: per arm (and `keys`) n, means, sample variances, covariances with `pre`, and buyers. Missing values none.

    Asked for are sums of decimals (four places), which are the same in whatever order threads add them, and from which variances follow
    without losing a digit. `covariate` False leaves `pre` and all covariances out.
    """
    spreads = {f"{metric}_var": (metric, metric) for metric in METRICS}
    if covariate:
        spreads |= {"pre_var": ("pre", "pre")} | {f"{metric}_cov": (metric, "pre") for metric in METRICS}
        spreads |= {f"{name}_cov": columns for name, columns in RATIOS.items()}
    columns = list(dict.fromkeys(column for pair in spreads.values() for column in pair))
    exact = units.select("arm", *keys, **{column: units[column].cast("decimal(19,4)") for column in columns})  # 18 would not hold a product
    sums = {column: exact[column].sum() for column in columns}
    sums |= {name: (exact[one] * exact[other]).sum() for name, (one, other) in spreads.items()}
    found = exact.group_by(["arm", *keys]).agg(n=exact.count(), **sums).to_pandas().sort_values(["arm", *keys], ignore_index=True)
    n = found["n"].map(int)
    total = {name: found[name].map(Fraction) for name in sums}
    out = found[["arm", *keys]].assign(n=n.astype(float), buyers=total["conversion"].astype(float))
    for column in columns:
        out[f"{column}_mean"] = (total[column] / n).astype(float)
    for name, (one, other) in spreads.items():
        around = n * total[name] - total[one] * total[other]
        out[name] = (around / (n * (n - 1)).clip(lower=1)).astype(float)  # one unit has no variance; the count says so
    return out
