"""Everything that 03 answers, computed once: tables in, small frames out."""

from collections.abc import Callable
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from scrm_helpers import metrics, periods, prices, sales
from scrm_helpers.acquisition import customer_cost, firsts, stages
from scrm_helpers.acquisition.firsts import Standardised
from scrm_helpers.acquisition.ledger import Ledger, cost_ledger, cost_of
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate, combine
from scrm_helpers.tables import SOURCES

MONTHS = 12
CELLS = ["city", "month"]  # the mix that social and others are brought to


class Study(NamedTuple):
    """The answers of one period; frames as their functions describe them. `base`: month whose prices real terms are in, or ''.

    `real`: windows whose money is deflated; `nominal`: windows that would be, had the price index covered them.
    """

    period: str
    ledger: Ledger
    new: pd.DataFrame
    cac: pd.DataFrame
    businesses: pd.DataFrame
    lags: pd.DataFrame
    monthly: pd.DataFrame
    funnel: pd.DataFrame
    filled: dict[str, Estimate]
    traced: pd.DataFrame
    rate: pd.DataFrame
    rate_mix: Standardised | None
    values: pd.DataFrame
    value_gap: Estimate | None
    value_mix: Standardised | None
    worth: pd.DataFrame
    draws: int
    base: str
    real: tuple[str, ...]
    nominal: tuple[str, ...]

    @property
    def months(self) -> list[str]:
        """The 12 months up to the period."""
        return periods.between(periods.shift(self.period, 1 - MONTHS), self.period)

    def cac_rows(self, window: str = "12m") -> pd.DataFrame:
        """Rows of the table `cac` of one window with a figure to draw, groups first. Grain: one source or group."""
        rows = self.cac[(self.cac["window"] == window) & self.cac["value"].notna()]
        place = [*customer_cost.GROUPS, *SOURCES]
        return rows.sort_values("source", key=_by(place), ignore_index=True)

    def funnel_rows(self) -> pd.DataFrame:
        """Stages with a count for social and other known sources, for drawing. Grain: stage and group."""
        rows = self.funnel[self.funnel["source"].isin(["social", "other_known"]) & self.funnel["count"].notna()]
        return rows[rows["stage"].isin(stages.STAGES[3:])].reset_index(drop=True)

    def facts(self) -> str:
        """A few numbers of the run that must not change unless data or definitions do."""
        known = self.cac[(self.cac["window"] == "12m") & self.cac["source"].isin(customer_cost.GROUPS)]
        lines = [f"{r.source}: {r.customers} new customers" for r in known.itertuples(index=False)]
        return "\n".join([*lines, f"ledger lines: {len(self.ledger.rows)}", f"left out: {len(self.ledger.left_out)}"])


def study(
    read: Callable[[str], ir.Table], *, period: str, window: int = 90, horizon: int = firsts.HORIZON, draws: int = 20
) -> Study:
    """All of 03 for one period. `read` gives a lazy contract table by name; `customers` must have been written before.

    `window`: days in which a touch may claim a first order; `horizon`: days after becoming a prospect; `draws`: person maps at most.
    """
    customers, orders, persons = read("customers"), read("orders"), read("persons")
    index = prices.index_of(
        read("rates").filter(ibis._.kind == "cpi").select("on", "kind", "value").to_pandas(), period
    )
    first = periods.shift(period, 1 - MONTHS)
    factors = prices.factors_for(index, MONTHS, first, period)
    real = tuple(w for w, m in metrics.WINDOWS.items() if factors and prices.needed(index, m))
    ledger = cost_ledger(read("spend"), read("costs"), read("campaigns"), period=period)
    new = customer_cost.new_by_month(customers)
    maps = sales.draws_of(read("person_draws"), most=draws)
    drawn = customer_cost.new_by_draw(
        orders,
        *(read(n) for n in ("accounts", "leads", "touches", "persons", "golden", "person_draws")),
        draws=maps,
        window=window,
    )
    first_month = data_begin(customers)
    both = {"period": period, "first_month": first_month}
    table = customer_cost.cac_table(ledger.rows, new, drawn, factors=factors, real=real, **both)
    people = firsts.prospects(
        *(read(n) for n in ("leads", "accounts", "orders", "persons", "golden")), period=period, horizon=horizon
    )
    ripe = people[people["seen_days"] >= horizon]
    ripe = ripe.assign(bought=(ripe["ordered_days"] <= horizon).astype(float))
    values = firsts.first_values(customers, orders, persons=persons, period=period, factors=factors)
    worth = firsts.order_values(values)
    months = periods.between(first, period)
    costs = {g: _acquire(ledger, months, g, factors) for g in ("social", "other_known")}
    if factors:
        people = people.assign(net=people["net"] * people["month"].map(factors).astype(float))
    return Study(
        period=period,
        ledger=ledger,
        new=new,
        cac=table,
        businesses=customer_cost.cac_table(ledger.rows, new, drawn, kind="business", **both),
        lags=customer_cost.lagged(ledger.rows, new, group="social", **both),
        monthly=customer_cost.by_month(ledger.rows, new, **both),
        funnel=stages.funnel(
            *(read(n) for n in ("spend", "activity", "leads", "customers", "orders", "persons")), period=period
        ),
        filled=stages.filled(customers, read("leads"), period=period),
        traced=stages.traceability(customers, period=period),
        rate=firsts.purchase_rate(people, horizon=horizon),
        rate_mix=firsts.same_mix(ripe, value="bought", cells=CELLS),
        values=worth,
        value_gap=_gap(worth),
        value_mix=firsts.same_mix(values, value="net", cells=CELLS),
        worth=firsts.prospect_value(people, costs, horizon=horizon),
        draws=len(maps),
        base=index.base if factors else "",
        real=real,
        nominal=tuple(w for w, m in metrics.WINDOWS.items() if prices.withheld(index, m, factors)),
    )


def data_begin(customers: ir.Table) -> str:
    """The first month of the data: that of the customers marked as from before it; '' where there are no customers."""
    marked = customers.filter(customers.before_data)
    found = marked.aggregate(first=marked.first_month.min()).to_pandas()["first"].iloc[0]
    return "" if pd.isna(found) else str(found)


def _by(place: list[str]):
    return lambda column: column.map({name: n for n, name in enumerate(place)})


def _acquire(ledger: Ledger, months: list[str], group: str, factors) -> float | None:
    found = cost_of(
        ledger.rows, months=months, purpose="acquire", sources=customer_cost.members(group), factors=factors
    )
    return found[0] if found else None


def _gap(values: pd.DataFrame) -> Estimate | None:
    """Social minus other known sources, first-order value."""
    rows = values.set_index("group")
    if not {"social", "other_known"} <= set(rows.index):
        return None
    pair = [
        Estimate(
            float(r["value"]),
            *(None if pd.isna(r[e]) else float(r[e]) for e in ("low", "high")),
            LEVEL,
            int(r["orders"]),
            "bootstrap",
        )
        for r in (rows.loc["social"], rows.loc["other_known"])
    ]
    return combine(pair, weights=(1, -1))
